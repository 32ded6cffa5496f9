"""Facts about destinations: recipients, packages, imports."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact, Row


class FileWritten(Row):
    """A file of a package: path relative to the evidence folder, SHA-256 in hex, size in bytes."""

    path: str
    sha256: str
    size: int


class RecipientAccepted(Fact):
    """A wrapping key was accepted because `by` typed groups of its SPKI SHA-256 from a second channel. `spki` is base64 of DER.
    `token_sha256` is the import token's hash, empty where the provider has none. `valid_until` is UTC or empty."""

    key: str
    destination: str
    resource: str
    spki: str
    spki_sha256: str
    bits: int
    exponent: int
    scheme: str
    valid_until: str
    token_sha256: str
    channel: str
    groups_typed: int
    by: str


class RecipientRefused(Fact):
    """A wrapping key was not accepted: groups typed from the second channel, or the witness's code, were wrong. `reason` is the refusal's
    code."""

    withholdable = False
    key: str
    destination: str
    resource: str
    spki_sha256: str
    reason: str
    by: str


class PackageBegun(Fact):
    """Intent: key material is about to be wrapped for this recipient; from here on the package counts as a copy."""

    key: str
    destination: str
    resource: str
    attempt: int


class PackageWritten(Fact):
    """The package lies in the evidence. `assurance` says where the material was in the clear; `package_sha256` is of `package.json`,
    `files` are the others but for its signature."""

    key: str
    destination: str
    resource: str
    attempt: int
    scheme: str
    assurance: str
    repaired: bool
    twin_opened: bool
    package_sha256: str
    files: tuple[FileWritten, ...]


class PackageSigned(Fact):
    """`package.json` was signed by record key `signer`."""

    key: str
    destination: str
    resource: str
    attempt: int
    signer: str


class ImportConfirmed(Fact):
    """A receipt came back. `proof` names what was compared; `equal` is false only with a witnessed `decision` where no proof exists."""

    key: str
    destination: str
    resource: str
    package_sha256: str
    imported_at: str
    receipt_sha256: str
    proof: str
    equal: bool
    decision: str
    by: str


class ImportRefused(Fact):
    """The cloud refused the package; it is wrapped anew for a new recipient, or stays an open item."""

    key: str
    destination: str
    resource: str
    package_sha256: str
    reason: str
    by: str


class HoldEnded(Fact):
    """Nobody waits any longer for receipts; `open_items` are destinations whose import is not confirmed (`key destination resource`)."""

    open_items: tuple[str, ...]
    by: str
