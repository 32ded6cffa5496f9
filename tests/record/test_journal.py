"""The journal: durable, locked, in two places, and honest about what an interruption left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold, Unfit
from ceremony_app.record.chain import read_record, verify_chain
from ceremony_app.record.facts import PersonLeft, PersonReturned, TornLineSetAside
from ceremony_app.record.journal import Found, Journal
from ceremony_app.record.line import EMPTY

UTC = "2026-11-24T14:31:05Z"


def fill(journal: Journal, count: int) -> None:
    for number in range(count):
        journal.append(PersonLeft(name=f"person {number}", reason="break"), step="keys", utc=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence" / "20261124-ABCDEFGH"
    folder.mkdir(parents=True)
    return folder / "record.log"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick" / "record.log"


def test_what_is_appended_is_there_again(path: Path) -> None:
    journal = Journal.create(path)
    assert journal.head == EMPTY
    fill(journal, 3)
    entries, head = list(journal.entries), journal.head
    journal.close()
    again, found = Journal.open(path)
    assert list(again.entries) == entries == read_record(path)
    assert again.head == head
    assert found == Found()
    assert len({entry.salt for entry in entries}) == 3
    fill(again, 1)
    again.close()
    verify_chain(read_record(path))


def test_an_addendum_starts_at_the_records_head(path: Path) -> None:
    journal = Journal.create(path, start="ab" * 32)
    fill(journal, 1)
    journal.close()
    assert read_record(path)[0].prev == "ab" * 32
    with pytest.raises(DoesNotHold, match=r"Line 1 of record\.log breaks the chain"):
        Journal.open(path)
    Journal.open(path, start="ab" * 32)[0].close()


def test_nothing_is_overwritten(path: Path, second: Path) -> None:
    path.write_bytes(b"something")
    with pytest.raises(BadInput, match="record-exists"):
        Journal.create(path)
    assert path.read_bytes() == b"something"
    path.unlink()
    second.write_bytes(b"other")
    with pytest.raises(BadInput, match="record-exists"):
        Journal.create(path, second=second)
    assert not path.exists()


def test_no_record_no_resume(path: Path, second: Path) -> None:
    for other in (None, second):
        with pytest.raises(BadInput, match="record-missing"):
            Journal.open(path, second=other)
    assert not path.exists()
    assert not second.exists()


def test_only_one_process_at_a_time(path: Path) -> None:
    journal = Journal.create(path)
    before = time.monotonic()
    with pytest.raises(BadInput, match="strongroom may still be finishing") as caught:
        Journal.open(path, wait=0.2)
    assert caught.value.code == "record-locked"
    assert caught.value.exit_status == 2
    assert 0.2 <= time.monotonic() - before < 2
    journal.close()
    Journal.open(path)[0].close()


def test_a_child_that_inherited_the_lock_keeps_the_record_closed(path: Path) -> None:
    journal = Journal.create(path)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[journal.fd])
    journal.close()
    with pytest.raises(BadInput, match="record-locked"):
        Journal.open(path, wait=0.1)
    child.communicate(b"\n", timeout=10)
    Journal.open(path)[0].close()


@pytest.mark.parametrize("keep", [1, 64, 200, -1])
def test_a_line_without_end_is_set_aside(path: Path, keep: int) -> None:
    journal = Journal.create(path)
    fill(journal, 2)
    journal.close()
    lines = path.read_bytes().splitlines(keepends=True)
    tail = lines[1][:keep]
    path.write_bytes(lines[0] + tail)
    again, found = Journal.open(path)
    assert found.torn is not None
    assert (found.torn.length, found.torn.sha256) == (len(tail), sha256(tail).hexdigest())
    assert found.torn.path == path.parent.parent / "20261124-ABCDEFGH.record.torn"
    assert found.torn.path.read_bytes() == tail
    assert path.read_bytes() == lines[0]
    again.close()


def test_a_torn_line_is_reported_until_it_is_recorded(path: Path) -> None:
    journal = Journal.create(path)
    fill(journal, 1)
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + b"one")
    Journal.open(path)[0].close()  # killed before it could record what it found
    path.write_bytes(whole + b"twotwo")
    again, found = Journal.open(path)
    assert found.torn is not None
    assert found.torn.path.read_bytes() == b"onetwotwo"
    assert found.torn.length == 9
    again.append(TornLineSetAside(length=found.torn.length, sha256=found.torn.sha256), step="resume", utc=UTC)
    again.close()
    last, found = Journal.open(path)
    assert found.torn is None
    last.close()


def mirrored(path: Path, second: Path) -> list[bytes]:
    """Two equal places of three lines."""
    journal = Journal.create(path, second=second)
    fill(journal, 3)
    journal.close()
    assert path.read_bytes() == second.read_bytes()
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("torn", [0, 50])
@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_shorter_second_place_is_caught_up(path: Path, second: Path, left: int, torn: int) -> None:
    lines = mirrored(path, second)
    second.write_bytes(b"".join(lines[:left]) + lines[left][:torn])
    again, found = Journal.open(path, second=second)
    assert path.read_bytes() == second.read_bytes() == b"".join(lines)
    assert found.torn is None  # the other place holds that line whole
    assert (found.first_caught_up, found.second_caught_up, found.second) == (0, 3 - left, "shorter")
    fill(again, 1)
    again.close()
    assert path.read_bytes() == second.read_bytes()


def test_a_torn_last_line_is_completed_from_the_second_place(path: Path, second: Path) -> None:
    lines = mirrored(path, second)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:50])
    again, found = Journal.open(path, second=second)
    again.close()
    assert path.read_bytes() == second.read_bytes() == b"".join(lines)
    assert (found.torn, found.first_caught_up, found.second) == (None, 1, "equal")


@pytest.mark.parametrize(
    ("left", "tail", "more"),
    [(2, b"", 1), (1, b"", 2), (1, b"start", 2), (2, b"other", 1), (0, b"start", 3)],
)
def test_a_longer_second_place_is_not_believed(path: Path, second: Path, left: int, tail: bytes, more: int) -> None:
    """The first place is always written and synced before the second: what is only in the second was written by somebody else, or the
    first was cut short. Which, only people with paper can tell."""
    lines = mirrored(path, second)
    path.write_bytes(b"".join(lines[:left]) + (lines[left][:50] if tail == b"start" else tail))
    held = path.read_bytes(), second.read_bytes()
    with pytest.raises(DoesNotHold, match="record-second-longer") as caught:
        Journal.open(path, second=second)
    assert caught.value.what.args["entries"] == ("1 entry" if more == 1 else f"{more} entries")
    assert (path.read_bytes(), second.read_bytes()) == held
    Journal.open(path)[0].close()


def test_a_missing_place_is_made_anew(path: Path, second: Path) -> None:
    journal = Journal.create(path, second=second)
    fill(journal, 2)
    journal.close()
    second.unlink()
    again, found = Journal.open(path, second=second)
    again.close()
    assert (found.second, found.second_caught_up) == ("missing", 2)
    path.unlink()
    again, found = Journal.open(path, second=second)
    again.close()
    assert (found.second, found.first_caught_up) == ("equal", 2)
    assert path.read_bytes() == second.read_bytes()


def test_two_places_that_differ_are_refused(path: Path, second: Path) -> None:
    journal = Journal.create(path, second=second)
    fill(journal, 1)
    journal.close()
    second.unlink()
    journal = Journal.open(path)[0]
    before = path.read_bytes()
    fill(journal, 1)
    journal.close()
    second.write_bytes(before)
    path_of_other = second.with_name("other.log")
    path_of_other.write_bytes(before)
    other = Journal.open(path_of_other)[0]
    other.append(PersonReturned(name="person 0", seen_by="W"), step="keys", utc=UTC)
    other.close()
    held = path.read_bytes(), path_of_other.read_bytes()
    with pytest.raises(DoesNotHold, match="record-second-differs"):
        Journal.open(path, second=path_of_other)
    assert (path.read_bytes(), path_of_other.read_bytes()) == held


def test_a_second_place_that_is_gone_does_not_stop_the_ceremony(path: Path, second: Path) -> None:
    journal = Journal.create(path, second=second)
    fill(journal, 1)
    journal.close()
    second.unlink()
    second.parent.rmdir()
    again, found = Journal.open(path, second=second)
    assert found.second == "unreachable"
    assert again.second_lost == found.second_reason != ""
    fill(again, 1)
    again.close()
    assert len(read_record(path)) == 2


def test_a_damaged_record_is_not_continued(path: Path) -> None:
    journal = Journal.create(path)
    fill(journal, 3)
    journal.close()
    data = path.read_bytes()
    for damaged in (data.replace(b"person 1", b"person 9"), b"".join(data.splitlines(keepends=True)[::2]), b"\0\n" + data):
        path.write_bytes(damaged)
        with pytest.raises(DoesNotHold):
            Journal.open(path)
        assert path.read_bytes() == damaged


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to(p)])
def test_a_record_that_is_no_file_is_refused(path: Path, make: object) -> None:
    assert callable(make)
    make(path)
    with pytest.raises(CeremonyError):
        Journal.open(path)


def run_with_file_limit(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    """A process whose files may not grow past 2,000 bytes: the write fails as on a full medium (EFBIG), part of it written."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], preexec_fn=limit, capture_output=True, text=True, timeout=30, check=False
    )


FILL = """
import sys
from pathlib import Path
from ceremony_app.errors import Unfit
from ceremony_app.record.facts import PersonLeft
from ceremony_app.record.journal import Journal
fact = PersonLeft(name="person", reason="x" * 300)
journal = Journal.create(Path(sys.argv[1]))
try:
    while True: journal.append(fact, step="keys", utc="2026-11-24T14:31:05Z")
except Unfit as error:
    print(error.code, len(journal.entries))
try:
    journal.append(fact, step="keys", utc="2026-11-24T14:31:05Z")
except Unfit as error:
    print(error.code)
"""

FILL_SECOND = """
import sys
from pathlib import Path
from ceremony_app.record.facts import PersonLeft
from ceremony_app.record.journal import Journal
journal = Journal.open(Path(sys.argv[1]), second=Path(sys.argv[2]))[0]
journal.append(PersonLeft(name="person", reason="x"), step="keys", utc="2026-11-24T14:31:05Z")
print(journal.second_lost)
"""


def test_a_medium_that_refuses_leaves_a_whole_record(path: Path) -> None:
    done = run_with_file_limit(FILL, path)
    assert done.stdout.split() == ["record-write-failed", "3", "record-write-failed"], done.stderr
    entries = read_record(path)
    verify_chain(entries)
    assert len(entries) == 3


def test_a_second_place_that_refuses_is_reported(path: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second place is a descriptor that cannot be written any more, as when a stick was pulled."""
    journal = Journal.create(path, second=second)
    fill(journal, 1)
    assert journal.second_lost == ""
    place = journal._second
    assert place is not None
    os.close(place.fd)
    place.fd = os.open(second, os.O_RDONLY)
    fill(journal, 2)
    assert journal.second_lost != ""
    journal.close()
    assert len(read_record(path)) == 3
    assert len(read_record(second)) == 1


def test_a_full_second_place_is_left_behind_when_opening(path: Path, second: Path) -> None:
    journal = Journal.create(path)
    fill(journal, 2)
    journal.close()
    second.symlink_to(second.parent / "nowhere" / "x")
    again, found = Journal.open(path, second=second)
    assert found.second == "unreachable"
    again.close()


def test_a_write_to_a_closed_journal_is_refused(path: Path) -> None:
    journal = Journal.create(path)
    journal.close()
    with pytest.raises(Unfit, match="record-write-failed"):
        fill(journal, 1)


def test_a_fact_that_is_none_does_not_count(path: Path) -> None:
    journal = Journal.create(path)
    with pytest.raises(DoesNotHold):
        journal.append(PersonLeft(name=1, reason=""), step="keys", utc=UTC)  # type: ignore[arg-type]
    assert path.read_bytes() == b""
    fill(journal, 1)
    journal.close()
    assert len(read_record(path)) == 1
