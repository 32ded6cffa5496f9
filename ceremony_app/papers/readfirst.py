"""READ-FIRST: one page for somebody who opens the evidence folder years later and knows nothing."""

from __future__ import annotations

import msgspec

from ceremony_app.papers.book import Book
from ceremony_app.papers.openitem import open_items
from ceremony_app.papers.phrase import count, grouped
from ceremony_app.papers.printable import printable, sentence
from ceremony_app.papers.tally import tally
from ceremony_app.papers.verdict import verdict
from ceremony_app.record.words import words
from ceremony_app.typeset.document import Block, Code, Document, Fact, Facts, Grid, Hash, Heading, Items, Paragraph, document_png

_ADVICE = "This page repeats the record and proves nothing by itself: check the record as told below."
_LAST_KEYS = 2
"""How many record keys there is room for even where things are only counted."""


class Room(msgspec.Struct, frozen=True):
    """How much the page may tell: so many open items, one label more; with 0 items things are only counted. `wide` gives the names of
    files a line of their own."""

    items: int
    wide: bool = True


_ROOMS = (Room(6), Room(4), Room(3), Room(2), Room(1), Room(1, wide=False), Room(0, wide=False))


def read_first(book: Book, nonce: str) -> Document:
    """The page, with as much as fits on one; the rest is counted, and named in the minutes."""
    fitting = (page for page in (_page(book, nonce, room) for room in _ROOMS[:-1]) if _pages(page) == 1)
    return next(fitting, None) or _page(book, nonce, _ROOMS[-1])


def _pages(document: Document) -> int:
    return len(document_png(printable(document), 9))


def _page(book: Book, nonce: str, room: Room) -> Document:
    blocks: list[Block] = [
        verdict(book, _ADVICE, names=room.items > 0),
        Heading("What was made"),
        _made(book, room),
        *_open(book, room),
        Heading("Compare with the values in ink"),
        *_values(book, room),
        Heading("How to check, and where to read on"),
        *_check(book, room),
    ]
    page = book.document("READ FIRST", "What this folder holds", nonce, blocks)
    return page if room.items else msgspec.structs.replace(page, facts=page.facts[:-1])


def _made(book: Book, room: Room) -> Facts:
    sums, token = tally(book), book.state.token.initialised
    labels = list(book.state.keys.by_label)
    shown = labels[: room.items + 1]
    more = f" and {len(labels) - len(shown)} more" if len(labels) > len(shown) else ""
    facts = [
        Fact("Keys", f"{sums.keys_text}: {', '.join(shown)}{more}" if labels else "none were made"),
        Fact("Token", f"{token.manufacturer} {token.model}, serial {token.serial}" if token else "none was initialised"),
        Fact("Backups", sums.backups_text if room.items else sums.sets_text),
        Fact("Packages", sums.packages_text),
    ]
    return Facts(facts if room.items else [*facts, Fact("Open items", f"{len(open_items(book)) or 'none'}: see the minutes")])


def _open(book: Book, room: Room) -> list[Block]:
    items = open_items(book)
    if not room.items:
        return []
    if not items:
        return [Heading("Open items"), Paragraph("None were named when the record was closed.")]
    lines = [f"{sentence(item.what)} Owner: {item.owner}. Due: {item.until}." for item in items[: room.items]]
    if len(items) > len(lines):
        lines.append(f"{count(len(items) - len(lines), 'item')} more: see the minutes.")
    return [Heading("Open items"), Items(lines)]


def _values(book: Book, room: Room) -> list[Block]:
    """What people wrote in ink: whoever rebuilds the folder cannot rebuild their papers."""
    keys = book.state.course.record_keys
    shown = keys if room.items else keys[-_LAST_KEYS:]
    facts = [Fact(f"Certificate of signer {key.signer}, SHA-256", grouped(key.fingerprint), mono=True) for key in shown]
    more = [Paragraph(f"{count(len(keys) - len(shown), 'earlier record key')}: see the minutes.")] if len(shown) < len(keys) else []
    return [Hash("Closing head of the record", book.head, words(book.head)), *([Grid(facts, 1)] if facts else []), *more]


def _check(book: Book, room: Room) -> list[Block]:
    several = ", with one `--signer` for each fingerprint" if len(book.state.course.record_keys) > 1 else ""
    command = Code([f"ceremony verify {book.state.course.ceremony_id} --head HEAD --signer FINGERPRINT"])
    needs = "it needs `sh`, `sha256sum`, `openssl` and the values in ink"
    if not room.wide:
        return [Paragraph(f"Follow `VERIFY.md`: {needs}. Then read `documents/minutes.pdf`. Or, with this program{several}:"), command]
    files = (
        ("What happened", "documents/minutes.pdf"),
        ("Keys and fingerprints", "documents/key-list.pdf"),
        ("Getting keys back", "RECOVER.md"),
    )
    return [
        Paragraph(f"Follow `VERIFY.md`: {needs}. Or, with this program{several}:"),
        command,
        Grid([Fact(label, name) for label, name in files]),
    ]
