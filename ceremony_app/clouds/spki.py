"""The wrapping key a provider hands out: DER SubjectPublicKeyInfo of an RSA key, read strictly.

Everything else that people put in its place (PEM, a certificate, a private key, half a file) is refused by its own name. Errors are
`BadInput` with a code `recipient-…`; `where` in the message is the file or field the bytes came from.
"""

from __future__ import annotations

import hashlib

import msgspec

from ceremony_app.errors import BadInput

_SEQUENCE, _INTEGER, _BIT_STRING, _OCTET_STRING = 0x30, 0x02, 0x03, 0x04
# rsaEncryption with NULL parameters (RFC 3279, 2.3.1)
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_PEM_TO_DER = "Fetch it again, or turn it into DER with: openssl pkey -pubin -in FILE -outform DER -out WrappingPublicKey.bin"
PRACTICE_EXPONENT = 3
USUAL_EXPONENT = 65537
SMALLEST_BITS = 2048


class WrappingKey(msgspec.Struct, frozen=True):
    """An RSA public key: `spki` is the exact DER, `spki_sha256` its SHA-256 in hex, `bits` the size of the modulus."""

    spki: bytes
    bits: int
    exponent: int

    @property
    def spki_sha256(self) -> str:
        return hashlib.sha256(self.spki).hexdigest()


class Truncated(ValueError):
    """A DER value says it is longer than what is there."""


def read_wrapping_key(data: bytes, where: str, *, practice: bool) -> WrappingKey:
    """Read an RSA wrapping key; `practice` allows the exponent 3 that marks practice recipients. Raises `BadInput`."""
    _refuse_private(data, where)
    _refuse_pem(data, where)
    try:
        key = _rsa(data, where)
    except Truncated as error:
        raise BadInput(
            "recipient-truncated",
            "The wrapping key in {where} is cut short: it is {size} bytes and says it should be longer.",
            next_step="Copy or fetch it again; compare the size of both copies.",
            where=where,
            size=len(data),
        ) from error
    except ValueError as error:
        raise BadInput(
            "recipient-not-der",
            "What lies in {where} is not a public key in DER form (SubjectPublicKeyInfo): {reason}.",
            next_step="Fetch the wrapping key again and bring it unchanged.",
            where=where,
            reason=str(error),
        ) from error
    _check_size(key, where)
    _check_exponent(key, where, practice)
    return key


def _refuse_private(data: bytes, where: str) -> None:
    if b"PRIVATE KEY-----" in data or _is_private_der(data):
        raise BadInput(
            "recipient-private-key",
            "STOP: {where} holds a PRIVATE key. Whoever has this file can open whatever is wrapped for it.",
            stands="It was not used and not copied. Nothing was changed.",
            next_step="Treat that key as exposed: delete every copy of the file, have a new wrapping key made, and find out who sent this.",
            where=where,
        )


def _is_private_der(data: bytes) -> bool:
    """PKCS#8, PKCS#1 and SEC 1 private keys start with a small version number; encrypted PKCS#8 is a sequence and an octet string."""
    try:
        tag, body, _ = _value(data)
        parts = _parts(body)
    except ValueError:
        return False
    if tag != _SEQUENCE or len(parts) < 2:
        return False
    first_tag, first = parts[0]
    versioned = first_tag == _INTEGER and first in (b"\x00", b"\x01")
    encrypted = [part[0] for part in parts] == [_SEQUENCE, _OCTET_STRING]
    return versioned or encrypted


def _refuse_pem(data: bytes, where: str) -> None:
    if b"-----BEGIN CERTIFICATE" in data or _is_certificate(data):
        raise BadInput(
            "recipient-certificate",
            "{where} holds a certificate, not the bare public key that the provider hands out.",
            next_step="Bring the provider's own answer; a certificate from elsewhere says nothing about its wrapping key.",
            where=where,
        )
    if b"-----BEGIN" in data:
        raise BadInput("recipient-pem", "{where} holds PEM text where DER is due.", next_step=_PEM_TO_DER, where=where)


def _is_certificate(data: bytes) -> bool:
    try:
        tag, body, _ = _value(data)
        return tag == _SEQUENCE and [part[0] for part in _parts(body)] == [_SEQUENCE, _SEQUENCE, _BIT_STRING]
    except ValueError:
        return False


def _rsa(data: bytes, where: str) -> WrappingKey:
    tag, body, rest = _value(data)
    if tag != _SEQUENCE:
        raise ValueError("it does not start as one")
    if rest:
        raise ValueError(f"{len(rest)} bytes follow after its end")
    tags = [part[0] for part in _parts(body)]
    if tags == [_INTEGER, _INTEGER]:
        raise ValueError("it is a bare RSAPublicKey (PKCS#1)")
    if tags != [_SEQUENCE, _BIT_STRING]:
        raise ValueError("it is something else")
    if not body.startswith(_RSA):
        raise BadInput(
            "recipient-not-rsa",
            "The key in {where} is not an RSA key of the plain kind (rsaEncryption).",
            next_step="Ask the provider for an RSA wrapping key, as the request sheet says.",
            where=where,
        )
    bits = _parts(body)[1][1]
    if bits[:1] != b"\x00":
        raise ValueError("its bit string is malformed")
    tag, inner, rest = _value(bits[1:])
    numbers = _parts(inner)
    if tag != _SEQUENCE or rest or [number[0] for number in numbers] != [_INTEGER, _INTEGER]:
        raise ValueError("its RSA numbers are malformed")
    modulus, exponent = (_positive(number[1]) for number in numbers)
    if modulus % 2 == 0:
        raise ValueError("its modulus is even")
    return WrappingKey(data, modulus.bit_length(), exponent)


def _check_size(key: WrappingKey, where: str) -> None:
    if key.bits < SMALLEST_BITS:
        raise BadInput(
            "recipient-key-short",
            "The wrapping key in {where} has {bits} bits; fewer than {smallest} are not used.",
            next_step="Fetch a wrapping key of 4096 bits, as the request sheet says.",
            where=where,
            bits=key.bits,
            smallest=SMALLEST_BITS,
        )


def _check_exponent(key: WrappingKey, where: str, practice: bool) -> None:
    if key.exponent == 1 or key.exponent % 2 == 0:
        raise BadInput(
            "recipient-exponent",
            "The wrapping key in {where} has the public exponent {exponent}, with which nothing would be protected.",
            next_step="Do not use this file. Find out where it came from, and fetch the wrapping key again.",
            where=where,
            exponent=_shown(key.exponent),
        )
    if key.exponent not in (PRACTICE_EXPONENT, USUAL_EXPONENT):
        raise BadInput(
            "recipient-exponent",
            "The wrapping key in {where} has the public exponent {exponent}; every provider here uses 65537.",
            next_step="Fetch the import parameters again; if they say the same, do not use them: with an exponent of their choice somebody "
            "can search for a key whose fingerprint is like the right one.",
            where=where,
            exponent=_shown(key.exponent),
        )
    if key.exponent == PRACTICE_EXPONENT and not practice:
        raise BadInput(
            "recipient-practice",
            "The wrapping key in {where} is one of the practice cloud (public exponent 3); production does not wrap for it.",
            next_step="Fetch the wrapping key from the provider; practice files belong to rehearsals.",
            where=where,
        )


def _shown(number: int) -> str:
    return str(number) if number.bit_length() <= 64 else f"a number of {number.bit_length()} bits"


def _value(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, contents and what follows of the first DER value (X.690, 8.1 and 10.1); raises `ValueError`, `Truncated` when cut short."""
    if len(data) < 2:
        raise Truncated("cut short")
    tag, length, start = data[0], data[1], 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("its length is not DER")
        if len(data) < 2 + count:
            raise Truncated("cut short")
        start, length = 2 + count, int.from_bytes(data[2 : 2 + count])
        # Two encodings of one key would have two fingerprints.
        if length < 0x80 or length.bit_length() <= 8 * (count - 1):
            raise ValueError("its length is not DER")
    if len(data) < start + length:
        raise Truncated("cut short")
    return tag, data[start : start + length], data[start + length :]


def _parts(body: bytes) -> list[tuple[int, bytes]]:
    parts = []
    while body:
        tag, contents, body = _value(body)
        parts.append((tag, contents))
    return parts


def _positive(contents: bytes) -> int:
    padded = len(contents) > 1 and contents[0] == 0 and contents[1] < 0x80
    if not contents or contents[0] >= 0x80 or padded:
        raise ValueError("one of its numbers is not a positive DER integer")
    return int.from_bytes(contents)
