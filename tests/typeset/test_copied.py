"""Text copied out of a paper reads as it looks: letter-spaced words stay words, in both orders in which poppler reads a page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from ceremony_app.typeset.card import CardSheet, card_pdf
from ceremony_app.typeset.document import Block, Column, Document, Fact, Grid, Heading, PageBreak, Table, document_pdf

LABELS = ("Bytes", "Keys are for", "Typed back by", "Head it was opened with", "Away", "Avoid two layers", "Tally", "Planned", "Key type")
KINDS = ("MINUTES", "READ FIRST", "KEY LIST", "STATEMENT")


def copied(pdf: bytes, *options: str) -> str:
    out = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return out.stdout.decode()


@pytest.mark.parametrize("order", [(), ("-raw",), ("-layout",)])
@pytest.mark.parametrize("kind", KINDS)
def test_capitals_are_copied_as_words(kind: str, order: tuple[str, ...]) -> None:
    blocks: list[Block] = [
        Grid([Fact(label, "value") for label in LABELS]),
        Table([Column(label) for label in LABELS[:4]], [["1", "2", "3", "4"]]),
        PageBreak(),
        Heading("Second page"),
    ]
    text = copied(document_pdf(Document(kind, "Title", "Meridian Trust", "20261124-K7QM2XWA", "5f" * 16, True, blocks)), *order)
    words = " ".join(text.split())
    assert f"REHEARSAL · {kind}" in words
    for label in LABELS:
        assert label.upper() in words, label
    # Two pages with six at the edge each, the band, the second page's head, and the two feet.
    assert len(re.findall(r"\bREHEARSAL\b", text)) == 16
    assert not re.search(r"^\s*[A-Z]\s*$", text, re.MULTILINE), "no letter stands alone"


@pytest.mark.parametrize("order", [(), ("-raw",), ("-layout",)])
def test_a_card_is_copied_as_words(make_sheet: Callable[..., CardSheet], order: tuple[str, ...]) -> None:
    text = copied(card_pdf(make_sheet(rehearsal=True)), *order)
    words = " ".join(text.split())
    for seen in ("REHEARSAL · KEY SHARE", "SHARE FINGERPRINT", "NEEDS BACKUP MEDIUM", "CUSTODIAN", "CHECK VALUE"):
        assert seen in words, seen
    # Two at the edge of each panel, the band, and the one across the privacy panel.
    assert len(re.findall(r"\bREHEARSAL\b", text)) == 8
