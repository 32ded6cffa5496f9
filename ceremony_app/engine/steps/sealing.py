"""After the record is closed: signatures, the second machine, the end of the record key."""

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
from ceremony_app.errors import DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


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
