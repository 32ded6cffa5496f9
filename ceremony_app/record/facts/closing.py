"""Facts about closing: record keys, statements, the end."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact, Row


class RecordKeyMade(Fact):
    """An EC P-256 record key; `certificate` is base64 of DER, `fingerprint` its SHA-256 in hex, which was read aloud."""

    withholdable = False
    signer: str
    certificate: str
    fingerprint: str
    serial: str


class RecordKeyLost(Fact):
    """The process that held a record key ended; its token is gone and the key signs nothing any more."""

    withholdable = False
    signer: str
    reason: str


class DeviationsAgreed(Fact):
    """The deviations were read aloud and their number agreed."""

    withholdable = False
    count: int
    by: str


class StatementMade(Fact):
    """What a participant says at the end; "I do not agree" is an answer and names its reason."""

    withholdable = False
    name: str
    roles: tuple[str, ...]
    agrees: bool
    reason: str


class DocumentNonce(Row):
    """A document that is rendered from the record after it is closed, and the 128-bit nonce (hex) it prints."""

    name: str
    nonce: str


class CeremonyClosed(Fact):
    """The last fact of `record.log`. `outcome`: `completed`, `completed with deviations` or `aborted`. `addenda` names the two that are due
    and `documents` what will be rendered from this record by `typesetter`."""

    withholdable = False
    outcome: str
    open_items: tuple[str, ...]
    addenda: tuple[str, ...]
    typesetter: str
    documents: tuple[DocumentNonce, ...]


class ManifestSigned(Fact):
    """Addendum 001: `SHA256SUMS` names every file of the folder and was signed by these signers."""

    withholdable = False
    manifest_sha256: str
    files: int
    signers: tuple[str, ...]


class FolderChecked(Fact):
    """Addendum 001: `by` verified the folder on `machine`, with head and signer from paper."""

    withholdable = False
    head: str
    manifest_sha256: str
    checks: int
    machine: str
    by: str


class RecordTokenWipeBegun(Fact):
    """Addendum 001: intent to wipe the record token; the record key signs this addendum and then nothing more."""

    withholdable = False
    signer: str


class RecordTokenWiped(Fact):
    """Addendum 002, a claim: the record token's files were overwritten and removed. A copy made meanwhile by the machine's owner cannot be
    excluded."""

    withholdable = False
    signer: str
    files: int
    overwritten: int
    left: int
