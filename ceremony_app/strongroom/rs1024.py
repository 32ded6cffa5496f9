"""RS1024, the checksum of a SLIP-0039 share, used to say where a mistake is, and never what the right word would be.

The last three words of a share are check words over GF(1024); any two valid shares differ in at least four words. So one wrong word has
one place, and two or three wrong words never look like one. SLIP-0039 ("Checksum") forbids an implementation to suggest corrections: these
functions return places, counted from 1, and no word.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

WORDS = 33
"""Words of a share of 256 bits."""

CUSTOMIZATION = b"shamir"
CUSTOMIZATION_EXTENDABLE = b"shamir_extendable"

_GENERATOR = (0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120)
_LOW = 0x3FF


def _feedback(top: int) -> int:
    total = 0
    for bit, polynomial in enumerate(_GENERATOR):
        if top >> bit & 1:
            total ^= polynomial
    return total


_FEEDBACK = tuple(_feedback(top) for top in range(1024))
_TOP = {feedback & _LOW: top for top, feedback in enumerate(_FEEDBACK)}
"""Which ten bits were shifted out, by the low ten bits of what they left behind: a step of the register can be undone."""


def remainder(indices: Sequence[int], customization: bytes = CUSTOMIZATION) -> int:
    """State of the register (30 bits) after a share's word indices; 0 when the checksum holds."""
    state = 1
    for value in (*customization, *indices):
        state = ((state & 0xFFFFF) << 10 | value) ^ _FEEDBACK[state >> 20]
    return state ^ 1


def holds(indices: Sequence[int], customization: bytes = CUSTOMIZATION) -> bool:
    """True when the three check words fit the others."""
    return remainder(indices, customization) == 0


def wrong_word(indices: Sequence[int]) -> int | None:
    """The place of the one wrong word; None when no single word explains the remainder."""
    state = remainder(indices)
    for place in range(len(indices), 0, -1):
        if 0 < state <= _LOW:
            return place
        state = _step_back(state)
    return None


def swapped_words(indices: Sequence[int]) -> tuple[int, int] | None:
    """The places of the two words whose exchange makes the checksum hold: neighbours first, then any pair that is the only one."""
    for place in range(1, len(indices)):
        if _holds_swapped(indices, place, place + 1):
            return place, place + 1
    pairs = [(a, b) for a, b in combinations(range(1, len(indices) + 1), 2) if b > a + 1 and _holds_swapped(indices, a, b)]
    return pairs[0] if len(pairs) == 1 else None


def missing_word(indices: Sequence[int]) -> int | None:
    """Of 32 words: the number that the left-out word has on the card; None when no place or more than one explains it.

    A word left out beside an equal one fits at two neighbouring places; the first is returned.
    """
    places = [place for place in range(1, len(indices) + 2) if _fits_one_at(indices, place)]
    return places[0] if places and places[-1] - places[0] == len(places) - 1 else None


def extra_word(indices: Sequence[int]) -> int | None:
    """Of 34 words: the place of the one that is too many; of two equal neighbours the second."""
    places = [place for place in range(1, len(indices) + 1) if holds([*indices[: place - 1], *indices[place:]])]
    return places[-1] if places and places[-1] - places[0] == len(places) - 1 else None


def _holds_swapped(indices: Sequence[int], a: int, b: int) -> bool:
    if indices[a - 1] == indices[b - 1]:
        return False
    other = list(indices)
    other[a - 1], other[b - 1] = other[b - 1], other[a - 1]
    return holds(other)


def _fits_one_at(indices: Sequence[int], place: int) -> bool:
    """True when some word put in at `place` makes the checksum hold."""
    state = remainder([*indices[: place - 1], 0, *indices[place - 1 :]])
    for _ in range(len(indices) + 1 - place):
        state = _step_back(state)
    return state <= _LOW


def _step_back(state: int) -> int:
    """The difference of two registers one word earlier, from their difference now (the register is linear, and no word differs here)."""
    top = _TOP[state & _LOW]
    return top << 20 | (state ^ _FEEDBACK[top]) >> 10
