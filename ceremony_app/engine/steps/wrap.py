"""Wrapping: the key material for each destination, tried on a throw-away twin, packed and signed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from pathlib import Path

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import ExportedKey, PackageOrder, Recipient, export_folder
from ceremony_app.clouds.package import PACKAGE_FILE, SIGNATURE_FILE
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.signing import certificate, sign_file
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.gate import gate_offer
from ceremony_app.engine.steps.recipients import accepted_recipient, find_export, given, renewals, shipment
from ceremony_app.keys import proof_message
from ceremony_app.plan.model import Export, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.file import write_new
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


class WrapExport(Action):
    """Wrap one key for one recipient and leave a signed package in the evidence."""

    key: str
    destination: str
    resource: str

    def perform(self, desk: Desk) -> None:
        export = find_export(desk.plan, self.key, self.destination, self.resource)
        recipient = accepted_recipient(desk, export)
        attempt = shipment(desk.state, export).attempt + 1
        desk.record(f.PackageBegun(key=self.key, destination=self.destination, resource=self.resource, attempt=attempt))
        wrapped = desk.call(
            RoomName.KEYS,
            p.WrapKey(
                cka_id=desk.state.keys.by_label[self.key].cka_id,
                algorithm=desk.plan.key(self.key).algorithm,
                spki=recipient.spki,
                scheme=recipient.scheme,
                in_token_only=export.prefer == "in-token",
            ),
        )
        order = _order(desk, export, recipient, attempt, wrapped)
        files = cloud(export.destination).package(order)
        folder = desk.places.evidence / order.folder
        _write_package(folder, files)
        desk.record(
            f.PackageWritten(
                key=self.key,
                destination=self.destination,
                resource=self.resource,
                attempt=attempt,
                scheme=recipient.scheme.value,
                assurance=wrapped.assurance.value,
                repaired=wrapped.repaired,
                twin_opened=wrapped.twin_opened,
                package_sha256=hashlib.sha256(files[PACKAGE_FILE]).hexdigest(),
                files=tuple(
                    f.FileWritten(path=f"{order.folder}/{name}", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
                    for name, data in sorted(files.items())
                    if name != PACKAGE_FILE
                ),
            )
        )
        sign_package(desk, export)


def sign_package(desk: Desk, export: Export) -> None:
    """Sign `package.json` with the present record key, and record it."""
    folder = desk.places.evidence / export_folder(export)
    sign_file(desk, folder / PACKAGE_FILE, folder / SIGNATURE_FILE)
    desk.record(
        f.PackageSigned(
            key=export.key,
            destination=export.destination.value,
            resource=export.resource,
            attempt=shipment(desk.state, export).attempt,
            signer=desk.state.course.signer,
        )
    )


def exported_key(desk: Desk, label: str) -> ExportedKey:
    """What the record knows of a key, for package and receipt."""
    row = desk.state.keys.by_label[label]
    assert row.made is not None  # noqa: S101
    assert row.proof is not None  # noqa: S101
    return ExportedKey(
        spec=desk.plan.key(label),
        spki=base64.b64decode(row.made.spki),
        check_value=row.made.check_value,
        proof_message=proof_message(desk.places.ceremony_id, label, row.proof.words),
        proof_value=base64.b64decode(row.proof.value),
    )


def _order(desk: Desk, export: Export, recipient: Recipient, attempt: int, wrapped: p.Wrapped) -> PackageOrder:
    record_key = desk.state.course.record_keys[-1]
    return PackageOrder(
        ceremony_id=desk.places.ceremony_id,
        title=desk.plan.title,
        plan_sha256=hashlib.sha256(desk.plan_bytes).hexdigest(),
        rehearsal=desk.state.course.rehearsal,
        environment=desk.plan.environment,
        export=export,
        attempt=attempt,
        key=exported_key(desk, export.key),
        recipient=recipient,
        ciphertext=wrapped.ciphertext,
        assurance=wrapped.assurance,
        signer=certificate(record_key).pem,
        made_at=desk.now(),
    )


def _write_package(folder: Path, files: dict[str, bytes]) -> None:
    """Replace what an interrupted or refused attempt left: wrapping is random, so its files can never be equal."""
    for path in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()
        else:
            path.unlink()
    for name, data in sorted(files.items(), key=lambda item: item[0] == PACKAGE_FILE):
        write_new(folder / name, data)


class Wrap(Step):
    id = "wrap"
    title = "Wrap for the clouds"
    lead = "Each package names its recipient, says where the material was in the clear, and is signed by the record key."
    records = frozenset(
        {f.GateOpened, f.GateRefused, f.RecipientAccepted, f.RecipientRefused, f.PackageBegun, f.PackageWritten, f.PackageSigned}
    )

    def applies(self, plan: Plan) -> bool:
        return bool(plan.exports)

    def done(self, state: State, plan: Plan) -> bool:
        if state.shipments.hold_ended is not None:
            return True
        return all(self._packed(state, export) for export in plan.exports)

    def _packed(self, state: State, export: Export) -> bool:
        row = shipment(state, export)
        return bool(row.signed_by) or bool(row.refused)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        gate = gate_offer(state, "wrap")
        if gate is not None:
            return (gate,)
        waiting = [export for export in plan.exports if not self._packed(state, export)]
        return (*(wrap_offer(export) for export in waiting), *renewals(state, plan))


def wrap_offer(export: Export) -> Offer:
    words = say("Wrap {key} for {resource}", key=export.key, resource=export.resource)
    return Offer(WrapExport, words, given=given(export))
