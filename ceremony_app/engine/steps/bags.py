"""Bagging: each custodian seals the card, reads the bag's number twice, and signs the receipt."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk
from ceremony_app.engine.living import living_set
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.opening import read_head_offer
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.text import say

BagNumber = Annotated[str, Meta(min_length=1, max_length=64)]


def verify_bag(state: State, number: str, again: str) -> str:
    """The bag number as typed twice, equal and not used before; raises `BadInput`."""
    first, second = number.strip(), again.strip()
    if first != second:
        raise BadInput(
            "bag-typed-differently",
            "The bag number was typed as {first} and as {second}.",
            next_step="Read it once more from the bag, digit by digit.",
            first=first,
            second=second,
        )
    cards = [card.bag for one in state.sets.all for card in one.cards.values()]
    goods = [bag.number for bag in state.token.bags_sealed.values()]
    if first in cards or first in goods:
        raise BadInput(
            "bag-used",
            "Bag {number} was used already in this ceremony.",
            next_step="Take another bag, or find out which of the two entries was misread.",
            number=first,
        )
    return first


class SealCard(Action):
    """One card goes into one bag."""

    group: str
    number: int
    bag: BagNumber
    bag_again: BagNumber
    custodian: str

    def perform(self, desk: Desk) -> None:
        bag = verify_bag(desk.state, self.bag, self.bag_again)
        card_set = living_set(desk.state, self.group)
        desk.record(f.CardSealed(group=self.group, set_id=card_set.made.set_id, number=self.number, bag=bag, custodian=self.custodian))


class Bags(Step):
    id = "bags"
    title = "Bag the cards"
    lead = "Each custodian seals the card in a bag, reads its number, and signs the receipt."
    records = frozenset({f.CardSealed, f.HeadRead})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.backups)

    def done(self, state: State, plan: Plan) -> bool:
        sets = [state.sets.of(backup.name) for backup in plan.backups]
        sealed = all(one is not None and one.all_sealed for one in sets)
        # Only an export opens another gate before the statements.
        return sealed and (not plan.exports or state.course.head_was_read("cards bagged"))

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        offers = []
        for backup in plan.backups:
            card_set = state.sets.of(backup.name)
            if card_set is None:
                continue
            for card in card_set.cards.values():
                if card.phase == "proved":
                    words = say("{name}: seal card {number} of {group}", name=card.custodian, number=card.number, group=backup.name)
                    given = {"group": backup.name, "number": card.number, "custodian": card.custodian}
                    offers.append(Offer(SealCard, words, given=given))
        return tuple(offers) or (read_head_offer("cards bagged"),)
