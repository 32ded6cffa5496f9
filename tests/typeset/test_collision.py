"""No text lies on another, however long the names are that a plan allows."""

from __future__ import annotations

import itertools
import re
import subprocess
from typing import NamedTuple

import pytest

from ceremony_app.typeset.document import Badge, Block, Document, Fact, Heading, PageBreak, document_pdf

RIGHT_EDGE = 595.3 - 18 / 25.4 * 72
"""Points: an A4 page without its right margin of 18 mm."""

OVERHANG = 3
"""Points by which a hyphen at the end of a line may stand out of it."""


class Word(NamedTuple):
    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def words(pdf: bytes) -> list[Word]:
    out = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found = []
    for number, page in enumerate(out.split("<page ")[1:], 1):
        for box in re.findall(r'<word xMin="([^"]+)" yMin="([^"]+)" xMax="([^"]+)" yMax="([^"]+)">([^<]*)<', page):
            left, top, right, bottom = map(float, box[:4])
            found.append(Word(number, left, top, right, bottom, box[4]))
    return found


def collide(one: Word, other: Word) -> bool:
    """They share more than the rim that boxes of neighbouring lines always share."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return one.page == other.page and across > 0.5 and down > 0.45 * min(one.bottom - one.top, other.bottom - other.top)


@pytest.mark.parametrize("rehearsal", [False, True])
@pytest.mark.parametrize("text", ["W" * 80, "Ceremony of the Northern Provinces " * 2, "Wmw-" * 20, "Short"])
def test_the_longest_names_stay_apart(text: str, rehearsal: bool) -> None:
    facts = [Fact(label, text) for label in ("Ceremony", "Mode", "Approval")]
    blocks: list[Block] = [Heading(text[:60]), PageBreak(), Heading("Second page")]
    document = Document("STATEMENTS", text, text, "20261124-K7QM2XWA", "5f" * 16, rehearsal, blocks, text * 2, Badge(text[:30]), facts)
    found = words(document_pdf(document))
    assert [(one, other) for one, other in itertools.combinations(found, 2) if collide(one, other)] == []
    assert [word for word in found if word.right > RIGHT_EDGE + OVERHANG] == []
    flat = "".join(word.text for word in found if word.page == 2)
    assert "".join(text.split()) in flat
