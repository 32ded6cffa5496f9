"""Who was in the room, in which seat, from when to when, and who looked at whose document."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import listed
from ceremony_app.papers.printable import sentence, typed
from ceremony_app.record.facts import PersonLeft, PersonReturned, PersonSignedIn, SeatSubstituted
from ceremony_app.typeset.document import Block, Cell, Column, Heading, Paragraph, Table


def people(book: Book) -> list[Block]:
    """The table of people, then absences, then each leaving and return."""
    signed = {fact.name: fact for _, fact in book.state.history.of(PersonSignedIn)}
    if not signed:
        return [Paragraph("Nobody had signed in.")]
    homes = {person.name: person.organisation for person in book.plan.people}
    rows: list[list[Cell]] = [
        [
            name,
            homes.get(name, ""),
            ", ".join(fact.roles),
            "\n".join(presence(book, name)),
            f"{fact.document}, seen by {fact.identity_seen_by}",
        ]
        for name, fact in signed.items()
    ]
    columns = [Column("Name", 1.1), Column("Organisation", 0.8), Column("Roles", 0.8), Column("Present, UTC", 0), Column("Identity", 1.4)]
    return [Table(columns, rows), *_absences(book, set(signed)), *_movements(book)]


def presence(book: Book, name: str) -> list[str]:
    """Spans as `09:04:20–09:33:00`; the last one is open where the record is."""
    spans: list[str] = []
    since = ""
    for utc, fact in book.state.history.rows:
        match fact:
            case PersonSignedIn(name=who) | PersonReturned(name=who) if who == name and not since:
                since = utc
            case PersonLeft(name=who) | SeatSubstituted(absent=who) if who == name and since:
                spans.append(f"{book.at(since)}–{book.at(utc)}")
                since = ""
            case _:
                continue
    if since:
        spans.append(f"{book.at(since)}–{book.at(book.closed_at)}")
    return spans


def _absences(book: Book, signed: set[str]) -> list[Block]:
    taken = book.state.history.of(SeatSubstituted)
    lines = [f"{book.at(utc)}: {fact.deputy} took the seat of {fact.absent}. Reason: {sentence(fact.reason)}" for utc, fact in taken]
    missing = [person.name for person in book.plan.must_be_present if book.state.seats.who(person.name) not in signed]
    if missing:
        lines.append(f"Never signed in: {listed(missing)}.")
    return [Paragraph(line) for line in lines]


def _movements(book: Book) -> list[Block]:
    rows: list[list[Cell]] = []
    for utc, fact in book.state.history.rows:
        match fact:
            case PersonLeft():
                rows.append([book.at(utc), fact.name, "left", typed(fact.reason)])
            case PersonReturned():
                rows.append([book.at(utc), fact.name, "returned", f"seen by {fact.seen_by}"])
            case _:
                continue
    if not rows:
        return []
    return [Heading("Left and returned", 2), Table([Column("UTC", 0), Column("Name", 1), Column("", 0.5), Column("Reason", 1.4)], rows)]
