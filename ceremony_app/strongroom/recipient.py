"""Who a key is wrapped for: an RSA public key, imported for a moment where the token itself wraps; and throw-away twins to try the way."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, ObjectClass

from ceremony_app.strongroom import objects
from ceremony_app.strongroom.publickey import as_spki, load, rsa_attributes
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.token import OpenedToken

_SMALLEST, _LARGEST = 2048, 4096
_EXPONENT = 65537


class Twin(msgspec.Struct, frozen=True):
    """A throw-away RSA pair, both halves in DER; it protects nothing but trials."""

    spki: bytes
    private: bytes


class Twins:
    """The drawer: one twin a size, made when first needed, since RSA-4096 takes seconds."""

    def __init__(self) -> None:
        self._twins: dict[int, Twin] = {}

    def of(self, bits: int) -> Twin:
        if bits not in self._twins:
            pair = rsa.generate_private_key(_EXPONENT, bits)
            private = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            self._twins[bits] = Twin(as_spki(pair.public_key()), private)
        return self._twins[bits]


def recipient(spki: bytes) -> rsa.RSAPublicKey:
    """The recipient's key. Refusal `recipient-unusable` unless it is RSA of 2048 to 4096 bits with an odd exponent from 3 up."""
    try:
        key = load(spki)
    except Refusal as error:
        raise _unusable(error.what) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise _unusable("It is not an RSA key.")
    exponent = key.public_numbers().e
    if not _SMALLEST <= key.key_size <= _LARGEST or key.key_size % 8:
        raise _unusable(f"It has {key.key_size} bits.")
    if exponent < 3 or exponent % 2 == 0:
        raise _unusable("Its exponent cannot be used.")
    if as_spki(key) != spki:
        raise _unusable("There is something behind it, or it is not in DER.")
    return key


@contextmanager
def imported_recipient(token: OpenedToken, spki: bytes) -> Iterator[Any]:
    """The recipient's key as a session object that may only wrap, for the length of the block."""
    template = {
        **rsa_attributes(recipient(spki)),
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.ID: secrets.token_bytes(16),
        Attribute.TOKEN: False,
        Attribute.PRIVATE: True,
        Attribute.WRAP: True,
        Attribute.ENCRYPT: False,
        Attribute.VERIFY: False,
    }
    key = token.session.create_object(token.module.mapper.checked(template))
    try:
        yield key
    finally:
        objects.discard(key)


def _unusable(detail: str) -> Refusal:
    return Refusal(
        "recipient-unusable",
        "The wrapping key of the recipient cannot be used.",
        "Fetch it again: an RSA public key of 2048 to 4096 bits in DER.",
        detail,
    )
