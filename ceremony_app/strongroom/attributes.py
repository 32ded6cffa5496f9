"""Templates: the smallest set of PKCS#11 attributes for each algorithm and purpose, and how attributes are read back and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, Object
from pkcs11.exceptions import AttributeSensitive, AttributeTypeInvalid, FunctionFailed

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.strongroom.refusal import Refusal

_NO_USE = MechanismFlag(0)
_USES: dict[Purpose, tuple[MechanismFlag, MechanismFlag]] = {
    # what the private or secret key may do, and what its public key may do
    Purpose.ENCRYPT: (MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT, _NO_USE),
    Purpose.WRAP: (MechanismFlag.WRAP | MechanismFlag.UNWRAP, _NO_USE),
    Purpose.MAC: (MechanismFlag.SIGN | MechanismFlag.VERIFY, _NO_USE),
    Purpose.SIGN: (MechanismFlag.SIGN, MechanismFlag.VERIFY),
    Purpose.DECRYPT: (MechanismFlag.DECRYPT, MechanismFlag.ENCRYPT),
}
_SECRET_USES = (
    (Attribute.ENCRYPT, MechanismFlag.ENCRYPT),
    (Attribute.DECRYPT, MechanismFlag.DECRYPT),
    (Attribute.WRAP, MechanismFlag.WRAP),
    (Attribute.UNWRAP, MechanismFlag.UNWRAP),
    (Attribute.SIGN, MechanismFlag.SIGN),
    (Attribute.VERIFY, MechanismFlag.VERIFY),
    (Attribute.DERIVE, MechanismFlag.DERIVE),
)
_PRIVATE_USES = tuple(row for row in _SECRET_USES if row[0] in (Attribute.DECRYPT, Attribute.UNWRAP, Attribute.SIGN, Attribute.DERIVE))
_PUBLIC_USES = tuple(row for row in _SECRET_USES if row[0] in (Attribute.ENCRYPT, Attribute.WRAP, Attribute.VERIFY))

KEY_TYPES = {
    Kind.AES: KeyType.AES,
    Kind.HMAC: KeyType.GENERIC_SECRET,
    Kind.RSA: KeyType.RSA,
    Kind.EC: KeyType.EC,
    Kind.EDWARDS: KeyType.EC_EDWARDS,
}
GENERATORS = {
    Kind.AES: Mechanism.AES_KEY_GEN,
    Kind.HMAC: Mechanism.GENERIC_SECRET_KEY_GEN,
    Kind.RSA: Mechanism.RSA_PKCS_KEY_PAIR_GEN,
    Kind.EC: Mechanism.EC_KEY_PAIR_GEN,
    Kind.EDWARDS: Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
}
_REPORTED = (
    Attribute.CLASS, Attribute.KEY_TYPE, Attribute.TOKEN, Attribute.LABEL, Attribute.ID, Attribute.PRIVATE, Attribute.SENSITIVE,
    Attribute.EXTRACTABLE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE, Attribute.LOCAL, Attribute.KEY_GEN_MECHANISM,
    Attribute.MODIFIABLE, Attribute.COPYABLE, Attribute.DESTROYABLE, Attribute.WRAP_WITH_TRUSTED, Attribute.VALUE_LEN,
    Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.WRAP, Attribute.UNWRAP, Attribute.SIGN, Attribute.VERIFY, Attribute.DERIVE,
)  # fmt: skip


def capabilities(purpose: Purpose) -> MechanismFlag:
    """Both halves' uses, as the binding takes them: it gives each half only what its class can have."""
    own, public = _USES[purpose]
    return own | public


def private_template(purpose: Purpose, *, secret: bool, extractable: bool) -> dict[Attribute, Any]:
    """Attributes of a secret or private key beside class, type, label, id and value. MODIFIABLE stays on only where sealing is to come."""
    rows = _SECRET_USES if secret else _PRIVATE_USES
    return {
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: extractable,
        Attribute.MODIFIABLE: extractable,
        **{kind: bool(flag & _USES[purpose][0]) for kind, flag in rows},
    }


def public_template(purpose: Purpose) -> dict[Attribute, Any]:
    """Attributes of a public key object. It is readable without login on no token: PRIVATE is left to the token's own default of false."""
    return {
        Attribute.PRIVATE: False,
        Attribute.MODIFIABLE: False,
        **{kind: bool(flag & _USES[purpose][1]) for kind, flag in _PUBLIC_USES},
    }


def read(thing: Object) -> dict[str, str]:
    """The reported attributes as text by their CKA names without prefix; an attribute that this token does not have is left out."""
    found: dict[str, str] = {}
    for kind in _REPORTED:
        try:
            found[kind.name] = _as_text(thing[kind])
        except (AttributeTypeInvalid, AttributeSensitive, FunctionFailed):
            continue
    return found


def _as_text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.hex()
        case KeyType() | Mechanism():
            return value.name
        case _:
            return getattr(value, "name", None) or str(value)


def verify(found: Mapping[str, str], expected: Mapping[Attribute, Any]) -> None:
    """Refusal `attribute-differs` unless every expected attribute was read back with its value."""
    for kind, value in expected.items():
        if found.get(kind.name) != _as_text(value):
            raise Refusal(
                "attribute-differs",
                "The token gave the key another attribute than was asked for.",
                "Do not use this key: destroy it, and check the token's settings.",
                f"{kind.name} is {found.get(kind.name, 'not readable')}, asked for {_as_text(value)}",
            )


def expected_origin(algorithm: Algorithm, extractable: bool) -> dict[Attribute, Any]:
    """What a key made in the token must say of its origin (PKCS#11 v3.1, 4.8 to 4.10)."""
    return {
        Attribute.LOCAL: True,
        Attribute.ALWAYS_SENSITIVE: True,
        Attribute.NEVER_EXTRACTABLE: not extractable,
        Attribute.KEY_GEN_MECHANISM: GENERATORS[algorithm.kind].name,
    }
