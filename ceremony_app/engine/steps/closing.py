"""Closing: deviations, packing, statements, the last head, signatures, the second machine, the end of the record key."""

from __future__ import annotations

import hashlib
from typing import Annotated

from msgspec import Meta

from ceremony_app.engine import seal
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.heads import normalised
from ceremony_app.engine.journals import is_signed
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.bags import BagNumber, verify_bag
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.hold import open_imports
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
    records = frozenset({f.StatementMade})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.closed is not None:
            return True
        return all(seat.name in state.course.statements for seat in state.seats.signed_in.values() if seat.present)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return tuple(
            Offer(MakeStatement, say("{name}: is the record true?", name=seat.name), given={"name": seat.name, "roles": seat.roles})
            for seat in state.seats.signed_in.values()
            if seat.present and seat.name not in state.course.statements
        )


class CloseCeremony(Action):
    """The last fact of the record. All write its head in ink."""

    def perform(self, desk: Desk) -> None:
        desk.record(seal.closing_fact(desk.state, desk.plan, open_items(desk.state, desk.plan)))
        desk.begin_addendum(1)


def open_items(state: State, plan: Plan) -> tuple[str, ...]:
    """What is left to do after this ceremony."""
    items = [f"import not confirmed: {one}" for one in open_imports(state, plan) if not state.course.aborted]
    items += [one.concerns for one in state.course.deviations if one.concerns.endswith("left in the token")]
    items += [f"does not agree: {one.name}" for one in state.course.statements.values() if not one.agrees]
    if state.course.aborted:
        items += [f"package to be refused or deleted: {row.name}" for row in state.copies.living if row.kind == "package"]
    return tuple(items)


class Close(Step):
    id = "close"
    title = "Close the record"
    lead = "The record is closed; everybody writes its last head in ink."
    records = frozenset({f.GateOpened, f.CeremonyClosed})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.closed is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        # An abort before a witness had a code must not lock the record open for ever.
        gate = gate_offer(state, "close") if state.seats.witness_codes or not state.course.aborted else None
        return (gate,) if gate is not None else (Offer(CloseCeremony, say("Close the record")),)


class SignManifest(Action):
    """Write every file that follows from the record, list all in SHA256SUMS, and sign the list."""

    def perform(self, desk: Desk) -> None:
        seal.assemble(desk)
        manifest, files = seal.sign_manifest(desk)
        desk.record(
            f.ManifestSigned(manifest_sha256=hashlib.sha256(manifest).hexdigest(), files=files, signers=(desk.state.course.signer,))
        )


class Sign(Step):
    id = "sign"
    title = "Sign"
    lead = "Every file is listed with its hash, and the list is signed."
    records = frozenset({f.ManifestSigned})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.manifest is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return (Offer(SignManifest, say("List and sign every file")),)


class CheckFolder(Action):
    """The witness verified the first medium on a second machine, with head and signer from paper. `head` is typed whole from the ink."""

    head: str
    machine: Annotated[str, Meta(min_length=1, max_length=200)]
    checks: Annotated[int, Meta(ge=1)]
    by: str

    def perform(self, desk: Desk) -> None:
        head = seal.record_head(desk.places)
        if normalised(self.head) != head:
            raise DoesNotHold(
                "head-differs",
                "The head typed from ink is not the head of this record.",
                next_step="Read it once more from the ink. If it still differs, nobody leaves: the record is not the one that was read.",
            )
        manifest = desk.state.course.manifest
        assert manifest is not None  # noqa: S101 (offered only after signing)
        desk.record(
            f.FolderChecked(head=head, manifest_sha256=manifest.manifest_sha256, checks=self.checks, machine=self.machine, by=self.by)
        )


class Check(Step):
    id = "check"
    title = "Check on a second machine"
    lead = "The witness verifies the folder on another machine before anybody leaves."
    records = frozenset({f.FolderChecked})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.checked is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return (Offer(CheckFolder, say("Verify the folder on a second machine; type the head from ink and how many checks held")),)


UNSIGNED = "The record key was gone before addendum 001 was signed; it stays a claim."


class EndCeremony(Action):
    """Sign addendum 001, wipe the record token, and say so in addendum 002."""

    def perform(self, desk: Desk) -> None:
        signer = desk.state.course.signer
        if not desk.state.course.wipe_begun:
            desk.record(f.RecordTokenWipeBegun(signer=signer))
        if not is_signed(desk.places, 1):
            if desk.state.course.record_key_lives:
                seal.sign_addendum(desk, 1)
            elif all(gap.what != UNSIGNED for gap in desk.state.course.gaps):
                desk.record(f.GapExplained(what=UNSIGNED, by=""))
        desk.begin_addendum(2)
        wiped = desk.call(RoomName.RECORD, p.WipeStorage())
        desk.end(RoomName.RECORD)
        desk.record(f.RecordTokenWiped(signer=signer, files=wiped.files, overwritten=wiped.overwritten, left=wiped.left))


class End(Step):
    id = "end"
    title = "End"
    lead = "The record token is wiped; the machine can be switched off."
    records = frozenset({f.RecordTokenWipeBegun, f.RecordTokenWiped})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.wiped is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return (Offer(EndCeremony, say("Wipe the record token")),)
