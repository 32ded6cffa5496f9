"""Card sets: a group's backup secret is made, split into cards, and every combination of cards is tried before any of them is printed."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence

from ceremony_app.keys import backup_info, is_label
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.digits import is_set_id
from ceremony_app.strongroom.groupsecret import LENGTH, GroupSecrets, check_value
from ceremony_app.strongroom.protocol import MakeShareSet, ShareSetMade
from ceremony_app.strongroom.randomness import system_random, token_random
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.slip39 import IDENTIFIERS, MOST_SHARES, split, verify_split

DICE = "dice"
FEWEST_ROLLS = 50
"""Rolls of a six-sided die with 129 bits of entropy."""
MOST_ROLLS = 1000


class CardSet:
    """A set whose cards can be issued: `cards` hold the 33 words each, joined by single spaces."""

    def __init__(self, made: ShareSetMade, words: Sequence[str]) -> None:
        self.made = made
        self.cards = [SecretBuffer.take(bytearray(card.encode())) for card in words]

    def wipe(self) -> None:
        for card in self.cards:
            card.wipe()


class CardSets:
    """The drawer: the newest set of each group."""

    def __init__(self) -> None:
        self.sets: dict[str, CardSet] = {}

    def keep(self, group: str, cards: CardSet) -> None:
        """Take over a set; an earlier one of the group is wiped."""
        earlier = self.sets.pop(group, None)
        if earlier is not None:
            earlier.wipe()
        self.sets[group] = cards

    def forget(self) -> None:
        """Wipe all of them."""
        for cards in self.sets.values():
            cards.wipe()
        self.sets.clear()


def make_share_set(room: Room, request: MakeShareSet) -> ShareSetMade:
    """Make secret and set; both replace what the group had before. Refusals: `share-set-unusable` (the request's values), `dice-unusable`,
    `token-closed`, `split-differs`."""
    _verify_request(request)
    identifier = _new_identifier(request.used_identifiers)
    secret = _make_secret(room)
    try:
        words = split(secret, identifier, request.threshold, request.count)
        made = ShareSetMade(
            set_id=request.set_id,
            identifier=identifier,
            threshold=request.threshold,
            count=request.count,
            fingerprints=tuple(fingerprint(card) for card in words),
            check_value=check_value(secret),
            subsets=verify_split(words, request.threshold, secret),
        )
    except BaseException:
        secret.wipe()
        raise
    room.drawer(GroupSecrets).keep(request.group, secret)
    room.drawer(CardSets).keep(request.group, CardSet(made, words))
    return made


def fingerprint(words: str) -> str:
    """A card's fingerprint, 12 hex digits: first 6 bytes of SHA-256(`key-ceremony/share/1\\n` + lower-case words, single spaces)."""
    return hashlib.sha256(f"key-ceremony/share/1\n{words}".encode()).hexdigest()[:12]


def _verify_request(request: MakeShareSet) -> None:
    possible = 2 <= request.threshold <= request.count <= MOST_SHARES
    rules = {
        "a group's name": is_label(request.group),
        "a set id of 8 digits": is_set_id(request.set_id),
        f"a threshold from 2 to the number of cards, which is {MOST_SHARES} at most": possible,
    }
    for rule, holds in rules.items():
        if not holds:
            raise Refusal("share-set-unusable", "A card set of this form cannot be made.", "Correct the plan.", f"needed: {rule}")


def _new_identifier(used: Sequence[int]) -> int:
    """A random 15-bit identifier that no earlier set has."""
    free = sorted(set(range(IDENTIFIERS)) - set(used))
    if not free:
        raise Refusal("share-set-unusable", "All identifiers of card sets have been used.", "Begin a new register.")
    return secrets.choice(free)


def _make_secret(room: Room) -> SecretBuffer:
    """HKDF-SHA-256 without salt over token random 32 || system random 32 || SHA-256(dice), where there are dice."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    with token_random(room, LENGTH) as token, system_random(LENGTH) as system, _dice(room) as dice:
        material = SecretBuffer(len(token) + len(system) + len(dice))
        view, place = material.view(), 0
        for part in (token, system, dice):
            view[place : place + len(part)] = part.view()
            place += len(part)
    with material:
        secret = SecretBuffer(LENGTH)
        HKDF(algorithm=SHA256(), length=LENGTH, salt=None, info=backup_info("secret")).derive_into(material.view(), secret.view())
    return secret


def _dice(room: Room) -> SecretBuffer:
    """SHA-256 of the rolls as digits 1 to 6 without separators; empty when no dice were deposited. Refusal `dice-unusable`."""
    if not room.has_deposit(DICE):
        return SecretBuffer(0)
    with room.take_deposit(DICE) as typed:
        rolls = bytearray(byte for byte in typed.view() if byte not in b" ,-\t\r\n")
    with SecretBuffer.take(rolls) as kept:
        if not FEWEST_ROLLS <= len(kept) <= MOST_ROLLS or re.search(rb"[^1-6]", kept.view()):
            raise Refusal(
                "dice-unusable",
                "These are not the rolls of a six-sided die.",
                f"Type the digits 1 to 6, from {FEWEST_ROLLS} to {MOST_ROLLS} rolls.",
                f"{len(kept)} characters",
            )
        return SecretBuffer.take(bytearray(hashlib.sha256(kept.view()).digest()))
