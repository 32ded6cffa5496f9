"""Names of people and places: which characters may stand in them, and when two are the same."""

from __future__ import annotations

import functools
import re
import unicodedata

# Joiners are part of the spelling of Persian and Indic names; every other invisible character only hides something.
_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def unfit_character(text: str) -> str:
    """The first character of `text` that people cannot see or would misread, as `U+202E (RIGHT-TO-LEFT OVERRIDE)`; else empty.

    Such characters make a name look on screen like another one (Unicode TR 36), or tear a printed line apart.
    """
    for character in text:
        category = unicodedata.category(character)
        odd_space = category == "Zs" and character != " "
        if odd_space or (category in _HIDDEN and character not in _JOINERS):
            return describe(character)
    # A name of nothing but joiners is no name.
    return describe(text[0]) if text and not text.strip(_JOINERS + " ") and text.strip(" ") else ""


def bidi_override(text: str) -> re.Match[str] | None:
    """The first character that changes the direction of writing, which makes a reviewed file read differently from what it says."""
    return _BIDI.search(text)


def describe(character: str) -> str:
    """Code point and name, for people."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"


@functools.lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """`name` in the form that is compared: two spellings that people would read as one name fold to the same text."""
    flat = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(character for character in flat if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(visible.split()))
