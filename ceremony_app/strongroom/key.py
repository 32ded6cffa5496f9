"""Keys in the token: made, read back, sealed, restored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pkcs11 import Attribute, Mechanism, MechanismFlag, Object, PKCS11Error
from pkcs11.constants import DEFAULT

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.strongroom import attributes, kwp, objects
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.checkvalue import check_value
from ceremony_app.strongroom.protocol import GenerateKey, KeyMade, ReadKey, SealKey
from ceremony_app.strongroom.publickey import curve_parameters, public_attributes, spki_of
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken

_NO_PRIVATE_USE = (Attribute.ENCRYPT, Attribute.VERIFY, Attribute.WRAP)


def generate_key(room: Room, request: GenerateKey) -> KeyMade:
    """Make a token object and read it back. Refusals `purpose-impossible`, `label-exists`, `id-exists`, `attribute-differs`."""
    token, cka_id = room.token, objects.as_id(request.cka_id)
    require_free(token, request.label, cka_id)
    make(token, request.algorithm, request.purpose, label=request.label, cka_id=cka_id, extractable=request.extractable, store=True)
    made = described(token, request.label, cka_id, request.algorithm, request.purpose)
    attributes.verify(made.attributes, attributes.expected_origin(request.algorithm, request.extractable))
    _verify(token, made, request.purpose, extractable=request.extractable, modifiable=request.extractable)
    return made


def read_key(room: Room, request: ReadKey) -> KeyMade:
    """Read a key that was made here and is there. Refusals `key-missing`, `key-ambiguous`, `attribute-differs`."""
    made = described(room.token, request.label, objects.as_id(request.cka_id), request.algorithm, request.purpose)
    # The id is in the record before the key exists: somebody could have put a key of their own there.
    attributes.verify(made.attributes, attributes.expected_origin(request.algorithm, request.extractable))
    _verify(room.token, made, request.purpose, extractable=request.extractable)
    return made


def seal_key(room: Room, request: SealKey) -> KeyMade:
    """Switch EXTRACTABLE off, which PKCS#11 allows in this direction only, and read back. A sealed key stays sealed."""
    token, cka_id = room.token, objects.as_id(request.cka_id)
    key = objects.own(token, request.algorithm, cka_id)
    if key[Attribute.EXTRACTABLE]:
        key[Attribute.EXTRACTABLE] = False
    made = described(token, request.label, cka_id, request.algorithm, request.purpose)
    _verify(token, made, request.purpose, extractable=False)
    return made


def restore(
    room: Room,
    *,
    wrap_key: SecretBuffer,
    blob: bytes,
    algorithm: Algorithm,
    purpose: Purpose,
    label: str,
    cka_id: str,
    spki: bytes,
    extractable: bool = True,
) -> KeyMade:
    """Unwrap an AES-KWP blob into a token object and make its public object anew. Refusals `label-exists`, `id-exists`,
    `restored-differs` (the blob is not of this key), `attribute-differs`. What was made before a refusal is removed again."""
    from ceremony_app.strongroom.destruction import remove

    token, raw_id = room.token, objects.as_id(cka_id)
    require_free(token, label, raw_id)
    try:
        with objects.imported(token, wrap_key, MechanismFlag.UNWRAP) as unwrapping:
            template = attributes.private_template(purpose, secret=algorithm.is_secret, extractable=extractable)
            unwrapped(token, unwrapping, blob, algorithm, {**template, Attribute.ID: raw_id, Attribute.LABEL: label, Attribute.TOKEN: True})
        if not algorithm.is_secret:
            _create_public(token, algorithm, purpose, label, raw_id, spki)
        made = described(token, label, raw_id, algorithm, purpose)
        _verify(token, made, purpose, extractable=extractable)
        if made.spki != spki:
            raise _differs()
        return made
    except (PKCS11Error, Refusal) as error:
        remove(token, raw_id)
        if isinstance(error, Refusal):
            raise
        raise _differs() from error


def require_free(token: OpenedToken, label: str, cka_id: bytes) -> None:
    """Refusals `label-exists`, `id-exists`: some tokens overwrite a key of the same CKA_ID without a word."""
    if objects.of_label(token, label):
        raise Refusal("label-exists", f"The token already holds a key called “{label}”.", "Choose another label, or look at that key.")
    if objects.of_id(token, cka_id):
        raise Refusal("id-exists", "The token already holds a key of this identifier.", "Look for the key before making it.", cka_id.hex())


def make(
    token: OpenedToken, algorithm: Algorithm, purpose: Purpose, *, label: str, cka_id: bytes, extractable: bool, store: bool
) -> tuple[Object, ...]:
    """Generate in the token: a secret key, or public and private key in this order. Refusal `purpose-impossible`."""
    if purpose not in algorithm.purposes:
        raise Refusal("purpose-impossible", f"{algorithm.value} keys are not made for “{purpose.value}”.", "Correct the plan.")
    mapper, session, kind = token.module.mapper, token.session, attributes.KEY_TYPES[algorithm.kind]
    own = mapper.checked(attributes.private_template(purpose, secret=algorithm.is_secret, extractable=extractable))
    common: dict[str, Any] = {
        "id": cka_id,
        "label": label,
        "store": store,
        "capabilities": attributes.capabilities(purpose),
        "mechanism": attributes.GENERATORS[algorithm.kind],
    }
    if algorithm.is_secret:
        return (session.generate_key(kind, algorithm.bits, template=own, **common),)
    common |= {"public_template": mapper.checked(attributes.public_template(purpose)), "private_template": own}
    if algorithm.kind is Kind.RSA:
        return session.generate_keypair(kind, algorithm.bits, **common)
    parameters = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve_parameters(algorithm)}, local=True)
    return parameters.generate_keypair(**common)


def unwrapped(token: OpenedToken, unwrapping: Any, blob: bytes, algorithm: Algorithm, template: dict[Attribute, Any]) -> Any:
    """C_UnwrapKey with KWP. `template` holds everything but class and type. Left out are uses that a private key cannot have, and
    MODIFIABLE: SoftHSM refuses both and leaves an empty object behind. So a key that was unwrapped stays modifiable."""
    kind = attributes.KEY_TYPES[algorithm.kind]
    left_out = dict.fromkeys((Attribute.MODIFIABLE,) if algorithm.is_secret else (Attribute.MODIFIABLE, *_NO_PRIVATE_USE), DEFAULT)
    return unwrapping.unwrap_key(
        objects.own_class(algorithm),
        kind,
        blob,
        store=bool(template.get(Attribute.TOKEN)),
        mechanism=Mechanism(kwp.mechanism(token)),
        capabilities=MechanismFlag(0),
        template=token.module.mapper.checked({**template, **left_out}),
    )


@contextmanager
def unwrapped_copy(token: OpenedToken, wrap_key: SecretBuffer, blob: bytes, algorithm: Algorithm, purpose: Purpose) -> Iterator[Any]:
    """What a known key unwraps, as a session object that cannot leave the token, for the length of the block."""
    template = {
        **attributes.private_template(purpose, secret=algorithm.is_secret, extractable=False),
        Attribute.ID: secrets.token_bytes(16),
        Attribute.TOKEN: False,
    }
    with objects.imported(token, wrap_key, MechanismFlag.UNWRAP) as unwrapping:
        copy = unwrapped(token, unwrapping, blob, algorithm, template)
    try:
        yield copy
    finally:
        objects.discard(copy)


def described(token: OpenedToken, label: str, cka_id: bytes, algorithm: Algorithm, purpose: Purpose) -> KeyMade:
    """A key as the token answers for it now. Refusals `key-missing`, `key-ambiguous`."""
    key = objects.own(token, algorithm, cka_id)
    found = attributes.read(key)
    attributes.verify(found, {Attribute.LABEL: label, Attribute.KEY_TYPE: attributes.KEY_TYPES[algorithm.kind]})
    spki = b""
    value = ""
    if algorithm.is_secret:
        value = check_value(token, key, algorithm, purpose)
    else:
        public = objects.public(token, cka_id)
        spki = spki_of(public, algorithm)
        found |= {f"PUBLIC.{name}": text for name, text in attributes.read(public).items()}
    return KeyMade(
        label=label,
        cka_id=cka_id.hex(),
        algorithm=algorithm,
        mechanism=found.get("KEY_GEN_MECHANISM", ""),
        serial=token.serial,
        attributes=found,
        spki=spki,
        spki_sha256=hashlib.sha256(spki).hexdigest() if spki else "",
        check_value=value,
    )


def _verify(token: OpenedToken, made: KeyMade, purpose: Purpose, *, extractable: bool, modifiable: bool | None = None) -> None:
    """Compare every attribute that was asked for. MODIFIABLE is compared where this process set it just now."""
    expected = attributes.private_template(purpose, secret=made.algorithm.is_secret, extractable=extractable)
    del expected[Attribute.MODIFIABLE]
    if modifiable is not None:
        expected[Attribute.MODIFIABLE] = modifiable
    if made.algorithm.kind in (Kind.AES, Kind.HMAC) and made.attributes.get("VALUE_LEN", "0") != "0":
        expected[Attribute.VALUE_LEN] = made.algorithm.bits // 8
    attributes.verify(made.attributes, {**expected, Attribute.TOKEN: True, Attribute.ID: objects.as_id(made.cka_id)})
    if not made.algorithm.is_secret:
        public = {name.removeprefix("PUBLIC."): text for name, text in made.attributes.items() if name.startswith("PUBLIC.")}
        asked = attributes.public_template(purpose)
        attributes.verify(public, {**asked, Attribute.TOKEN: True, Attribute.LABEL: made.label, Attribute.ID: objects.as_id(made.cka_id)})


def _create_public(token: OpenedToken, algorithm: Algorithm, purpose: Purpose, label: str, cka_id: bytes, spki: bytes) -> None:
    template = {
        **public_attributes(spki, algorithm),
        **attributes.public_template(purpose),
        Attribute.TOKEN: True,
        Attribute.LABEL: label,
        Attribute.ID: cka_id,
    }
    token.session.create_object(token.module.mapper.checked(template))


def _differs() -> Refusal:
    return Refusal(
        "restored-differs",
        "What came back is not the key that the record names.",
        "Check that backup file and cards belong together; the token holds nothing of it.",
    )
