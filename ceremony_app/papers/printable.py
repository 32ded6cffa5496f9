"""Texts that people typed must never keep a paper from being printed: what the bundled fonts lack is printed by its number.

The record keeps the exact text; `[U+738B]` on paper stands for the character of that number in Unicode.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from ceremony_app.errors import Unfit
from ceremony_app.typeset.document import Document
from ceremony_app.typeset.press import verify_printable


def printable(document: Document) -> Document:
    """`document` with every character replaced that cannot be printed; the same object when there is none."""
    content = msgspec.to_builtins(document)
    foreign = frozenset(
        character for text in _texts(content) for character in text if not ("\x20" <= character <= "\x7e" or character == "\n")
    )
    missing = _missing(foreign)
    if not missing:
        return document
    table = {ord(character): f"[U+{ord(character):04X}]" for character in missing}
    return msgspec.convert(_translated(content, table), Document)


def typed(text: str) -> str:
    """A text from people for a paper: in one line, and without backticks, which papers read as a mark for code."""
    return " ".join(text.replace("`", "'").split())


def sentence(text: str) -> str:
    """A text from people that stands among sentences: with a capital and a full stop."""
    said = typed(text)
    return said if not said else f"{said[0].upper()}{said[1:]}{'' if said[-1] in '.!?' else '.'}"


@cache
def _missing(characters: frozenset[str]) -> frozenset[str]:
    """One try for all of them, since each takes a run of the typesetter; then one by one."""
    candidates = frozenset(character for character in characters if character.isprintable())
    bad = characters - candidates
    if not candidates or _prints("".join(sorted(candidates))):
        return bad
    return bad | {character for character in candidates if not _prints(character)}


@cache
def _prints(text: str) -> bool:
    try:
        verify_printable(text)
    except Unfit:
        return False
    return True


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [text for part in parts for text in _texts(part)]


def _translated(content: Any, table: dict[int, str]) -> Any:
    match content:
        case str():
            return content.translate(table)
        case dict():
            return {name: _translated(part, table) for name, part in content.items()}
        case list():
            return [_translated(part, table) for part in content]
        case _:
            return content
