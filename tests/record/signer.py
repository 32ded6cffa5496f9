"""An EC P-256 key outside any token, for tests of what a record key signs."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.record.certificate import Certificate, make_certificate

WHEN = datetime(2026, 11, 24, 14, 31, 5, tzinfo=UTC)
UTC_TEXT = "2026-11-24T14:31:05Z"
CEREMONY = "20261124-ABCDEFGH"


class Signer:
    """`sign` is DER ECDSA over SHA-256, as the strongroom answers it."""

    def __init__(self, number: int = 1, serial: int = 0x1234567890ABCDEF) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.certificate = Certificate(
            make_certificate(spki, self.sign, ceremony_id=CEREMONY, signer=f"record-{number}", utc=UTC_TEXT, serial=serial)
        )

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(SHA256()))
