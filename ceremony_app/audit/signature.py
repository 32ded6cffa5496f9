"""Checks of who signed: each certificate has its signature over the manifest, and the record keys are those of the record."""

from __future__ import annotations

import re

from ceremony_app.audit.evidence import SMALL, Evidence, does_not_hold
from ceremony_app.papers.phrase import count
from ceremony_app.record.cms import verify_detached
from ceremony_app.record.folder import MANIFEST, SIGNER_PATTERN
from ceremony_app.record.manifest import MAX_BYTES
from ceremony_app.text import Message, say

_SIGNATURE = re.compile(rf"{MANIFEST}\.({SIGNER_PATTERN})\.p7s")


def verify_signers(evidence: Evidence) -> Message:
    """Certificates and signatures come in pairs, each record key that was not lost has one, and its certificate is the record's."""
    signers = evidence.signers
    signed = {match[1] for file in evidence.listing.files if (match := _SIGNATURE.fullmatch(file))}
    for signer in signers:
        if signer not in signed:
            raise does_not_hold(f"{MANIFEST}.{signer}.p7s", "is missing")
    for signer in sorted(signed - set(signers)):
        raise does_not_hold(f"signers/{signer}.pem", f"is missing, but {MANIFEST}.{signer}.p7s is there")
    recorded = evidence.record_certificates()
    for signer in signers:
        certificate = evidence.certificate(signer)
        if signer in recorded and certificate.der != recorded[signer].der:
            raise does_not_hold(f"signers/{signer}.pem", "is not the certificate in the record")
        if signer.startswith("record-") and signer not in recorded:
            raise does_not_hold(f"signers/{signer}.pem", "is of a record key that the record does not know")
    for signer in evidence.living_record_keys():
        if signer not in signers:
            raise does_not_hold(f"signers/{signer}.pem", "is missing")
    if not signers:
        raise does_not_hold(MANIFEST, "was signed by nobody")
    return say("{number}: {signers}.", number=count(len(signers), "signer"), signers=", ".join(signers))


def verify_signature_of(evidence: Evidence, signer: str) -> Message:
    """The manifest's bytes were signed with the key in the signer's certificate."""
    file = f"{MANIFEST}.{signer}.p7s"
    certificate = evidence.certificate(signer)
    when = verify_detached(evidence.read(file, SMALL), evidence.read(MANIFEST, MAX_BYTES), certificate.der, name=file)
    return say(
        "{signer} signed {manifest}, by the machine's clock on {when}.",
        signer=signer,
        manifest=MANIFEST,
        when=when.strftime("%Y-%m-%d at %H:%M:%S UTC"),
    )
