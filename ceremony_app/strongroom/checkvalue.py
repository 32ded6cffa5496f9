"""Check values of secret keys, made in the token with the key's own mechanism: 5 bytes as 10 hex digits.

encrypt: AES-ECB of a zero block; wrap: AES-KWP (RFC 5649) of 16 zero bytes; mac: HMAC or AES-CMAC of 16 zero bytes.
"""

from __future__ import annotations

from typing import Any

from pkcs11 import Mechanism, MechanismFlag

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.strongroom import kwp
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.objects import imported
from ceremony_app.strongroom.token import OpenedToken

LENGTH = 5
_ZEROS = bytes(16)
HMACS = {256: Mechanism.SHA256_HMAC, 384: Mechanism.SHA384_HMAC, 512: Mechanism.SHA512_HMAC}


def mac_mechanism(algorithm: Algorithm) -> Mechanism:
    """HMAC with the hash of the key's length (FIPS 198-1), or AES-CMAC (NIST SP 800-38B)."""
    return Mechanism.AES_CMAC if algorithm.kind is Kind.AES else HMACS[algorithm.bits]


def check_value(token: OpenedToken, key: Any, algorithm: Algorithm, purpose: Purpose) -> str:
    """The check value of a secret key object."""
    match purpose:
        case Purpose.ENCRYPT:
            made = key.encrypt(_ZEROS, mechanism=Mechanism.AES_ECB)
        case Purpose.WRAP:
            with SecretBuffer(len(_ZEROS)) as zeros, imported(token, zeros, MechanismFlag.ENCRYPT, extractable=True) as target:
                made = kwp.wrap(token, key, target)
        case _:
            made = key.sign(_ZEROS, mechanism=mac_mechanism(algorithm))
    return bytes(made[:LENGTH]).hex()
