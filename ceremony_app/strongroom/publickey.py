"""Public keys between PKCS#11 attributes and DER SubjectPublicKeyInfo (RFC 5280; RFC 5480 for curves, RFC 8410 for Ed25519)."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from ceremony_app.keys import Algorithm, Kind
from ceremony_app.strongroom.refusal import Refusal

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}
_ED25519 = bytes.fromhex("06032b6570")  # OID 1.3.101.112, RFC 8410
_OCTET_STRING = 0x04

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def curve_parameters(algorithm: Algorithm) -> bytes:
    """CKA_EC_PARAMS: the DER object identifier of the curve."""
    return _ED25519 if algorithm.kind is Kind.EDWARDS else encode_named_curve_parameters(algorithm.curve)


def spki_of(public: Any, algorithm: Algorithm) -> bytes:
    """DER of a public key object. Refusal `public-key-malformed`."""
    try:
        return as_spki(_public_key(public, algorithm))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refusal(
            "public-key-malformed", "The token's public key cannot be read.", "Destroy this key and check the token.", type(error).__name__
        ) from error


def as_spki(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def load(spki: bytes) -> PublicKey:
    """A public key from DER. Refusal `public-key-malformed`."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refusal("public-key-malformed", "This is not a public key in DER.", "Check the file it came from.") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise Refusal("public-key-malformed", "This kind of public key is not used here.", "Check the file it came from.")
    return key


def public_attributes(spki: bytes, algorithm: Algorithm) -> dict[Attribute, Any]:
    """Class, type and value of a public key object for `C_CreateObject`. Refusal `public-key-malformed` when it is of another algorithm."""
    key = load(spki)
    attributes: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PUBLIC_KEY}
    match key:
        case rsa.RSAPublicKey() if algorithm.kind is Kind.RSA and key.key_size == algorithm.bits:
            return attributes | rsa_attributes(key)
        case ec.EllipticCurvePublicKey() if key.curve.name == algorithm.curve:
            point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            kind = KeyType.EC
        case ed25519.Ed25519PublicKey() if algorithm.kind is Kind.EDWARDS:
            point = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
            kind = KeyType.EC_EDWARDS
        case _:
            raise Refusal("public-key-malformed", "This public key is of another algorithm than the record says.", "Check the file.")
    return attributes | {
        Attribute.KEY_TYPE: kind,
        Attribute.EC_PARAMS: curve_parameters(algorithm),
        Attribute.EC_POINT: _octet_string(point),
    }


def rsa_attributes(key: rsa.RSAPublicKey) -> dict[Attribute, Any]:
    """Type and value of an RSA public key object."""
    numbers = key.public_numbers()
    return {Attribute.KEY_TYPE: KeyType.RSA, Attribute.MODULUS: _unsigned(numbers.n), Attribute.PUBLIC_EXPONENT: _unsigned(numbers.e)}


def _public_key(public: Any, algorithm: Algorithm) -> PublicKey:
    if algorithm.kind is Kind.RSA:
        exponent, modulus = (int.from_bytes(public[kind], "big") for kind in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    point = public[Attribute.EC_POINT]
    if algorithm.kind is Kind.EDWARDS:
        return ed25519.Ed25519PublicKey.from_public_bytes(_inside(point) if len(point) != algorithm.bits // 8 else point)
    curve = _CURVES[algorithm.curve]()
    raw_length = 1 + 2 * ((curve.key_size + 7) // 8)
    # Some tokens answer the point without its OCTET STRING; both begin with 0x04, only the length tells them apart.
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, point if len(point) == raw_length else _inside(point))


def _unsigned(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _octet_string(content: bytes) -> bytes:
    length = bytes((len(content),)) if len(content) < 0x80 else bytes((0x81, len(content)))
    return bytes((_OCTET_STRING,)) + length + content


def _inside(octets: bytes) -> bytes:
    """Content of a short DER OCTET STRING (at most 255 bytes). Raises ValueError."""
    start = 3 if octets[1:2] == b"\x81" else 2
    if octets[:1] != bytes((_OCTET_STRING,)) or len(octets) < start or octets[start - 1] != len(octets) - start:
        raise ValueError("not an OCTET STRING")
    return octets[start:]
