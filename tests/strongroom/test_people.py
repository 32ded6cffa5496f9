"""The scripted people: what they hand over is what a strongroom takes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ceremony_app.strongroom import card, entry, people, pins, shares, witness
from ceremony_app.strongroom.deposit import deposit_file
from ceremony_app.strongroom.protocol import (
    CardFace,
    CardKnown,
    DepositFile,
    HandOver,
    IssueCard,
    KeepWitnessCode,
    MakePins,
    MakeShareSet,
    OpenGate,
    ProveCard,
    ProvePinHalf,
)
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import bare_room, token_room

FACE = CardFace("20261124-ABCDEFGH", "Payments root keys", "Meridian Trust", "Tomas Lindqvist", ("payments-kek",), "2026-11-24", 1)


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CardKnown]:
    directory = tmp_path_factory.mktemp("people")
    with token_room(directory) as room:
        made = shares.make_share_set(room, MakeShareSet(group="payments", set_id="20260042", threshold=2, count=3))
        for number in (1, 2, 3):
            card.issue_card(room, IssueCard(group="payments", number=number, face=FACE))
    return directory, CardKnown("payments", made.set_id, 2, made.fingerprints, made.check_value, made.identifier)


def take(room: Room, secret: str, manner: str, deposit: str) -> Path:
    path = people.hand_over(room, HandOver(secret=secret, manner=manner)).path
    deposit_file(room, DepositFile(name=deposit, path=path))
    return Path(path)


@pytest.mark.parametrize("manner", ["words", "typed", "capitals", "prefixes", "numbered", "digits", "image"])
def test_every_manner_is_a_genuine_card(issued: tuple[Path, CardKnown], manner: str) -> None:
    directory, known = issued
    room = bare_room(directory)
    file = take(room, "card/payments/2", manner, "card")
    assert file.parent == directory / "practice" / "secrets"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = entry.prove_card(room, ProveCard(known=known, number=2))
    assert found.number == 2
    assert found.entry == (manner if manner in ("digits", "image") else "words")


def test_a_witness_has_one_code(tmp_path: Path) -> None:
    room = bare_room(tmp_path)
    first = take(room, "witness-code/Adaeze Okafor", "typed", "witness-code").read_bytes()
    witness.keep_witness_code(room, KeepWitnessCode(witness="Adaeze Okafor"))
    second = take(room, "witness-code/Adaeze Okafor", "typed", "witness-code").read_bytes()
    witness.open_gate(room, OpenGate(witness="Adaeze Okafor"))
    other = take(room, "witness-code/../Somebody", "typed", "witness-code").read_bytes()
    assert first == second != other
    assert {file.parent for file in tmp_path.rglob("witness-code*")} == {tmp_path / "practice" / "secrets"}


def test_pin_holders_type_their_halves(tmp_path: Path) -> None:
    room = bare_room(tmp_path)
    pins.make_pins(room, MakePins("20261124-ABCDEFGH", "Payments", ("A. Holder", "B. Holder"), "REHEARSAL payments", "", 1))
    for role in pins.ROLES:
        for half in pins.HALVES:
            take(room, f"pin/{role}/{half}", "typed", "pin-half")
            pins.prove_pin_half(room, ProvePinHalf(role=role, half=half))
    with pins.proved_pin(room, "so") as pin:
        assert len(pin) == 32


@pytest.mark.parametrize(
    ("secret", "manner", "code"),
    [
        ("card/payments/1", "words", "secret-unknown"),
        ("card/payments/1", "digits", "secret-unknown"),
        ("card/payments/1", "image", "secret-unknown"),
        ("card/payments/1", "sung", "manner-unknown"),
        ("card/../1", "words", "secret-unknown"),
        ("card/payments/x", "words", "secret-unknown"),
        ("pin/user/A", "typed", "secret-unknown"),
        ("pin/user/C", "typed", "secret-unknown"),
        ("pin/user/A", "image", "manner-unknown"),
        ("witness-code/", "typed", "secret-unknown"),
        ("witness-code/" + "x" * 300, "typed", "secret-unknown"),
        ("", "typed", "secret-unknown"),
    ],
)
def test_secrets_that_nobody_has_are_refused(tmp_path: Path, secret: str, manner: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        people.hand_over(bare_room(tmp_path), HandOver(secret=secret, manner=manner))
    assert caught.value.code == code


def test_nobody_hands_over_outside_a_rehearsal() -> None:
    with pytest.raises(Refusal, match="printing-not-built"):
        people.hand_over(Room(), HandOver(secret="pin/user/A"))
