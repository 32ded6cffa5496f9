"""Reading whole records: what the chain shows, and what only the head shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.chain import count_withheld, head_of, parse_record, read_record, verify_chain, verify_head
from ceremony_app.record.facts import PersonLeft
from ceremony_app.record.line import EMPTY, MAX_LINE, Entry, decode, encode, withhold


def build(count: int, start: str = EMPTY) -> bytes:
    lines, prev = [], start
    for seq in range(1, count + 1):
        fact = PersonLeft(name=f"person {seq}", reason="é\n")
        lines.append(encode(fact, step="keys", salt=f"{seq:032x}", prev=prev, seq=seq, utc="2026-11-24T14:31:05Z"))
        prev = decode(lines[-1]).head
    return b"".join(lines)


RECORD = build(6)
ENTRIES = parse_record(RECORD)


def check(data: bytes, start: str = EMPTY) -> list[Entry]:
    entries = parse_record(data)
    verify_chain(entries, start)
    return entries


def test_a_whole_record(tmp_path: Path) -> None:
    assert check(RECORD) == ENTRIES
    (tmp_path / "record.log").write_bytes(RECORD)
    assert read_record(tmp_path / "record.log") == ENTRIES
    verify_head(ENTRIES, ENTRIES[-1].head)
    assert head_of([]) == EMPTY
    assert parse_record(b"") == []


def test_an_addendum_starts_where_the_record_ends() -> None:
    addendum = build(2, ENTRIES[-1].head)
    check(addendum, ENTRIES[-1].head)
    with pytest.raises(DoesNotHold, match="Line 1 of"):
        check(addendum)


@pytest.mark.parametrize(
    ("order", "line"),
    [([0, 1, 3, 4, 5], 3), ([1, 2, 3], 1), ([0, 2, 1, 3], 2), ([0, 1, 1, 2], 3), ([0, 0], 2)],
)
def test_lines_that_are_missing_moved_or_doubled(order: list[int], line: int) -> None:
    lines = RECORD.splitlines(keepends=True)
    with pytest.raises(DoesNotHold, match=f"Line {line} of record.log breaks the chain"):
        check(b"".join(lines[at] for at in order))


def test_moved_lines_that_were_numbered_again() -> None:
    lines = RECORD.splitlines(keepends=True)
    lines[2], lines[3] = lines[3].replace(b" 4 ", b" 3 ", 1), lines[2].replace(b" 3 ", b" 4 ", 1)
    with pytest.raises(DoesNotHold, match="does not follow"):
        check(b"".join(lines))


def test_a_cut_end_shows_only_against_the_head() -> None:
    short = b"".join(RECORD.splitlines(keepends=True)[:-1])
    entries = check(short)
    with pytest.raises(DoesNotHold, match="record-head"):
        verify_head(entries, ENTRIES[-1].head)


def test_an_end_without_line_feed_is_refused() -> None:
    for data in (RECORD[:-1], RECORD + b"x", RECORD + b"\n"):
        with pytest.raises(DoesNotHold, match=r"Line [67] of record\.log: its (end|header)"):
            parse_record(data)


def test_withheld_bodies_leave_chain_and_head() -> None:
    entries = check(b"".join(withhold(entry) if entry.seq % 2 else entry.line for entry in ENTRIES))
    assert head_of(entries) == head_of(ENTRIES)
    assert (count_withheld(entries), count_withheld(ENTRIES)) == (3, 0)


def test_a_line_that_is_too_long_is_refused() -> None:
    with pytest.raises(DoesNotHold, match="its length"):
        parse_record(b"x" * MAX_LINE + b"\n")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_change_passes_against_the_head(data: st.DataObject) -> None:
    changed = bytearray(RECORD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    if bytes(changed) != RECORD:
        with pytest.raises(DoesNotHold):
            verify_head(check(bytes(changed)), ENTRIES[-1].head)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_refused_in_our_words(data: bytes) -> None:
    if data:
        with pytest.raises(DoesNotHold):
            check(data)
