"""The record and its addenda as one sequence: which file the next fact goes to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ceremony_app.engine.places import Places
from ceremony_app.record import facts as f
from ceremony_app.record.journal import Found, Journal
from ceremony_app.record.line import Entry


class Journals:
    """`record.log` first; after its last fact addendum 001, once that is signed addendum 002. The record's lock is that of all."""

    def __init__(self, places: Places, record: Journal) -> None:
        self._places = places
        self._record = record
        self._addenda: list[Journal] = []
        self._second_lost_told = False

    @classmethod
    def create(cls, places: Places, second: Path | None) -> Journals:
        return cls(places, Journal.create(places.record, second=_second(places, second)))

    @classmethod
    def open(cls, places: Places, second: Path | None) -> tuple[Journals, list[f.AnyFact]]:
        """Reopen all files; answers the facts that say what was found."""
        record, found = Journal.open(places.record, second=_second(places, second))
        journals = cls(places, record)
        facts = _facts(found, second)
        number = 1
        while places.addendum(number).exists():
            opened, found = Journal.open(places.addendum(number), start=record.head)
            journals._addenda.append(opened)
            facts += _facts(found, None)
            number += 1
        journals._second_lost_told = bool(record.second_lost)
        if journals._complete():
            journals.begin_addendum(number)
        return journals, facts

    @property
    def lock(self) -> int:
        """The descriptor with the record's lock, for children to inherit."""
        return self._record.fd

    @property
    def head(self) -> str:
        """The head after the last entry: of the record, or of the addendum that is written."""
        return self._current.head

    @property
    def _current(self) -> Journal:
        return self._addenda[-1] if self._addenda else self._record

    def entries(self) -> list[Entry]:
        """All entries in order, addenda after the record."""
        return [entry for journal in (self._record, *self._addenda) for entry in journal.entries]

    def append(self, fact: f.AnyFact, *, step: str, utc: str) -> Entry:
        return self._current.append(fact, step=step, utc=utc)

    def begin_addendum(self, number: int) -> None:
        """What follows goes to this addendum, the next one; nothing happens when it was begun already."""
        if number <= len(self._addenda):
            return
        path = self._places.addendum(number)
        path.parent.mkdir(exist_ok=True)
        self._addenda.append(Journal.create(path, start=self._record.head))

    def take_second_lost(self) -> str:
        """Why the second place was lost, once; empty otherwise."""
        if self._second_lost_told or not self._record.second_lost:
            return ""
        self._second_lost_told = True
        return self._record.second_lost

    def close(self) -> None:
        for journal in (self._record, *self._addenda):
            journal.close()

    def _complete(self) -> bool:
        """True when nothing more may be written to the last file: the record is closed, or addendum 001 is signed."""
        if self._addenda:
            return len(self._addenda) == 1 and is_signed(self._places, 1)
        entries: Sequence[Entry] = self._record.entries
        return bool(entries) and isinstance(entries[-1].fact, f.CeremonyClosed)


def is_signed(places: Places, number: int) -> bool:
    """True when somebody signed the addendum: its bytes must stay as they are."""
    path = places.addendum(number)
    return any(path.parent.glob(f"{path.name}.*.p7s"))


def _second(places: Places, second: Path | None) -> Path | None:
    if second is None:
        return None
    second.mkdir(parents=True, exist_ok=True)
    return second / f"{places.ceremony_id}.log"


def _facts(found: Found, second: Path | None) -> list[f.AnyFact]:
    """What reopening found, as facts."""
    facts: list[f.AnyFact] = []
    if found.torn is not None:
        facts.append(f.TornLineSetAside(length=found.torn.length, sha256=found.torn.sha256))
    if found.first_caught_up:
        facts.append(f.GapExplained(what=f"The record lacked {found.first_caught_up} entries, which the second place had.", by=""))
    if found.second == "unreachable":
        facts.append(f.SecondPlaceLost(reason=found.second_reason))
    elif found.second in ("shorter", "missing"):
        facts.append(f.SecondPlaceRestored(place=str(second), entries=found.second_caught_up))
    return facts
