"""The journal: the record of a ceremony that runs, appended and synced entry by entry, in one place or two.

Its descriptor holds `flock(LOCK_EX)` and is inherited by the strongrooms: the lock belongs to the open file, not to one process (flock(2)),
so a child that still works keeps the record closed until it has ended. Opening looks at what an interruption left: a last line without an
end is moved to a file of its own, and the second place is caught up from the first. The other way round only where an interruption explains
it: found.py.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ceremony_app.errors import BadInput, CeremonyError, Unfit
from ceremony_app.record.chain import head_of
from ceremony_app.record.facts import Fact
from ceremony_app.record.found import Found, reconcile
from ceremony_app.record.line import EMPTY, Entry, decode, encode
from ceremony_app.record.place import Place
from ceremony_app.record.torn import torn_path

__all__ = ["LOCK_WAIT", "Found", "Journal"]

LOCK_WAIT = 5.0
"""Seconds to wait for another process to let the record go."""


class Journal:
    """An open, locked record. `entries` are all entries so far, `head` the SHA-256 of the last header.

    `second_lost` is empty while the second place works (or none was given), else the reason; the desk records it as `SecondPlaceLost`.
    """

    def __init__(self, first: Place, second: Place | None, start: str, entries: Sequence[Entry]) -> None:
        self._first = first
        self._second = second
        self._start = start
        self._entries = list(entries)
        self._broken = False
        self.second_lost = ""

    @classmethod
    def create(cls, path: Path, *, second: Path | None = None, start: str = EMPTY) -> Journal:
        """A new journal at `path` (and at `second`, a file too). `start` is what the first line names as its predecessor: for an addendum
        the record's head. Raises `BadInput` when a file exists, `Unfit` when it cannot be written, `BadInput` `record-locked`."""
        first = _create(path)
        try:
            _lock(first)
            return cls(first, None if second is None else _create(second), start, ())
        except CeremonyError:
            first.close()
            path.unlink(missing_ok=True)  # ours and still empty
            raise

    @classmethod
    def open(
        cls, path: Path, *, second: Path | None = None, start: str = EMPTY, torn: Path | None = None, wait: float = LOCK_WAIT
    ) -> tuple[Journal, Found]:
        """An existing journal and what was found. `torn` is the file for bytes without an end (default `torn_path`:
        beside the evidence folder). Waits `wait` seconds for the lock.

        Raises `BadInput` (`record-missing`, `record-locked`) and `DoesNotHold` (a line or the chain, `record-second-differs` or
        `record-second-longer`).
        """
        first, made = _open(path, second)
        mirror: Place | None = None
        try:
            _lock(first, wait)
            mirror, status, reason = (None, "none", "") if second is None else _open_second(second)
            if made and mirror is None:
                path.unlink()
                raise _missing(path)
            entries, found = reconcile(first, mirror, start, torn or torn_path(path))
        except OSError as error:
            _close(first, mirror)
            raise _unfit(path, error) from None
        except CeremonyError:
            _close(first, mirror)
            raise
        found = msgspec.structs.replace(found, second=status or found.second, second_reason=reason or found.second_reason)
        journal = cls(first, None if found.second_reason else mirror, start, entries)
        journal.second_lost = found.second_reason
        return journal, found

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries

    @property
    def head(self) -> str:
        return head_of(self._entries, self._start)

    @property
    def fd(self) -> int:
        """The locked descriptor, for children to inherit (`subprocess` `pass_fds`)."""
        return self._first.fd

    @property
    def path(self) -> Path:
        return self._first.path

    def append(self, fact: Fact, *, step: str, utc: str) -> Entry:
        """Write one fact; durable in the first place on return. Raises `DoesNotHold` when the fact cannot be written as one, `Unfit`
        (`record-write-failed`) when the medium refuses: the fact does not count then, and the journal must be opened again."""
        if self._broken:
            raise _write_failed(self.path, "an earlier write failed")
        seq = len(self._entries) + 1
        line = encode(fact, step=step, salt=secrets.token_hex(16), prev=self.head, seq=seq, utc=utc)
        try:
            self._first.append(line)
        except OSError as error:
            self._broken = True  # after a failed fsync nobody knows what the medium holds
            raise _write_failed(self.path, error.strerror or "the medium gave no reason") from None
        self._append_second(line)
        entry = decode(line, number=seq)
        self._entries.append(entry)
        return entry

    def close(self) -> None:
        """Let go. A child that inherited the descriptor keeps the lock until it ends."""
        _close(self._first, self._second)
        self._broken = True

    def _append_second(self, line: bytes) -> None:
        if self._second is None:
            return
        try:
            self._second.append(line)
        except OSError as error:
            self.second_lost = error.strerror or "the medium gave no reason"
            self._second.close()
            self._second = None


def _create(path: Path) -> Place:
    try:
        place = Place.create(path)
    except FileExistsError:
        raise BadInput(
            "record-exists",
            "{path} exists already.",
            next_step="Resume the ceremony it belongs to, or choose another folder.",
            path=str(path),
        ) from None
    except OSError as error:
        raise _unfit(path, error) from None
    os.set_inheritable(place.fd, True)
    return place


def _open(path: Path, second: Path | None) -> tuple[Place, bool]:
    """The first place, and whether it was missing and is made anew, to be filled from the second."""
    try:
        try:
            place, made = Place.open(path), False
        except FileNotFoundError:
            if second is None or not second.is_file() or not path.parent.is_dir():
                raise _missing(path) from None
            place, made = Place.create(path), True
    except OSError as error:
        raise _unfit(path, error) from None
    os.set_inheritable(place.fd, True)
    return place, made


def _open_second(path: Path) -> tuple[Place | None, str, str]:
    try:
        try:
            return Place.open(path), "", ""
        except FileNotFoundError:
            return Place.create(path), "missing", ""
    except OSError as error:
        return None, "unreachable", error.strerror or "the medium gave no reason"


def _lock(place: Place, wait: float = LOCK_WAIT) -> None:
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(place.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise BadInput(
                    "record-locked",
                    "{path} is in use by another process.",
                    next_step="Close the other window or command. After an interruption a strongroom may still be finishing its last act: "
                    "wait a minute and try again.",
                    path=str(place.path),
                ) from None
            time.sleep(0.05)


def _close(*places: Place | None) -> None:
    for place in places:
        if place is not None:
            place.close()


def _missing(path: Path) -> BadInput:
    return BadInput(
        "record-missing",
        "There is no record at {path}.",
        next_step="Name the folder that the ceremony was begun in.",
        path=str(path),
    )


def _unfit(path: Path, error: OSError) -> Unfit:
    return Unfit(
        "record-unusable",
        "The record at {path} cannot be opened: {reason}.",
        next_step="Look at the medium: is it full, write-protected or gone?",
        path=str(path),
        reason=error.strerror or str(error),
    )


def _write_failed(path: Path, reason: str) -> Unfit:
    return Unfit(
        "record-write-failed",
        "The record at {path} could not be written: {reason}.",
        stands="What was just done is not in the record; everything recorded before it is.",
        next_step="Make room or replace the medium, then open the ceremony again: it finds what was done and goes on from there.",
        path=str(path),
        reason=reason,
    )
