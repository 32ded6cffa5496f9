"""People take their seats; witnesses choose a private code."""

from __future__ import annotations

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.anytime import SeatDeputy
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.presence import gates_needed
from ceremony_app.engine.step import Step
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Plan, Role
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.record.state.seats import MINIMUM_ROLES
from ceremony_app.strongroom.protocol import KeepWitnessCode
from ceremony_app.text import say


class SignIn(Action):
    """A person says name and role; another one looks at a document."""

    name: str
    roles: tuple[str, ...]
    identity_seen_by: str
    document: str

    def perform(self, desk: Desk) -> None:
        if self.identity_seen_by == self.name:
            raise BadInput(
                "identity-by-oneself",
                "{name} cannot confirm their own identity.",
                next_step="Let another participant look at the document.",
                name=self.name,
            )
        _verify_independent(desk, self.name, self.identity_seen_by)
        desk.record(f.PersonSignedIn(name=self.name, roles=self.roles, identity_seen_by=self.identity_seen_by, document=self.document))


def _verify_independent(desk: Desk, name: str, seen_by: str) -> None:
    """A witness is not let in by the operator, who would then sit at both ends of every gate."""
    operators = [desk.state.seats.who(person.name) for person in desk.plan.having(Role.OPERATOR)]
    if name in witnesses(desk.state, desk.plan) and seen_by in operators:
        raise BadInput(
            "witness-by-operator",
            "The operator cannot confirm the identity of the witness {name}.",
            next_step="Let somebody else look at the document.",
            name=name,
        )


class ChooseWitnessCode(Action):
    """A witness chooses a private code, which opens gates. Only the record's strongroom keeps it, in memory."""

    secrets = ("witness-code",)
    room = RoomName.RECORD
    witness: str

    def perform(self, desk: Desk) -> None:
        desk.call(RoomName.RECORD, KeepWitnessCode(witness=self.witness))
        desk.record(f.WitnessCodeChosen(witness=self.witness))


def expected(state: State, plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """Who must sign in, with their roles: everyone with a seat, or whoever took it."""
    seats: dict[str, list[str]] = {}
    for person in plan.must_be_present:
        roles = seats.setdefault(state.seats.who(person.name), [])
        roles += [role.value for role in person.roles if role.value not in roles]
    return [(name, tuple(roles)) for name, roles in seats.items()]


def unseated(state: State, plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """Who is expected and has not signed in, or signed in before a seat with more roles fell to them."""
    # After an abort only those sign in (anew) without whom no gate opens.
    seats = [(name, roles) for name, roles in expected(state, plan) if not state.course.aborted or set(roles) & set(MINIMUM_ROLES)]
    return [
        (name, roles)
        for name, roles in seats
        if name not in state.seats.signed_in or not set(roles) <= set(state.seats.signed_in[name].roles)
    ]


def witnesses(state: State, plan: Plan) -> list[str]:
    """Names of those who sit as witnesses."""
    return [state.seats.who(person.name) for person in plan.having(Role.WITNESS)]


class TakeSeats(Step):
    id = "people"
    title = "People"
    lead = "Each of us says name and role, and shows a document to a neighbour."
    records = frozenset({f.PersonSignedIn, f.SeatSubstituted, f.WitnessCodeChosen})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.closed is not None or not gates_needed(state):
            return True
        # A witness who left for good opens no gate, so a code is asked of those who are here.
        here = [name for name in witnesses(state, plan) if state.seats.is_present(name)]
        return not unseated(state, plan) and bool(here) and all(name in state.seats.witness_codes for name in here)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        missing = unseated(state, plan)
        offers = [
            Offer(SignIn, say("{name} signs in as {roles}", name=name, roles=", ".join(roles)), given={"name": name, "roles": roles})
            for name, roles in missing
        ]
        offers += [
            Offer(SeatDeputy, say("{name} is absent: seat the deputy", name=name), given={"absent": name}, optional=True)
            for name, _ in missing
        ]
        offers += [
            Offer(ChooseWitnessCode, say("{name}: choose a code of 8 to 64 characters", name=name), given={"witness": name})
            for name in witnesses(state, plan)
            if state.seats.is_present(name) and name not in state.seats.witness_codes
        ]
        return tuple(offers)
