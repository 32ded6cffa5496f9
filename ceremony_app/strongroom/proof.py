"""Proof of a key by one use for its purpose, checked outside the token where a public key allows it, and later with a restored copy.

sign: ECDSA over the hash of the curve's strength (FIPS 186-5, 6.1.1; the hash is made here), RSA-PSS with SHA-256 and 32 bytes of
salt, or EdDSA (RFC 8032). mac: HMAC or AES-CMAC. decrypt: RSA-OAEP with SHA-1, the only hash every token has, made here and opened in the
token. encrypt: AES-GCM in the token (IV 12, tag 16 bytes). wrap: a throw-away key, wrapped and unwrapped in the token, known by an HMAC.
"""

from __future__ import annotations

import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from pkcs11 import MGF, Attribute, Mechanism, Object, PKCS11Error
from pkcs11.mechanisms import GCMParams
from pkcs11.util.ec import encode_ecdsa_signature

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.strongroom import kwp, objects
from ceremony_app.strongroom.checkvalue import LENGTH as REFERENCE_LENGTH
from ceremony_app.strongroom.checkvalue import check_value, mac_mechanism
from ceremony_app.strongroom.protocol import KeyProof, ProveKey
from ceremony_app.strongroom.publickey import load, spki_of
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken

_IV, _TAG_BITS, _SALT = 12, 128, 32
_OAEP = (Mechanism.SHA_1, MGF.SHA1, None)
_PSS = (Mechanism.SHA256, MGF.SHA256, _SALT)
_COMPLETE = b"key-ceremony/complete/1\n"
_COPY = b"key-ceremony/copy/1\n"
_THROW_AWAY = Algorithm.HMAC_256
_HASHES: dict[Algorithm, tuple[str, hashes.HashAlgorithm]] = {
    Algorithm.EC_P256: ("SHA256", hashes.SHA256()),
    Algorithm.EC_SECP256K1: ("SHA256", hashes.SHA256()),
    Algorithm.EC_P384: ("SHA384", hashes.SHA384()),
    Algorithm.EC_P521: ("SHA512", hashes.SHA512()),
}
_USED_FOR = (
    (Attribute.SIGN, Purpose.SIGN),
    (Attribute.DECRYPT, Purpose.DECRYPT),
    (Attribute.UNWRAP, Purpose.WRAP),
)


def prove_key(room: Room, request: ProveKey) -> KeyProof:
    """Use a token's key on `message`. Refusals `key-missing`, `purpose-differs`, `proof-failed`, `message-long` (RSA decrypt: what
    OAEP with SHA-1 cannot hold, 214 bytes for 2048 bits)."""
    cka_id = objects.as_id(request.cka_id)
    key = objects.own(room.token, request.algorithm, cka_id)
    if purpose_of(key, request.algorithm) is not request.purpose:
        raise Refusal("purpose-differs", f"This key is not for “{request.purpose.value}”.", "Check which key is meant.", request.cka_id)
    spki = b"" if request.algorithm.is_secret else spki_of(objects.public(room.token, cka_id), request.algorithm)
    return prove(room.token, key, request.algorithm, request.purpose, spki, request.message)


def prove(token: OpenedToken, key: Any, algorithm: Algorithm, purpose: Purpose, spki: bytes, message: bytes) -> KeyProof:
    """The same for an object. Refusal `proof-failed` when the result does not hold."""
    match purpose:
        case Purpose.SIGN:
            made = _signed(key, algorithm, message)
            verify_signature(spki, algorithm, message, made.value)
            return made
        case Purpose.MAC:
            return _authenticated(key, algorithm, message)
        case Purpose.DECRYPT:
            made = KeyProof("RSA-OAEP", _oaep(spki, message))
            holds = _decrypted(key, made.value) == message
        case Purpose.ENCRYPT:
            made = _encrypted(key, message)
            holds = _opened(key, made.value) == message
        case Purpose.WRAP:
            made = _wrapped(token, key, message)
            holds = hmac.compare_digest(_reference(token, key, made.value, message), made.reference)
    if not holds:
        raise _failed()
    return made


def verify_with_restored(
    room: Room, *, cka_id: str, algorithm: Algorithm, purpose: Purpose, spki: bytes, message: bytes, proof: KeyProof
) -> None:
    """Hold the recorded proof of the original against a restored copy. Refusals `restored-differs`, `key-missing`.

    sign: the copy signs anew and both signatures verify under the original public key; mac: the same MAC; encrypt and decrypt: the copy
    opens the recorded ciphertext; wrap: the copy unwraps the recorded throw-away key, which shows its reference.
    """
    token = room.token
    key = objects.own(token, algorithm, objects.as_id(cka_id))
    try:
        match purpose:
            case Purpose.SIGN:
                verify_signature(spki, algorithm, message, proof.value)
                verify_signature(spki, algorithm, message, _signed(key, algorithm, message).value)
                holds = True
            case Purpose.MAC:
                holds = hmac.compare_digest(_authenticated(key, algorithm, message).value, proof.value)
            case Purpose.DECRYPT:
                holds = _decrypted(key, proof.value) == message
            case Purpose.ENCRYPT:
                holds = _opened(key, proof.value) == message
            case Purpose.WRAP:
                holds = hmac.compare_digest(_reference(token, key, proof.value, message), proof.reference)
    except (Refusal, PKCS11Error, ValueError) as error:
        raise _restored_differs() from error
    if not holds:
        raise _restored_differs()


def verify_copy(token: OpenedToken, key: Any, copy: Any, algorithm: Algorithm, purpose: Purpose, spki: bytes) -> None:
    """Hold a copy in the token against the key it was unwrapped from. Refusal `proof-failed`."""
    if not algorithm.is_secret:
        prove(token, copy, algorithm, purpose, spki, _COPY)
    elif check_value(token, copy, algorithm, purpose) != check_value(token, key, algorithm, purpose):
        raise _failed()


def works(token: OpenedToken, key: Any, algorithm: Algorithm, public: list[Object]) -> bool:
    """Whether the key does what its attributes say, tried on a fixed message; what an interrupted generation left does not."""
    purpose = purpose_of(key, algorithm)
    try:
        spki = spki_of(public[0], algorithm) if public else b""
        prove(token, key, algorithm, purpose, spki, _COMPLETE)
    except (PKCS11Error, Refusal, AttributeError):
        # The binding gives an object no method for a use that its attributes do not allow.
        return False
    return True


def purpose_of(key: Any, algorithm: Algorithm) -> Purpose:
    """What the key's attributes allow."""
    purpose = next((purpose for kind, purpose in _USED_FOR if _has(key, kind)), Purpose.ENCRYPT)
    if not algorithm.is_secret:
        return purpose
    return {Purpose.SIGN: Purpose.MAC, Purpose.DECRYPT: Purpose.ENCRYPT}.get(purpose, purpose)


def verify_signature(spki: bytes, algorithm: Algorithm, message: bytes, signature: bytes) -> None:
    """Outside the token, with the public key alone. Refusal `proof-failed`."""
    public = load(spki)
    try:
        match public:
            case ec.EllipticCurvePublicKey() if public.curve.name == algorithm.curve:
                public.verify(signature, message, ec.ECDSA(_HASHES[algorithm][1]))
            case ed25519.Ed25519PublicKey() if algorithm.kind is Kind.EDWARDS:
                public.verify(signature, message)
            case rsa.RSAPublicKey() if algorithm.kind is Kind.RSA:
                public.verify(signature, message, padding.PSS(padding.MGF1(hashes.SHA256()), _SALT), hashes.SHA256())
            case _:
                raise _failed()
    except InvalidSignature as error:
        raise _failed() from error


def _signed(key: Any, algorithm: Algorithm, message: bytes) -> KeyProof:
    match algorithm.kind:
        case Kind.RSA:
            return KeyProof("RSA-PSS-SHA256", key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=_PSS))
        case Kind.EDWARDS:
            return KeyProof("EdDSA", key.sign(message, mechanism=Mechanism.EDDSA))
        case _:
            name, algorithm_of_hash = _HASHES[algorithm]
            digest = hashes.Hash(algorithm_of_hash)
            digest.update(message)
            return KeyProof(f"ECDSA-{name}", ecdsa(key, digest.finalize()))


def ecdsa(key: Any, digest: bytes) -> bytes:
    """DER signature (RFC 3279, 2.2.3) of a digest; tokens answer r and s side by side."""
    return encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA))


def _authenticated(key: Any, algorithm: Algorithm, message: bytes) -> KeyProof:
    method = "AES-CMAC" if algorithm.kind is Kind.AES else f"HMAC-SHA{algorithm.bits}"
    return KeyProof(method, key.sign(message, mechanism=mac_mechanism(algorithm)))


def _oaep(spki: bytes, message: bytes) -> bytes:
    public = load(spki)
    if not isinstance(public, rsa.RSAPublicKey):
        raise _failed()
    try:
        return public.encrypt(message, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))  # noqa: S303
    except ValueError as error:
        raise Refusal("message-long", "The message is too long to be encrypted at once.", "Use a shorter one.") from error


def _decrypted(key: Any, ciphertext: bytes) -> bytes:
    return bytes(key.decrypt(ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=_OAEP))


def _encrypted(key: Any, message: bytes) -> KeyProof:
    iv = os.urandom(_IV)
    sealed = key.encrypt(message, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(iv, None, _TAG_BITS))
    return KeyProof("AES-GCM", iv + sealed)


def _opened(key: Any, sealed: bytes) -> bytes:
    parameters = GCMParams(sealed[:_IV], None, _TAG_BITS)
    return bytes(key.decrypt(sealed[_IV:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters))


def _wrapped(token: OpenedToken, key: Any, message: bytes) -> KeyProof:
    from ceremony_app.strongroom.key import make

    (thrown,) = make(token, _THROW_AWAY, Purpose.MAC, label="", cka_id=os.urandom(16), extractable=True, store=False)
    try:
        return KeyProof("AES-KWP", kwp.wrap(token, key, thrown), _name(thrown, message))
    finally:
        objects.discard(thrown)


def _reference(token: OpenedToken, key: Any, blob: bytes, message: bytes) -> bytes:
    from ceremony_app.strongroom.key import unwrapped

    template = {Attribute.TOKEN: False, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
    thrown = unwrapped(token, key, blob, _THROW_AWAY, template)
    try:
        return _name(thrown, message)
    finally:
        objects.discard(thrown)


def _name(thrown: Any, message: bytes) -> bytes:
    return bytes(thrown.sign(message, mechanism=mac_mechanism(_THROW_AWAY))[:REFERENCE_LENGTH])


def _has(key: Any, kind: Attribute) -> bool:
    try:
        return bool(key[kind])
    except PKCS11Error:
        return False


def _failed() -> Refusal:
    return Refusal("proof-failed", "The key was used, and the result does not hold.", "Do not use this key: destroy it and make another.")


def _restored_differs() -> Refusal:
    return Refusal(
        "restored-differs",
        "The restored key does not stand up to the proof that the original gave.",
        "Check that backup file, cards and record belong together.",
    )
