"""The witness gate: no step of its own, but the first offer of every step that makes, prints, wraps or closes."""

from __future__ import annotations

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.heads import places, verify_groups
from ceremony_app.engine.presence import missing_presence
from ceremony_app.errors import DoesNotHold
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import OpenGate as OpenGateRequest
from ceremony_app.text import say

GATES = ("generate", "print", "wrap", "destroy", "close")


class OpenGate(Action):
    """The witness lets the next act happen: private code, and two groups of the last head from the witness's own paper."""

    secrets = ("witness-code",)
    room = RoomName.RECORD
    gate: str
    witness: str
    typed: tuple[str, ...]

    def perform(self, desk: Desk) -> None:
        missing = missing_presence(desk.state)
        if missing is not None:
            raise DoesNotHold("gate-locked", "The gate stays locked. {why}.", next_step="Wait until they are here.", why=str(missing))
        if not desk.state.seats.is_present(self.witness) and self.witness in desk.state.seats.signed_in:
            raise DoesNotHold(
                "gate-locked",
                "{witness} is not in the room, so their code opens nothing.",
                next_step="Let a witness who is here open the gate, or wait until they are back.",
                witness=self.witness,
            )
        head = desk.state.course.last_head
        verify_groups(head, places(head), self.typed, name="last head")
        desk.call(RoomName.RECORD, OpenGateRequest(witness=self.witness))
        desk.record(f.GateOpened(gate=self.gate, witness=self.witness, head=head))


def gate_offer(state: State, gate: str) -> Offer | None:
    """The offer to open `gate`, or None when it is open."""
    if gate in state.seats.gates:
        return None
    head = state.course.last_head
    return Offer(
        OpenGate,
        say("Witness: open the gate “{gate}” with your code and groups {places} of the last head", gate=gate, places=places(head)),
        given={"gate": gate},
        why_not=missing_presence(state),
    )
