"""What the token does with RSA-OAEP by itself: which hashes it really uses, tried with a known key and a throw-away recipient.

Tokens exist that take a parameter for SHA-256 and use SHA-1, so the name of a mechanism proves nothing.
"""

from __future__ import annotations

import ctypes
import struct

from pkcs11 import MechanismFlag, PKCS11Error

from ceremony_app.strongroom import openssl
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cryptoki import ReturnCode
from ceremony_app.strongroom.objects import imported
from ceremony_app.strongroom.randomness import system_random
from ceremony_app.strongroom.recipient import Twin, imported_recipient
from ceremony_app.strongroom.token import OpenedToken

RSA_PKCS_OAEP, RSA_AES_KEY_WRAP = 0x9, 0x1054
HASHES = ("sha256", "sha1")
_NUMBERS = {"sha1": (0x220, 1), "sha256": (0x250, 2)}  # CKM_SHA_1, CKG_MGF1_SHA1; CKM_SHA256, CKG_MGF1_SHA256
_DATA_SPECIFIED = 1  # CKZ_DATA_SPECIFIED
_AES_BITS = 256


def parameters(hash_name: str) -> bytes:
    """CK_RSA_PKCS_OAEP_PARAMS with MGF1 of the same hash and an empty label (PKCS#11 v3.1, 6.1.7)."""
    return struct.pack("LLLLL", *_NUMBERS[hash_name], _DATA_SPECIFIED, 0, 0)


def hashes(token: OpenedToken, twin: Twin) -> tuple[str, ...]:
    """Hashes that C_WrapKey with CKM_RSA_PKCS_OAEP really used today; asked once per session."""
    if token.oaep_hashes is None:
        token.oaep_hashes = tuple(name for name in HASHES if _direct(token, twin, name))
    return token.oaep_hashes


def native_hybrid(token: OpenedToken, twin: Twin) -> tuple[str, ...]:
    """The same for CKM_RSA_AES_KEY_WRAP."""
    return tuple(name for name in HASHES if _hybrid(token, twin, name))


def _direct(token: OpenedToken, twin: Twin, name: str) -> bool:
    with system_random(_AES_BITS // 8) as value:
        try:
            blob = _wrapped(token, twin, value, RSA_PKCS_OAEP, parameters(name))
            with openssl.oaep_decrypt(twin.private, blob, name) as opened:
                return opened.same(value)
        except (ReturnCode, PKCS11Error, openssl.OpenSslRefused):
            return False


def _hybrid(token: OpenedToken, twin: Twin, name: str) -> bool:
    inner = ctypes.create_string_buffer(parameters(name))  # must live as long as the call that is given its address
    described = struct.pack("LL", _AES_BITS, ctypes.addressof(inner))
    with system_random(_AES_BITS // 8) as value:
        try:
            blob = _wrapped(token, twin, value, RSA_AES_KEY_WRAP, described)
            split = len(blob) - openssl.kwp_length(len(value))
            with openssl.oaep_decrypt(twin.private, blob[:split], name) as key, openssl.kwp_unwrap(key, blob[split:]) as opened:
                return opened.same(value)
        except (ReturnCode, PKCS11Error, openssl.OpenSslRefused):
            return False


def _wrapped(token: OpenedToken, twin: Twin, value: SecretBuffer, mechanism: int, parameter: bytes) -> bytes:
    with imported(token, value, MechanismFlag.ENCRYPT, extractable=True) as target, imported_recipient(token, twin.spki) as public:
        return token.module.cryptoki.wrap(token.handle, mechanism, parameter, public.handle, target.handle)
