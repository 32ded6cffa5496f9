"""The witness gate: no step of its own, but the first offer of every step that makes, prints, wraps or closes."""

from __future__ import annotations

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.heads import verify_groups
from ceremony_app.engine.presence import gates_needed, missing_presence
from ceremony_app.errors import CeremonyError, DoesNotHold
from ceremony_app.plan.model import Role
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import OpenGate as OpenGateRequest
from ceremony_app.text import say

GATES = ("generate", "print", "wrap", "destroy", "close")


class OpenGate(Action):
    """The witness lets the next act happen: private code, and groups of the last head from the witness's own paper, at places that the desk
    draws anew each time."""

    secrets = ("witness-code",)
    room = RoomName.RECORD
    gate: str
    places: tuple[int, ...]
    witness: str
    typed: tuple[str, ...]

    def perform(self, desk: Desk) -> None:
        missing = missing_presence(desk.state)
        if missing is not None:
            raise DoesNotHold("gate-locked", "The gate stays locked. {why}.", next_step="Wait until they are here.", why=str(missing))
        verify_present(desk.state, self.witness)
        head = desk.state.course.last_head
        try:
            verify_groups(head, desk.asked_places(head, len(self.places)), self.typed, name="last head")
            verify_code(desk, self.witness)
        except CeremonyError as error:
            desk.record(f.GateRefused(gate=self.gate, witness=self.witness, reason=error.code))
            raise
        desk.record(f.GateOpened(gate=self.gate, witness=self.witness, head=head))


def verify_present(state: State, witness: str) -> None:
    """`witness` sits as a witness and is in the room; raises `DoesNotHold`."""
    if witness not in state.seats.present_with(Role.WITNESS.value):
        raise DoesNotHold(
            "gate-locked",
            "{witness} is not a witness who is in the room.",
            next_step="Let a witness who is here do it, or wait until they are back.",
            witness=witness,
        )


def verify_code(desk: Desk, witness: str) -> None:
    """The deposited code is the one that this witness chose; raises the strongroom's refusal."""
    desk.call(RoomName.RECORD, OpenGateRequest(witness=witness))


def gate_offer(state: State, gate: str) -> Offer | None:
    """The offer to open `gate`, or None when it is open or not needed. The desk adds the places that are asked for."""
    if gate in state.seats.gates or not gates_needed(state):
        return None
    return Offer(
        OpenGate,
        say("Witness: open the gate “{gate}” with your code and groups of the last head from your paper", gate=gate),
        given={"gate": gate},
        why_not=missing_presence(state),
    )
