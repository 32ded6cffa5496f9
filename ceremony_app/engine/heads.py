"""Heads on paper: which of their groups people type back, and whether they typed them right."""

from __future__ import annotations

from ceremony_app.errors import DoesNotHold

GROUP = 4
"""Hex digits in a group, as heads and fingerprints are printed."""


def groups(value: str) -> list[str]:
    """A hex value in groups of four, in order."""
    return [value[i : i + GROUP] for i in range(0, len(value), GROUP)]


def places(value: str, count: int = 2) -> tuple[int, ...]:
    """Which groups (from 1) of a 64-digit value are asked for. They depend on the value, so nobody can prepare for them."""
    total = len(value) // GROUP
    chosen: list[int] = []
    for digit in value:
        place = int(digit, 16) * total // 16 + 1
        if place not in chosen:
            chosen.append(place)
        if len(chosen) == count:
            break
    for place in range(1, total + 1):
        if len(chosen) == count:
            break
        if place not in chosen:
            chosen.append(place)
    return tuple(sorted(chosen))


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
                "Group {place} of the {name} was typed as {typed}, which is not what is on the screen.",
                next_step="Read the group again from the paper, digit by digit. If it still differs, stop: the paper and this machine "
                "disagree about the record.",
                place=place,
                name=name,
                typed=text,
            )
    if len(typed) != len(at):
        raise DoesNotHold(
            "groups-missing",
            "{count} groups of the {name} are needed.",
            next_step="Type the groups that are asked for.",
            count=len(at),
            name=name,
        )
