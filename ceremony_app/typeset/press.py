"""The press: compiles a Typst template from `resources/documents/` with data, in memory.

Only the bundled fonts are seen, the creation time is fixed, and nothing is written to disk, so that equal data give equal bytes. PDF files
follow PDF/UA-1 (ISO 14289-1): tagged, titled, with a language; a character that no bundled font has is an error there, never an empty box.

Data may hold share words or PIN halves. Typst quotes values in its messages, so no message of its own leaves this module, not even as the
context of an exception.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from ceremony_app.errors import CeremonyError, Unfit
from ceremony_app.resource import resource

if TYPE_CHECKING:
    import typst

CREATED = 0
"""Creation time in every PDF, Unix seconds: the date that counts is printed on the page and stands in the record."""

_NO_GLYPH = "PDF/UA-1 error: the text"
_TOO_LONG = re.compile(r"panicked with: \"?too long: ([a-z ,.-]+)")


def typst_version() -> str:
    """Version of the `typst` package, for the record."""
    return version("typst")


def compile_pdf(template: str, data: Mapping[str, object]) -> bytes:
    """The PDF/UA-1 file of `template` (a file name in `resources/documents/`, as `card.typ`) filled with `data`.

    `data` is what JSON can hold and arrives in the template as `sys.inputs.data`. Raises `Unfit`: `paper-no-glyph` when the bundled fonts
    lack a character, `paper-too-long` when a text does not fit its place, `paper-failed` when the template cannot use the data. None of
    them tells any of the data.
    """
    return _compile(template, data, "pdf", None)[0]


def compile_png(template: str, data: Mapping[str, object], ppi: float) -> list[bytes]:
    """One PNG file a page, `ppi` pixels an inch; template, data and errors as for `compile_pdf`."""
    return _compile(template, data, "png", ppi)


def verify_printable(text: str) -> None:
    """Raise `Unfit` (`paper-no-glyph`) when the bundled fonts cannot print `text`: names when a plan is checked, never secrets."""
    compile_pdf("glyphs.typ", {"text": text})


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(resource("fonts"))])


def _compile(template: str, data: Mapping[str, object], kind: Literal["pdf", "png"], ppi: float | None) -> list[bytes]:
    import typst

    path: Path = resource(f"documents/{template}")
    compiler = typst.Compiler(input=str(path), root=str(path.parent), font_paths=_fonts(), ignore_system_fonts=True)
    inputs = {"data": msgspec.json.encode(data).decode()}
    failure: CeremonyError | None = None
    pages: bytes | list[bytes] | None = None
    try:
        pages = compiler.compile(
            format=kind, ppi=ppi, sys_inputs=inputs, timestamp=CREATED, pdf_standards=["ua-1"] if kind == "pdf" else []
        )
    except typst.TypstError as error:
        failure = _failure(template, error.message)
    # Raised here, not in the handler: there Python would attach Typst's exception, and with it the data, to ours.
    if failure is not None:
        raise failure
    return pages if isinstance(pages, list) else [pages or b""]


def _failure(template: str, message: str) -> CeremonyError:
    """Our error for Typst's `message`, of which only the fixed field names that templates give to `fit` are passed on."""
    if message.startswith(_NO_GLYPH):
        return Unfit(
            "paper-no-glyph",
            "A name or title for {file} has a character that the bundled fonts do not have.",
            stands="Nothing was printed.",
            next_step="Write it in Latin, Greek or Cyrillic letters, then begin again.",
            file=template,
        )
    if too_long := _TOO_LONG.match(message):
        return Unfit(
            "paper-too-long",
            "The text for {field} is too long for {file}.",
            stands="Nothing was printed.",
            next_step="Shorten it, then begin again.",
            field=too_long[1],
            file=template,
        )
    return Unfit(
        "paper-failed",
        "The page {file} could not be made from its data.",
        stands="Nothing was printed.",
        next_step="Check the installation with the preflight; if it is sound, report this code. No data of the page are in this message.",
        file=template,
    )
