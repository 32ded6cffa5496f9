"""Documents made of blocks: what poppler reads back, page for page, and that any mixture of blocks is laid out."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import BadInput
from ceremony_app.typeset.document import (
    Badge,
    Block,
    Code,
    Column,
    Document,
    Fact,
    Facts,
    Grid,
    HandBoxes,
    Hash,
    Heading,
    Items,
    Marker,
    Note,
    PageBreak,
    Paragraph,
    SignatureLine,
    SignatureLines,
    Status,
    Table,
    document_pdf,
    document_png,
)

HEX = hashlib.sha256(b"head").hexdigest()
WORDS = [f"{'even' if number % 2 == 0 else 'odd'}{number}" for number in range(32)]
RESOURCE = "arn:aws:kms:eu-west-1:111122223333:key/8f2e4a51-7c4b-4d3a-9a56-0a8de3a4c111"

ALL_BLOCKS: list[Block] = [
    Heading("Record", badge=Badge("holds", Status.OK)),
    Hash("Head", HEX, WORDS),
    Note("Without the head from paper a rebuilt folder would also pass.", "Not checked", Status.WARNING),
    Heading("Keys", 2),
    Table(
        [Column("Label", 1, True), Column("State", 0), Column("Count", 0, right=True)],
        [["payments-kek", Badge("open", Status.OPEN), "3"]],
        "Made",
    ),
    Facts([Fact("Resource", RESOURCE, True), Fact("State", Badge("open", Status.OPEN))]),
    Grid([Fact("Set id", "3901 7724", True), Fact("Threshold", "3 of 5")], 4),
    Paragraph("Run `ceremony verify FOLDER --head H` there.", "Elsewhere."),
    Items(["one", "two"]),
    Items(["three"], Marker.NUMBER),
    Items(["four"], Marker.BOX),
    Badge("done", Status.OK),
    Code(["sha256sum -c SHA256SUMS", "openssl cms -verify -nointern"]),
    PageBreak(),
    HandBoxes("Head by hand", 16),
    SignatureLines([SignatureLine("Noor Haddad", "Witness")], "I saw it.", ["I agree", "I do not agree"]),
]


def paper(blocks: list[Block], **changes: Any) -> Document:
    fields: dict[str, Any] = {
        "kind": "MINUTES",
        "title": "Payments root keys 2026",
        "organisation": "Meridian Trust",
        "ceremony_id": "20261124-K7QM2XWA",
        "nonce": "00112233445566778899aabbccddeeff",
        "rehearsal": False,
        "blocks": blocks,
        "facts": [Fact("Held", "24 November 2026"), Fact("Plan", HEX[:16], True), Fact("Result", Badge("verified", Status.OK))],
        "badge": Badge("2 open items", Status.OPEN),
        "subtitle": "What was planned and what was done",
    }
    return Document(**{**fields, **changes})


def test_every_block_is_there_in_order(extract: Callable[[bytes], list[str]]) -> None:
    pages = extract(document_pdf(paper(ALL_BLOCKS)))
    assert len(pages) == 2
    text = " ".join(" ".join(pages).split())
    position = -1
    for expected in (
        "Payments root keys 2026",
        "What was planned",
        "2 open items",
        "24 November 2026",
        "Record",
        HEX,
        HEX[:4].upper(),
        "even0 odd1",
        "Not checked",
        "Keys",
        "payments-kek",
        "111122223333",
        "3901 7724",
        "Elsewhere.",
        "ceremony verify FOLDER --head H",
        "three",
        "sha256sum -c SHA256SUMS",
        "I do not agree",
        "Noor Haddad",
    ):
        found = text.find(expected, position + 1)
        assert found > position, expected
        position = found


def test_copied_resource_names_gain_no_character(extract: Callable[[bytes], list[str]]) -> None:
    text = "".join(extract(document_pdf(paper([Table([Column("a"), Column("b", 4)], [[RESOURCE, HEX]])]))))
    flat = "".join(text.split())
    assert RESOURCE in flat
    assert HEX in flat


def test_each_page_has_its_foot(extract: Callable[[bytes], list[str]]) -> None:
    pages = extract(document_pdf(paper([Paragraph("a"), PageBreak(), Paragraph("b"), PageBreak(), Paragraph("c")])))
    for number, page in enumerate(pages, 1):
        assert f"page {number} of 3" in page
        assert "20261124-K7QM2XWA" in page
        assert "0011 2233 4455 6677 8899 aabb ccdd eeff" in page
        assert "REHEARSAL" not in page


def test_a_rehearsal_is_marked_on_each_page(extract: Callable[[bytes], list[str]]) -> None:
    for page in extract(document_pdf(paper([Paragraph("a"), PageBreak(), Paragraph("b")], rehearsal=True))):
        assert "REHEARSAL" in page


def test_a_table_header_repeats(extract: Callable[[bytes], list[str]]) -> None:
    table = Table([Column("Label"), Column("Value")], [[f"key-{number}", "x"] for number in range(120)])
    pages = extract(document_pdf(paper([table])))
    assert len(pages) == 3
    assert all("LABEL" in page for page in pages)


def test_the_file_is_tagged_titled_and_the_same_again() -> None:
    pdf = document_pdf(paper(ALL_BLOCKS))
    assert pdf == document_pdf(paper(ALL_BLOCKS))
    about = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "Title:           Payments root keys 2026" in about
    assert "Tagged:          yes" in about
    structure = subprocess.run(["pdfinfo", "-struct", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    for element in ("H1", "H2", "H3", "Table", "THead", "TH <", "LBody"):
        assert element in structure


def test_one_picture_a_page() -> None:
    assert len(document_png(paper(ALL_BLOCKS), 40)) == 2


text = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=90)
status = st.sampled_from(Status)
cell = st.one_of(text, st.builds(Badge, text, status))
facts = st.lists(st.builds(Fact, text, cell, st.booleans()), min_size=1, max_size=5)
any_block = st.one_of(
    st.builds(Paragraph, text, text),
    st.builds(Items, st.lists(text, min_size=1, max_size=4), st.sampled_from(Marker)),
    st.builds(Facts, facts),
    st.builds(Grid, facts, st.integers(1, 4)),
    st.builds(lambda rows: Table([Column("a"), Column("b", 0, True)], rows), st.lists(st.lists(cell, min_size=2, max_size=2), max_size=4)),
    st.builds(Note, text, text, status),
    st.builds(Code, st.lists(text, min_size=1, max_size=3)),
    st.builds(HandBoxes, text, st.integers(1, 20), st.integers(1, 4)),
    st.builds(SignatureLines, st.lists(st.builds(SignatureLine, text, text), min_size=1, max_size=3), text, st.lists(text, max_size=2)),
    st.builds(Heading, text),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(any_block, max_size=6), text)
def test_any_mixture_is_laid_out(blocks: list[Block], title: str) -> None:
    assert document_pdf(paper(blocks, title=title)).startswith(b"%PDF")


@pytest.mark.parametrize(
    "block",
    [
        Heading("deep", 3),
        Table([Column("a")], [["1", "2"]]),
        Table([], []),
        Grid([], 5),
        Hash("h", "ABCD"),
        Hash("h", HEX, ["one"]),
        HandBoxes("b", 1, 5),
        HandBoxes("b", 0),
    ],
)
def test_a_block_that_cannot_be_laid_out_is_refused(block: Block) -> None:
    with pytest.raises(BadInput) as caught:
        paper([Heading("first"), block])
    assert caught.value.code == "paper-field"


def test_a_wrong_nonce_is_refused() -> None:
    with pytest.raises(BadInput):
        paper([], nonce="00")
