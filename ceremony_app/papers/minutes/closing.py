"""The end of the minutes: open items, what is absent on purpose, papers, and the head to be signed over."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.openitem import open_items
from ceremony_app.papers.phrase import grouped, listed
from ceremony_app.record.words import words
from ceremony_app.typeset.document import (
    Block,
    Cell,
    Column,
    Hash,
    Items,
    Paragraph,
    SignatureLine,
    SignatureLines,
    Table,
)

_ABSENT = (
    "Keys, backup secrets and anything derived from them that is not named above.",
    "The words and codes of share cards, and any digest of them but the fingerprints above.",
    "PINs, their halves, the witness's code, and any digest of these.",
    "Numbers of identity documents: only their type was written down.",
)


def open_points(book: Book) -> list[Block]:
    """The open items with owner and date, and the addenda that are due."""
    items = open_items(book)
    closed = book.state.course.closed
    blocks: list[Block] = [Paragraph("None were named when the record was closed.")]
    if items:
        rows: list[list[Cell]] = [
            [str(number), f"{item.what} ({item.resource})" if item.resource else item.what, item.owner, item.until]
            for number, item in enumerate(items, 1)
        ]
        blocks = [Table([Column("No.", 0, right=True), Column("What", 2.2), Column("Owner", 1), Column("Due", 0.9)], rows)]
    if closed and closed.addenda:
        blocks.append(Paragraph(f"Addenda that are due after these minutes: {listed(closed.addenda)} (folder addenda)."))
    return blocks


def unrecorded(book: Book) -> list[Block]:
    """What a reader may miss and must not find."""
    del book
    return [Items(list(_ABSENT))]


def papers(book: Book) -> list[Block]:
    """The documents that the closing names, by the nonces they print."""
    closed = book.state.course.closed
    if closed is None or not closed.documents:
        return [Paragraph("The closing names none.")]
    rows: list[list[Cell]] = [[one.name, grouped(one.nonce)] for one in closed.documents]
    return [Table([Column("Paper", 1), Column("Nonce on each page", 1.4, mono=True)], rows), Paragraph(f"Typesetter: {closed.typesetter}.")]


def signatures(book: Book) -> list[Block]:
    """The head, and a line for each person who was there at the end."""
    here = [SignatureLine(seat.name, ", ".join(seat.roles)) for seat in book.state.seats.signed_in.values() if seat.present]
    blocks: list[Block] = [Hash("Closing head of the record", book.head, words(book.head))]
    if here:
        blocks.append(
            SignatureLines(here, "I compared this head with the one that I wrote down in the room, and these minutes with what I saw.")
        )
    return blocks
