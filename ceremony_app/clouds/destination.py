"""The seam: what every destination offers, and the structs that pass through it. Callers never look behind `Cloud`."""

from __future__ import annotations

import base64
import hashlib
import re
from abc import ABC, abstractmethod
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from ceremony_app.keys import Algorithm, Assurance, Purpose, WrapScheme
from ceremony_app.plan.model import Destination, Environment, Export, KeySpec, Plan
from ceremony_app.plan.rule import Rulebook

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?")
Prefer = Literal["", "in-token"]


class Recipient(msgspec.Struct, frozen=True):
    """A wrapping key as the provider handed it out, parsed and checked.

    `spki` is the exact DER and `spki_sha256` its SHA-256 in hex; `bits` and `exponent` are of the RSA key; `valid_until` is
    `2026-11-24T14:31:05Z`, empty where the provider sets no limit; `import_token` is passed through unchanged, empty where there is none
    (`token_sha256` then too). `practice`: it comes from the practice cloud, so only a rehearsal may use it.
    """

    spki: bytes
    spki_sha256: str
    bits: int
    exponent: int
    scheme: WrapScheme
    valid_until: str
    import_token: bytes
    token_sha256: str
    resource: str
    practice: bool


class ExportedKey(msgspec.Struct, frozen=True):
    """What the record knows of a key that is packed. `spki` is DER (empty for secret keys), `check_value` 10 hex digits (empty for
    pairs); `proof_message` and `proof_value` are the message and the value of the key's proof (`KeyProved`)."""

    spec: KeySpec
    spki: bytes
    check_value: str
    proof_message: bytes
    proof_value: bytes

    @property
    def label(self) -> str:
        return self.spec.label

    @property
    def algorithm(self) -> Algorithm:
        return self.spec.algorithm

    @property
    def purpose(self) -> Purpose:
        return self.spec.purpose

    @property
    def spki_sha256(self) -> str:
        """SHA-256 of the public key in hex; empty for secret keys."""
        return hashlib.sha256(self.spki).hexdigest() if self.spki else ""


class PackageOrder(msgspec.Struct, frozen=True):
    """Everything a package is made from. Equal orders give equal files, so an interrupted package is made again byte for byte.

    `ciphertext` is the wrapped key; `signer` the one certificate (PEM) that `package.json` will be signed with; `made_at` is UTC as in the
    record.
    """

    ceremony_id: str
    title: str
    environment: Environment
    plan_sha256: str
    rehearsal: bool
    export: Export
    attempt: int
    key: ExportedKey
    recipient: Recipient
    ciphertext: bytes
    assurance: Assurance
    signer: bytes
    made_at: str

    @property
    def folder(self) -> str:
        """Where the package lies below the evidence folder."""
        return export_folder(self.export)

    @property
    def signer_fingerprint(self) -> str:
        """SHA-256 of the signer's certificate in hex, as it was read aloud. Raises `ValueError` unless `signer` is exactly one."""
        found = _CERTIFICATE.fullmatch(self.signer)
        if not found:
            raise ValueError("the signer is not exactly one PEM certificate")
        return hashlib.sha256(base64.b64decode(found[1])).hexdigest()


class Cloud(ABC):
    """One destination. Stateless; the instances in `catalogue` serve everybody."""

    destination: ClassVar[Destination]
    name: ClassVar[str]
    """The provider's name as people know it."""

    @abstractmethod
    def rules(self) -> Rulebook[Plan]:
        """What this provider takes, as rules over the plan; each applies only to a plan that exports here."""

    @abstractmethod
    def scheme(self, algorithm: Algorithm, prefer: Prefer = "") -> WrapScheme:
        """The wrapping that is asked for: the table's, or the one a token can do all by itself (`in-token`). Raises `BadInput`
        (`not-importable`) when the provider takes no such key."""

    @abstractmethod
    def recipient(self, directory: Path, export: Export, key: KeySpec, now: datetime, *, rehearsal: bool) -> Recipient:
        """Read and check what the provider handed out, from `directory`. `now` is the wall time that the witness typed, with its zone.
        Practice recipients pass only with `rehearsal`. Raises `BadInput` with a code of its own for each mistake."""

    @abstractmethod
    def verify_valid(self, recipient: Recipient, now: datetime) -> None:
        """Check again, before any key exists and before wrapping, that the recipient may still be used. Raises `DoesNotHold`."""

    @abstractmethod
    def package(self, order: PackageOrder) -> dict[str, bytes]:
        """The package's files by path relative to `order.folder`, `package.json` among them; its signature is made by the caller. Raises
        `DoesNotHold` when the ciphertext cannot be what the scheme makes."""

    @abstractmethod
    def request_sheet(self, plan: Plan, export: Export) -> dict[str, bytes]:
        """What the provider's engineer gets beforehand: files by name for `<destination>/<label>/`, the layout in which the answer is
        brought back."""

    @abstractmethod
    def practice_answer(self, export: Export, key: KeySpec, spki: bytes, valid_until: datetime) -> dict[str, bytes]:
        """The very files this provider would hand out for the wrapping key `spki`, by name. For rehearsals."""


def export_folder(export: Export) -> str:
    """`exports/<destination>/<label>`, below the evidence folder."""
    return f"exports/{export.destination.value}/{export.key}"


def input_folder(root: Path, export: Export) -> Path:
    """`<root>/<destination>/<label>`: where an export's recipient is looked for, and where the request sheet puts its files."""
    return root / export.destination.value / export.key
