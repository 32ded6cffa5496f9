"""Cards that people enter: judged one at a time against the record, and kept in hand until there are enough to recover the secret."""

from __future__ import annotations

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cardimage import is_image, read_image
from ceremony_app.strongroom.cardtext import ReadCard, read_text
from ceremony_app.strongroom.protocol import CardEntered, CardKnown, EnterCard, ProveCard
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.shares import fingerprint
from ceremony_app.strongroom.slip39 import card_head, word_list

MOST_TEXT = 16 * 1024
MOST_IMAGE = 8 * 1024 * 1024


class Hand:
    """Genuine cards of one set: words joined by single spaces, by card number."""

    def __init__(self, known: CardKnown) -> None:
        self.known = known
        self.cards: dict[int, SecretBuffer] = {}


class CardsInHand:
    """The drawer: what was entered, by group."""

    def __init__(self) -> None:
        self.hands: dict[str, Hand] = {}

    def drop(self, group: str) -> None:
        """Wipe the cards of one group."""
        hand = self.hands.pop(group, None)
        if hand is not None:
            for card in hand.cards.values():
                card.wipe()

    def forget(self) -> None:
        """Wipe all of them."""
        for group in tuple(self.hands):
            self.drop(group)


class _Genuine:
    """A card that the record knows."""

    def __init__(self, number: int, words: str, entry: str) -> None:
        self.number = number
        self.words = words
        self.fingerprint = fingerprint(words)
        self.entry = entry

    def answer(self, have: int, need: int) -> CardEntered:
        return CardEntered(number=self.number, fingerprint=self.fingerprint, entry=self.entry, have=have, need=need)


def prove_card(room: Room, request: ProveCard) -> CardEntered:
    """Judge one card and keep nothing. Refusals as `ProveCard` lists them."""
    card = _judge(_read(room), request.known)
    _verify_number(card, request.number)
    hand = room.drawer(CardsInHand).hands.get(request.known.group)
    return card.answer(len(hand.cards) if hand else 0, request.known.threshold)


def enter_card(room: Room, request: EnterCard) -> CardEntered:
    """Keep one genuine card. Refusals as `EnterCard` lists them."""
    card = _judge(_read(room), request.known)
    if request.number:
        _verify_number(card, request.number)
    hands = room.drawer(CardsInHand).hands
    hand = hands.setdefault(request.known.group, Hand(request.known))
    if hand.known != request.known:
        raise Refusal("card-other-set", "The cards in hand are of another set of this group.", "Begin this recovery again.")
    if card.number in hand.cards:
        raise Refusal("card-repeated", f"Card {card.number} was entered already.", "Take another card.", str(card.number))
    if len(hand.cards) >= request.known.threshold:
        raise Refusal("cards-enough", "There are already as many cards as needed.", "Recover the secret; this card can stay sealed.")
    hand.cards[card.number] = SecretBuffer.take(bytearray(card.words.encode()))
    return card.answer(len(hand.cards), request.known.threshold)


def _verify_number(card: _Genuine, number: int) -> None:
    if card.number != number:
        raise Refusal(
            "card-other-number",
            f"This is card {card.number} of the set; card {number} is asked for.",
            f"Take card {number}.",
            str(card.number),
        )


def _read(room: Room) -> ReadCard:
    """The deposit `card` as word indices. Refusal `card-unreadable` for what is neither text nor picture, and those of the readers."""
    with room.take_deposit("card") as typed:
        view = typed.view()
        if is_image(view):
            if len(view) > MOST_IMAGE:
                raise _unreadable()
            return read_image(view)
        if len(view) > MOST_TEXT:
            raise _unreadable()
        try:
            text = str(view, "utf-8-sig")
        except UnicodeDecodeError:
            text = ""
    # Not in the handler above: the decoding error holds the bytes.
    if not text.strip() or "\0" in text:
        raise _unreadable()
    return read_text(text)


def _unreadable() -> Refusal:
    return Refusal(
        "card-unreadable",
        "This is neither a card's words, nor its digits, nor a picture (PNG, JPEG, TIFF, PGM).",
        "Type the 33 words, or scan the code.",
    )


def _judge(card: ReadCard, known: CardKnown) -> _Genuine:
    """Compare a card whose checksum holds with the record. Refusals `card-other-set`, `card-forged`."""
    if card.set_id and card.set_id != known.set_id:
        raise _other_set(f"Set id on the card: {card.set_id}.")
    head = card_head(card.indices)
    genuine = _Genuine(head.number, " ".join(word_list()[index] for index in card.indices), card.entry)
    if genuine.fingerprint in known.fingerprints[head.number - 1 : head.number]:
        return genuine
    if head.identifier == known.identifier or card.set_id == known.set_id:
        raise Refusal(
            "card-forged",
            "This card claims to be of this set, but the record does not know its words.",
            "Keep it apart, record a deviation, and find out where it comes from.",
            f"Claimed number: {head.number}.",
        )
    raise _other_set("")


def _other_set(detail: str) -> Refusal:
    return Refusal("card-other-set", "This is a card of another set.", "Compare the set id on the cover with the record.", detail)
