"""Deviations, stops, breaks, and people who leave, return or stand in."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony_app.engine import anytime
from ceremony_app.engine.driver import Driver, Stuck
from ceremony_app.engine.engine import Engine
from ceremony_app.engine.steps import cards, closing, gate, people
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.record import facts as f
from tests.flows.stage import MIXED, SHIPPED, SMALL, Stage, find, play, second_machine, take, told, verify

DEVIATION: dict[str, Any] = {
    "concerns": "the printer",
    "expected": "one sheet",
    "happened": "two sheets, one blank",
    "decided": "the blank one was shredded",
    "decided_by": "Adaeze Okafor",
    "effect": "none",
}


def _step(engine: Engine) -> str:
    return engine.step.id if engine.step else ""


def test_deviations_are_agreed_anew(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "goods")
        take(engine, anytime.RecordDeviation, **DEVIATION)
        play(engine, "statements")
        take(engine, anytime.RecordDeviation, **DEVIATION)
        assert _step(engine) == "deviations"
        play(engine)
        state = verify(stage, engine)
    assert [one.number for one in told(state, f.DeviationRecorded)] == [1, 2]
    assert [one.count for one in told(state, f.DeviationsAgreed)] == [1, 2]
    assert state.course.closed is not None
    assert state.course.closed.outcome == "completed with deviations"


def test_stop_lets_nothing_go_on(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "keys")
        offer = engine.offers[0]
        take(engine, anytime.Stop, by="Elif Demir", reason="I did not hear the head")
        assert [one.action for one in engine.offers] == [anytime.Continue, anytime.Abort]
        with pytest.raises(BadInput) as caught:
            engine.take(offer, {})
        assert caught.value.code == "not-offered"
        take(engine, anytime.Continue, by="Adaeze Okafor", decided="the head was read again")
        play(engine, "backups")


def test_break_logs_out_and_asks_for_the_halves_again(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "backups")
        take(engine, anytime.Suspend, by="Adaeze Okafor", reason="lunch", seals="token in bag TEB-0900")
        assert [one.action for one in engine.offers] == [anytime.Resume, anytime.Abort]
        with pytest.raises(BadInput) as caught:
            take(engine, anytime.Resume, by="Adaeze Okafor", seals_intact=False, remarks="")
        assert caught.value.code == "remarks-missing"
        take(engine, anytime.Resume, by="Adaeze Okafor", seals_intact=False, remarks="the bag was torn at a corner; we go on")
        assert _step(engine) == "token"
        entries = engine.state.entries
        play(engine, "backups")
        again = [type(fact) for _, fact in engine.state.history.rows[entries:]]
        assert again == [f.PinHalfProved, f.PinHalfProved, f.TokenOpened]
        play(engine)
        verify(stage, engine)


def test_break_among_the_cards_does_not_keep_the_secret_alive(stage: Stage) -> None:
    with stage.begin(SHIPPED) as engine:
        play(engine, cards.ProveCard)
        take(engine, anytime.Suspend, by="Adaeze Okafor", reason="lunch", seals="none open")
        take(engine, anytime.Resume, by="Adaeze Okafor", seals_intact=True, remarks="")
        assert _step(engine) == "cards"
        play(engine)
        state = verify(stage, engine)
    # the process that held the backup secret ends before the cards are drawn: the token is opened again by another one
    facts = [fact for _, fact in state.history.rows]
    drawn = next(at for at, fact in enumerate(facts) if isinstance(fact, f.CardsDrawn))
    opened = next(at for at, fact in enumerate(facts) if at > drawn and isinstance(fact, f.TokenOpened))
    assert any(isinstance(fact, f.ProcessStarted) and fact.process == "keys" for fact in facts[drawn:opened])


def test_below_minimum_presence_the_gates_are_locked(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, gate.OpenGate)
        take(engine, anytime.Leave, name="Jonas Weber", reason="telephone")
        offer = find(engine, gate.OpenGate)
        assert offer.why_not is not None
        assert "operator" in str(offer.why_not)
        with pytest.raises(BadInput) as caught:
            engine.take(offer, {})
        assert caught.value.code == "not-now"
        with pytest.raises(Stuck) as stuck:
            Driver(engine, second_machine=second_machine).run()
        assert stuck.value.code == "nothing-to-take"
        with pytest.raises(BadInput) as gone:
            take(engine, anytime.Leave, name="Jonas Weber", reason="twice")
        assert gone.value.code == "person-not-here"
        take(engine, anytime.Return, name="Jonas Weber", seen_by="Ingrid Solheim")
        assert find(engine, gate.OpenGate).why_not is None
        with pytest.raises(BadInput) as here:
            take(engine, anytime.Return, name="Jonas Weber", seen_by="Ingrid Solheim")
        assert here.value.code == "person-here"
        with pytest.raises(BadInput) as nobody:
            take(engine, anytime.Return, name="Nobody Here", seen_by="Ingrid Solheim")
        assert nobody.value.code == "person-not-here"
        play(engine, "backups")


def test_absent_witness_opens_no_gate(stage: Stage) -> None:
    """The code of somebody who is not in the room opens nothing."""
    with stage.begin(SMALL) as engine:
        play(engine, gate.OpenGate)
        with pytest.raises(BadInput) as caught:
            take(engine, anytime.SeatDeputy, absent="Ingrid Solheim", deputy="Giorgos Pappas", reason="ill")
        assert caught.value.code == "deputy-unknown"
        with pytest.raises(BadInput, match="not-absent"):
            take(engine, anytime.SeatDeputy, absent="Ingrid Solheim", deputy="Noor Hashemi", reason="taken ill")
        take(engine, anytime.Leave, name="Ingrid Solheim", reason="taken ill")
        with pytest.raises(BadInput, match="witness-replaced"):
            take(engine, anytime.SeatDeputy, absent="Ingrid Solheim", deputy="Noor Hashemi", reason="taken ill")
        take(
            engine,
            anytime.RecordDeviation,
            concerns=anytime.replaced_witness("Ingrid Solheim"),
            expected="she stays",
            happened="taken ill",
            decided="the deputy sits",
            decided_by="Adaeze Okafor",
            effect="none",
        )
        take(engine, anytime.SeatDeputy, absent="Ingrid Solheim", deputy="Noor Hashemi", reason="taken ill")
        assert _step(engine) == "people"
        play(engine, people.ChooseWitnessCode)
        assert find(engine, people.ChooseWitnessCode).given == {"witness": "Noor Hashemi"}
        play(engine)
        state = verify(stage, engine)
    assert {one.witness for one in told(state, f.GateOpened)} == {"Noor Hashemi"}
    assert told(state, f.FolderChecked)[0].by == "Noor Hashemi"


def test_deputies_sit_through_to_the_end(stage: Stage) -> None:
    with stage.begin(MIXED) as engine:
        play(engine, people.SignIn)
        take(engine, anytime.SeatDeputy, absent="Elif Demir", deputy="Giorgos Pappas", reason="train cancelled")
        take(engine, anytime.SeatDeputy, absent="Adaeze Okafor", deputy="Samuel Achterberg", reason="ill")
        play(engine)
        state = verify(stage, engine)
    card = state.sets.all[0].cards[3]
    assert (card.custodian, card.phase) == ("Giorgos Pappas", "sealed")
    assert "Elif Demir" not in state.seats.signed_in
    assert [(one.number, one.custodian) for one in told(state, f.CardSealed)][-1] == (3, "Giorgos Pappas")
    assert "Giorgos Pappas" in state.course.statements
    assert told(state, f.DeviationsAgreed)[0].by == "Samuel Achterberg"
    living = [row for row in state.copies.living if row.kind == "card"]
    assert any(row.place.startswith("Giorgos Pappas, bag ") for row in living)
    assert not any("Elif" in row.place for row in living)


def test_one_who_left_makes_no_statement(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "statements")
        take(engine, anytime.Leave, name="Kenji Watanabe", reason="last train")
        play(engine, closing.CloseCeremony)
        assert "Kenji Watanabe" not in engine.state.course.statements
        play(engine)
        verify(stage, engine)


def test_deputy_who_sits_already_takes_the_other_roles_too(stage: Stage) -> None:
    plan = SMALL.replace(b"Samuel Achterberg", b"Elif Demir")
    with stage.begin(plan) as engine:
        play(engine, "keys")
        take(engine, anytime.Leave, name="Adaeze Okafor", reason="called away")
        take(engine, anytime.SeatDeputy, absent="Adaeze Okafor", deputy="Elif Demir", reason="called away")
        offer = find(engine, people.SignIn)
        assert offer.given == {"name": "Elif Demir", "roles": ("administrator", "controller", "custodian")}
        play(engine)
        state = verify(stage, engine)
    assert state.seats.present_with("administrator") == ["Elif Demir"]
    assert state.sets.all[0].cards[3].custodian == "Elif Demir"
    assert told(state, f.DeviationsAgreed)[0].by == "Elif Demir"


def test_code_of_a_witness_who_left_opens_nothing(stage: Stage) -> None:
    second = b'    { name = "Ji-woo Park", roles = ["witness"] },\n    { name = "Priya Raman"'
    plan = SMALL.replace(b'    { name = "Priya Raman"', second)
    with stage.begin(plan) as engine:
        play(engine, gate.OpenGate)
        take(engine, anytime.Leave, name="Ji-woo Park", reason="telephone")
        log = stage.places.record.read_bytes()
        with pytest.raises(DoesNotHold) as caught:
            take(engine, gate.OpenGate, witness="Ji-woo Park")
        assert caught.value.code == "gate-locked"
        assert stage.places.record.read_bytes() == log
        play(engine, "backups")
