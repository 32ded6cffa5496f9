"""PIN halves: every single slip is named, and never as another half."""

from __future__ import annotations

import random
import stat
from itertools import combinations, product
from pathlib import Path

import pytest

from ceremony_app.strongroom import pins, randomness, token
from ceremony_app.strongroom.protocol import InitialiseToken, MakePins, OpenToken, ProvePinHalf
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import bare_room, secret, token_room

ASKED = MakePins(
    ceremony_id="20261124-ABCDEFGH",
    title="Payments root keys 2026",
    holders=("Mei-Ling Tan", "Ruth Adler"),
    token_label="REHEARSAL payments",
    token_serial="0123456789abcdef",
    attempt=1,
)
HALVES = list(product(pins.ROLES, pins.HALVES))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return bare_room(tmp_path)


@pytest.fixture
def practice(room: Room) -> Path:
    assert room.practice is not None
    return room.practice


def a_half(seed: int, role: str, half: str) -> str:
    characters = bytes(random.Random(seed).choices(pins.ALPHABET, k=16))
    return (characters + pins.check_characters(characters, role, half)).decode()


def code_of(text: str, role: str, half: str) -> str:
    try:
        pins.verify_half(memoryview(text.encode()), role, half)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(("role", "half"), HALVES)
def test_every_wrong_character_is_a_mistyped_half(role: str, half: str) -> None:
    right = a_half(7, role, half)
    assert code_of(right, role, half) == ""
    for place, character in product(range(18), pins.ALPHABET.decode()):
        typed = right[:place] + character + right[place + 1 :]
        if typed != right:
            assert code_of(typed, role, half) == "pin-half-mistyped"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("role", "half"), HALVES)
def test_every_exchange_of_two_characters_is_a_mistyped_half(role: str, half: str, seed: int) -> None:
    right = a_half(seed, role, half)
    for a, b in combinations(range(18), 2):
        typed = list(right)
        typed[a], typed[b] = typed[b], typed[a]
        if "".join(typed) != right:
            assert code_of("".join(typed), role, half) == "pin-half-mistyped"


@pytest.mark.parametrize("typed", HALVES)
@pytest.mark.parametrize("asked", HALVES)
def test_a_right_half_in_the_wrong_place_is_named(typed: tuple[str, str], asked: tuple[str, str]) -> None:
    if typed == asked:
        return
    with pytest.raises(Refusal) as caught:
        pins.verify_half(memoryview(a_half(3, *typed).encode()), *asked)
    assert caught.value.code == "pin-half-other"
    assert f"half {typed[1]} of the {typed[0]} PIN" in caught.value.detail


@pytest.mark.parametrize("text", ["", "A", "A" * 17, "A" * 19, "ä" * 9, "\0" * 18, "A" * 5000])
def test_other_lengths_and_characters_are_mistyped(text: str) -> None:
    assert code_of(text, "user", "A") == "pin-half-mistyped"


def test_pins_are_made_proved_and_joined(room: Room, practice: Path) -> None:
    made = pins.make_pins(room, ASKED)
    assert made.characters == 32
    assert [(mailer.role, mailer.half, mailer.holder) for mailer in made.mailers] == [
        ("user", "A", "Mei-Ling Tan"),
        ("user", "B", "Ruth Adler"),
        ("so", "A", "Mei-Ling Tan"),
        ("so", "B", "Ruth Adler"),
    ]
    for mailer in made.mailers:
        assert (practice / mailer.saved).read_bytes().startswith(b"%PDF")
    joined = ""
    for role, half in HALVES:
        file = practice / "secrets" / f"pin-{role}-{half}"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = file.read_text()
        assert len(text) == 18
        joined += text[:16] if role == "user" else ""
        typed = " ".join(text[start : start + 4] for start in range(0, 18, 4)).lower().replace("o", "0")
        room.put_deposit("pin-half", secret(typed + "\n"))
        pins.prove_pin_half(room, ProvePinHalf(role=role, half=half))
    with pins.proved_pin(room, "user") as pin:
        assert bytes(pin.view()).decode() == joined
    pins.forget(room)
    with pytest.raises(Refusal, match="pin-not-proved"):
        pins.proved_pin(room, "user")


def test_one_half_is_not_enough_and_is_named(room: Room) -> None:
    room.put_deposit("pin-half", secret(a_half(1, "so", "A")))
    pins.prove_pin_half(room, ProvePinHalf(role="so", half="A"))
    with pytest.raises(Refusal) as caught:
        pins.proved_pin(room, "so")
    assert (caught.value.code, caught.value.detail) == ("pin-not-proved", "so, half B")


def test_a_half_of_an_earlier_mailer_is_refused(room: Room, practice: Path) -> None:
    pins.make_pins(room, ASKED)
    earlier = (practice / "secrets" / "pin-user-A").read_text()
    pins.make_pins(room, ASKED)
    room.put_deposit("pin-half", secret(earlier))
    with pytest.raises(Refusal, match="pin-half-other"):
        pins.prove_pin_half(room, ProvePinHalf(role="user", half="A"))


def test_halves_differ_each_time(room: Room, practice: Path) -> None:
    seen = set()
    for _ in range(3):
        pins.make_pins(room, ASKED)
        seen |= {(practice / "secrets" / f"pin-{role}-{half}").read_text()[:16] for role, half in HALVES}
    assert len(seen) == 12


def test_the_tokens_random_bytes_are_mixed_in(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomness, "system_random", lambda length: secret(b"\x0f" * length))
    with randomness.mixed_random(room, 4) as alone:
        assert bytes(alone.view()) == b"\x0f" * 4
    monkeypatch.setattr(randomness, "token_random", lambda _room, length: secret(b"\xf1" * length))
    with randomness.mixed_random(room, 4) as mixed:
        assert bytes(mixed.view()) == b"\xfe" * 4


def test_production_makes_no_pins() -> None:
    with pytest.raises(Refusal, match="printing-not-built"):
        pins.make_pins(Room(), ASKED)


def test_halves_are_wiped_as_soon_as_the_token_is_open(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        serial = token.initialise_token(_proved(room), InitialiseToken(label="PAYMENTS")).serial
        assert _halves(room) == []
        token.open_token(_proved(room, made=False), OpenToken(label="PAYMENTS", serial=serial))
        assert _halves(room) == []
        assert room.token.label == "PAYMENTS"


def _halves(room: Room) -> list[object]:
    drawer = room.drawer(pins.Pins)
    return [*drawer.made, *drawer.proved]


def _proved(room: Room, *, made: bool = True) -> Room:
    """Have the halves made and typed back, or only typed back."""
    if made:
        pins.make_pins(room, ASKED)
    for role, half in HALVES:
        assert room.practice is not None
        room.put_deposit("pin-half", secret((room.practice / "secrets" / f"pin-{role}-{half}").read_text()))
        pins.prove_pin_half(room, ProvePinHalf(role=role, half=half))
    return room
