"""The copies ledger: every copy of key material ever made, until its end."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, destination
from ceremony_app.record.state.copies import Copy
from ceremony_app.typeset.document import Block, Cell, Column, Paragraph, Table


def copies(book: Book) -> list[Block]:
    """One row a copy, in the order they were made; a copy counts from the moment it was about to be made."""
    ledger = book.state.copies
    if not ledger.rows:
        return [Paragraph("No copy of key material was made.")]
    rows: list[list[Cell]] = [
        [
            row.kind,
            _which(book, row),
            destination(row.place),
            book.at(row.since),
            f"{row.ended}, {book.at(row.ended_at)}" if row.ended else "not ended",
        ]
        for row in ledger.rows.values()
    ]
    columns = [Column("Kind", 0), Column("Which", 1.9), Column("Place", 1.2), Column("Since", 0), Column("End", 0.5)]
    summary = f"{count(len(rows), 'copy', 'copies')}, of which {len(ledger.living)} not ended. A copy counts from the moment it was begun."
    return [Table(columns, rows), Paragraph(summary)]


def _which(book: Book, row: Copy) -> str:
    """The copy's name, with the key or group it is of where the name does not tell, and without what the column beside it tells."""
    name = row.name.removesuffix(f" on {row.place}")
    for key, cloud, resource in book.state.shipments.by_target:
        if (key, cloud) == (row.of, row.place):
            # Exports names it; here it would fill three lines of each row.
            name = name.replace(f" for {resource}", "").replace(f" in {resource}", "")
    return name if row.of in name else f"{row.of}, {name}"
