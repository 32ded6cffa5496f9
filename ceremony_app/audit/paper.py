"""Values that an auditor takes from paper: a head in hex or in words, a certificate's fingerprint."""

from __future__ import annotations

import re
import string

from ceremony_app.errors import BadInput
from ceremony_app.record.words import from_words

_SEPARATORS = re.compile(r"[\s:.-]+")
_HEX = frozenset(string.hexdigits)


def head_from_paper(text: str) -> str:
    """A head as 64 lower-case hex digits, from hex in any grouping and case or from 32 words. Raises `BadInput`."""
    parts = [part for part in _SEPARATORS.split(text.strip()) if part]
    joined = "".join(parts)
    if joined and set(joined) <= _HEX:
        return _digest(joined, "head")
    if len(parts) != 32 or not all(part.isalpha() for part in parts):
        # A single word too few or too many shows as such; within the words, the word list says which one is wrong.
        from_words(parts[:32])
        raise BadInput(
            "head-unreadable",
            "The head has {found} words; a head has 32 words, or 64 hex digits.",
            next_step="Give it as it stands on paper, in quotation marks.",
            found=len(parts),
        )
    return from_words(parts)


def fingerprint_from_paper(text: str) -> str:
    """A certificate's SHA-256 as 64 lower-case hex digits; takes openssl's `sha256 Fingerprint=AB:CD:…` as it is. Raises `BadInput`."""
    joined = _SEPARATORS.sub("", text.rpartition("=")[2])
    return _digest(joined, "signer's fingerprint")


def _digest(joined: str, noun: str) -> str:
    if len(joined) != 64 or not set(joined) <= _HEX:
        raise BadInput(
            "digest-unreadable",
            "The {noun} must be 64 hex digits; {found} were given{other}.",
            next_step="Read it again from the paper.",
            noun=noun,
            found=len(joined),
            other="" if set(joined) <= _HEX else ", and not all of them are hex digits",
        )
    return joined.lower()
