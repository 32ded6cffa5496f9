"""A strongroom is killed while the desk lives: one clear error, and the same engine goes on to a folder that holds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import Any

import pytest

from ceremony_app.engine.action import Action
from ceremony_app.engine.desk import RoomName
from ceremony_app.engine.engine import Engine
from ceremony_app.engine.steps import backups, cards, closing, gate, hold, keys, opening, recovery, sealing, token, wrap
from ceremony_app.errors import CeremonyError
from ceremony_app.record import facts as f
from tests.flows.film import verify_keys
from tests.flows.stage import MIXED, SHIPPED, SMALL, Stage, play, take, told, verify

KEYS = [
    (token.ProvePinHalf, 2),
    (token.InitialiseToken, 1),
    (keys.ProveKey, 1),
    (backups.MakeShareSet, 1),
    (backups.BackUp, 2),
    (cards.PrintCard, 2),
    (cards.AcceptSheet, 1),
    (cards.ProveCard, 2),
    (recovery.DrawCards, 1),
]
EXPORTING: list[type[Action]] = [wrap.WrapExport, hold.CloseTokenForHold, hold.SealKey, closing.CloseToken]
RECORD: list[type[Action]] = [
    opening.ReadHead,
    gate.OpenGate,
    wrap.WrapExport,
    closing.CloseCeremony,
    sealing.SignManifest,
    sealing.CheckFolder,
    sealing.EndCeremony,
]
PROMPT = {backups.MakeShareSet, cards.ProveCard, gate.OpenGate, sealing.SignManifest, sealing.EndCeremony, wrap.WrapExport}


def _name(one: object) -> str:
    return one.__name__ if isinstance(one, type) else str(one)


def _some(actions: Sequence[type[Action]]) -> list[Any]:
    """The moments of every run; the others run with the long ones."""
    return [pytest.param(one, marks=() if one in PROMPT else pytest.mark.long) for one in actions]


def _kill(engine: Engine, room: RoomName) -> None:
    process = engine._rooms._running[room]
    os.kill(process.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while process.alive and time.monotonic() < until:
        time.sleep(0.01)
    assert not process.alive


def _reach(engine: Engine, action: type[Action], occurrence: int = 1) -> None:
    for _ in range(occurrence - 1):
        play(engine, action)
        take(engine, action)
    play(engine, action)


def _persist(engine: Engine, errors: int = 3) -> list[str]:
    """Go on as people would: read the error, look at what is offered, take it. Answers the codes of the errors."""
    codes: list[str] = []
    while engine.step is not None:
        try:
            play(engine)
        except CeremonyError as error:
            codes.append(error.code)
            assert len(codes) <= errors, codes
    return codes


@pytest.mark.parametrize(
    ("action", "occurrence"), [pytest.param(*one, marks=() if one[0] in PROMPT else pytest.mark.long) for one in KEYS], ids=_name
)
def test_keys_room(stage: Stage, action: type[Action], occurrence: int) -> None:
    with stage.begin(SMALL) as engine:
        _reach(engine, action, occurrence)
        _kill(engine, RoomName.KEYS)
        _persist(engine)
        state = verify(stage, engine)
        verify_keys(stage, state, [key.label for key in engine.plan.keys])
    for card_set in state.sets.living:
        assert card_set.rehearsed is not None
        assert card_set.all_sealed
    assert sum(one.process == "keys" for one in told(state, f.ProcessStarted)) >= 2 or action is recovery.DrawCards


@pytest.mark.parametrize("action", _some(EXPORTING), ids=_name)
def test_keys_room_while_exporting(stage: Stage, action: type[Action]) -> None:
    with stage.begin(SHIPPED) as engine:
        _reach(engine, action)
        _kill(engine, RoomName.KEYS)
        _persist(engine)
        state = verify(stage, engine)
        verify_keys(stage, state, ["root-kek"])
    assert state.keys.by_label["root-kek"].sealed


@pytest.mark.parametrize("action", _some(RECORD), ids=_name)
def test_record_room(stage: Stage, action: type[Action]) -> None:
    with stage.begin(SHIPPED if action is wrap.WrapExport else SMALL) as engine:
        _reach(engine, action)
        signed = engine.state.course.manifest is not None
        _kill(engine, RoomName.RECORD)
        _persist(engine)
        state = verify(stage, engine)
    if signed:
        assert len(state.course.record_keys) == 1
        return
    assert [made.signer for made in state.course.record_keys] == ["record-1", "record-2"]
    assert [one.signer for one in told(state, f.RecordKeyLost)] == ["record-1"]
    assert state.course.head_was_read("record key record-2")
    if action not in (closing.CloseCeremony, sealing.SignManifest):
        # codes die with the process that kept them, and no gate is opened without one
        assert len(told(state, f.WitnessCodeChosen)) == (1 if action is opening.ReadHead else 2)


@pytest.mark.parametrize(
    ("action", "occurrence"), [pytest.param(recovery.EnterCard, 2, marks=pytest.mark.long), (recovery.RehearseRecovery, 1)], ids=_name
)
def test_recovery_room(stage: Stage, action: type[Action], occurrence: int) -> None:
    with stage.begin(SMALL) as engine:
        _reach(engine, action, occurrence)
        _kill(engine, RoomName.RECOVERY)
        _persist(engine)
        state = verify(stage, engine)
    assert len(told(state, f.RecoveryRehearsed)) == 1
    assert len(state.sets.all) == 1


def test_damaged_medium_is_found_and_the_rehearsal_repeated(stage: Stage) -> None:
    with stage.begin(MIXED) as engine:
        play(engine, recovery.RehearseRecovery)
        backup = next(iter(engine.state.sets.all[0].backups.values()))
        first, second = (stage.places.medium(name) / backup.path for name in ("B-1", "B-2"))
        whole = second.read_bytes()
        second.write_bytes(whole.replace(b'"A"', b'"B"'))
        with pytest.raises(CeremonyError) as caught:
            take(engine, recovery.RehearseRecovery)
        assert caught.value.code == "backup-changed"
        second.write_bytes(first.read_bytes())
        assert _persist(engine, errors=0) == []
        state = verify(stage, engine)
    assert len(told(state, f.CardEntered)) == 4
    assert len(state.sets.all) == 1
