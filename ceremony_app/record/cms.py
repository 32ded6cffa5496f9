"""Detached CMS signatures (RFC 5652) in one strict form.

`openssl cms -verify` accepts several encodings of the same signature, so a changed byte could pass unnoticed. Here the whole file follows
from the certificate, the content, the signing time and the signature; checking builds it again and requires equal bytes. The form, field
by field: docs/record-format.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import NoReturn

from asn1crypto import algos, cms, core, tsp  # tsp registers signing_certificate_v2

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.certificate import MALFORMED, Certificate, Sign, low_s, verify_signature
from ceremony_app.record.file import printable

MAX_BYTES = 16 * 1024
"""Largest signature file that is read."""


def sign_detached(content: bytes, certificate_der: bytes, sign: Sign, signing_time: datetime) -> bytes:
    """A detached CMS over `content`: ECDSA P-256, SHA-256, no certificates, no unsigned attributes. `signing_time` (an aware time) is the
    machine's claim. Raises `DoesNotHold` when `sign` does not sign with the certificate's key."""
    certificate = Certificate(certificate_der)
    attributes = _attributes(content, certificate, signing_time)
    signature = low_s(sign(attributes.dump()))
    verify_signature(certificate, attributes.dump(), signature, name="the new signature")
    return _build(certificate, attributes, signature)


def verify_detached(p7s: bytes, content: bytes, certificate_der: bytes, *, name: str = "the signature file") -> datetime:
    """`p7s` is, byte for byte, a signature over `content` by the certificate's key; answers the claimed signing time. Raises
    `DoesNotHold` naming `name`."""
    certificate = Certificate(certificate_der)
    signing_time, digest, signature = _read(p7s, name)
    if digest != sha256(content).digest():
        _refuse(name, "is a signature over other bytes")
    attributes = _attributes(content, certificate, signing_time)
    if _build(certificate, attributes, signature) != p7s:
        _refuse(name, "names another certificate or is not in its one form")
    verify_signature(certificate, attributes.dump(), signature, name=name)
    return signing_time


def _attributes(content: bytes, certificate: Certificate, signing_time: datetime) -> cms.CMSAttributes:
    """The signed attributes. asn1crypto writes a SET OF in DER order; the signature is over this standalone SET (RFC 5652, 5.4)."""
    moment = signing_time.astimezone(UTC).replace(microsecond=0)
    time = cms.Time({"utc_time": core.UTCTime(moment)} if moment.year < 2050 else {"generalized_time": core.GeneralizedTime(moment)})
    signing_certificate = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": sha256(certificate.der).digest()})]})
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "signing_time", "values": [time]},
            {"type": "message_digest", "values": [sha256(content).digest()]},
            {"type": "signing_certificate_v2", "values": [signing_certificate]},
        ]
    )


def _build(certificate: Certificate, attributes: cms.CMSAttributes, signature: bytes) -> bytes:
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {"content_type": "data"},
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _read(p7s: bytes, name: str) -> tuple[datetime, bytes, bytes]:
    """Signing time, message digest and signature; everything else follows from certificate and content."""
    try:
        signer = cms.ContentInfo.load(p7s, strict=True)["content"]["signer_infos"][0]
        attributes = {attribute["type"].native: attribute["values"][0].native for attribute in signer["signed_attrs"]}
        signing_time, digest, signature = attributes["signing_time"], attributes["message_digest"], signer["signature"].native
    except MALFORMED:
        _refuse(name, "is no detached CMS signature")
    if not (isinstance(signing_time, datetime) and isinstance(digest, bytes) and isinstance(signature, bytes)):
        _refuse(name, "is no detached CMS signature")
    # Other time zones and fractions of a second have no place in DER; the year must fit the types above.
    if signing_time.tzinfo != UTC or signing_time.year < 1950:
        _refuse(name, "has a signing time that is not in its one form")
    return signing_time, digest, signature


def _refuse(name: str, reason: str) -> NoReturn:
    raise DoesNotHold(
        "signature-or-certificate",
        "{name} {reason}.",
        next_step="Take another copy of the evidence folder; if it says the same, the file was changed or made by another program.",
        name=printable(name),
        reason=reason,
    )
