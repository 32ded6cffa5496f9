"""READ-FIRST: one page for somebody who opens the evidence folder years later and knows nothing."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.openitem import OpenItem, open_items
from ceremony_app.papers.phrase import count, grouped
from ceremony_app.papers.printable import printable
from ceremony_app.papers.tally import tally
from ceremony_app.papers.verdict import verdict
from ceremony_app.record.words import words
from ceremony_app.typeset.document import Block, Code, Document, Fact, Facts, Grid, Hash, Heading, Items, Paragraph, document_png

_ROOM = (6, 4, 3, 2, 1, 0)
"""How many open items, and how many labels, are tried until the page is one page."""
_ADVICE = "This page repeats the record and proves nothing by itself: check the record as told below."


def read_first(book: Book, nonce: str) -> Document:
    """The page, with as many open items and labels as fit; the rest is counted, and named in the minutes."""
    fitting = (page for page in (_page(book, nonce, room) for room in _ROOM[:-1]) if _pages(page) == 1)
    return next(fitting, None) or _page(book, nonce, _ROOM[-1])


def _pages(document: Document) -> int:
    return len(document_png(printable(document), 9))


def _page(book: Book, nonce: str, room: int) -> Document:
    blocks: list[Block] = [
        verdict(book, _ADVICE),
        Heading("What was made"),
        _made(book, room),
        Heading("Open items"),
        _open(open_items(book), room),
        Heading("Compare with the values in ink"),
        *_values(book),
        Heading("How to check, and where to read on"),
        *_check(book),
    ]
    return book.document("READ FIRST", "What this folder holds", nonce, blocks)


def _made(book: Book, room: int) -> Facts:
    sums, token = tally(book), book.state.token.initialised
    labels = list(book.state.keys.by_label)
    shown = labels[: room + 1]
    more = f" and {len(labels) - len(shown)} more" if len(labels) > len(shown) else ""
    return Facts(
        [
            Fact("Keys", f"{sums.keys_text}: {', '.join(shown)}{more}" if labels else "none were made"),
            Fact("Token", f"{token.manufacturer} {token.model}, serial {token.serial}" if token else "none was initialised"),
            Fact("Backups", sums.backups_text),
            Fact("Packages", sums.packages_text),
        ]
    )


def _open(items: list[OpenItem], room: int) -> Block:
    if not items:
        return Paragraph("None were named when the record was closed.")
    lines = [f"{item.what}. Owner: {item.owner}. Due: {item.until}." for item in items[:room]]
    more = len(items) - len(lines)
    if more:
        lines.append(f"{count(more, 'item', 'items')}{' more' if lines else ''}: see the minutes.")
    return Items(lines)


def _values(book: Book) -> list[Block]:
    """What people wrote in ink: whoever rebuilds the folder cannot rebuild their papers."""
    keys = [
        Fact(f"Certificate of signer {key.signer}, SHA-256", grouped(key.fingerprint), mono=True) for key in book.state.course.record_keys
    ]
    return [Hash("Closing head of the record", book.head, words(book.head)), *([Grid(keys, 1)] if keys else [])]


def _check(book: Book) -> list[Block]:
    signers = " ".join("--signer FINGERPRINT" for _ in book.state.course.record_keys)
    return [
        Paragraph("Follow `VERIFY.md`: it needs `sh`, `sha256sum`, `openssl` and the values in ink. Or, with this program:"),
        Code([f"ceremony verify {book.state.course.ceremony_id} --head HEAD {signers}".strip()]),
        Grid(
            [
                Fact("What happened", "documents/minutes.pdf"),
                Fact("Keys and fingerprints", "documents/key-list.pdf"),
                Fact("Getting keys back", "RECOVER.md"),
            ]
        ),
    ]
