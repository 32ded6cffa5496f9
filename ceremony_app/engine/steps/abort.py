"""After an abort: what exists already is destroyed, or stays as an open item that is said aloud."""

from __future__ import annotations

import base64
from typing import Annotated

from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.backups import void_offer
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.token import open_offers
from ceremony_app.errors import DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.record.state.keys import Key
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


class RemoveKey(Action):
    """Destroy the key's objects in the token and overwrite their files."""

    label: str

    def perform(self, desk: Desk) -> None:
        row = desk.state.keys.by_label[self.label]
        if not row.destruction_begun:
            desk.record(f.KeyDestructionBegun(label=row.label, cka_id=row.cka_id, reason="the ceremony was aborted"))
        gone = desk.call(
            RoomName.KEYS,
            p.DestroyKey(
                cka_id=row.cka_id,
                label=row.label,
                algorithm=desk.plan.key(row.label).algorithm,
                spki=base64.b64decode(row.made.spki) if row.made else b"",
            ),
        )
        desk.record(
            f.KeyObjectsRemoved(label=row.label, cka_id=row.cka_id, removed=gone.removed, overwritten=gone.overwritten, found=gone.found)
        )


class EndTokenProcess(Action):
    """End the process that destroyed the keys, so that a fresh one looks for them."""

    def perform(self, desk: Desk) -> None:
        desk.end(RoomName.KEYS)
        desk.record(f.TokenClosed(reason="a fresh process will look for the destroyed keys"))


class ConfirmRemoval(Action):
    """A fresh process looks for the key by id, label and public value and finds nothing."""

    label: str

    def perform(self, desk: Desk) -> None:
        row = desk.state.keys.by_label[self.label]
        algorithm = desk.plan.key(row.label).algorithm
        spki = base64.b64decode(row.made.spki) if row.made else b""
        seen = desk.call(RoomName.KEYS, p.FindKey(cka_id=row.cka_id, label=row.label, algorithm=algorithm, spki=spki))
        if row.left or seen.private or seen.public or seen.remnants or seen.same_label or seen.same_public:
            raise DoesNotHold(
                "key-still-there",
                "The token still shows objects of {label}.",
                stands="The intent to destroy it is recorded; it is not destroyed.",
                next_step="Destroy it again; if that fails, leave it as an open item and keep the token under seal.",
                label=row.label,
            )
        desk.record(f.KeyDestroyed(label=row.label, cka_id=row.cka_id, reason="the ceremony was aborted"))


class LeaveKey(Action):
    """The key cannot be destroyed here: it stays, as a deviation and an open item."""

    label: str
    by: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]

    def perform(self, desk: Desk) -> None:
        desk.record(
            f.DeviationRecorded(
                number=len(desk.state.course.deviations) + 1,
                concerns=left_key(self.label),
                expected="the key is destroyed after the abort",
                happened=self.reason,
                decided="it stays in the token, which is kept under seal",
                decided_by=self.by,
                effect="possible",
            )
        )


def left_key(label: str) -> str:
    """How a deviation names a key that stayed in the token after an abort."""
    return f"key {label} left in the token"


def _settled(state: State, key: Key) -> bool:
    return key.phase == "destroyed" or left_key(key.label) in state.course.concerns


class CleanUp(Step):
    id = "clean-up"
    title = "Clean up after the abort"
    lead = "What exists already is destroyed before witnesses, or named as an open item."
    records = frozenset(
        {
            f.GateOpened,
            f.GateRefused,
            f.ShareSetVoided,
            f.PinHalfProved,
            f.TokenOpened,
            f.KeyDestructionBegun,
            f.KeyObjectsRemoved,
            f.KeyDestroyed,
        }
    )
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if not state.course.aborted:
            return True
        return not state.sets.living and all(_settled(state, key) for key in state.keys.by_label.values())

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        gate = gate_offer(state, "destroy")
        if gate is not None:
            return (gate,)
        if state.sets.living:
            return tuple(void_offer(one) for one in state.sets.living)
        open_keys = [key for key in state.keys.by_label.values() if not _settled(state, key)]
        leave = tuple(
            Offer(LeaveKey, say("{label} cannot be destroyed here", label=key.label), given={"label": key.label}, optional=True)
            for key in open_keys
        )
        to_remove = [key for key in open_keys if key.phase != "removed"]
        if not state.token.is_open:
            return (*open_offers(state, plan), *leave)
        if to_remove:
            return (
                *(Offer(RemoveKey, say("Destroy {label}", label=key.label), given={"label": key.label}) for key in to_remove),
                *leave,
            )
        if state.token.opened_since_removal:
            confirm = (Offer(ConfirmRemoval, say("Look for {label}", label=key.label), given={"label": key.label}) for key in open_keys)
            again = (
                Offer(
                    RemoveKey,
                    say("Destroy {label} again", label=key.label),
                    given={"label": key.label},
                    optional=True,
                )
                for key in open_keys
            )
            return (*confirm, *again, *leave)
        return (Offer(EndTokenProcess, say("End the process that destroyed the keys")), *leave)
