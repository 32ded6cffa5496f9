"""What can be done at any time: deviation, stop, break, abort, and people who leave, return or stand in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import CloseToken
from ceremony_app.text import say

Words = Annotated[str, Meta(min_length=1, max_length=1000)]


class RecordDeviation(Action):
    """Write down that something was not as the script says."""

    concerns: Words
    expected: Words
    happened: Words
    decided: Words
    decided_by: Words
    effect: Literal["none", "possible", "yes"]

    def perform(self, desk: Desk) -> None:
        desk.record(
            f.DeviationRecorded(
                number=len(desk.state.course.deviations) + 1,
                concerns=self.concerns,
                expected=self.expected,
                happened=self.happened,
                decided=self.decided,
                decided_by=self.decided_by,
                effect=self.effect,
            )
        )


class Stop(Action):
    """Anybody may say stop."""

    by: Words
    reason: Words

    def perform(self, desk: Desk) -> None:
        desk.record(f.CeremonyStopped(by=self.by, reason=self.reason))


class Continue(Action):
    """Go on after a stop."""

    by: Words
    decided: Words

    def perform(self, desk: Desk) -> None:
        desk.record(f.CeremonyContinued(by=self.by, decided=self.decided))


class Suspend(Action):
    """Take a break: the token is logged out, what lies open is sealed."""

    by: Words
    reason: Words
    seals: Words

    def perform(self, desk: Desk) -> None:
        if desk.state.token.is_open:
            desk.call(RoomName.KEYS, CloseToken())
        desk.record(f.CeremonySuspended(by=self.by, reason=self.reason, seals=self.seals))


class Resume(Action):
    """Go on after a break; a broken seal is said, not hidden."""

    by: Words
    seals_intact: bool
    remarks: Annotated[str, Meta(max_length=1000)]

    def perform(self, desk: Desk) -> None:
        if not self.seals_intact and not self.remarks:
            raise BadInput(
                "remarks-missing",
                "A seal was found broken and nothing says which.",
                next_step="Say under remarks which seal, and what was decided; abort if what it protected may be known.",
            )
        desk.record(f.CeremonyResumed(by=self.by, seals_intact=self.seals_intact, remarks=self.remarks))


class Abort(Action):
    """End the ceremony without its purpose; what exists already is destroyed or listed, and the record is closed all the same."""

    by: Words
    reason: Words

    def perform(self, desk: Desk) -> None:
        desk.record(f.CeremonyAborted(by=self.by, reason=self.reason))


class Leave(Action):
    """Somebody leaves the room."""

    name: Words
    reason: Words

    def perform(self, desk: Desk) -> None:
        if not desk.state.seats.is_present(self.name):
            raise _not_there(self.name)
        desk.record(f.PersonLeft(name=self.name, reason=self.reason))


class Return(Action):
    """Somebody comes back."""

    name: Words
    seen_by: Words

    def perform(self, desk: Desk) -> None:
        if self.name not in desk.state.seats.signed_in:
            raise _not_there(self.name)
        if desk.state.seats.is_present(self.name):
            raise BadInput("person-here", "{name} is in the room.", next_step="Choose somebody who left.", name=self.name)
        desk.record(f.PersonReturned(name=self.name, seen_by=self.seen_by))


class SeatDeputy(Action):
    """A deputy takes an absent person's seat; the plan is not edited."""

    absent: Words
    deputy: Words
    reason: Words

    def perform(self, desk: Desk) -> None:
        verify_deputy(desk.plan, self.absent, self.deputy)
        _verify_absent(desk.state, self.absent)
        desk.record(f.SeatSubstituted(absent=self.absent, deputy=self.deputy, reason=self.reason))


def replaced_witness(name: str) -> str:
    """How a deviation names a witness with a code whose seat is taken by another person."""
    return f"witness {name} replaced"


def _verify_absent(state: State, name: str) -> None:
    """Nobody's seat is taken while they sit in it; a witness who could open gates is replaced only with a deviation that says why."""
    if state.seats.is_present(name):
        raise BadInput(
            "not-absent",
            "{name} is signed in and in the room.",
            next_step="Record first that they left.",
            name=name,
        )
    if name in state.seats.witness_codes and replaced_witness(name) not in state.course.concerns:
        raise BadInput(
            "witness-replaced",
            "{name} holds a witness code; their seat is not taken without a word.",
            next_step="Record a deviation that concerns “{concerns}”, with what happened and who decided; then seat the deputy.",
            name=name,
            concerns=replaced_witness(name),
        )


def deputies_of(plan: Plan, absent: str) -> set[str]:
    """Names that the plan lets stand in for `absent`."""
    named = {person.deputy for person in plan.people if person.name == absent}
    named |= {custodian.deputy for backup in plan.backups for custodian in backup.custodians if custodian.name == absent}
    return named - {""}


def verify_deputy(plan: Plan, absent: str, deputy: str) -> None:
    """`deputy` is named by the plan for `absent`; raises `BadInput`."""
    allowed = deputies_of(plan, absent)
    if deputy not in allowed:
        raise BadInput(
            "deputy-unknown",
            "The plan does not name {deputy} as deputy of {absent}.",
            next_step="Named deputies: {allowed}. With none of them here, suspend the ceremony or record a deviation and abort.",
            deputy=deputy,
            absent=absent,
            allowed=", ".join(sorted(allowed)) or "none",
        )


def anytime(state: State, plan: Plan) -> tuple[Offer, ...]:
    """The offers that stand beside every step while the record is open."""
    del plan
    if state.course.opened is None or state.course.closed is not None:
        return ()
    if state.course.halted == "stopped":
        return (Offer(Continue, say("Go on")), Offer(Abort, say("Abort the ceremony"), optional=True))
    if state.course.halted == "suspended":
        return (Offer(Resume, say("Resume after the break")), Offer(Abort, say("Abort the ceremony"), optional=True))
    always = (
        Offer(RecordDeviation, say("Record a deviation"), optional=True),
        Offer(Stop, say("Stop"), optional=True),
        Offer(Suspend, say("Take a break"), optional=True),
        Offer(Leave, say("Somebody leaves"), optional=True),
        Offer(Return, say("Somebody returns"), optional=True),
        Offer(SeatDeputy, say("Seat a deputy"), optional=True),
    )
    return always if state.course.aborted else (*always, Offer(Abort, say("Abort the ceremony"), optional=True))


def _not_there(name: str) -> BadInput:
    return BadInput(
        "person-not-here",
        "{name} is not signed in, or not in the room.",
        next_step="Choose a person from the list of those present.",
        name=name,
    )
