"""`receipt.json`: what comes back after an import, and whether it proves that the imported key is the ceremony's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from enum import Enum
from typing import Literal

import msgspec

from ceremony_app.clouds.destination import ExportedKey
from ceremony_app.clouds.intake import shown
from ceremony_app.clouds.moment import from_utc_text
from ceremony_app.clouds.package import Package, ProofType, package_digest, read_package
from ceremony_app.errors import BadInput, DoesNotHold

RECEIPT_FILE = "receipt.json"
RECEIPT_AT_MOST = 64 * 1024


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider answered. `public-key`, `practice-public-key`: SHA-256 of the SubjectPublicKeyInfo in hex. `mac`: the MAC in
    base64. `practice-check-value`: 10 hex digits. `none`: empty."""

    type: ProofType
    value: str


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt, version 1. `package_sha256` is of `package.json`; `imported_at` is UTC; `by` names who ran it; `provider` holds the
    provider's own words (key id, request id, state), which nothing here relies on."""

    version: Literal[1]
    ceremony_id: str
    package_sha256: str
    resource: str
    imported_at: str
    by: str
    provider: dict[str, str]
    proof: Proof


class ReceiptVerdict(Enum):
    """What a receipt that holds says. It is a statement of whoever made it: the record tells what was compared, not more."""

    EQUAL = "equal"
    NO_PROOF = "no proof exists"


def read_receipt(data: bytes) -> Receipt:
    """Parse `receipt.json` (at most 64 KiB, a UTF-8 byte order mark is accepted); raises `BadInput` naming the field."""
    if len(data) > RECEIPT_AT_MOST:
        raise _malformed("it is too large")
    try:
        receipt = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=Receipt)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _malformed(shown(error)) from error
    try:
        from_utc_text(receipt.imported_at)
    except ValueError as error:
        raise _malformed("imported_at is not a time such as 2026-11-24T14:31:05Z") from error
    if not receipt.by.strip():
        raise _malformed("by is empty; it names the person who imported")
    return receipt


def encode_receipt(receipt: Receipt) -> bytes:
    """The bytes of `receipt.json`, in the form of `package.json`."""
    return msgspec.json.encode(receipt, order="sorted") + b"\n"


def verify_receipt(receipt: Receipt, package_json: bytes, key: ExportedKey) -> ReceiptVerdict:
    """Compare a receipt with the package it answers and with what the record knows of the key.

    `EQUAL`: the proof agrees. `NO_PROOF`: this provider has none for such a key, so only a witnessed decision can close the import.
    Raises `DoesNotHold` (`receipt-other-ceremony`, `receipt-other-package`, `receipt-other-resource`, `receipt-proof-kind`,
    `receipt-proof-differs`).
    """
    package = read_package(package_json)
    _verify_belongs(receipt, package, package_digest(package_json))
    if receipt.proof.type != package.proof.type:
        raise DoesNotHold(
            "receipt-proof-kind",
            "The receipt brings the proof {seen}, but this package is proven by {due}.",
            stands="The import counts as not confirmed; the key stays exportable.",
            next_step="Run the receipt script that lies in this very package.",
            seen=receipt.proof.type,
            due=package.proof.type,
        )
    if receipt.proof.type == "none":
        return ReceiptVerdict.NO_PROOF
    if not hmac.compare_digest(_normal(receipt.proof), _expected(package, key)):
        raise DoesNotHold(
            "receipt-proof-differs",
            "The proof in the receipt is not that of the key {label}: what lies at {resource} is another key.",
            stands="The import counts as not confirmed; the key stays exportable.",
            next_step="Do not use that cloud key. Delete its material as COMMANDS.md says, find out what was imported, and import again.",
            label=package.label,
            resource=package.resource,
        )
    return ReceiptVerdict.EQUAL


def _verify_belongs(receipt: Receipt, package: Package, digest: str) -> None:
    pairs = (
        ("receipt-other-ceremony", "the ceremony", receipt.ceremony_id, package.ceremony_id),
        ("receipt-other-package", "the package", receipt.package_sha256, digest),
        ("receipt-other-resource", "the resource", receipt.resource, package.resource),
    )
    for code, noun, seen, due in pairs:
        if seen != due:
            raise DoesNotHold(
                code,
                "The receipt is for {noun} {seen}, not for {due}.",
                stands="The import counts as not confirmed; the key stays exportable.",
                next_step="Bring the receipt of this very package; after a package was wrapped anew, older receipts do not count.",
                noun=noun,
                seen=shown(seen) or "(nothing)",
                due=due,
            )


def _normal(proof: Proof) -> bytes:
    """The proof's value as bytes; a MAC that is not base64 cannot equal anything."""
    if proof.type == "mac":
        try:
            return base64.b64decode("".join(proof.value.split()), validate=True)
        except (binascii.Error, ValueError):
            return b""
    return proof.value.strip().lower().encode()


def _expected(package: Package, key: ExportedKey) -> bytes:
    """From the record, not from the package: who could change one file of the evidence should not get past here."""
    if package.proof.type == "mac":
        if hashlib.sha256(key.proof_value).hexdigest() != package.proof.value:
            raise _inconsistent(key.label)
        return key.proof_value
    due = key.check_value if package.proof.type == "practice-check-value" else key.spki_sha256
    if not due or due != package.proof.value:
        raise _inconsistent(key.label)
    return due.encode()


def _inconsistent(label: str) -> DoesNotHold:
    return DoesNotHold(
        "receipt-package-differs",
        "The package of the key {label} expects another proof than the record knows.",
        next_step="Take the package from another copy of the evidence, and have this one examined.",
        label=label,
    )


def _malformed(reason: str) -> BadInput:
    return BadInput(
        "receipt-malformed",
        "The receipt cannot be used: {reason}.",
        next_step="Bring receipt.json as the script in the package wrote it.",
        reason=reason,
    )
