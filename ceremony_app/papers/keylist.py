"""The key list: every key with the value by which it is known, to be read aloud and ticked."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import check_value, count, fingerprint
from ceremony_app.record.facts import KeyGenerated
from ceremony_app.typeset.document import Block, Cell, Column, Document, Heading, Paragraph, Table

_HOW = (
    "The administrator reads each value aloud, group by group; the others compare it with the screen or with their own copy and tick "
    "the row. A key pair is known by the SHA-256 of its public key (SubjectPublicKeyInfo, DER), a secret key by its check value: 5 bytes "
    "of what the key makes of a fixed input. Neither value lets anyone use the key."
)


def key_list(book: Book, nonce: str) -> Document:
    """The list; a key that was begun and never made is named too, since its objects may exist."""
    keys = book.state.keys.by_label.values()
    made = [key.made for key in keys if key.made is not None]
    begun = [key.label for key in keys if key.made is None]
    pairs = [fact for fact in made if fact.spki_sha256]
    secrets = [fact for fact in made if not fact.spki_sha256]
    blocks: list[Block] = [Paragraph(_HOW if made else "No key was made in this ceremony.")]
    if pairs:
        blocks += [Heading(f"{count(len(pairs), 'key pair')}"), _table("SHA-256 of the public key", pairs, 1)]
    if secrets:
        blocks += [Heading(f"{count(len(secrets), 'secret key')}"), _table("Check value", secrets, len(pairs) + 1)]
    if begun:
        blocks += [Heading("Begun, but not made"), Paragraph(", ".join(begun))]
    return book.document("KEY LIST", "Keys and the values they are known by", nonce, blocks)


def _table(title: str, facts: list[KeyGenerated], first: int) -> Table:
    """`first` is the number of the first row: a number is read aloud, so it means one key in the whole list."""
    columns = [Column("No.", 0, right=True), Column("Key", 1), Column(title, 1.5, mono=True, large=True), Column("Read", 0, large=True)]
    rows: list[list[Cell]] = [
        [
            str(number),
            f"{fact.label}: {fact.algorithm}, {fact.purpose}",
            fingerprint(fact.spki_sha256).strip() or check_value(fact.check_value),
            "▢",
        ]
        for number, fact in enumerate(facts, first)
    ]
    return Table(columns, rows)
