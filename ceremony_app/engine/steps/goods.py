"""Goods: what came into the room in bags, and how many sheets and bags there are."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk
from ceremony_app.engine.step import Step
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.text import say

SPARE_SHEETS = 2
"""Sheets beyond one per card: a jam must not end the day."""

Count = Annotated[int, Meta(ge=0, le=10_000)]


class OpenBag(Action):
    """Examine a tamper-evident bag, read its number digit by digit, open it."""

    item: str
    number: Annotated[str, Meta(min_length=1, max_length=64)]
    intact: bool
    by: str

    def perform(self, desk: Desk) -> None:
        desk.record(f.BagOpened(item=self.item, number=self.number, intact=self.intact, by=self.by))
        if not self.intact:
            raise DoesNotHold(
                "seal-broken",
                "The bag {number} with the {item} is not intact.",
                stands="That is recorded; nothing was made yet.",
                next_step="Stop. If anything in it may have been exchanged, abort; else record a deviation and open another bag.",
                number=self.number,
                item=self.item,
            )


class CountGoods(Action):
    """Count pieces that will be used up, with their numbers where they have some."""

    item: str
    count: Count
    numbers: tuple[str, ...]
    by: str

    def perform(self, desk: Desk) -> None:
        if len(set(self.numbers)) != len(self.numbers):
            raise BadInput(
                "number-twice",
                "A number of {item} was typed twice.",
                next_step="Read each number once more from the piece itself.",
                item=self.item,
            )
        desk.record(f.GoodsCounted(item=self.item, count=self.count, numbers=self.numbers, by=self.by))


def cards(plan: Plan) -> int:
    """How many cards the plan prints."""
    return sum(backup.shares for backup in plan.backups)


def needed(plan: Plan) -> dict[str, int]:
    """Pieces that must be at hand, by item."""
    sheets = cards(plan)
    bags = sheets + 2 + (2 if plan.backups else 0) + 1
    return {"blank sheets": sheets + SPARE_SHEETS if sheets else 0, "tamper-evident bags": bags}


class Goods(Step):
    id = "goods"
    title = "Goods"
    lead = "The witness reads the numbers of bags and sheets digit by digit."
    records = frozenset({f.BagOpened, f.GoodsCounted})

    def done(self, state: State, plan: Plan) -> bool:
        opened = any(bag.item == "token" and bag.intact for bag in state.token.bags_opened)
        return opened and all(self._enough(state, item, count) for item, count in needed(plan).items())

    def _enough(self, state: State, item: str, count: int) -> bool:
        counted = state.token.counted.get(item)
        return count == 0 or (counted is not None and counted.count >= count)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        offers = []
        if not any(bag.item == "token" and bag.intact for bag in state.token.bags_opened):
            offers.append(Offer(OpenBag, say("Open the bag with the token"), given={"item": "token"}))
        offers += [
            Offer(CountGoods, say("Count the {item}: at least {count} are needed", item=item, count=count), given={"item": item})
            for item, count in needed(plan).items()
            if not self._enough(state, item, count)
        ]
        return tuple(offers)
