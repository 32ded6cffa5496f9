"""Keys: generated in the token under an id chosen before, read back, proved with the witness's words, listed."""

from __future__ import annotations

import base64
import secrets
from typing import Annotated

from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.opening import read_head_offer
from ceremony_app.engine.steps.recipients import renewals, verify_recipients
from ceremony_app.keys import proof_message
from ceremony_app.plan.model import KeySpec, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say

ProofWords = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]


class MakeKey(Action):
    """Generate one key, or find the one that an interruption left."""

    label: str

    def perform(self, desk: Desk) -> None:
        key = desk.plan.key(self.label)
        if not desk.state.keys.by_label:
            # An expired recipient found now costs a telephone call; found after the keys it costs a second ceremony.
            verify_recipients(desk)
        begun = desk.state.keys.by_label.get(key.label)
        if begun is None:
            desk.record(f.KeyGenerationBegun(label=key.label, cka_id=secrets.token_hex(16)))
            begun = desk.state.keys.by_label[key.label]
        desk.record(_generated(desk, key, _find_or_generate(desk, key, begun.cka_id)))


def _find_or_generate(desk: Desk, key: KeySpec, cka_id: str) -> p.KeyMade:
    """Look before acting: a complete key under this id is adopted, remnants are removed, then one is generated."""
    extractable = desk.plan.is_extractable(key.label)
    seen = desk.call(RoomName.KEYS, p.FindKey(cka_id=cka_id, label=key.label, algorithm=key.algorithm))
    if seen.complete:
        desk.record(f.GapExplained(what=f"Key {key.label} had been made before the interruption; it was found by its id.", by=""))
        return desk.call(
            RoomName.KEYS,
            p.ReadKey(label=key.label, cka_id=cka_id, algorithm=key.algorithm, purpose=key.purpose, extractable=extractable),
        )
    if seen.private or seen.public or seen.remnants:
        desk.call(RoomName.KEYS, p.DestroyKey(cka_id=cka_id, label=key.label, algorithm=key.algorithm))
        desk.call(RoomName.KEYS, p.SweepRemnants())
        desk.record(f.GapExplained(what=f"An incomplete key {key.label} from before the interruption was removed.", by=""))
    return desk.call(
        RoomName.KEYS,
        p.GenerateKey(label=key.label, cka_id=cka_id, algorithm=key.algorithm, purpose=key.purpose, extractable=extractable),
    )


def _generated(desk: Desk, key: KeySpec, made: p.KeyMade) -> f.KeyGenerated:
    del desk
    return f.KeyGenerated(
        label=made.label,
        cka_id=made.cka_id,
        algorithm=key.algorithm.value,
        purpose=key.purpose.value,
        mechanism=made.mechanism,
        serial=made.serial,
        attributes=made.attributes,
        spki=base64.b64encode(made.spki).decode(),
        spki_sha256=made.spki_sha256,
        check_value=made.check_value,
    )


class ProveKey(Action):
    """Use the key once for its purpose, on words that the witness chose just now."""

    label: str
    words: ProofWords
    by: str

    def perform(self, desk: Desk) -> None:
        key = desk.plan.key(self.label)
        made = desk.state.keys.by_label[key.label]
        proof = desk.call(
            RoomName.KEYS,
            p.ProveKey(
                cka_id=made.cka_id,
                algorithm=key.algorithm,
                purpose=key.purpose,
                message=proof_message(desk.places.ceremony_id, key.label, self.words),
            ),
        )
        desk.record(
            f.KeyProved(
                label=key.label,
                words=self.words,
                words_by=self.by,
                method=proof.method,
                value=base64.b64encode(proof.value).decode(),
                reference=base64.b64encode(proof.reference).decode(),
            )
        )


class Keys(Step):
    id = "keys"
    title = "Keys"
    lead = "The token makes the keys; the witness chooses words for each to prove itself with."
    records = frozenset(
        {f.GateOpened, f.GateRefused, f.RecipientAccepted, f.RecipientRefused, f.KeyGenerationBegun, f.KeyGenerated, f.KeyProved}
    )

    def done(self, state: State, plan: Plan) -> bool:
        return all(state.keys.is_proved(key.label) for key in plan.keys)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        gate = gate_offer(state, "generate")
        if gate is not None:
            return (gate,)
        for number, key in enumerate(plan.keys, 1):
            row = state.keys.by_label.get(key.label)
            args = {"label": key.label, "number": number, "count": len(plan.keys), "algorithm": key.algorithm.value}
            if row is None or row.phase == "begun":
                make = Offer(MakeKey, say("Make key {number} of {count}: {label}, {algorithm}", **args), given={"label": key.label})
                return (make, *renewals(state, plan))
            if row.phase == "generated":
                words = say("Witness: choose words for {label} to prove itself with", label=key.label)
                return (Offer(ProveKey, words, given={"label": key.label}),)
        return ()


class KeyList(Step):
    id = "key-list"
    title = "Key list"
    lead = "The administrator reads the list of keys and the head; all write the head down."
    records = frozenset({f.HeadRead})

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.head_was_read("key list")

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return (read_head_offer("key list"),)
