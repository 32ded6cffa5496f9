"""The second channel: the SHA-256 of a wrapping key as somebody read it elsewhere, and its comparison in groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ceremony_app.clouds.intake import read_small
from ceremony_app.errors import BadInput, DoesNotHold

FINGERPRINT_FILE = "fingerprint.txt"
GROUP_DIGITS = 4
GROUPS = 64 // GROUP_DIGITS
FEWEST_GROUPS = 8
"""128 bits: what nobody searches for, even with a known wrapping key whose exponent can be varied at will."""
_SEPARATORS = re.compile(r"[\s:-]+")
_HEX = re.compile(r"[0-9a-f]{64}")


def second_channel_fingerprint(directory: Path) -> str:
    """The SPKI SHA-256 in `fingerprint.txt`, 64 lower-case hex digits. Spaces, colons, hyphens and capitals in the file do not matter.

    For rehearsals, where a file stands for what a person reads from paper. Raises `BadInput` when it is missing or not a SHA-256.
    """
    path = directory / FINGERPRINT_FILE
    text = read_small(path, 4096).decode("ascii", "replace")
    digits = _SEPARATORS.sub("", text.removeprefix("\ufeff")).lower().removeprefix("sha256")
    if not _HEX.fullmatch(digits):
        raise BadInput(
            "fingerprint-malformed",
            "The file {path} does not hold a SHA-256 of 64 hex digits.",
            next_step="Write into it the fingerprint that came by the second channel, and nothing else.",
            path=str(path),
        )
    return digits


def fingerprint_groups(fingerprint: str) -> tuple[str, ...]:
    """A fingerprint of 64 hex digits in the 16 groups of 4 in which people read it."""
    return tuple(fingerprint[start : start + GROUP_DIGITS] for start in range(0, len(fingerprint), GROUP_DIGITS))


def verify_typed_groups(fingerprint: str, typed: Mapping[int, str]) -> int:
    """Compare groups typed from the second channel (`typed`: group number from 1 -> digits) with the wrapping key's own fingerprint.

    Returns how many groups were compared. Raises `BadInput` when fewer than 4 groups were typed or a number is not 1 to 16, and
    `DoesNotHold` naming the first group that differs. Which groups are asked for must be drawn after the wrapping key has arrived: who
    knows them beforehand can search for another key that agrees in them.
    """
    groups = fingerprint_groups(fingerprint)
    if len(typed) < FEWEST_GROUPS or not all(1 <= number <= len(groups) for number in typed):
        raise BadInput(
            "fingerprint-groups",
            "{count} groups of the fingerprint were typed; at least {fewest} of its {groups} are needed.",
            next_step="Type the groups that are asked for from the paper of the second channel.",
            count=len(typed),
            fewest=FEWEST_GROUPS,
            groups=len(groups),
        )
    for number, digits in sorted(typed.items()):
        if digits.strip().lower() != groups[number - 1]:
            raise DoesNotHold(
                "recipient-fingerprint-differs",
                "Group {number} of the fingerprint was typed as {typed} from the second channel; that is not what arrived.",
                next_step="Type it once more from the paper. If it still differs, this is not the provider's wrapping key: do not use it, "
                "fetch it again, and find out who changed it.",
                number=number,
                typed=digits.strip()[:8] or "nothing",
            )
    return len(typed)
