"""`package.json`: what lies in a package, for whom, and how an import is proven. The format stands in docs/package-format.md.

Canonical form: UTF-8, keys sorted, no spaces, one line feed at the end. What is not in this form is refused, so that equal content means
equal bytes and one hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from ceremony_app.clouds.destination import ExportedKey, PackageOrder
from ceremony_app.clouds.intake import read_small, shown
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import Algorithm

PACKAGE_FILE = "package.json"
SIGNATURE_FILE = "package.json.p7s"
_AT_MOST = 256 * 1024
_FILE_AT_MOST = 1024 * 1024

ProofType = Literal["public-key", "mac", "none", "practice-public-key", "practice-check-value"]


class PackedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the package: path below the package's folder, SHA-256 in hex, size in bytes."""

    path: str
    sha256: str
    size: int


class PackedFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wrapping key it was made for."""

    spki_sha256: str
    bits: int
    exponent: int
    valid_until: str
    token_sha256: str
    practice: bool


class ExpectedProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the imported key is proven. `public-key`: `value` is the SHA-256 of the SubjectPublicKeyInfo in hex. `mac`: `message` is base64
    of what is to be authenticated and `value` the SHA-256 of the MAC in hex, so that whoever returns the MAC itself must have had the
    key. `none`: the provider has no proof. `practice-…`: only the practice cloud answers."""

    type: ProofType
    value: str = ""
    message: str = ""


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `package.json`, version 1. `provider` holds what this provider's import call needs, as its own names and values."""

    version: Literal[1]
    ceremony_id: str
    plan_sha256: str
    rehearsal: bool
    label: str
    algorithm: str
    purpose: str
    spki_sha256: str
    check_value: str
    destination: str
    resource: str
    attempt: int
    made_at: str
    scheme: str
    assurance: str
    signer_fingerprint: str
    recipient: PackedFor
    provider: dict[str, str]
    files: tuple[PackedFile, ...]
    proof: ExpectedProof


def pack(order: PackageOrder, files: Mapping[str, bytes], provider: Mapping[str, str], proof: ExpectedProof) -> bytes:
    """The bytes of `package.json` for `files`, which are all other files of the package by path."""
    recipient, key = order.recipient, order.key
    package = Package(
        version=1,
        ceremony_id=order.ceremony_id,
        plan_sha256=order.plan_sha256,
        rehearsal=order.rehearsal,
        label=key.label,
        algorithm=key.algorithm.value,
        purpose=key.purpose.value,
        spki_sha256=key.spki_sha256,
        check_value=key.check_value,
        destination=order.export.destination.value,
        resource=order.export.resource,
        attempt=order.attempt,
        made_at=order.made_at,
        scheme=recipient.scheme.value,
        assurance=order.assurance.value,
        signer_fingerprint=order.signer_fingerprint,
        recipient=PackedFor(
            recipient.spki_sha256, recipient.bits, recipient.exponent, recipient.valid_until, recipient.token_sha256, recipient.practice
        ),
        provider=dict(provider),
        files=tuple(PackedFile(path, hashlib.sha256(data).hexdigest(), len(data)) for path, data in sorted(files.items())),
        proof=proof,
    )
    return _encode(package)


def practice_proof_type(algorithm: Algorithm) -> ProofType:
    """By what the practice cloud proves a key of `algorithm`."""
    return "practice-check-value" if algorithm.is_secret else "practice-public-key"


def practice_proof(key: ExportedKey) -> ExpectedProof:
    """What the practice cloud proves after it opened a package."""
    return ExpectedProof(practice_proof_type(key.algorithm), key.check_value if key.algorithm.is_secret else key.spki_sha256)


def public_key_proof(key: ExportedKey) -> ExpectedProof:
    """The provider shows the public key of what it imported."""
    return ExpectedProof("public-key", key.spki_sha256)


def mac_proof(key: ExportedKey) -> ExpectedProof:
    """The provider authenticates the ceremony's own message with what it imported. Raises `ValueError` without a recorded MAC."""
    if not key.proof_value:
        raise ValueError(f"the key {key.label} has no recorded proof")
    return ExpectedProof("mac", hashlib.sha256(key.proof_value).hexdigest(), base64.b64encode(key.proof_message).decode())


def package_digest(data: bytes) -> str:
    """SHA-256 in hex of the bytes of `package.json`: the package's name in receipts and facts."""
    return hashlib.sha256(data).hexdigest()


def read_package(data: bytes) -> Package:
    """Parse `package.json`; raises `BadInput` when it is malformed or not in canonical form."""
    try:
        package = msgspec.json.decode(data, type=Package)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _malformed(shown(error)) from error
    if _encode(package) != data:
        raise _malformed("it is not in canonical form")
    return package


def verify_package(folder: Path) -> Package:
    """Check that a package's folder holds exactly the files that its `package.json` names, unchanged, and at most the signature beside
    them, all ordinary files. The signature itself is checked with the record's certificates. Returns the parsed package; raises
    `DoesNotHold` naming the file."""
    package = _package_in(folder)
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    for name, path in sorted(present.items()):
        if path.is_symlink() or not path.is_file():
            raise _differs(folder, name, "is not an ordinary file")
    for name in sorted(present.keys() - {file.path for file in package.files} - {PACKAGE_FILE, SIGNATURE_FILE}):
        raise _differs(folder, name, "is not named in package.json")
    for file in package.files:
        if file.path not in present:
            raise _differs(folder, file.path, "is missing")
        if _size_and_hash(folder, file.path) != (file.size, file.sha256):
            raise _differs(folder, file.path, "was changed")
    return package


def _package_in(folder: Path) -> Package:
    try:
        return read_package(read_small(folder / PACKAGE_FILE, _AT_MOST))
    except BadInput as error:
        raise _differs(folder, PACKAGE_FILE, "is missing or cannot be used") from error


def _size_and_hash(folder: Path, path: str) -> tuple[int, str]:
    try:
        data = read_small(folder / path, _FILE_AT_MOST)
    except BadInput as error:
        raise _differs(folder, path, "cannot be read, or is larger than any such file") from error
    return len(data), hashlib.sha256(data).hexdigest()


def _encode(package: Package) -> bytes:
    return msgspec.json.encode(package, order="sorted") + b"\n"


def _malformed(reason: str) -> BadInput:
    return BadInput(
        "package-malformed",
        "The file package.json cannot be used: {reason}.",
        next_step="Use the package exactly as the ceremony wrote it.",
        reason=reason,
    )


def _differs(folder: Path, path: str, how: str) -> DoesNotHold:
    return DoesNotHold(
        "package-differs",
        "In the package {folder} the file {path} {how}.",
        next_step="Do not import from this folder. Take the package from another copy of the evidence.",
        folder=shown(folder),
        path=shown(path),
        how=how,
    )
