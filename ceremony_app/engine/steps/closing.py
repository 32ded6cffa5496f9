"""Closing: deviations, packing, statements, and the last head of the record."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ceremony_app.engine import seal
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.closing import open_items
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.leftovers import remove_package, unfinished_packages
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.bags import BagNumber, verify_bag
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.opening import read_head_offer
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


class AgreeDeviations(Action):
    """The deviations are read aloud, their number is typed."""

    count: int
    by: str

    def perform(self, desk: Desk) -> None:
        have = len(desk.state.course.deviations)
        if self.count != have:
            raise DoesNotHold(
                "deviations-differ",
                "{count} deviations were counted in the room, the record has {have}.",
                next_step="Read them aloud again; record what is missing.",
                count=self.count,
                have=have,
            )
        desk.record(f.DeviationsAgreed(count=have, by=self.by))


class Deviations(Step):
    id = "deviations"
    title = "Deviations"
    lead = "The administrator reads each deviation: what was expected, what happened, what was decided."
    records = frozenset({f.DeviationsAgreed})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.deviations_agreed is not None or state.course.closed is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return (Offer(AgreeDeviations, say("Read the deviations aloud and type how many there are")),)


class CloseToken(Action):
    """Log the token out for good."""

    def perform(self, desk: Desk) -> None:
        desk.call(RoomName.KEYS, p.CloseToken())
        desk.end(RoomName.KEYS)
        desk.record(f.TokenClosed(reason="closing"))


class SealBag(Action):
    """Put an item into a bag; its number is typed twice."""

    item: str
    number: BagNumber
    number_again: BagNumber
    holder: Annotated[str, Meta(min_length=1, max_length=80)]

    def perform(self, desk: Desk) -> None:
        number = verify_bag(desk.state, self.number, self.number_again)
        desk.record(f.BagSealed(item=self.item, number=number, holder=self.holder))


def to_pack(state: State, plan: Plan) -> list[str]:
    """What goes into bags: token and mailers separately, and the backup media each by itself."""
    del plan
    items = []
    if state.token.initialised is not None:
        items += ["token"]
    if state.token.mailers is not None:
        items += ["PIN mailers A", "PIN mailers B"]
    if any(one.backups for one in state.sets.living):
        items += ["backup medium B-1", "backup medium B-2"]
    return items


class Pack(Step):
    id = "pack"
    title = "Pack"
    lead = "The controllers bag token, mailers and media separately; each bag number is read twice."
    records = frozenset({f.BagSealed})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.closed is not None:
            return True
        return not state.token.is_open and all(item in state.token.bags_sealed for item in to_pack(state, plan))

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        if state.token.is_open:
            return (Offer(CloseToken, say("Log the token out")),)
        return tuple(
            Offer(SealBag, say("Seal the {item}", item=item), given={"item": item})
            for item in to_pack(state, plan)
            if item not in state.token.bags_sealed
        )


class MakeStatement(Action):
    """A participant agrees that the record is true, or does not and says why."""

    name: str
    roles: tuple[str, ...]
    agrees: bool
    reason: Annotated[str, Meta(max_length=1000)]

    def perform(self, desk: Desk) -> None:
        if not self.agrees and not self.reason.strip():
            raise BadInput(
                "reason-missing",
                "{name} does not agree, and no reason is given.",
                next_step="Write down why; it is kept as it is said.",
                name=self.name,
            )
        desk.record(f.StatementMade(name=self.name, roles=self.roles, agrees=self.agrees, reason=self.reason.strip()))


class Statements(Step):
    id = "statements"
    title = "Statements"
    lead = "Each of us says whether the record is true. “I do not agree, because …” is an answer."
    records = frozenset({f.StatementMade, f.HeadRead})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.closed is not None:
            return True
        spoken = all(seat.name in state.course.statements for seat in state.seats.signed_in.values() if seat.present)
        return spoken and state.course.head_was_read("statements")

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        silent = [seat for seat in state.seats.signed_in.values() if seat.present and seat.name not in state.course.statements]
        ask = (
            Offer(MakeStatement, say("{name}: is the record true?", name=seat.name), given={"name": seat.name, "roles": seat.roles})
            for seat in silent
        )
        return tuple(ask) if silent else (read_head_offer("statements"),)


class CloseCeremony(Action):
    """The last fact of the record. All write its head in ink."""

    def perform(self, desk: Desk) -> None:
        for package in unfinished_packages(desk.state):
            if remove_package(desk.places, package):
                what = f"Package {package.attempt} of {package.key} for {package.resource} was never finished; its files were removed."
                desk.record(f.GapExplained(what=what, by=""))
        desk.record(seal.closing_fact(desk.state, desk.plan, open_items(desk.state, desk.plan)))
        desk.begin_addendum(1)


class Close(Step):
    id = "close"
    title = "Close the record"
    lead = "The record is closed; everybody writes its last head in ink."
    records = frozenset({f.GateOpened, f.GateRefused, f.CeremonyClosed})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.closed is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        gate = gate_offer(state, "close")
        return (gate,) if gate is not None else (Offer(CloseCeremony, say("Close the record")),)
