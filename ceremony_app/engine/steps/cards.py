"""Cards, one by one: one sheet, one custodian, proved from the paper before the next is printed."""

from __future__ import annotations

from typing import Literal

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.living import living_set
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.plan.model import Backup, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.record.state.sets import CardSet
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


def known(card_set: CardSet) -> p.CardKnown:
    """What the record knows of a set, for a strongroom that is to judge its cards."""
    made = card_set.made
    return p.CardKnown(
        group=made.group,
        set_id=made.set_id,
        threshold=made.threshold,
        fingerprints=made.fingerprints,
        check_value=made.check_value,
        identifier=made.identifier,
    )


class PrintCard(Action):
    """Print (in a rehearsal: save) one sheet for the custodian who stands at the printer."""

    group: str
    number: int

    def perform(self, desk: Desk) -> None:
        backup = desk.plan.backup(self.group)
        card_set = living_set(desk.state, self.group)
        before = card_set.cards.get(self.number)
        attempt = before.attempt + 1 if before else 1
        custodian = desk.state.seats.who(backup.custodians[self.number - 1].name)
        desk.record(f.CardBegun(group=self.group, set_id=card_set.made.set_id, number=self.number, attempt=attempt, custodian=custodian))
        desk.call(RoomName.KEYS, p.IssueCard(group=self.group, number=self.number, face=_face(desk, backup, custodian, attempt)))


def _face(desk: Desk, backup: Backup, custodian: str, attempt: int) -> p.CardFace:
    return p.CardFace(
        ceremony_id=desk.places.ceremony_id,
        title=desk.plan.title,
        organisation=desk.plan.organisation,
        custodian=custodian,
        keys=backup.keys,
        issued=desk.wall_now()[:16].replace("T", " ") + " UTC",
        attempt=attempt,
    )


class AcceptSheet(Action):
    """Somebody saw the sheet come out whole; the custodian takes it."""

    group: str
    number: int
    seen_by: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        desk.record(
            f.CardIssued(
                group=self.group,
                set_id=card_set.made.set_id,
                number=self.number,
                attempt=card_set.cards[self.number].attempt,
                how="saved" if desk.state.course.rehearsal else "printed",
                seen_by=self.seen_by,
            )
        )


class SpoilSheet(Action):
    """The sheet jammed, is damaged, or never came. Recovered whole it is shredded and printed again, and so is one of which nothing came
    out and nothing is in the printer; otherwise the set is void."""

    group: str
    number: int
    recovered: Literal["whole", "nothing came out", "not whole"]
    shredded_by: str
    seen_by: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        desk.record(
            f.CardSpoiled(
                group=self.group,
                set_id=card_set.made.set_id,
                number=self.number,
                attempt=card_set.cards[self.number].attempt,
                recovered=self.recovered,
                shredded_by=self.shredded_by,
                seen_by=self.seen_by,
            )
        )


class ProveCard(Action):
    """The custodian enters the card from the paper; it is compared with the record and not kept."""

    secrets = ("card",)
    room = RoomName.KEYS
    group: str
    number: int
    by: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        seen = desk.call(RoomName.KEYS, p.ProveCard(known=known(card_set), number=self.number))
        desk.record(
            f.CardProved(
                group=self.group,
                set_id=card_set.made.set_id,
                number=self.number,
                fingerprint=seen.fingerprint,
                entry=seen.entry,
                by=self.by,
            )
        )


class Cards(Step):
    id = "cards"
    title = "Cards, one by one"
    lead = "One custodian at a time comes to the printer, takes the sheet, and proves it from the paper. The others look away."
    records = frozenset({f.GateOpened, f.GateRefused, f.CardBegun, f.CardIssued, f.CardSpoiled, f.CardProved})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.backups)

    def done(self, state: State, plan: Plan) -> bool:
        sets = [state.sets.of(backup.name) for backup in plan.backups]
        return all(one is not None and one.all_proved for one in sets)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        gate = gate_offer(state, "print")
        if gate is not None:
            return (gate,)
        for backup in plan.backups:
            card_set = state.sets.of(backup.name)
            if card_set is None or card_set.all_proved:
                continue
            for number in range(1, backup.shares + 1):
                card = card_set.cards.get(number)
                if card is None or card.phase in ("begun", "issued", "spoiled"):
                    return _card_offers(state, backup, number, card.phase if card else "")
        return ()


def _card_offers(state: State, backup: Backup, number: int, phase: str) -> tuple[Offer, ...]:
    given = {"group": backup.name, "number": number}
    name = state.seats.who(backup.custodians[number - 1].name)
    args = {"name": name, "number": number, "count": backup.shares, "group": backup.name}
    spoil = Offer(SpoilSheet, say("The sheet of {name} is no good", name=name), given=given, optional=True)
    if phase in ("", "spoiled"):
        return (Offer(PrintCard, say("{name}: come to the printer for card {number} of {count}, {group}", **args), given=given),)
    if phase == "begun":
        return (Offer(AcceptSheet, say("{name}: take your sheet; it came out whole", **args), given=given), spoil)
    prove = Offer(ProveCard, say("{name}: prove your card from the paper", **args), given={**given, "by": name})
    return (prove, spoil)
