"""Objects in the open token: searched by class, imported for a moment, removed again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pkcs11 import Attribute, KeyType, MechanismFlag, Object, ObjectClass, PKCS11Error

from ceremony_app.keys import Algorithm
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.token import OpenedToken

KEY_CLASSES = (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY, ObjectClass.SECRET_KEY)
CLASSES = (*KEY_CLASSES, ObjectClass.CERTIFICATE, ObjectClass.DATA)
_ID_AT_MOST = 64


def as_id(cka_id: str) -> bytes:
    """CKA_ID from its hex form. Refusal `cka-id-malformed`."""
    try:
        raw = bytes.fromhex(cka_id)
    except ValueError:
        raw = b""
    if not 0 < len(raw) <= _ID_AT_MOST:
        raise Refusal("cka-id-malformed", "A key's identifier is 1 to 64 bytes in hexadecimal.", "Start this step again.", cka_id[:160])
    return raw


def find(token: OpenedToken, kind: ObjectClass, attributes: dict[Attribute, Any]) -> list[Object]:
    """Every object of one class with these attributes. Always read to the end at once: an open search blocks the session, and a search
    without a class stumbles over files that an interrupted write left."""
    return list(token.session.get_objects(token.module.mapper.checked({Attribute.CLASS: kind, **attributes})))


def of_label(token: OpenedToken, label: str) -> list[Object]:
    """Key objects of every class that carry this label."""
    return [thing for kind in KEY_CLASSES for thing in find(token, kind, {Attribute.LABEL: label})]


def of_id(token: OpenedToken, cka_id: bytes) -> list[Object]:
    """Key objects of every class that carry this CKA_ID."""
    return [thing for kind in KEY_CLASSES for thing in find(token, kind, {Attribute.ID: cka_id})]


def own_class(algorithm: Algorithm) -> ObjectClass:
    """Class of the object that holds the secret."""
    return ObjectClass.SECRET_KEY if algorithm.is_secret else ObjectClass.PRIVATE_KEY


def own(token: OpenedToken, algorithm: Algorithm, cka_id: bytes) -> Any:
    """The one secret or private key of this CKA_ID. Refusals `key-missing`, `key-ambiguous`."""
    return _single(find(token, own_class(algorithm), {Attribute.ID: cka_id}), cka_id)


def public(token: OpenedToken, cka_id: bytes) -> Any:
    """The one public key of this CKA_ID. Refusals `key-missing`, `key-ambiguous`."""
    return _single(find(token, ObjectClass.PUBLIC_KEY, {Attribute.ID: cka_id}), cka_id)


def _single(found: list[Object], cka_id: bytes) -> Object:
    if not found:
        raise Refusal("key-missing", "The token holds no key of this identifier.", "Insert the token that holds it.", cka_id.hex())
    if len(found) > 1:
        raise Refusal("key-ambiguous", "The token holds more than one key of this identifier.", "Stop and look at the token.", cka_id.hex())
    return found[0]


@contextmanager
def imported(
    token: OpenedToken, value: SecretBuffer, uses: MechanismFlag, *, kind: KeyType = KeyType.AES, extractable: bool = False
) -> Iterator[Any]:
    """A known key as a session object for the length of the block; its value goes from locked memory straight to the token."""
    cka_id = secrets.token_bytes(16)
    template = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: kind,
        Attribute.ID: cka_id,
        Attribute.TOKEN: False,
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: extractable,
        Attribute.ENCRYPT: bool(uses & MechanismFlag.ENCRYPT),
        Attribute.DECRYPT: bool(uses & MechanismFlag.DECRYPT),
        Attribute.SIGN: bool(uses & MechanismFlag.SIGN),
        Attribute.VERIFY: bool(uses & MechanismFlag.VERIFY),
        Attribute.WRAP: bool(uses & MechanismFlag.WRAP),
        Attribute.UNWRAP: bool(uses & MechanismFlag.UNWRAP),
        Attribute.DERIVE: False,
    }
    handle = token.module.cryptoki.create_secret(token.handle, token.module.mapper.packed(template), value)
    try:
        yield _single(find(token, ObjectClass.SECRET_KEY, {Attribute.ID: cka_id}), cka_id)
    finally:
        token.module.cryptoki.destroy(token.handle, handle)


def discard(*things: Object) -> None:
    """Destroy session objects; one that is gone already is no error."""
    for thing in things:
        try:
            thing.destroy()
        except PKCS11Error:
            continue
