"""The backup secret out of cards in hand."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest

from ceremony_app.strongroom import entry, recovery
from ceremony_app.strongroom.entry import CardsInHand
from ceremony_app.strongroom.groupsecret import GroupSecrets
from ceremony_app.strongroom.protocol import CardKnown, Done, EnterCard, ForgetSecrets, RecoverSecret
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.cards import SECRET, digits_of, known, words_of
from tests.strongroom.scene import leaked, secret

CARDS = words_of()
KNOWN = known(CARDS)


def enter(room: Room, *cards: str, of: CardKnown = KNOWN) -> None:
    for card in cards:
        room.put_deposit("card", secret(card))
        entry.enter_card(room, EnterCard(known=of))


@pytest.mark.parametrize("chosen", list(combinations(range(5), 3)))
def test_any_three_cards_give_the_secret(chosen: tuple[int, int, int]) -> None:
    room = Room()
    enter(room, *(CARDS[place] if place % 2 else digits_of(CARDS[place]) for place in reversed(chosen)))
    found = recovery.recover_secret(room, RecoverSecret(group="payments"))
    assert (found.check_value, found.cards) == (KNOWN.check_value, tuple(place + 1 for place in chosen))
    assert bytes(room.drawer(GroupSecrets).of("payments").view()) == SECRET
    assert not room.drawer(CardsInHand).hands


def test_too_few_cards_stay_in_hand() -> None:
    room = Room()
    with pytest.raises(Refusal, match="cards-missing"):
        recovery.recover_secret(room, RecoverSecret(group="payments"))
    enter(room, CARDS[0], CARDS[1])
    with pytest.raises(Refusal) as caught:
        recovery.recover_secret(room, RecoverSecret(group="payments"))
    assert (caught.value.code, caught.value.what) == ("cards-missing", "2 of 3 cards are in hand.")
    enter(room, CARDS[4])
    assert recovery.recover_secret(room, RecoverSecret(group="payments")).cards == (1, 2, 5)


def test_another_check_value_gives_no_secret() -> None:
    room = Room()
    other = msgspec.structs.replace(KNOWN, check_value="0000000000")
    enter(room, *CARDS[:3], of=other)
    with pytest.raises(Refusal, match="check-value-differs"):
        recovery.recover_secret(room, RecoverSecret(group="payments"))
    with pytest.raises(Refusal, match="secret-missing"):
        room.drawer(GroupSecrets).of("payments")


def test_cards_that_only_the_record_binds_together_are_refused_without_words() -> None:
    mixed = (*CARDS[:2], words_of(content=bytes(32))[2])
    room = Room()
    enter(room, *mixed, of=known(mixed))
    with pytest.raises(Refusal) as caught:
        recovery.recover_secret(room, RecoverSecret(group="payments"))
    assert caught.value.code == "cards-do-not-fit"
    assert not leaked(caught.value, " ".join(mixed))
    assert caught.value.__context__ is None


def test_groups_are_kept_apart() -> None:
    room = Room()
    enter(room, *CARDS[:3])
    enter(room, CARDS[3], of=known(CARDS, group="signing"))
    recovery.recover_secret(room, RecoverSecret(group="payments"))
    with pytest.raises(Refusal, match="cards-missing"):
        recovery.recover_secret(room, RecoverSecret(group="signing"))


def test_forgotten_secrets_are_gone() -> None:
    room = Room()
    enter(room, *CARDS[:3])
    recovery.recover_secret(room, RecoverSecret(group="payments"))
    enter(room, CARDS[3])
    held = room.drawer(GroupSecrets).of("payments")
    card = room.drawer(CardsInHand).hands["payments"].cards[4]
    assert recovery.forget_secrets(room, ForgetSecrets()) == Done()
    for buffer in (held, card):
        with pytest.raises(ValueError, match="wiped"):
            buffer.view()
    with pytest.raises(Refusal, match="secret-missing"):
        room.drawer(GroupSecrets).of("payments")
