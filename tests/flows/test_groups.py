"""Two groups of keys with a card set each, and interruptions that concern one of them."""

from __future__ import annotations

from ceremony_app.engine import anytime
from ceremony_app.engine.steps import cards, recovery
from ceremony_app.engine.steps.backups import VoidSet
from ceremony_app.record import facts as f
from tests.flows.film import take_up
from tests.flows.stage import SMALL, TWO, Stage, play, take, told, verify


def _of(stage: Stage, group: str) -> list[str]:
    return sorted(path.name for path in (stage.out / "media").rglob(f"{group}/*.json"))


def test_one_set_is_void_the_other_lives(stage: Stage) -> None:
    with stage.begin(TWO) as engine:
        play(engine, lambda engine: any(offer.given.get("group") == "other" for offer in engine.offers) and engine.state.sets.all != [])
        play(engine, lambda engine: any(o.action is cards.ProveCard and o.given["group"] == "other" for o in engine.offers))
        take(engine, cards.SpoilSheet, group="other", recovered="not whole", shredded_by="Tomás Herrera", seen_by="Ingrid Solheim")
        assert [offer.given["group"] for offer in engine.offers if offer.action is VoidSet] == ["other"]
        take(engine, VoidSet)
        assert (_of(stage, "root"), _of(stage, "other")) == (["root-signing.json"] * 2, [])
        play(engine)
        state = verify(stage, engine)
    assert [(one.made.group, one.alive) for one in state.sets.all] == [("root", True), ("other", False), ("other", True)]
    assert {one.group for one in told(state, f.RecoveryRehearsed)} == {"root", "other"}
    assert (_of(stage, "root"), _of(stage, "other")) == (["root-signing.json"] * 2, ["root-kek.json"] * 2)


def test_interrupted_between_two_rehearsals(stage: Stage) -> None:
    """The set whose recovery was rehearsed survives, the other does not."""
    with stage.begin(TWO) as engine:
        play(engine, lambda engine: bool(told(engine.state, f.RecoveryRehearsed)))
        engine.kill()
    state = take_up(stage, stage.entries())
    assert [(one.made.group, one.alive) for one in state.sets.all] == [("root", True), ("other", False), ("other", True)]


def test_killed_while_suspended(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, recovery.EnterCard)
        take(engine, anytime.Suspend, by="Adaeze Okafor", reason="lunch", seals="safe bag TEB-0900")
        engine.kill()
    with stage.resume() as engine:
        assert [offer.action for offer in engine.offers] == [anytime.Resume, anytime.Abort]
        take(engine, anytime.Resume, by="Adaeze Okafor", seals_intact=True, remarks="")
        play(engine)
        state = verify(stage, engine)
    # what was not rehearsed before the kill is void; a break alone voids nothing
    assert [one.alive for one in state.sets.all] == [False, True]
