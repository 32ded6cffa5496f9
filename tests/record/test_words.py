"""The word list is the published one, and every slip in reading it shows."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.errors import BadInput
from ceremony_app.record.words import from_words, word_lists, words

EXAMPLE = "E58294F2E9A227486E8B061B31CC528FD7FA3F19"
EXAMPLE_WORDS = [
    *("topmost", "Istanbul", "Pluto", "vagabond", "treadmill", "Pacific", "brackish", "dictator", "goldfish", "Medusa"),
    *("afflict", "bravado", "chatter", "revolver", "Dupont", "midsummer", "stopwatch", "whimsical", "cowbell", "bottomless"),
]


def test_the_published_example() -> None:
    assert words(EXAMPLE) == EXAMPLE_WORDS
    assert from_words(EXAMPLE_WORDS) == EXAMPLE.lower()


def test_the_lists_are_whole() -> None:
    even, odd = word_lists()
    assert len(even) == len(odd) == 256
    everything = [word.lower() for word in (*even, *odd)]
    assert len(set(everything)) == 512
    assert all(re.fullmatch("[a-z]{4,12}", word) for word in everything)
    # Fixed after comparing with hex2words 0.1.0: no later edit goes unnoticed.
    assert sha256(" ".join((*even, *odd)).encode()).hexdigest() == "3e090850023f09a3bff58dbc9926ee0840dd829fa8198af8ceffd1b2280a7096"


def vowels(word: str) -> int:
    """Syllables as far as spelling tells: groups of vowels, a final silent e left out."""
    return len(re.findall("[aeiouy]+", re.sub("e$", "", word.lower())))


def test_even_words_are_shorter_spoken() -> None:
    even, odd = word_lists()
    assert sum(map(vowels, even)) < 2.2 * 256 < 2.8 * 256 < sum(map(vowels, odd))


@given(st.binary(max_size=64))
def test_words_come_back(data: bytes) -> None:
    spoken = words(data.hex())
    assert from_words([word.upper() for word in spoken]) == data.hex()


@pytest.mark.parametrize(
    ("spoken", "code", "number"),
    [
        (EXAMPLE_WORDS[:3] + EXAMPLE_WORDS[4:], "word-parity", 4),
        (EXAMPLE_WORDS[:3] + EXAMPLE_WORDS[2:], "word-parity", 4),
        ([EXAMPLE_WORDS[1], EXAMPLE_WORDS[0], *EXAMPLE_WORDS[2:]], "word-parity", 1),
        (["topmost", "Instabul"], "word-unknown", 2),
        ([""], "word-unknown", 1),
        (["{topmost}"], "word-unknown", 1),
    ],
)
def test_slips_are_named(spoken: list[str], code: str, number: int) -> None:
    with pytest.raises(BadInput, match=code) as caught:
        from_words(spoken)
    assert f"Word {number}," in str(caught.value)
