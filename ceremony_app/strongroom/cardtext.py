"""A card as people type it, or as its code says it, becomes 33 word indices; every mistake is named by place, and no word is ever shown.

Python's strings cannot be wiped. What is typed stays in this process until it exits, which is why it exits after the cards.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ceremony_app.strongroom import rs1024
from ceremony_app.strongroom.digits import INVENTORY_PREFIX, SECRET_DIGITS, SECRET_PREFIX, WORD_DIGITS, word_indices
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.rs1024 import WORDS
from ceremony_app.strongroom.slip39 import word_list

PREFIX_LENGTH = 4
"""Letters after which every word of the list is known."""
_DIGITS = "0123456789"
_AGAIN = "Enter the card again from the paper."


class ReadCard(NamedTuple):
    """`set_id` is empty where only words were entered; `entry` is `words`, `digits` or `image`."""

    indices: list[int]
    set_id: str
    entry: str

    def __repr__(self) -> str:
        return f"<card read from {self.entry}>"


def read_text(text: str, entry: str = "") -> ReadCard:
    """Words in any case, numbered or not, whole or by their first four letters; or the 144 digits of the code; or its last 132.

    Refusals `card-length`, `card-word-unknown`, `card-checksum`, `card-not-ours`, `card-other-set` (a share that is none of a ceremony).
    """
    digits = re.sub(r"[\s-]", "", text)
    if digits.isascii() and digits.isdigit():
        card = _read_digits(digits, entry or "digits")
    else:
        card = ReadCard(_indices(_words(text)), "", entry or "words")
    _verify_checksum(card.indices)
    return card


def _read_digits(digits: str, entry: str) -> ReadCard:
    set_id = ""
    if digits.startswith(SECRET_PREFIX) and len(digits) != WORD_DIGITS:
        if len(digits) != SECRET_DIGITS:
            raise Refusal("card-length", f"{len(digits)} digits were entered; the code has {SECRET_DIGITS}.", _AGAIN)
        set_id, digits = digits[4:12], digits[12:]
    if len(digits) != WORD_DIGITS:
        inventory = "It is the inventory code from the outside of a card." if digits.startswith(INVENTORY_PREFIX) else ""
        raise Refusal("card-not-ours", "These digits are not the code beside a card's words.", "Read the code inside the fold.", inventory)
    indices = word_indices(digits)
    if indices is None:
        raise Refusal("card-checksum", "These digits hold a number that stands for no word.", _AGAIN)
    return ReadCard(indices, set_id, entry)


def _words(text: str) -> list[str]:
    """What was typed, word by word; where each word has its number, the numbers give the order, so that columns may be read in any way."""
    words: list[str] = []
    numbers: list[int] = []
    number = 0
    for piece in re.split(r"[\s,;|]+", unicodedata.normalize("NFKC", text).lower()):
        rest = piece.lstrip(_DIGITS)
        if 0 < len(piece) - len(rest) <= 2:
            number = int(piece[: len(piece) - len(rest)])
        word = (rest if len(piece) - len(rest) <= 2 else piece).lstrip(".):").rstrip(".,:;")
        if word:
            words.append(word)
            numbers.append(number)
            number = 0
    if sorted(numbers) == list(range(1, len(words) + 1)):
        words = [word for _, word in sorted(zip(numbers, words, strict=True))]
    return words


def _indices(words: list[str]) -> list[int]:
    found = [_index(word) for word in words]
    unknown = [place for place, index in enumerate(found, 1) if index is None]
    known = [index for index in found if index is not None]
    if len(words) != WORDS:
        detail = "" if unknown else _place_of_length(known)
        raise Refusal("card-length", f"{len(words)} words were entered; a card has {WORDS}.", _AGAIN, detail)
    if unknown:
        similar = "; ".join(f"word {place} ({_similar(words[place - 1])} similar in the list)" for place in unknown)
        what = "A word is not in the word list." if len(unknown) == 1 else f"{len(unknown)} words are not in the word list."
        raise Refusal("card-word-unknown", what, "Compare these words with the paper, letter by letter.", similar)
    return known


def _index(entry: str) -> int | None:
    words = word_list()
    if entry in words:
        return words.index(entry)
    found = [index for index, word in enumerate(words) if word.startswith(entry)] if len(entry) >= PREFIX_LENGTH else []
    return found[0] if len(found) == 1 else None


def _similar(entry: str) -> int:
    """How many words of the list are one slip away from `entry` or share its first four letters."""
    return sum(word[:PREFIX_LENGTH] == entry[:PREFIX_LENGTH] or _one_slip(word, entry) for word in word_list())


def _one_slip(a: str, b: str) -> bool:
    """True when one letter was changed, added or left out, or two neighbours were exchanged."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    if len(a) != len(b):
        return a[1:] == b if len(a) > len(b) else a == b[1:]
    return a[1:] == b[1:] or (a[2:] == b[2:] and a[:2] == b[1::-1])


def _place_of_length(indices: list[int]) -> str:
    if len(indices) == WORDS - 1:
        place = rs1024.missing_word(indices)
        return f"Word {place} was left out." if place else ""
    if len(indices) == WORDS + 1:
        place = rs1024.extra_word(indices)
        return f"Entry {place} is one too many." if place else ""
    return ""


def _verify_checksum(indices: list[int]) -> None:
    if rs1024.holds(indices):
        return
    if rs1024.holds(indices, rs1024.CUSTOMIZATION_EXTENDABLE):
        raise Refusal("card-other-set", "This is an extendable share, which no ceremony of this program makes.", "Take the right card.")
    place, pair = rs1024.wrong_word(indices), rs1024.swapped_words(indices)
    if place is not None:
        detail = f"Check word {place}."
    elif pair is not None:
        detail = f"Words {pair[0]} and {pair[1]} may be swapped."
    else:
        detail = "More than one word is wrong."
    raise Refusal("card-checksum", "The words are all in the list, but they do not fit together.", "Compare with the paper.", detail)
