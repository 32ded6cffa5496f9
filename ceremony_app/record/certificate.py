"""Certificates of signers: made for the record key, read strictly, and pinned by their SHA-256.

A certificate here carries a public key and a name, nothing more: no chain is checked, since the fingerprint stands on paper.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import NoReturn

from asn1crypto import core, keys, pem, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.file import printable

Sign = Callable[[bytes], bytes]
"""Signs a message: DER ECDSA (P-256) over its SHA-256."""

YEARS = 30
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LAST_UTC_TIME = datetime(2050, 1, 1, tzinfo=UTC)  # RFC 5280, 4.1.2.5
# What the ASN.1 library raises on bytes that are something else.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, UnsupportedAlgorithm)


class Certificate:
    """A signer's certificate with an EC P-256 key. `der` are its exact bytes, `fingerprint` their SHA-256 in hex."""

    def __init__(self, der: bytes, name: str = "the certificate") -> None:
        """Raises `DoesNotHold` when `der` is not exactly one X.509 certificate with such a key; `name` is the file's, for the message."""
        try:
            parsed = x509.Certificate.load(der, strict=True)
            spki = parsed.public_key.dump()
            key = load_der_public_key(spki)
            self.issuer: x509.Name = parsed.issuer
            self.serial_number = int(parsed.serial_number)
        except MALFORMED:
            _refuse(name, "is no X.509 certificate")
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            _refuse(name, "has no EC P-256 key")
        self.der = der
        self.key = key
        self.spki: bytes = spki

    @property
    def fingerprint(self) -> str:
        return sha256(self.der).hexdigest()

    @property
    def pem(self) -> bytes:
        """The one PEM form: 64 characters a line, a LF at the end of each, nothing before or after."""
        return bytes(pem.armor("CERTIFICATE", self.der))


def make_certificate(spki: bytes, sign: Sign, *, ceremony_id: str, signer: str, utc: str, serial: int) -> bytes:
    """The DER of a self-signed X.509 v3 certificate (RFC 5280) for record key `signer` (`record-1`), valid for 30 years from `utc`
    (`2026-11-24T14:31:05Z`).

    `spki` is DER of an EC P-256 public key, `serial` a positive number of at most 159 bits. Raises `DoesNotHold` when `sign` does not
    sign with the private half.
    """
    not_before = datetime.fromisoformat(utc)
    number = signer.rpartition("-")[2]
    name = x509.Name.build({"organization_name": ceremony_id, "common_name": f"key ceremony record key {number}"})
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": {"algorithm": "sha256_ecdsa"},
            "issuer": name,
            "validity": {"not_before": _time(not_before), "not_after": _time(_years_later(not_before))},
            "subject": name,
            "subject_public_key_info": keys.PublicKeyInfo.load(spki, strict=True),
            "extensions": [
                {"extn_id": "basic_constraints", "critical": True, "extn_value": x509.BasicConstraints({"ca": False})},
                {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage({"digital_signature"})},
                {"extn_id": "key_identifier", "critical": False, "extn_value": core.OctetString(_key_identifier(spki))},
            ],
        }
    )
    signature = sign(tbs.dump())
    made = Certificate(
        x509.Certificate(
            {"tbs_certificate": tbs, "signature_algorithm": {"algorithm": "sha256_ecdsa"}, "signature_value": signature}
        ).dump()
    )
    verify_signature(made, tbs.dump(), low_s(signature), name="the new certificate")
    return made.der


def read_certificate(data: bytes, name: str) -> Certificate:
    """The certificate of a PEM file `name`, which must hold exactly one in the one PEM form: with two, openssl would accept a signature by
    either. Raises `DoesNotHold`."""
    match = re.fullmatch(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n", data)
    if match is None:
        _refuse(name, "does not hold exactly one certificate in PEM")
    try:
        der = base64.b64decode(match[1].replace(b"\n", b""), validate=True)
    except ValueError:
        _refuse(name, "does not hold exactly one certificate in PEM")
    certificate = Certificate(der, name)
    if certificate.pem != data:
        _refuse(name, "is not written in the one PEM form")
    return certificate


def low_s(signature: bytes, *, name: str = "the signature") -> bytes:
    """The one of the two equivalent DER signatures (r, s) and (r, n - s) whose s is the smaller: otherwise anybody could change a
    signature into another valid one. Raises `DoesNotHold` when it is no DER signature."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        _refuse(name, "holds no DER signature")
    if not (0 < r < _P256_ORDER and 0 < s < _P256_ORDER):
        _refuse(name, "has a signature out of range")
    return encode_dss_signature(r, min(s, _P256_ORDER - s))


def verify_signature(certificate: Certificate, message: bytes, signature: bytes, *, name: str) -> None:
    """`signature` over `message` is by the certificate's key and in its one form (DER, low s); raises `DoesNotHold` naming `name`."""
    if low_s(signature, name=name) != signature:
        _refuse(name, "has a signature that is not in its one form")
    try:
        certificate.key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        _refuse(name, "was not signed by the key in the certificate")


def _key_identifier(spki: bytes) -> bytes:
    """SHA-1 of the public key's bits (RFC 5280, 4.2.1.2, method 1): a name, not a protection."""
    return sha1(bytes(keys.PublicKeyInfo.load(spki)["public_key"])).digest()


def _time(moment: datetime) -> x509.Time:
    moment = moment.astimezone(UTC).replace(microsecond=0)
    if moment < _LAST_UTC_TIME:
        return x509.Time({"utc_time": core.UTCTime(moment)})
    return x509.Time({"general_time": core.GeneralizedTime(moment)})


def _years_later(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + YEARS)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + YEARS, day=28)


def _refuse(name: str, reason: str) -> NoReturn:
    raise DoesNotHold(
        "signature-or-certificate",
        "{name} {reason}.",
        next_step="Take another copy of the evidence folder; if it says the same, the file was changed or made by another program.",
        name=printable(name),
        reason=reason,
    )
