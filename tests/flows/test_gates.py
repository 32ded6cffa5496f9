"""Gates close when people stop, break off or go; after an interruption the record is compared with paper before anything goes on."""

from __future__ import annotations

import pytest

from ceremony_app.engine import anytime
from ceremony_app.engine.steps import keys, opening
from ceremony_app.errors import DoesNotHold
from tests.flows.stage import SMALL, Stage, find, play, take


def test_a_gate_closes_at_a_stop_a_break_and_a_leaving(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, keys.MakeKey)
        assert engine.state.seats.gates == {"generate"}
        take(engine, anytime.Leave, name="Tomás Herrera", reason="telephone")
        assert engine.state.seats.gates == {"generate"}, "a custodian is not needed for it"
        take(engine, anytime.Leave, name="Jonas Weber", reason="telephone")
        assert not engine.state.seats.gates
        take(engine, anytime.Return, name="Jonas Weber", seen_by="Ingrid Solheim")
        play(engine, keys.MakeKey)
        take(engine, anytime.Stop, by="Elif Demir", reason="a noise")
        assert not engine.state.seats.gates


def test_another_record_than_that_on_paper_does_not_go_on(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, keys.MakeKey)
    with stage.resume() as engine:
        play(engine, opening.CompareHead)
        assert len(find(engine, opening.CompareHead).given["places"]) == 8
        before = engine.state.entries
        with pytest.raises(DoesNotHold, match="groups-differ"):
            take(engine, opening.CompareHead, typed=("zzzz",) * 8)
        assert engine.state.entries == before
        take(engine, opening.CompareHead)
        assert not engine.state.course.head_in_doubt
