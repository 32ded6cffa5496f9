"""The hold: packages go out, receipts come back; what is confirmed is sealed, what is refused is wrapped anew or stays an open item."""

from __future__ import annotations

import hashlib
from typing import Annotated

from msgspec import Meta

from ceremony_app.clouds.destination import export_folder
from ceremony_app.clouds.package import PACKAGE_FILE
from ceremony_app.clouds.receipt import RECEIPT_AT_MOST, ReceiptVerdict, read_receipt, verify_receipt
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.closing import open_imports
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.recipients import find_export, given, recipient_offer, shipment
from ceremony_app.engine.steps.token import open_offers
from ceremony_app.engine.steps.wrap import exported_key, wrap_offer
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Export, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.file import read_regular
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say

Decision = Annotated[str, Meta(max_length=1000)]


class CloseTokenForHold(Action):
    """Log the token out while people wait."""

    def perform(self, desk: Desk) -> None:
        desk.call(RoomName.KEYS, p.CloseToken())
        desk.record(f.TokenClosed(reason="hold for import receipts"))


class TakeReceipt(Action):
    """Read the receipt of an import and compare its proof. Where the provider has no proof, `decision` says what the people present
    decided on seeing what; elsewhere it stays empty."""

    key: str
    destination: str
    resource: str
    by: str
    decision: Decision

    def perform(self, desk: Desk) -> None:
        export = find_export(desk.plan, self.key, self.destination, self.resource)
        path = desk.receipt_file(export)
        if not path.exists():
            raise BadInput(
                "receipt-missing",
                "There is no receipt of the import of {key} yet: {path} is missing.",
                stands="The key stays extractable; the import counts as not confirmed.",
                next_step="Put the receipt.json of whoever imported it there and take it, or end the hold.",
                key=self.key,
                path=str(path),
            )
        data = read_regular(path, limit=RECEIPT_AT_MOST)
        receipt = read_receipt(data)
        package = (desk.places.evidence / export_folder(export) / PACKAGE_FILE).read_bytes()
        verdict = verify_receipt(receipt, package, exported_key(desk, self.key))
        equal = verdict is ReceiptVerdict.EQUAL
        if not equal and not self.decision.strip():
            raise BadInput(
                "decision-missing",
                "For {key} this provider offers no proof of what it imported.",
                stands="The key stays extractable; the import counts as not confirmed.",
                next_step="Look at the provider's answer together, then say in `decision` what you saw and decided, or end the hold.",
                key=self.key,
            )
        desk.record(
            f.ImportConfirmed(
                key=self.key,
                destination=self.destination,
                resource=self.resource,
                package_sha256=receipt.package_sha256,
                imported_at=receipt.imported_at,
                receipt_sha256=hashlib.sha256(data).hexdigest(),
                proof=receipt.proof.type,
                equal=equal,
                decision=self.decision.strip(),
                by=self.by,
            )
        )


class ReportRefusal(Action):
    """The cloud refused the package: it is wrapped anew for a new recipient."""

    key: str
    destination: str
    resource: str
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    by: str

    def perform(self, desk: Desk) -> None:
        package = shipment(desk.state, find_export(desk.plan, self.key, self.destination, self.resource)).package
        desk.record(
            f.ImportRefused(
                key=self.key,
                destination=self.destination,
                resource=self.resource,
                package_sha256=package.package_sha256 if package else "",
                reason=self.reason,
                by=self.by,
            )
        )


class SealKey(Action):
    """After every import of the key is confirmed: it can leave the token no more."""

    label: str

    def perform(self, desk: Desk) -> None:
        key = desk.plan.key(self.label)
        row = desk.state.keys.by_label[self.label]
        sealed = desk.call(RoomName.KEYS, p.SealKey(label=self.label, cka_id=row.cka_id, algorithm=key.algorithm, purpose=key.purpose))
        desk.record(f.KeySealed(label=self.label, attributes=sealed.attributes))


class EndHold(Action):
    """Wait no longer: what is not confirmed stays an open item, and its key stays extractable."""

    by: str

    def perform(self, desk: Desk) -> None:
        desk.record(f.HoldEnded(open_items=tuple(open_imports(desk.state, desk.plan)), by=self.by))


def sealable(state: State, plan: Plan) -> list[str]:
    """Keys with exports that are all confirmed, not sealed yet."""
    return [
        key.label
        for key in plan.keys
        if plan.exports_of(key.label)
        and all(shipment(state, export).confirmed for export in plan.exports_of(key.label))
        and not state.keys.by_label[key.label].sealed
    ]


class Hold(Step):
    id = "hold"
    title = "Hold for receipts"
    lead = "The packages go online; we wait for the receipts. PIN holders, operator and witness stay."
    records = frozenset(
        {
            f.GateOpened,
            f.GateRefused,
            f.RecipientRefused,
            f.ImportConfirmed,
            f.ImportRefused,
            f.HoldEnded,
            f.PinHalfProved,
            f.TokenOpened,
            f.KeySealed,
            f.RecipientAccepted,
            f.PackageBegun,
            f.PackageWritten,
            f.PackageSigned,
        }
    )

    def applies(self, plan: Plan) -> bool:
        return bool(plan.exports)

    def done(self, state: State, plan: Plan) -> bool:
        if sealable(state, plan):
            return False
        return state.shipments.hold_ended is not None or not open_imports(state, plan)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        refused = [export for export in plan.exports if self._refused(state, export)]
        waiting = [e for e in plan.exports if shipment(state, e).confirmed is None and e not in refused]
        if state.shipments.hold_ended is None and (waiting or refused):
            end = Offer(EndHold, say("Wait no longer: close with open items"), optional=True)
            if refused:
                return (*self._again(state, plan, refused[0]), end)
            if state.token.is_open:
                return (Offer(CloseTokenForHold, say("Log the token out while we wait")), end)
            return (*self._receipts(waiting), end)
        if not state.token.is_open:
            return open_offers(state, plan)
        return tuple(
            Offer(SealKey, say("Seal {label}: it can leave the token no more", label=label), given={"label": label})
            for label in sealable(state, plan)
        )

    def _refused(self, state: State, export: Export) -> bool:
        row = shipment(state, export)
        return bool(row.refused) and not row.signed_by and row.confirmed is None

    def _receipts(self, waiting: list[Export]) -> list[Offer]:
        take = [
            Offer(TakeReceipt, say("Take the receipt of {key} from {resource}", key=e.key, resource=e.resource), given=given(e))
            for e in waiting
        ]
        refusals = [
            Offer(
                ReportRefusal, say("{resource} refused the package of {key}", key=e.key, resource=e.resource), given=given(e), optional=True
            )
            for e in waiting
        ]
        return take + refusals

    def _again(self, state: State, plan: Plan, export: Export) -> tuple[Offer, ...]:
        """A refused package: new recipient, token, gate, new package."""
        if shipment(state, export).recipient is None:
            return (recipient_offer(export),)
        if not state.token.is_open:
            return open_offers(state, plan)
        gate = gate_offer(state, "wrap")
        return (gate,) if gate is not None else (wrap_offer(export),)
