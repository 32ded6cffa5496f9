"""The witness's code: kept once, compared, slowed down after wrong tries, never locked."""

from __future__ import annotations

import pytest

from ceremony_app.strongroom import witness
from ceremony_app.strongroom.protocol import Done, KeepWitnessCode, OpenGate
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import secret

NAME = "Adaeze Okafor"


def keep(room: Room, code: str | bytes, name: str = NAME) -> Done:
    room.put_deposit("witness-code", secret(code))
    return witness.keep_witness_code(room, KeepWitnessCode(witness=name))


def gate(room: Room, code: str, name: str = NAME) -> Done:
    room.put_deposit("witness-code", secret(code))
    return witness.open_gate(room, OpenGate(witness=name))


def test_the_right_code_opens_as_often_as_it_is_typed() -> None:
    room = Room()
    keep(room, "blaue Äpfel")
    for _ in range(3):
        assert gate(room, "blaue Äpfel") == Done()


@pytest.mark.parametrize("code", ["", "1234567", "a" * 65, "line\nbreak!", b"\xff" * 10, "tab\tabcdef", "a" * 300])
def test_codes_of_another_form_are_refused(code: str | bytes) -> None:
    with pytest.raises(Refusal, match="witness-code-short"):
        keep(Room(), code)


@pytest.mark.parametrize("code", ["12345678", "ä" * 64])
def test_shortest_and_longest_codes_are_kept(code: str) -> None:
    room = Room()
    keep(room, code)
    assert gate(room, code) == Done()


def test_a_kept_code_is_not_replaced() -> None:
    room = Room()
    keep(room, "first code")
    with pytest.raises(Refusal, match="witness-code-kept"):
        keep(room, "second code")
    with pytest.raises(Refusal) as caught:
        gate(room, "third code")
    assert caught.value.detail.endswith(": 2")
    assert keep(room, "first code") == Done()
    assert gate(room, "first code") == Done()


def test_an_unknown_witness_opens_nothing() -> None:
    room = Room()
    keep(room, "first code")
    with pytest.raises(Refusal, match="witness-unknown"):
        gate(room, "first code", "Somebody Else")


def test_wrong_tries_are_counted_and_slowed_and_lock_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("ceremony_app.strongroom.witness.time.sleep", waits.append)
    room = Room()
    keep(room, "first code")
    for count in range(1, 6):
        with pytest.raises(Refusal) as caught:
            gate(room, "first codE")
        assert caught.value.code == "witness-code-differs"
        assert caught.value.detail.endswith(f": {count}")
    assert waits == [witness.DELAY] * 3
    assert OpenGate.deadline > witness.DELAY
    assert gate(room, "first code") == Done()
    with pytest.raises(Refusal) as caught:
        gate(room, "other code")
    assert caught.value.detail.endswith(": 1")


def test_forgetting_wipes_the_codes() -> None:
    room = Room()
    keep(room, "first code")
    room.forget()
    with pytest.raises(Refusal, match="witness-unknown"):
        gate(room, "first code")
