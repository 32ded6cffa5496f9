"""One card's sheet: the words of a set that was made here, laid out, and in a rehearsal saved."""

from __future__ import annotations

import re

from ceremony_app.strongroom.digits import InventoryCode, inventory_digits, secret_digits
from ceremony_app.strongroom.paper import typesetting
from ceremony_app.strongroom.practicefile import SECRETS, practice_directory, save_secret
from ceremony_app.strongroom.protocol import CardMade, IssueCard
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.shares import CardSet, CardSets
from ceremony_app.strongroom.slip39 import word_list
from ceremony_app.typeset.card import CardSheet, card_pdf

CARDS = "cards"
MEDIA = "B-1 or B-2"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


def issue_card(room: Room, request: IssueCard) -> CardMade:
    """Make the sheet of one card. A rehearsal saves it as `cards/<group>-<n>.pdf`, its words, one line, as `cards/<group>-<n>.txt`, and the
    digits of its code for the scripted people.

    Refusals `printing-not-built` (outside a rehearsal), `card-set-missing`, `card-number`, `card-date`, and those of the typesetter.
    """
    practice_directory(room)
    cards = room.drawer(CardSets).sets.get(request.group)
    if cards is None:
        raise Refusal("card-set-missing", "The card set of this group is not in this process.", "Void the set and make a new one.")
    if not 1 <= request.number <= cards.made.count:
        raise Refusal("card-number", f"The set has cards 1 to {cards.made.count}.", "Choose one of them.")
    name = f"{request.group}-{request.number}"
    words = str(cards.cards[request.number - 1].view(), "ascii")
    with typesetting():
        sheet = _sheet(request, cards, words.split())
        pdf = card_pdf(sheet)
    save_secret(room, SECRETS, digits_name(request.group, request.number), sheet.secret_digits.encode())
    return CardMade(
        saved_pdf=save_secret(room, CARDS, f"{name}.pdf", pdf),
        saved_text=save_secret(room, CARDS, f"{name}.txt", words.encode() + b"\n"),
    )


def digits_name(group: str, number: int) -> str:
    """Name of the file below `secrets` that holds the digits of a card's code, for the scripted people."""
    return f"card-{group}-{number}-digits"


def card_digits(set_id: str, words: list[str]) -> str:
    """The 144 digits of the code beside the words."""
    indices = {word: index for index, word in enumerate(word_list())}
    return secret_digits(set_id, [indices[word] for word in words])


def _sheet(request: IssueCard, cards: CardSet, words: list[str]) -> CardSheet:
    face, made = request.face, cards.made
    fingerprint = made.fingerprints[request.number - 1]
    issued = _date(face.issued)
    inventory = InventoryCode(made.set_id, request.number, made.count, issued.replace("-", ""), fingerprint, made.check_value)
    return CardSheet(
        ceremony_id=face.ceremony_id,
        ceremony_title=face.title,
        organisation=face.organisation,
        group=request.group,
        set_id=made.set_id,
        share_number=request.number,
        share_count=made.count,
        threshold=made.threshold,
        custodian=face.custodian,
        keys=list(face.keys),
        fingerprint=fingerprint,
        check_value=made.check_value,
        issued=issued,
        attempt=face.attempt,
        inventory_digits=inventory_digits(inventory),
        media=MEDIA,
        rehearsal=True,
        words=words,
        secret_digits=card_digits(made.set_id, words),
    )


def _date(issued: str) -> str:
    """The date of a moment written as 2026-11-24 or 2026-11-24T14:31:05Z. Refusal `card-date` for another form."""
    match = _DATE.match(issued)
    if match is None:
        raise Refusal("card-date", "The date on a card is written as 2026-11-24.", "Report this code.")
    return match[0]
