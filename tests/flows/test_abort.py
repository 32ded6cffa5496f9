"""Aborted ceremonies: what existed is destroyed or listed, and the record is closed, signed and verified all the same."""

from __future__ import annotations

import pytest

from ceremony_app.engine import anytime
from ceremony_app.engine.action import Action
from ceremony_app.engine.driver import Driver
from ceremony_app.engine.engine import Engine
from ceremony_app.engine.steps import abort, cards, closing, hold, keys, opening, people, recovery, token
from ceremony_app.errors import Halted
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from tests.flows.stage import SHIPPED, SMALL, Stage, play, second_machine, take, token_objects, told, verify

PROMPT: list[str | type[Action]] = [opening.InspectMachine, keys.ProveKey, cards.AcceptSheet, "bags"]
OTHERS: list[str | type[Action]] = [
    "record-key",
    people.ChooseWitnessCode,
    token.InitialiseToken,
    token.TakeCensus,
    "backups",
    recovery.EnterCard,
    "deviations",
    "statements",
    closing.CloseCeremony,
]
MOMENTS = [*PROMPT, *(pytest.param(moment, marks=pytest.mark.long) for moment in OTHERS)]


def _abort(engine: Engine) -> None:
    take(engine, anytime.Abort, by="Adaeze Okafor", reason="the fire alarm rang")


def _verify_gone(stage: Stage, state: State) -> None:
    assert [key.phase for key in state.keys.by_label.values() if key.phase != "destroyed"] == []
    assert token_objects(stage, state) == []
    assert state.sets.living == []
    assert not [path for path in (stage.out / "media").rglob("*") if path.is_file()]
    assert [row for row in state.copies.living if row.kind != "package"] == []
    assert state.course.closed is not None
    assert state.course.closed.outcome == "aborted"


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment if isinstance(moment, str) else moment.__name__)
def test_aborted(stage: Stage, moment: str | type[Action]) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, moment)
        _abort(engine)
        with pytest.raises(Halted) as caught:
            Driver(engine, second_machine=second_machine).run()
        assert caught.value.code == "aborted"
        assert caught.value.exit_status == 130
        state = verify(stage, engine)
    _verify_gone(stage, state)
    # the proof of absence comes from a process that was started after the destruction
    facts = [fact for _, fact in state.history.rows]
    for at, fact in enumerate(facts):
        if isinstance(fact, f.KeyDestroyed):
            removed = max(place for place, one in enumerate(facts) if isinstance(one, f.KeyObjectsRemoved) and one.label == fact.label)
            between = facts[removed:at]
            assert any(isinstance(one, f.ProcessStarted) and one.process == "keys" for one in between)
            assert any(isinstance(one, f.TokenOpened) for one in between)
    begun = {one.label for one in told(state, f.KeyGenerationBegun)}
    assert {one.label for one in told(state, f.KeyDestroyed)} == begun


def test_aborted_in_the_hold_names_the_package(stage: Stage) -> None:
    with stage.begin(SHIPPED) as engine:
        play(engine, hold.TakeReceipt)
        _abort(engine)
        play(engine)
        state = verify(stage, engine)
    _verify_gone(stage, state)
    assert state.course.closed is not None
    assert len(state.course.closed.open_items) == 1
    assert state.course.closed.open_items[0].startswith("package to be refused or deleted: root-kek for arn:aws:kms")


def test_aborted_while_stopped_or_suspended(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "backups")
        take(engine, anytime.Suspend, by="Adaeze Okafor", reason="alarm", seals="none")
        _abort(engine)
        assert engine.state.course.halted == ""
        play(engine)
        _verify_gone(stage, verify(stage, engine))


def test_a_key_that_stays_is_a_deviation_and_an_open_item(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "backups")
        _abort(engine)
        play(engine, abort.RemoveKey)
        take(engine, abort.LeaveKey, label="root-kek", by="Adaeze Okafor", reason="the token answers with a fault")
        play(engine)
        state = verify(stage, engine)
    assert {label: key.phase for label, key in state.keys.by_label.items()} == {"root-signing": "destroyed", "root-kek": "proved"}
    assert token_objects(stage, state) == [("SECRET_KEY", "root-kek")]
    assert state.course.closed is not None
    assert state.course.closed.open_items == ("key root-kek left in the token",)
    assert [row.of for row in state.copies.living] == ["root-kek"]


def test_killed_in_the_clean_up(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "cards")
        _abort(engine)
        play(engine, abort.EndTokenProcess)
        engine.kill()
    stage.clear()
    with stage.resume() as engine:
        play(engine)
        _verify_gone(stage, verify(stage, engine))
