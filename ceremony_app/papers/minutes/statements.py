"""What each participant said at the end; "I do not agree" is an answer."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.printable import typed
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Paragraph, Status, Table


def statements(book: Book) -> list[Block]:
    """A row a person; those who signed in and said nothing are named too."""
    said = book.state.course.statements
    rows: list[list[Cell]] = [
        [
            fact.name,
            ", ".join(fact.roles),
            Badge("agrees", Status.OK) if fact.agrees else Badge("does not agree", Status.WARNING),
            typed(fact.reason),
        ]
        for fact in said.values()
    ]
    silent = [seat for seat in book.state.seats.signed_in.values() if seat.name not in said]
    rows += [[seat.name, ", ".join(seat.roles), Badge("made none", Status.OPEN), ""] for seat in silent]
    if not rows:
        return [Paragraph("Nobody was there to make a statement.")]
    columns = [Column("Name", 1), Column("Roles", 1), Column("Statement", 0), Column("Reason", 1.4)]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return [Table(columns, rows)]
