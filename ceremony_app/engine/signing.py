"""Signatures by the record key: over packages, the manifest, and addendum 001."""

from __future__ import annotations

import base64
from pathlib import Path

from ceremony_app.engine.clock import parse_utc
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.record import facts as f
from ceremony_app.record.certificate import Certificate
from ceremony_app.record.cms import sign_detached, verify_detached
from ceremony_app.record.file import replace_file
from ceremony_app.strongroom.protocol import SignWithRecordKey


def certificate(made: f.RecordKeyMade) -> Certificate:
    """The record key's certificate."""
    return Certificate(base64.b64decode(made.certificate), f"the certificate of {made.signer}")


def sign_message(desk: Desk, message: bytes) -> bytes:
    """DER ECDSA over SHA-256 of `message` by the present record key."""
    return desk.call(RoomName.RECORD, SignWithRecordKey(message=message)).signature


def sign_file(desk: Desk, path: Path, signature: Path) -> None:
    """Sign the bytes of `path` with the present record key into `signature`, and check it. An earlier signature is replaced: signatures
    are random, and one that no fact names counts for nothing."""
    content = path.read_bytes()
    signer = certificate(desk.state.course.record_keys[-1])
    signed = sign_detached(content, signer.der, lambda message: sign_message(desk, message), parse_utc(desk.now()))
    verify_detached(signed, content, signer.der)
    replace_file(signature, signed)
