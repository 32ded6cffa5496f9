"""PINs in two halves: made here, printed for two holders, proved by typing back, joined only where the token needs them.

A half is 16 characters of the base32 alphabet (RFC 4648, section 6: no 0, 1, 8, 9), 80 random bits, and 2 check characters. These carry a
number below 1021: the sum of each character's value times its place (1 to 16), plus a number for role and half, modulo the prime 1021.
Every single wrong character and every exchange of two characters changes it, and the numbers for role and half are chosen so that none of
these slips looks like another half's check (the tests prove it for all of them). The PIN is both halves without check characters.
"""

from __future__ import annotations

from itertools import product

from ceremony_app.strongroom.buffer import SecretBuffer, wipe
from ceremony_app.strongroom.mailer import mailer_page
from ceremony_app.strongroom.practicefile import SECRETS, practice_directory, save_secret
from ceremony_app.strongroom.protocol import Done, Mailer, MakePins, PinsMade, ProvePinHalf
from ceremony_app.strongroom.randomness import mixed_random
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

ROLES = ("user", "so")
HALVES = ("A", "B")
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HALF_LENGTH = 16
CHECK_LENGTH = 2
MODULUS = 1021
_OFFSETS = dict(zip(product(ROLES, HALVES), (0, 67, 134, 402), strict=True))
_READ_AS = {ord("0"): ord("O"), ord("1"): ord("I"), ord("8"): ord("B")}
_SEPARATORS = b" -\t\r\n"


class Pins:
    """The drawer: halves made in this process, to know them again, and halves that were proved."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], SecretBuffer] = {}
        self.proved: dict[tuple[str, str], SecretBuffer] = {}

    def forget(self) -> None:
        """Wipe all halves."""
        for halves in (self.made, self.proved):
            for half in halves.values():
                half.wipe()
            halves.clear()


def make_pins(room: Room, request: MakePins) -> PinsMade:
    """Make four halves and their mailers. Refusal `printing-not-built` outside a rehearsal. The token's random numbers are mixed in
    where it is open; for the first PINs of a token it cannot be."""
    practice_directory(room)
    pins = room.drawer(Pins)
    pins.forget()
    mailers = []
    for role, half in product(ROLES, HALVES):
        characters = _random_half(room)
        pins.made[role, half] = characters
        holder = request.holders[HALVES.index(half)]
        mailers.append(_mailer(room, request, role, half, holder, characters))
    return PinsMade(mailers=tuple(mailers), characters=len(HALVES) * HALF_LENGTH)


def prove_pin_half(room: Room, request: ProvePinHalf) -> Done:
    """Keep a half that was typed back, when its check characters say that it is this one, and when it is the one made here if it was."""
    pins = room.drawer(Pins)
    with room.take_deposit("pin-half") as typed:
        half = _read(typed)
    try:
        verify_half(half.view(), request.role, request.half)
        half.shorten(HALF_LENGTH)
        made = pins.made.get((request.role, request.half))
        if made is not None and not half.same(made):
            raise _other("It is from an earlier mailer of this role and half.")
    except Refusal:
        half.wipe()
        raise
    earlier = pins.proved.pop((request.role, request.half), None)
    if earlier is not None:
        earlier.wipe()
    pins.proved[request.role, request.half] = half
    return Done()


def proved_pin(room: Room, role: str) -> SecretBuffer:
    """The PIN of `role`: 32 ASCII characters in a buffer that the caller wipes. Refusal `pin-not-proved`."""
    proved = room.drawer(Pins).proved
    missing = [half for half in HALVES if (role, half) not in proved]
    if missing:
        raise Refusal(
            "pin-not-proved",
            "A half of the PIN has not been typed in.",
            "Have the holder of this half type it from the mailer.",
            f"{role}, half {' and '.join(missing)}",
        )
    pin = SecretBuffer(len(HALVES) * HALF_LENGTH)
    for place, half in enumerate(HALVES):
        pin.view()[place * HALF_LENGTH : (place + 1) * HALF_LENGTH] = proved[role, half].view()
    return pin


def forget(room: Room) -> None:
    """Wipe the halves that were proved or made."""
    room.drawer(Pins).forget()


def half_name(role: str, half: str) -> str:
    """Name of the file below `secrets` that holds a half as typed, for the scripted people."""
    return f"pin-{role}-{half}"


def check_characters(characters: memoryview | bytes | bytearray, role: str, half: str) -> bytes:
    """The 2 check characters for 16 characters of the alphabet."""
    number = _sum(characters, role, half)
    return bytes((ALPHABET[number >> 5], ALPHABET[number & 31]))


def verify_half(typed: memoryview, role: str, half: str) -> None:
    """Raise Refusal `pin-half-mistyped` or `pin-half-other` unless the 18 characters carry the check of this role and half."""
    length = len(typed)
    if length == HALF_LENGTH + CHECK_LENGTH and all(character in ALPHABET for character in typed):
        fits = [key for key in _OFFSETS if check_characters(typed[:HALF_LENGTH], *key) == bytes(typed[HALF_LENGTH:])]
        if fits == [(role, half)]:
            return
        if fits:
            raise _other(f"It is half {fits[0][1]} of the {fits[0][0]} PIN.")
    raise Refusal(
        "pin-half-mistyped",
        "This is not what the mailer says: a character is wrong, missing, or in another place.",
        "Type the half again, with its two check characters. No try of the token was spent.",
        f"{length} of {HALF_LENGTH + CHECK_LENGTH} characters" if length != HALF_LENGTH + CHECK_LENGTH else "",
    )


def _other(detail: str) -> Refusal:
    return Refusal(
        "pin-half-other",
        "These characters belong together, but they are not this half.",
        "Look at role and half on the mailer, and type the one that is asked for. No try of the token was spent.",
        detail,
    )


def _sum(characters: memoryview | bytes | bytearray, role: str, half: str) -> int:
    weighted = sum(place * ALPHABET.index(character) for place, character in enumerate(characters, 1))
    return (weighted + _OFFSETS[role, half]) % MODULUS


def _random_half(room: Room) -> SecretBuffer:
    """16 characters of 5 random bits each."""
    characters = mixed_random(room, HALF_LENGTH)
    view = characters.view()
    for place, byte in enumerate(view):
        view[place] = ALPHABET[byte & 31]
    return characters


def _read(typed: SecretBuffer) -> SecretBuffer:
    """What was typed, in upper case and without separators; 0, 1 and 8, which the alphabet does not have, are read as O, I and B."""
    characters = bytearray()
    for byte in typed.view()[: 4 * (HALF_LENGTH + CHECK_LENGTH)]:
        if byte in _SEPARATORS:
            continue
        upper = byte - 32 if ord("a") <= byte <= ord("z") else byte
        characters.append(_READ_AS.get(upper, upper))
    return SecretBuffer.take(characters)


def _mailer(room: Room, request: MakePins, role: str, half: str, holder: str, characters: SecretBuffer) -> Mailer:
    """Save one mailer and the raw half for the scripted people."""
    text = bytearray(characters.view())
    text += check_characters(characters.view(), role, half)
    try:
        save_secret(room, SECRETS, half_name(role, half), text)
        page = mailer_page(request, role, half, holder, text, CHECK_LENGTH)
        saved = save_secret(room, "mailers", f"{role}-{half}.pdf", page)
    finally:
        wipe(text)
    return Mailer(role=role, half=half, holder=holder, saved=saved)
