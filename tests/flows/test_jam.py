"""A sheet jams: recovered whole it is printed again; otherwise its set is void and another one is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.engine.steps import cards
from ceremony_app.engine.steps.backups import VoidSet
from ceremony_app.errors import BadInput
from ceremony_app.record import facts as f
from tests.flows.stage import SMALL, Stage, play, take, told, verify


def _files(stage: Stage) -> list[str]:
    media = stage.out / "media"
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


BOTH = [f"backup-{n}/root/{label}.json" for n in (1, 2) for label in ("root-kek", "root-signing")]


def test_recovered_whole_it_is_printed_again(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, cards.AcceptSheet)
        take(engine, cards.SpoilSheet, recovered="whole", shredded_by="Tomás Herrera", seen_by="Ingrid Solheim")
        play(engine, cards.ProveCard)
        take(engine, cards.ProveCard)
        play(engine, cards.ProveCard)
        take(engine, cards.SpoilSheet, recovered="whole", shredded_by="Wanjiru Kamau", seen_by="Ingrid Solheim")
        play(engine)
        state = verify(stage, engine)
    (made,) = state.sets.all
    assert made.alive
    assert {number: card.attempt for number, card in made.cards.items()} == {1: 2, 2: 2, 3: 1}
    assert made.spoiled_sheets == 2
    assert [(one.number, one.attempt) for one in told(state, f.CardBegun)] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]
    rows = [row for row in state.copies.rows.values() if row.kind == "card"]
    assert [(row.name.split(" ", 1)[1], row.ended) for row in rows] == [
        ("card 1 sheet 1", "shredded"),
        ("card 1 sheet 2", ""),
        ("card 2 sheet 1", "shredded"),
        ("card 2 sheet 2", ""),
        ("card 3 sheet 1", ""),
    ]


def test_not_whole_the_set_is_void(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, cards.ProveCard)
        take(engine, cards.ProveCard)
        play(engine, cards.AcceptSheet)
        assert _files(stage) == BOTH
        take(engine, cards.SpoilSheet, recovered="not whole", shredded_by="Wanjiru Kamau", seen_by="Ingrid Solheim")
        assert engine.step is not None
        assert engine.step.id == "backups"
        log = stage.places.record.read_bytes()
        for numbers in ((), (2,), (1, 2, 3), (1, 2, 7)):
            with pytest.raises(BadInput) as caught:
                take(engine, VoidSet, cards_destroyed=numbers)
            assert caught.value.code == "cards-not-counted"
        assert stage.places.record.read_bytes() == log
        assert _files(stage) == BOTH
        take(engine, VoidSet, cards_destroyed=(2, 1))
        assert _files(stage) == []
        play(engine)
        state = verify(stage, engine)
    void, living = state.sets.all
    assert not void.alive
    assert living.all_sealed
    assert void.made.set_id != living.made.set_id
    assert void.made.identifier != living.made.identifier
    assert _files(stage) == BOTH
    for row in state.copies.rows.values():
        of_void = row.name.startswith(f"{void.made.set_id} ") or f" set {void.made.set_id} " in row.name
        assert bool(row.ended) == of_void, row
        assert bool(row.ended_at) == of_void
    ended = [row for row in state.copies.rows.values() if row.ended]
    assert sorted(row.kind for row in ended) == ["backup file"] * 4 + ["card"] * 2


def test_old_card_of_a_void_set_is_of_another_set(stage: Stage, tmp_path: Path) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, cards.ProveCard)
        words = (stage.places.practice / "cards" / "root-1.txt").read_bytes()
        take(engine, cards.SpoilSheet, recovered="not whole", shredded_by="Tomás Herrera", seen_by="Ingrid Solheim")
        take(engine, VoidSet)
        play(engine, cards.ProveCard)
        with pytest.raises(Exception, match="card-other-set"):
            take(engine, cards.ProveCard, secrets={"card": bytearray(words)})
