"""Heads on paper: which of their groups people type back, and whether they typed them right."""

from __future__ import annotations

import secrets

from ceremony_app.errors import DoesNotHold

GROUP = 4
"""Hex digits in a group, as heads and fingerprints are printed."""


def groups(value: str) -> list[str]:
    """A hex value in groups of four, in order."""
    return [value[i : i + GROUP] for i in range(0, len(value), GROUP)]


GATE_GROUPS = 4
"""Groups of a head that are typed back each time."""

COMPARED_GROUPS = 8
"""Groups after an interruption, when the record itself is in doubt."""


def draw_places(count: int, total: int = 16) -> tuple[int, ...]:
    """Which groups (from 1) are asked for, drawn when they are asked: whoever changed a value beforehand could not know them."""
    return tuple(sorted(secrets.SystemRandom().sample(range(1, total + 1), count)))


def normalised(text: str) -> str:
    """What somebody typed as hex, without spaces, colons and capitals."""
    return "".join(text.split()).replace(":", "").replace("-", "").lower()


def verify_groups(value: str, at: tuple[int, ...], typed: tuple[str, ...], *, name: str) -> None:
    """The typed groups are those of `value` at these places; raises `DoesNotHold` `groups-differ` naming the place."""
    expected = groups(value)
    for place, text in zip(at, typed, strict=False):
        if normalised(text) != expected[place - 1]:
            raise DoesNotHold(
                "groups-differ",
                "Group {place} of the {name} was not typed as this machine has it.",
                next_step="Read the group again from the paper, digit by digit. If it still differs, stop: the paper and this machine "
                "disagree about the record.",
                place=place,
                name=name,
            )
    if len(typed) != len(at):
        raise DoesNotHold(
            "groups-missing",
            "{count} groups of the {name} are needed.",
            next_step="Type the groups that are asked for.",
            count=len(at),
            name=name,
        )
