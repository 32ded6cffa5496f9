"""The minutes: what was planned, what happened, what is left, for an auditor who was not there.

Every sentence comes from a fact of the record or from the plan; a section that has nothing to tell says so.
"""

from __future__ import annotations

from collections.abc import Callable

from ceremony_app.papers.book import Book
from ceremony_app.papers.minutes.backups import backups
from ceremony_app.papers.minutes.closing import open_points, papers, signatures, unrecorded
from ceremony_app.papers.minutes.controls import controls
from ceremony_app.papers.minutes.copies import copies
from ceremony_app.papers.minutes.deviations import deviations
from ceremony_app.papers.minutes.events import interruptions
from ceremony_app.papers.minutes.exports import exports
from ceremony_app.papers.minutes.heads import heads
from ceremony_app.papers.minutes.keys import keys
from ceremony_app.papers.minutes.machine import machine
from ceremony_app.papers.minutes.people import people
from ceremony_app.papers.minutes.planned import planned
from ceremony_app.papers.minutes.statements import statements
from ceremony_app.papers.minutes.token import token
from ceremony_app.papers.verdict import verdict
from ceremony_app.typeset.document import Block, Document, Heading, PageBreak

SECTIONS: tuple[tuple[str, Callable[[Book], list[Block]]], ...] = (
    ("Planned and done", planned),
    ("People", people),
    ("Machine, software, clock", machine),
    ("Record key, heads, gates", heads),
    ("Token and goods", token),
    ("Keys", keys),
    ("Backups and cards", backups),
    ("Exports", exports),
    ("Copies ledger", copies),
    ("Deviations", deviations),
    ("Interruptions and losses", interruptions),
    ("Statements", statements),
    ("Controls", controls),
    ("Open items", open_points),
    ("What was deliberately not recorded", unrecorded),
    ("Papers made from this record", papers),
    ("Signatures", signatures),
)


def minutes(book: Book, nonce: str) -> Document:
    """The whole paper, its sections numbered."""
    blocks: list[Block] = [verdict(book, "These minutes repeat the record; VERIFY.md tells how to check it.")]
    for number, (title, section) in enumerate(SECTIONS, 1):
        # a page that is signed stands alone, so that it can be scanned and kept by itself
        begin: list[Block] = [PageBreak()] if section is signatures else []
        blocks += [*begin, Heading(f"{number}  {title}"), *section(book)]
    return book.document("MINUTES", "Minutes of the key ceremony", nonce, blocks)
