"""The backup secret comes back from cards: combined by two implementations, known again by its check value."""

from __future__ import annotations

import hmac

from ceremony_app.strongroom.entry import CardsInHand
from ceremony_app.strongroom.groupsecret import GroupSecrets, check_value
from ceremony_app.strongroom.protocol import Done, ForgetSecrets, RecoverSecret, SecretRecovered
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.shares import CardSets
from ceremony_app.strongroom.slip39 import combine


def recover_secret(room: Room, request: RecoverSecret) -> SecretRecovered:
    """Combine the cards in hand; afterwards they are forgotten, whatever came of it, unless there were too few.

    Refusals `cards-missing`, `cards-do-not-fit`, `split-differs`, `check-value-differs`.
    """
    hands = room.drawer(CardsInHand)
    hand = hands.hands.get(request.group)
    have, need = (len(hand.cards), hand.known.threshold) if hand else (0, 0)
    if hand is None or have != need:
        raise Refusal(
            "cards-missing",
            f"{have} of {need} cards are in hand." if need else "No card of this group is in hand.",
            "Enter the missing cards one by one.",
        )
    numbers = tuple(sorted(hand.cards))
    try:
        # These strings cannot be wiped; the process exits after the cards.
        secret = combine([str(hand.cards[number].view(), "ascii") for number in numbers])
    finally:
        hands.drop(request.group)
    found = check_value(secret)
    if not hmac.compare_digest(found, hand.known.check_value.lower()):
        secret.wipe()
        raise Refusal(
            "check-value-differs",
            "The secret from these cards does not have the check value of the record.",
            "Stop: the record and the cards do not belong together.",
        )
    room.drawer(GroupSecrets).keep(request.group, secret)
    return SecretRecovered(check_value=found, cards=numbers)


def forget_secrets(room: Room, request: ForgetSecrets) -> Done:
    """Wipe backup secrets, card sets and cards in hand, as far as they lie in buffers; strings go with the process."""
    del request
    room.drawer(CardsInHand).forget()
    room.drawer(CardSets).forget()
    room.drawer(GroupSecrets).forget()
    return Done()
