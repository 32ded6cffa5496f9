"""What `package.json` says of itself, compared with the facts: key, recipient, plan, and how an import is to be proven."""

from __future__ import annotations

import base64
from hashlib import sha256

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.clouds.package import ExpectedProof, Package
from ceremony_app.clouds.spki import read_wrapping_key
from ceremony_app.errors import BadInput
from ceremony_app.keys import proof_message
from ceremony_app.record.facts import (
    CeremonyOpened,
    Fact,
    KeyGenerated,
    KeyProved,
    PackageBegun,
    PackageWritten,
    RecipientAccepted,
)

RECORD = "record.log"


def verify_words(evidence: Evidence, written: PackageWritten, package: Package, fingerprint: str, file: str) -> None:
    """Every field that the record knows of is the record's; raises `DoesNotHold` naming the field. `fingerprint` is the certificate's of
    the record key that signed the package."""
    before = _before_begun(evidence, written)
    accepted = _last_accepted(before, written)
    made = next((fact for fact in reversed(before) if isinstance(fact, KeyGenerated) and fact.label == written.key), None)
    proved = next((fact for fact in reversed(before) if isinstance(fact, KeyProved) and fact.label == written.key), None)
    if made is None or proved is None:
        raise does_not_hold(RECORD, f"holds a package of {written.key}, a key that was not made and proved before")
    opened = evidence.facts(CeremonyOpened)[0]
    rehearsal = opened.mode == "rehearsal"
    _verify_recipient(accepted, rehearsal)
    expected: dict[str, object] = {
        "ceremony_id": evidence.ceremony_id,
        "plan_sha256": opened.plan_sha256,
        "rehearsal": rehearsal,
        "label": written.key,
        "algorithm": made.algorithm,
        "purpose": made.purpose,
        "spki_sha256": made.spki_sha256,
        "check_value": made.check_value,
        "destination": written.destination,
        "resource": written.resource,
        "attempt": written.attempt,
        "scheme": accepted.scheme,
        "assurance": written.assurance,
        "signer_fingerprint": fingerprint,
    }
    recipient: dict[str, object] = {
        "spki_sha256": accepted.spki_sha256,
        "bits": accepted.bits,
        "exponent": accepted.exponent,
        "valid_until": accepted.valid_until,
        "token_sha256": accepted.token_sha256,
    }
    _compare(package, expected, "", file)
    _compare(package.recipient, recipient, "recipient's ", file)
    if package.scheme != written.scheme:
        raise does_not_hold(RECORD, f"says another scheme of the package {written.key} than of its recipient")
    if package.recipient.practice and not rehearsal:
        raise does_not_hold(file, "is for a practice recipient, in a production")
    _verify_expected_proof(package, made, proved, evidence.ceremony_id, file)


def _compare(found: object, expected: dict[str, object], whose: str, file: str) -> None:
    for field, value in expected.items():
        if getattr(found, field) != value:
            raise does_not_hold(file, f"says another {whose}{field} than the record")


def _before_begun(evidence: Evidence, written: PackageWritten) -> list[Fact]:
    """The facts before the last intent of this attempt."""
    target = (written.key, written.destination, written.resource, written.attempt)
    facts: list[Fact] = []
    begun = None
    for fact in (entry.fact for entry in evidence.entries if entry.fact is not None):
        if fact is written:
            break
        if isinstance(fact, PackageBegun) and (fact.key, fact.destination, fact.resource, fact.attempt) == target:
            begun = len(facts)
        facts.append(fact)
    if begun is None:
        raise does_not_hold(
            RECORD, f"does not say that the package of {written.key} for {written.destination} was begun before it was written"
        )
    return facts[:begun]


def _last_accepted(before: list[Fact], written: PackageWritten) -> RecipientAccepted:
    target = (written.key, written.destination, written.resource)
    for fact in reversed(before):
        if isinstance(fact, RecipientAccepted) and (fact.key, fact.destination, fact.resource) == target:
            return fact
    raise does_not_hold(RECORD, f"names no recipient of {written.key} for {written.destination} that was accepted before it was wrapped")


def _verify_recipient(accepted: RecipientAccepted, rehearsal: bool) -> None:
    """The wrapping key in the record is what the fact says of it."""
    where = f"the recipient of {accepted.key} in {RECORD}"
    try:
        key = read_wrapping_key(base64.b64decode(accepted.spki, validate=True), where, practice=rehearsal)
    except (ValueError, BadInput):
        raise does_not_hold(RECORD, f"names a recipient of {accepted.key} that is no wrapping key") from None
    if (key.spki_sha256, key.bits, key.exponent) != (accepted.spki_sha256, accepted.bits, accepted.exponent):
        raise does_not_hold(RECORD, f"contradicts itself about the recipient of {accepted.key}")


def _verify_expected_proof(package: Package, made: KeyGenerated, proved: KeyProved, ceremony_id: str, file: str) -> None:
    """What an import will be compared with is what the key showed in the ceremony."""
    proof, value = package.proof, ""
    message = b""
    match proof.type:
        case "public-key" | "practice-public-key":
            value = made.spki_sha256
        case "practice-check-value":
            value = made.check_value
        case "mac":
            value = _hash_of(proved)
            message = proof_message(ceremony_id, made.label, proved.words)
        case "none":
            pass
    if proof != ExpectedProof(proof.type, value, base64.b64encode(message).decode()):
        raise does_not_hold(file, "says another proof of the imported key than the record")


def _hash_of(proved: KeyProved) -> str:
    try:
        return sha256(base64.b64decode(proved.value, validate=True)).hexdigest()
    except ValueError:
        raise does_not_hold(RECORD, f"holds a proof of {proved.label} that is not base64") from None
