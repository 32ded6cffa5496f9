"""The anchors of the record outside the machine: its keys, the heads read aloud, the gates opened with them."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import capital, fingerprint, grouped
from ceremony_app.papers.printable import typed
from ceremony_app.record.facts import GateOpened, HeadRead, RecordKeyLost, RecordKeyMade
from ceremony_app.typeset.document import Block, Cell, Column, Fact, Facts, Heading, Paragraph, Table


def heads(book: Book) -> list[Block]:
    """Record keys, heads, gates."""
    history = book.state.history
    facts: list[Fact] = []
    for utc, key in history.of(RecordKeyMade):
        facts.append(Fact(f"{capital(key.signer)}, made {book.at(utc)}, token serial", key.serial, mono=True))
        facts.append(Fact("SHA-256 of its certificate", fingerprint(key.fingerprint), mono=True))
    facts += [Fact(f"{capital(lost.signer)} lost, {book.at(utc)}", typed(lost.reason)) for utc, lost in history.of(RecordKeyLost)]
    read: list[list[Cell]] = [[book.at(utc), fact.point, fingerprint(fact.head), fact.by] for utc, fact in history.of(HeadRead)]
    opened: list[list[Cell]] = [[book.at(utc), fact.gate, grouped(fact.head[:16]), fact.witness] for utc, fact in history.of(GateOpened)]
    return [
        Facts(facts) if facts else Paragraph("No record key was made."),
        Heading("Heads read aloud", 2),
        Table([Column("UTC", 0), Column("Point", 0.8), Column("Head", 2.2, mono=True), Column("Typed back by", 0.8)], read)
        if read
        else Paragraph("No head was read aloud."),
        Heading("Gates", 2),
        Table(
            [
                Column("UTC", 0),
                Column("Gate", 0.8),
                Column("Head it was opened with, first 16 digits", 2.2, mono=True),
                Column("Witness", 0.8),
            ],
            opened,
        )
        if opened
        else Paragraph("No gate was opened."),
    ]
