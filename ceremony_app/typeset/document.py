"""Papers made of blocks: minutes, READ-FIRST, key lists, statements, slips. The room above picks blocks; the looks are one template's.

Texts are plain; in `Paragraph`, `Items`, `Note`, table cells and statements what stands between two backticks is set as code. Long pieces
break inside their column without a character being added. Nothing here is for secrets: documents are evidence.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import dataclass_transform

import msgspec

from ceremony_app.typeset.field import verify_field
from ceremony_app.typeset.press import compile_pdf, compile_png


class Status(Enum):
    """What a badge or note says by colour and by sign: never by colour alone."""

    INFO = "info"
    OK = "ok"
    WARNING = "warning"
    OPEN = "open"


class Marker(Enum):
    """What stands before each of `Items`; a box is to be ticked by hand."""

    BULLET = "bullet"
    NUMBER = "number"
    BOX = "box"


@dataclass_transform(frozen_default=True)
class _Part(msgspec.Struct, frozen=True):
    pass


@dataclass_transform(frozen_default=True)
class _Block(msgspec.Struct, frozen=True, tag_field="block"):
    pass


class Badge(_Block, tag="badge"):
    """A short verdict with its sign: a block of its own, a cell, the value of a fact, or beside a heading."""

    text: str
    status: Status = Status.INFO


Cell = str | Badge


class Fact(_Part):
    """A label with its value; `mono` for what is compared character by character."""

    label: str
    value: Cell
    mono: bool = False


class Column(_Part):
    """A table's column: `width` is its share of the free width, 0 for as wide as its content; `right` aligns it to the right; `large` is
    for what is read aloud."""

    title: str
    width: float = 1
    mono: bool = False
    right: bool = False
    large: bool = False


class SignatureLine(_Part):
    """A line to sign on."""

    name: str
    role: str


class Heading(_Block, tag="heading"):
    """A heading; `level` 1 to 3, at most one deeper than the heading before."""

    text: str
    level: int = 1
    badge: Badge | None = None


class Paragraph(_Block, tag="paragraph"):
    """Running text; `lead` comes first, in bold."""

    text: str
    lead: str = ""


class Items(_Block, tag="items"):
    """A list."""

    items: list[str]
    marker: Marker = Marker.BULLET


class Facts(_Block, tag="facts"):
    """A row for each fact: label left, value right."""

    facts: list[Fact]


class Grid(_Block, tag="grid"):
    """Facts side by side, each label above its value, `columns` (1 to 4) in a row."""

    facts: list[Fact]
    columns: int = 3


class Table(_Block, tag="table"):
    """A table whose header repeats on each page; every row has a cell for each column."""

    columns: list[Column]
    rows: list[list[Cell]]
    caption: str = ""


class Note(_Block, tag="note"):
    """A box that cannot be overlooked."""

    text: str
    title: str = ""
    status: Status = Status.INFO


class Hash(_Block, tag="hash"):
    """A hash to be read aloud or compared: `hex` has a multiple of 4 digits; `words` is empty or has two words for each group of four."""

    label: str
    hex: str
    words: list[str] = []


class Code(_Block, tag="code"):
    """Lines to type, as they are."""

    lines: list[str]


class HandBoxes(_Block, tag="hand-boxes"):
    """Boxes for characters written by hand: `groups` of `characters` (1 to 4) each."""

    label: str
    groups: int
    characters: int = 4


class SignatureLines(_Block, tag="signatures"):
    """A statement and the lines of those who sign it; `choices` are boxes to tick above each line, as `I agree`, `I do not agree`."""

    lines: list[SignatureLine]
    statement: str = ""
    choices: list[str] = []


class PageBreak(_Block, tag="page-break"):
    """The next block begins a page."""


Block = (
    Heading | Paragraph | Items | Facts | Grid | Table | Badge | Note | Hash | Code | HandBoxes | SignatureLines | PageBreak
)  # fmt: skip


class Document(_Part):
    """A whole paper. `kind` stands in the band, in capitals; `facts` below the title; `nonce` (32 hex digits) on each page.

    `language` is a code of ISO 639 for readers for the blind. Raises `BadInput` (`paper-field`) naming what is wrong.
    """

    kind: str
    title: str
    organisation: str
    ceremony_id: str
    nonce: str
    rehearsal: bool
    blocks: list[Block]
    subtitle: str = ""
    badge: Badge | None = None
    facts: list[Fact] = []
    language: str = "en"

    def __post_init__(self) -> None:
        _verify("the nonce", re.fullmatch(r"[0-9a-f]{32}", self.nonce) is not None, "32 hex digits in lower case")
        deepest = 0
        for block in self.blocks:
            match block:
                case Heading(level=level):
                    _verify("the level of a heading", 1 <= level <= min(3, deepest + 1), "1 to 3, at most one deeper than before")
                    deepest = level
                case Table():
                    _verify("each row of a table", all(len(row) == len(block.columns) for row in block.rows), "a cell for each column")
                    _verify("a table", len(block.columns) > 0, "made of columns")
                case Grid():
                    _verify("the columns of a grid", 1 <= block.columns <= 4, "1 to 4")
                case Hash():
                    _verify("a hash", re.fullmatch(r"([0-9a-f]{4})+", block.hex) is not None, "groups of four hex digits in lower case")
                    _verify("the words of a hash", len(block.words) in (0, len(block.hex) // 2), "none or one for each byte")
                case HandBoxes():
                    _verify("the boxes of a group", 1 <= block.characters <= 4, "1 to 4")
                    _verify("the groups of boxes", 1 <= block.groups <= 64, "1 to 64")
                case _:
                    pass


def document_pdf(document: Document) -> bytes:
    """The PDF/UA-1 file of `document`; equal documents give equal bytes. Errors as for `compile_pdf`."""
    return compile_pdf("document.typ", _content(document))


def document_png(document: Document, ppi: float) -> list[bytes]:
    """One PNG a page at `ppi` pixels an inch."""
    return compile_png("document.typ", _content(document), ppi)


def _content(document: Document) -> dict[str, object]:
    content: dict[str, object] = msgspec.to_builtins(document)
    content["nonce"] = " ".join(document.nonce[start : start + 4] for start in range(0, 32, 4))
    return content


def _verify(field: str, holds: bool, rule: str) -> None:
    verify_field("document", field, holds, rule)
