"""AES key wrap with padding (RFC 5649) as this token does it: which mechanism number it is, and whether the token pads by itself before.

0x210B is the number of PKCS#11 v3.0; SoftHSM and others use 0x210A, which in other products is something else. SoftHSM 2.6 fills the
plaintext with zeros to a multiple of 8 bytes before it wraps, so that PKCS#8 comes back with zeros behind it. Only a self-test with a
known key tells.
"""

from __future__ import annotations

from typing import Any

from pkcs11 import KeyType, MechanismFlag, PKCS11Error

from ceremony_app.keys import Algorithm, Kind
from ceremony_app.strongroom import openssl
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cryptoki import ReturnCode
from ceremony_app.strongroom.objects import imported
from ceremony_app.strongroom.randomness import system_random
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.token import OpenedToken

CANDIDATES = (0x210B, 0x210A)
_ODD_LENGTH = 20
_EXACT_KINDS = (Kind.AES, Kind.HMAC)
_EXACT_CURVES = (Algorithm.EC_P384, Algorithm.EC_SECP256K1)  # PKCS#8 without public key has 80 and 64 bytes


def mechanism(token: OpenedToken) -> int:
    """Number of the mechanism whose output is RFC 5649, found by self-test once per session. Refusal `kwp-impossible`."""
    if token.kwp_mechanism is None:
        token.kwp_mechanism = _self_test(token)
        token.kwp_pads = token.kwp_mechanism != 0 and _pads(token, token.kwp_mechanism)
    if token.kwp_mechanism == 0:
        raise Refusal(
            "kwp-impossible",
            "This token does not wrap keys with AES key wrap with padding (RFC 5649), or takes no known key to do it with.",
            "Use a token that can; the plan check says which ways are left.",
        )
    return token.kwp_mechanism


def may_pad(token: OpenedToken, algorithm: Algorithm) -> bool:
    """Whether what this token wraps of this algorithm can have bytes behind it that are not the key's."""
    mechanism(token)
    return token.kwp_pads and algorithm.kind not in _EXACT_KINDS and algorithm not in _EXACT_CURVES


def wrap(token: OpenedToken, wrapping: Any, target: Any) -> bytes:
    """KWP of one object under another, both in the token."""
    return token.module.cryptoki.wrap(token.handle, mechanism(token), b"", wrapping.handle, target.handle)


def wrap_under(token: OpenedToken, key: SecretBuffer, target: Any) -> bytes:
    """KWP of an object under a known key, which enters the token as a session object for this call only."""
    with imported(token, key, MechanismFlag.WRAP) as wrapping:
        return wrap(token, wrapping, target)


def trimmed(plain: SecretBuffer, algorithm: Algorithm) -> bool:
    """Cut the token's zeros behind a PKCS#8 off, in place; answers whether there were any. Refusal `material-malformed`."""
    if algorithm.is_secret:
        return False
    length = der_length(plain.view()[:4])
    tail = len(plain) - length
    if not 0 <= tail < 8 or any(plain.view()[length:]):
        raise Refusal("material-malformed", "What the token wrapped is not a private key in DER.", "Do not use this token for this key.")
    plain.shorten(length)
    return tail > 0


def der_length(head: memoryview | bytes) -> int:
    """Whole length of a DER SEQUENCE from its first four bytes; 0 when it is not one of less than 64 KiB."""
    if len(head) < 4 or head[0] != 0x30:
        return 0
    if head[1] < 0x80:
        return 2 + head[1]
    if head[1] == 0x81:
        return 3 + head[2]
    return 4 + (head[2] << 8 | head[3]) if head[1] == 0x82 else 0


def _self_test(token: OpenedToken) -> int:
    """The candidate whose output equals libcrypto's for a known key under a known key; 0 for none."""
    with system_random(32) as key, system_random(32) as value:
        expected = openssl.kwp_wrap(key, value)
        try:
            with (
                imported(token, key, MechanismFlag.WRAP) as wrapping,
                imported(token, value, MechanismFlag.SIGN, kind=KeyType.GENERIC_SECRET, extractable=True) as target,
            ):
                return next((number for number in CANDIDATES if _wrapped(token, number, wrapping, target) == expected), 0)
        except (ReturnCode, PKCS11Error):
            return 0


def _pads(token: OpenedToken, number: int) -> bool:
    """Whether a key of 20 bytes comes out longer. A token that takes no such key is trusted with none."""
    with system_random(32) as key, system_random(_ODD_LENGTH) as value:
        try:
            with (
                imported(token, key, MechanismFlag.WRAP) as wrapping,
                imported(token, value, MechanismFlag.SIGN, kind=KeyType.GENERIC_SECRET, extractable=True) as target,
            ):
                return _wrapped(token, number, wrapping, target) != openssl.kwp_wrap(key, value)
        except (ReturnCode, PKCS11Error):
            return True


def _wrapped(token: OpenedToken, number: int, wrapping: Any, target: Any) -> bytes:
    try:
        return token.module.cryptoki.wrap(token.handle, number, b"", wrapping.handle, target.handle)
    except ReturnCode:
        return b""
