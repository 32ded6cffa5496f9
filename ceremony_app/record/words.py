"""Digests as words that can be read aloud: the PGP word list (resources/record/pgp-words.txt).

Even and odd positions have lists of their own, so a word that is missing, doubled or swapped with its neighbour shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ceremony_app.errors import BadInput
from ceremony_app.resource import resource


@cache
def word_lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The 256 words for even positions and the 256 for odd ones, in the order of their byte."""
    rows = [line.split() for line in resource("record/pgp-words.txt").read_text("ascii").splitlines() if not line.startswith("#")]
    return tuple(even for _, even, _ in rows), tuple(odd for _, _, odd in rows)


@cache
def _bytes_of_words() -> tuple[dict[str, int], dict[str, int]]:
    even, odd = word_lists()
    return {word.lower(): byte for byte, word in enumerate(even)}, {word.lower(): byte for byte, word in enumerate(odd)}


def words(digest: str) -> list[str]:
    """One word for each byte of `digest` (hex)."""
    lists = word_lists()
    return [lists[position % 2][byte] for position, byte in enumerate(bytes.fromhex(digest))]


def from_words(spoken: Sequence[str]) -> str:
    """The bytes of the words, as lower-case hex; case does not matter. Raises `BadInput` naming the first word that does not fit:
    `word-unknown`, or `word-parity` when it belongs to the other list, so that one before it is missing, doubled or swapped."""
    lists = _bytes_of_words()
    found = bytearray()
    for position, word in enumerate(spoken):
        byte = lists[position % 2].get(word.lower())
        if byte is None:
            raise _misfit(position + 1, word, known=word.lower() in lists[1 - position % 2])
        found.append(byte)
    return found.hex()


def _misfit(number: int, word: str, *, known: bool) -> BadInput:
    if known:
        return BadInput(
            "word-parity",
            "Word {number}, {word}, stands at the wrong place: a word is missing or doubled before it, or two were swapped.",
            next_step="Compare the words with the paper from the beginning.",
            number=number,
            word=word,
        )
    return BadInput(
        "word-unknown",
        "Word {number}, {word}, is not in the word list.",
        next_step="Look at the paper again: each word is written out in full.",
        number=number,
        word=ascii(word)[1:-1][:40],
    )
