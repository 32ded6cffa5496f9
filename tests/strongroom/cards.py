"""A card set for tests, made by the library in the form that the ceremony uses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ceremony_app.strongroom.digits import secret_digits
from ceremony_app.strongroom.groupsecret import check_value
from ceremony_app.strongroom.protocol import CardKnown
from ceremony_app.strongroom.shares import fingerprint
from ceremony_app.strongroom.slip39 import split, word_list
from tests.strongroom.scene import secret

SECRET = bytes(range(32))
SET_ID = "20260042"
IDENTIFIER = 12345


@cache
def words_of(identifier: int = IDENTIFIER, threshold: int = 3, count: int = 5, content: bytes = SECRET) -> tuple[str, ...]:
    """The cards' words."""
    return tuple(split(secret(content), identifier, threshold, count))


def known(cards: Sequence[str], threshold: int = 3, group: str = "payments", identifier: int = IDENTIFIER) -> CardKnown:
    """What a record would say of these cards."""
    return CardKnown(
        group=group,
        set_id=SET_ID,
        threshold=threshold,
        fingerprints=tuple(fingerprint(card) for card in cards),
        check_value=check_value(secret(SECRET)),
        identifier=identifier,
    )


def digits_of(card: str, set_id: str = SET_ID) -> str:
    """The 144 digits of the card's code."""
    return secret_digits(set_id, [word_list().index(word) for word in card.split()])
