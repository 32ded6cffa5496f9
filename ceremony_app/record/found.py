"""What opening a journal finds in its places, and how the places are made equal again.

The second place protects nothing by itself: whoever has the stick can write to it. Every entry is synced in the first place before it
goes to the second, so a second place that knows more is believed only where an interruption explains it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.chain import parse_record, verify_chain
from ceremony_app.record.line import Entry
from ceremony_app.record.place import Place
from ceremony_app.record.torn import Torn, set_aside


class Found(msgspec.Struct, frozen=True):
    """What opening a journal found, for the desk to record.

    `torn`: bytes without an end that were set aside and that no `TornLineSetAside` names yet. `first_caught_up` and `second_caught_up`:
    entries that one place lacked and that were copied to it from the other. `second`: `none` (not asked for), `equal`, `shorter`,
    `missing` (made anew) or `unreachable` (`second_reason` says why; the journal goes on without it).
    """

    torn: Torn | None = None
    first_caught_up: int = 0
    second: str = "none"
    second_caught_up: int = 0
    second_reason: str = ""


def reconcile(first: Place, second: Place | None, start: str, torn_file: Path) -> tuple[list[Entry], Found]:
    """Read both places, set aside what has no end, catch the second up from the first; raises `DoesNotHold`, and `OSError` of the first
    place. The first is caught up from the second only when it is missing altogether (or still empty, just made anew), or when the second
    holds exactly the one line whose beginning is the first's torn end; a second place that is longer in another way is refused
    (`record-second-longer`)."""
    ours, theirs, lost = _split(first.read()), (b"", b""), ""
    if second is not None:
        try:
            theirs = _split(second.read())
        except OSError as error:
            lost = error.strerror or str(error)
    shorter, longer = sorted((ours[0], theirs[0]), key=len)
    if not longer.startswith(shorter):
        raise _differ(first, second)
    more = theirs[0][len(ours[0]) :]
    if more and any(ours) and not _completes(more, ours[1]):
        raise _longer(first, second, more.count(b"\n"))
    entries = parse_record(longer, first.path.name)
    verify_chain(entries, start, name=first.path.name)
    # A piece that the other place holds whole is no loss: it is simply completed.
    torn = set_aside([tail for whole, tail in (ours, theirs) if tail and not longer[len(whole) :].startswith(tail)], torn_file, entries)
    first_caught_up, second_caught_up = _catch_up(first, longer), 0
    if second is not None and not lost:
        try:
            second_caught_up = _catch_up(second, longer)
        except OSError as error:
            lost = error.strerror or "the medium gave no reason"
    status = "none" if second is None else "unreachable" if lost else "shorter" if second_caught_up else "equal"
    return entries, Found(torn, first_caught_up, status, second_caught_up, lost)


def _split(data: bytes) -> tuple[bytes, bytes]:
    end = data.rfind(b"\n") + 1
    return data[:end], data[end:]


def _completes(more: bytes, tail: bytes) -> bool:
    """True when `more` is the one line that `tail` is the beginning of."""
    return bool(tail) and more.count(b"\n") == 1 and more.startswith(tail)


def _catch_up(place: Place, longer: bytes) -> int:
    """Cut the torn end off and add the lines that are missing; how many."""
    whole, tail = _split(place.read())
    if tail:
        place.cut(len(whole))
    missing = longer[len(whole) :]
    if missing:
        place.append(missing)
    return missing.count(b"\n")


def _longer(first: Place, second: Place | None, entries: int) -> DoesNotHold:
    return DoesNotHold(
        "record-second-longer",
        "The record's copy in {second} holds {entries} more than the record in {first}, and no interruption explains it.",
        stands="Neither was changed; nothing was continued.",
        next_step="Look at both: compare the head of each with the heads on paper. Then keep a copy of both, and go on with the one that "
        "agrees, alone.",
        first=str(first.path),
        second=str(second.path if second else ""),
        entries="1 entry" if entries == 1 else f"{entries} entries",
    )


def _differ(first: Place, second: Place | None) -> DoesNotHold:
    return DoesNotHold(
        "record-second-differs",
        "The record in {first} and its copy in {second} hold different entries.",
        stands="Neither was changed; nothing was continued.",
        next_step="Keep both, and find out with the heads on paper which one is the ceremony's; then go on with that one alone.",
        first=str(first.path),
        second=str(second.path if second else ""),
    )
