"""Checks of the proofs: what each signing key signed when it was new, with the public key in the record."""

from __future__ import annotations

import base64
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.keys import Algorithm, Kind, Purpose, proof_message
from ceremony_app.papers.phrase import count, listed
from ceremony_app.record.facts import KeyGenerated, KeyProved
from ceremony_app.text import Message, say

_SALT = 32
_PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


def verify_proofs(evidence: Evidence) -> Message:
    """Every proof is of a key that was made before it and by the method that this key demands, and each signature holds: over the
    ceremony's own message, by the public key in the record (docs/record-format.md: proofs). The other methods need the key itself."""
    made: dict[str, KeyGenerated] = {}
    checked, unchecked = 0, []
    for fact in (entry.fact for entry in evidence.entries):
        if isinstance(fact, KeyGenerated):
            _verify_made(fact)
            made[fact.label] = fact
        elif isinstance(fact, KeyProved):
            if fact.label not in made:
                raise does_not_hold("record.log", f"holds a proof of {fact.label}, a key that was not made before")
            if _verify_proof(evidence.ceremony_id, made[fact.label], fact):
                checked += 1
            else:
                unchecked.append(f"{fact.label} ({fact.method})")
    if not unchecked:
        return say("{proofs} of a key checked with its public key.", proofs=count(checked, "signature"))
    return say(
        "{proofs} of a key checked with its public key. What cannot be checked without the key itself: {others}.",
        proofs=count(checked, "signature"),
        others=listed(unchecked),
    )


def expected_method(algorithm: Algorithm, purpose: Purpose) -> str:
    """The method by which a key of this kind is proved."""
    match purpose:
        case Purpose.SIGN:
            return {Kind.RSA: "RSA-PSS-SHA256", Kind.EDWARDS: "EdDSA"}.get(algorithm.kind) or f"ECDSA-{_hash(algorithm).name.upper()}"
        case Purpose.MAC:
            return "AES-CMAC" if algorithm.kind is Kind.AES else f"HMAC-SHA{algorithm.bits}"
        case Purpose.DECRYPT:
            return "RSA-OAEP"
        case Purpose.ENCRYPT:
            return "AES-GCM"
        case Purpose.WRAP:
            return "AES-KWP"


def _verify_made(made: KeyGenerated) -> None:
    """Algorithm and purpose belong together, and a public key is of that algorithm and has the hash beside it."""
    algorithm, purpose = _kind(made)
    if purpose not in algorithm.purposes or algorithm.is_secret == bool(made.spki) or algorithm.is_secret != bool(made.check_value):
        raise _contradicts(made.label)
    if not algorithm.is_secret:
        _public_key(made, algorithm)
    elif made.spki_sha256:
        raise _contradicts(made.label)


def _verify_proof(ceremony_id: str, made: KeyGenerated, proved: KeyProved) -> bool:
    """True when it could be checked; raises `DoesNotHold` when it does not hold."""
    algorithm, purpose = _kind(made)
    if proved.method != expected_method(algorithm, purpose):
        raise does_not_hold("record.log", f"says that {made.label} was proved by {proved.method or 'nothing'}, which proves no such key")
    value = _base64(proved.value, made.label)
    if not value:
        raise does_not_hold("record.log", f"holds a proof of {made.label} without a value")
    if purpose is not Purpose.SIGN:
        return False
    key, message = _public_key(made, algorithm), proof_message(ceremony_id, made.label, proved.words)
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(value, message, ec.ECDSA(_hash(algorithm)))
            case ed25519.Ed25519PublicKey():
                key.verify(value, message)
            case rsa.RSAPublicKey():
                key.verify(value, message, padding.PSS(padding.MGF1(hashes.SHA256()), _SALT), hashes.SHA256())
    except InvalidSignature:
        raise does_not_hold("record.log", f"holds a proof of {made.label} that its public key does not bear out") from None
    return True


def _kind(made: KeyGenerated) -> tuple[Algorithm, Purpose]:
    try:
        return Algorithm(made.algorithm), Purpose(made.purpose)
    except ValueError:
        raise does_not_hold("record.log", f"names an algorithm or a purpose of {made.label} that no key has") from None


def _public_key(made: KeyGenerated, algorithm: Algorithm) -> _PublicKey:
    spki = _base64(made.spki, made.label)
    if sha256(spki).hexdigest() != made.spki_sha256:
        raise _contradicts(made.label)
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise does_not_hold("record.log", f"holds a public key of {made.label} that is none") from None
    match key:
        case ec.EllipticCurvePublicKey() if algorithm.curve and key.curve.name == algorithm.curve:
            known: _PublicKey = key
        case ed25519.Ed25519PublicKey() if algorithm.kind is Kind.EDWARDS:
            known = key
        case rsa.RSAPublicKey() if algorithm.kind is Kind.RSA and key.key_size == algorithm.bits:
            known = key
        case _:
            raise does_not_hold("record.log", f"holds a public key of {made.label} that is of another kind than {algorithm.value}")
    # A second encoding of the same key would have a second fingerprint.
    if known.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise does_not_hold("record.log", f"holds a public key of {made.label} that is not in its one form")
    return known


def _base64(text: str, label: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise does_not_hold("record.log", f"holds a value of {label} that is not base64") from None


def _hash(algorithm: Algorithm) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """The hash of the curve's strength (FIPS 186-5, 6.1.1)."""
    match algorithm:
        case Algorithm.EC_P384:
            return hashes.SHA384()
        case Algorithm.EC_P521:
            return hashes.SHA512()
        case _:
            return hashes.SHA256()


def _contradicts(label: str) -> Exception:
    return does_not_hold("record.log", f"contradicts itself about the key {label}")
