"""What was seen of the machine, which software took part, how its processes protected themselves, and the clock."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count
from ceremony_app.papers.printable import typed
from ceremony_app.record.facts import CheckMade, ClockCompared, ProcessStarted
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Heading, Paragraph, Status, Table

PROCESSES = {
    "desk": "desk",
    "keys": "strongroom of the key token",
    "record": "strongroom of the record token",
    "recovery": "strongroom of the recovery rehearsal",
}
_BADGES = {
    "pass": Badge("pass", Status.OK),
    "warn": Badge("warning", Status.WARNING),
    "block": Badge("block", Status.WARNING),
    "not checked": Badge("not checked", Status.OPEN),
}


def machine(book: Book) -> list[Block]:
    """Checks, software, processes, clock."""
    return [
        *_checks([check for _, check in book.state.history.of(CheckMade)]),
        Heading("Software", 2),
        *_software(book),
        Heading("Processes", 2),
        *_processes(book),
        Heading("Clock", 2),
        *_clock(book),
    ]


def _checks(checks: list[CheckMade]) -> list[Block]:
    if not checks:
        return [Paragraph("The machine was not checked.")]
    rows: list[list[Cell]] = [
        [check.check, typed(check.sentence), check.basis, _BADGES.get(check.verdict, Badge(check.verdict, Status.OPEN))] for check in checks
    ]
    return [Table([Column("Check", 0.7), Column("What was seen", 2), Column("Basis", 0), Column("", 0)], rows)]


def _software(book: Book) -> list[Block]:
    opened = book.state.course.opened
    if opened is None or not opened.software:
        return [Paragraph("No software is named in the record.")]
    rows: list[list[Cell]] = [[one.name, one.version, one.sha256 or "not hashed"] for one in opened.software]
    return [Table([Column("Name", 1.3), Column("Version", 1), Column("SHA-256, as the program found it", 0, mono=True)], rows)]


def _processes(book: Book) -> list[Block]:
    rows: list[list[Cell]] = [
        [book.at(utc), PROCESSES.get(fact.process, fact.process), _protections(fact)] for utc, fact in book.state.history.of(ProcessStarted)
    ]
    return [Table([Column("UTC", 0), Column("Process started", 1), Column("What it could do for its memory", 1.6)], rows)] if rows else []


def _protections(fact: ProcessStarted) -> str:
    said = [f"{name.replace('_', ' ')}: {value}" for name, value in sorted(fact.protections.items())]
    return ", ".join(said) or "holds no secrets"


def _clock(book: Book) -> list[Block]:
    rows: list[list[Cell]] = [[fact.wall, fact.machine, _difference(fact), fact.by] for _, fact in book.state.history.of(ClockCompared)]
    if not rows:
        return [Paragraph("The machine's clock was not compared with a clock on the wall.")]
    columns = [Column("Clock on the wall", 1), Column("Machine", 1), Column("Difference", 1), Column("Read by", 1)]
    return [
        Table(columns, rows),
        Paragraph("Times in these minutes are the machine's, in UTC. The order of events is proved by the chain, not by them."),
    ]


def _difference(fact: ClockCompared) -> str:
    if fact.difference == 0:
        return "none"
    return f"machine {count(abs(fact.difference), 'second')} {'ahead' if fact.difference > 0 else 'behind'}"
