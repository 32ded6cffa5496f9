"""Key material wrapped: for a recipient's import, on the best of three ways, and for a backup file.

1. All in the token: it wraps the key to the recipient (OAEP), or a key of its own to the recipient and the target under that (hybrid).
2. The transport key is made here and enters the token as a session object; the target is wrapped there and never leaves in the clear.
3. The target comes here for a moment, in locked memory, and libcrypto seals it: where a token pads (SoftHSM 2.6), or has not the hash.

Each way is tried at once with a throw-away RSA key of the recipient's size, opened and compared; on ways 1 and 2 without the target
leaving the token for it.
"""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_private_key
from pkcs11 import Attribute, KeyType, MechanismFlag, PKCS11Error

from ceremony_app.keys import Algorithm, Assurance, Kind, WrapScheme
from ceremony_app.strongroom import kwp, oaep, objects, openssl, proof
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cryptoki import ReturnCode
from ceremony_app.strongroom.key import make, unwrapped_copy
from ceremony_app.strongroom.protocol import WrapKey, Wrapped
from ceremony_app.strongroom.publickey import PublicKey, as_spki, spki_of
from ceremony_app.strongroom.randomness import mixed_random, system_random
from ceremony_app.strongroom.recipient import Twin, Twins, imported_recipient, recipient
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken

_TRANSPORT = 32
_TYPES = {Kind.AES: KeyType.AES, Kind.HMAC: KeyType.GENERIC_SECRET}


def wrap_key(room: Room, request: WrapKey) -> Wrapped:
    """Wrap for a recipient. Refusals `key-missing`, `key-sealed`, `recipient-unusable`, `wrap-impossible`, `twin-differs`."""
    token, algorithm, scheme = room.token, request.algorithm, request.scheme
    target = _extractable(token, algorithm, request.cka_id)
    twin = room.drawer(Twins).of(recipient(request.spki).key_size)
    if scheme.hash_name in oaep.hashes(token, twin) and not (scheme.is_hybrid and kwp.may_pad(token, algorithm)):
        try:
            ciphertext = _in_token(token, target, request.spki, scheme)
            _try_in_token(token, algorithm, scheme, twin)
            return _result(token, scheme, ciphertext, Assurance.IN_TOKEN)
        except ReturnCode:
            # Tokens differ in which classes they wrap by OAEP; the next way is open unless it was excluded.
            pass
    if request.in_token_only:
        raise _impossible("This token cannot wrap this key with this scheme all by itself.")
    if scheme.is_hybrid and not kwp.may_pad(token, algorithm):
        ciphertext = _with_transport_key(room, target, request.spki, scheme)
        _try_transport_key(room, target, algorithm, scheme, twin)
        return _result(token, scheme, ciphertext, Assurance.TRANSPORT_KEY)
    with SecretMaterial(room, target, algorithm) as material:
        ciphertext = _sealed(room, material.plain, request.spki, scheme)
        _try_sealed(room, material.plain, scheme, twin)
        return _result(token, scheme, ciphertext, Assurance.STRONGROOM, repaired=material.repaired)


def kwp_from_token(room: Room, *, wrap_key: SecretBuffer, cka_id: str, algorithm: Algorithm) -> bytes:
    """RFC 5649 of a key's exact material under a known key: raw bytes of a secret key, PKCS#8 in DER of a private one. Equal for equal
    keys. The token wraps; only where it pads does the material come here, in locked memory. Refusals `key-missing`, `key-sealed`,
    `wrap-impossible`, `kwp-impossible`."""
    target = _extractable(room.token, algorithm, cka_id)
    if not kwp.may_pad(room.token, algorithm):
        return _token_kwp(room.token, wrap_key, target)
    with SecretMaterial(room, target, algorithm) as material:
        return openssl.kwp_wrap(wrap_key, material.plain)


class SecretMaterial:
    """A key's exact material in locked memory for the length of a `with` block; `repaired`: the token's own padding was cut off."""

    def __init__(self, room: Room, target: Any, algorithm: Algorithm) -> None:
        with mixed_random(room, _TRANSPORT) as transport:
            self.plain = openssl.kwp_unwrap(transport, _token_kwp(room.token, transport, target))
        try:
            self.repaired = kwp.trimmed(self.plain, algorithm)
        except Refusal:
            self.plain.wipe()
            raise

    def __enter__(self) -> SecretMaterial:
        return self

    def __exit__(self, *_: object) -> None:
        self.plain.wipe()


def _in_token(token: OpenedToken, target: Any, spki: bytes, scheme: WrapScheme) -> bytes:
    parameter = oaep.parameters(scheme.hash_name)
    calls = token.module.cryptoki
    with imported_recipient(token, spki) as public:
        if not scheme.is_hybrid:
            return calls.wrap(token.handle, oaep.RSA_PKCS_OAEP, parameter, public.handle, target.handle)
        transport: Any = token.session.generate_key(
            KeyType.AES,
            _TRANSPORT * 8,
            id=os.urandom(16),
            store=False,
            capabilities=MechanismFlag.WRAP,
            template=token.module.mapper.checked({Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: True}),
        )
        try:
            head = calls.wrap(token.handle, oaep.RSA_PKCS_OAEP, parameter, public.handle, transport.handle)
            return head + kwp.wrap(token, transport, target)
        finally:
            objects.discard(transport)


def _with_transport_key(room: Room, target: Any, spki: bytes, scheme: WrapScheme) -> bytes:
    with mixed_random(room, _TRANSPORT) as transport:
        tail = _token_kwp(room.token, transport, target)
        return openssl.oaep_encrypt(spki, transport, scheme.hash_name) + tail


def _sealed(room: Room, material: SecretBuffer, spki: bytes, scheme: WrapScheme) -> bytes:
    try:
        if not scheme.is_hybrid:
            return openssl.oaep_encrypt(spki, material, scheme.hash_name)
        with mixed_random(room, _TRANSPORT) as transport:
            return openssl.oaep_encrypt(spki, transport, scheme.hash_name) + openssl.kwp_wrap(transport, material)
    except openssl.OpenSslRefused as error:
        raise _impossible("The key is too long for this scheme and this recipient.") from error


def _token_kwp(token: OpenedToken, key: SecretBuffer, target: Any) -> bytes:
    try:
        return kwp.wrap_under(token, key, target)
    except ReturnCode as error:
        raise _impossible(f"The token refuses to wrap it: 0x{error.code:x}.") from error


def _try_in_token(token: OpenedToken, algorithm: Algorithm, scheme: WrapScheme, twin: Twin) -> None:
    """Way 1 with a throw-away key of the same algorithm: opening the real one here would take it out of the token."""
    if algorithm.is_secret:
        with (
            system_random(algorithm.bits // 8) as value,
            objects.imported(token, value, MechanismFlag.SIGN, kind=_TYPES[algorithm.kind], extractable=True) as thrown,
            _opened(_in_token(token, thrown, twin.spki, scheme), scheme, twin) as opened,
        ):
            _require(opened.same(value))
        return
    public, thrown = make(
        token, algorithm, min(algorithm.purposes, key=str), label="", cka_id=os.urandom(16), extractable=True, store=False
    )
    try:
        with _opened(_in_token(token, thrown, twin.spki, scheme), scheme, twin) as opened:
            key: Any = load_der_private_key(bytes(opened.view()), None)  # a throw-away key may lie in the heap
            half: PublicKey = key.public_key()
            _require(as_spki(half) == spki_of(public, algorithm))
    except ValueError as error:
        raise _twin_differs() from error
    finally:
        objects.discard(public, thrown)


def _try_transport_key(room: Room, target: Any, algorithm: Algorithm, scheme: WrapScheme, twin: Twin) -> None:
    """Way 2 with the real target: the twin opens the transport key, the token opens the rest with it and uses what came out."""
    token, blob = room.token, _with_transport_key(room, target, twin.spki, scheme)
    split = _modulus_length(twin)
    purpose = proof.purpose_of(target, algorithm)
    spki = b"" if algorithm.is_secret else spki_of(objects.public(token, target[Attribute.ID]), algorithm)
    try:
        with (
            openssl.oaep_decrypt(twin.private, blob[:split], scheme.hash_name) as transport,
            unwrapped_copy(token, transport, blob[split:], algorithm, purpose) as copy,
        ):
            proof.verify_copy(token, target, copy, algorithm, purpose, spki)
    except (openssl.OpenSslRefused, PKCS11Error, ReturnCode) as error:
        raise _twin_differs() from error
    except Refusal as error:
        raise (_twin_differs() if error.code == "proof-failed" else error) from error


def _try_sealed(room: Room, material: SecretBuffer, scheme: WrapScheme, twin: Twin) -> None:
    """Way 3: what the twin opens lies beside the material in locked memory."""
    with _opened(_sealed(room, material, twin.spki, scheme), scheme, twin) as opened:
        _require(opened.same(material))


def _opened(blob: bytes, scheme: WrapScheme, twin: Twin) -> SecretBuffer:
    try:
        if not scheme.is_hybrid:
            return openssl.oaep_decrypt(twin.private, blob, scheme.hash_name)
        split = _modulus_length(twin)
        with openssl.oaep_decrypt(twin.private, blob[:split], scheme.hash_name) as transport:
            return openssl.kwp_unwrap(transport, blob[split:])
    except openssl.OpenSslRefused as error:
        raise _twin_differs() from error


def _modulus_length(twin: Twin) -> int:
    return recipient(twin.spki).key_size // 8


def _extractable(token: OpenedToken, algorithm: Algorithm, cka_id: str) -> Any:
    key = objects.own(token, algorithm, objects.as_id(cka_id))
    if not key[Attribute.EXTRACTABLE]:
        raise Refusal("key-sealed", "This key was made or sealed so that it never leaves the token.", "Choose another key.", cka_id)
    return key


def _result(token: OpenedToken, scheme: WrapScheme, ciphertext: bytes, assurance: Assurance, *, repaired: bool = False) -> Wrapped:
    used_kwp = scheme.is_hybrid or assurance is Assurance.STRONGROOM
    return Wrapped(
        ciphertext=ciphertext,
        assurance=assurance,
        repaired=repaired,
        twin_opened=True,
        kwp_mechanism=kwp.mechanism(token) if used_kwp else 0,
    )


def _require(holds: bool) -> None:
    if not holds:
        raise _twin_differs()


def _twin_differs() -> Refusal:
    return Refusal(
        "twin-differs",
        "The same way to a throw-away key was tried, and what came out is not the key.",
        "Do not send this package. Use another scheme or another token.",
    )


def _impossible(detail: str) -> Refusal:
    return Refusal("wrap-impossible", "This key cannot be wrapped in this way.", "Choose another scheme, or another token.", detail)
