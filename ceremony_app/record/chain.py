"""The chain of a record: reading all lines, and what must hold between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.file import MAX_FILE, read_regular
from ceremony_app.record.line import EMPTY, Entry, decode

MAX_RECORD = MAX_FILE
"""Largest record that is read, in bytes."""

MAX_ENTRIES = 100_000
"""Most entries of a record with its addenda; the longest ceremony has a few thousand."""


def read_record(path: Path, *, name: str = "") -> list[Entry]:
    """Every line of the file; raises `DoesNotHold` naming file, line and field. `name` stands for the file in messages."""
    return parse_record(read_regular(path, limit=MAX_RECORD, name=name or path.name), name or path.name)


def parse_record(data: bytes, name: str = "record.log") -> list[Entry]:
    """Every line of `data`, which must end with a line feed; raises `DoesNotHold`, also for more than `MAX_ENTRIES`."""
    if data.count(b"\n") > MAX_ENTRIES:
        raise DoesNotHold(
            "record-too-long",
            "{name} has more than {most} lines.",
            next_step="No ceremony writes so many. Take another copy of the record; if it says the same, another program made it.",
            name=name,
            most=MAX_ENTRIES,
        )
    return [decode(line, number=number, file=name) for number, line in enumerate(split_lines(data), 1)]


def split_lines(data: bytes) -> list[bytes]:
    """The lines with their LF; a last one without LF is kept as it is."""
    lines = data.split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole


def verify_chain(entries: Sequence[Entry], start: str = EMPTY, *, name: str = "record.log") -> None:
    """`seq` counts from 1 and each `prev` is the SHA-256 of the header before it, the first one `start`; raises `DoesNotHold`.

    Truncation and an exchanged last line show only against the head.
    """
    expected = start
    for number, entry in enumerate(entries, 1):
        if entry.seq != number:
            raise _broken(name, number, f"it says it is number {entry.seq}")
        if entry.prev != expected:
            raise _broken(name, number, "it does not follow the line before it")
        expected = entry.head


def verify_head(entries: Sequence[Entry], head: str, *, name: str = "record.log") -> None:
    """The last header's SHA-256 is `head` (64 lower-case hex digits); raises `DoesNotHold`."""
    if head_of(entries) != head:
        raise DoesNotHold(
            "record-head",
            "The head of {name} is {found}, not {head}.",
            next_step="Compare the head once more with the ink on paper; if it differs, this record is cut short or is another one.",
            name=name,
            found=head_of(entries),
            head=head,
        )


def head_of(entries: Sequence[Entry], start: str = EMPTY) -> str:
    """The SHA-256 of the last header, or `start` when there is no line."""
    return entries[-1].head if entries else start


def count_withheld(entries: Sequence[Entry]) -> int:
    """How many bodies are withheld; a complete edition has none."""
    return sum(entry.body is None for entry in entries)


def _broken(name: str, number: int, reason: str) -> DoesNotHold:
    return DoesNotHold(
        "record-chain",
        "Line {number} of {name} breaks the chain: {reason}.",
        next_step="Take another copy of the record; if it says the same, lines were added, removed, moved or changed.",
        number=number,
        name=name,
        reason=reason,
    )
