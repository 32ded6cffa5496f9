"""Requests about the record's own key and the witness."""

from __future__ import annotations

from ceremony_app.strongroom.protocol.message import Done, Reply, Request


class RecordKeyReady(Reply):
    """DER SubjectPublicKeyInfo of the record key (EC P-256)."""

    spki: bytes
    serial: str


class MakeRecordKey(Request[RecordKeyReady]):
    """Make the record token in our own storage and its EC P-256 key; its PIN exists only in this process."""

    label: str
    writes = True


class Signed(Reply):
    """DER ECDSA signature over SHA-256 of the message."""

    signature: bytes


class SignWithRecordKey(Request[Signed]):
    message: bytes


class KeepWitnessCode(Request[Done]):
    """Deposit `witness-code` first (8 to 64 printable characters; `witness-code-short`). Kept in this process only."""

    witness: str
    deposits = ("witness-code",)


class OpenGate(Request[Done]):
    """Deposit `witness-code` first; compared in constant time. Codes: `witness-code-differs`, `witness-unknown`."""

    witness: str
    deposits = ("witness-code",)
