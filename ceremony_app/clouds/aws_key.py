"""Which keys AWS KMS takes, how they are wrapped, and what they become there: the table as data, each row with its source.

Sources: the KMS API model (botocore `kms/2014-11-01`), and the developer guide pages "Importing key material" (importing-keys-conceptual),
step 2 (importing-keys-get-public-key-and-token) and step 3 (importing-keys-encrypt-key-material).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm, Purpose, WrapScheme

GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide/"
STEP_2 = GUIDE + "importing-keys-get-public-key-and-token.html"
CONCEPTS = GUIDE + "importing-keys-conceptual.html"

_DIRECT = (WrapScheme.OAEP_SHA256, WrapScheme.OAEP_SHA1)
_HYBRID = (WrapScheme.HYBRID_SHA256, WrapScheme.HYBRID_SHA1)
_ENCRYPTION = {Purpose.ENCRYPT: "ENCRYPT_DECRYPT", Purpose.WRAP: "ENCRYPT_DECRYPT"}
_MAC = {Purpose.MAC: "GENERATE_VERIFY_MAC"}
_PAIR = {Purpose.SIGN: "SIGN_VERIFY", Purpose.DECRYPT: "ENCRYPT_DECRYPT"}
_SIGNING = {Purpose.SIGN: "SIGN_VERIFY"}


class AwsKey(msgspec.Struct, frozen=True):
    """One importable key: its `KeySpec`, the `KeyUsage` for each purpose, and the wrapping algorithms, the one we ask for first.
    `mac_algorithm` is what `GenerateMac` takes, empty for other keys."""

    key_spec: str
    usage: Mapping[Purpose, str]
    schemes: tuple[WrapScheme, ...]
    mac_algorithm: str = ""

    @property
    def is_symmetric(self) -> bool:
        """True for SYMMETRIC_DEFAULT, the one kind with `ImportType`, several materials, and no proof of what was imported."""
        return self.key_spec == "SYMMETRIC_DEFAULT"

    @property
    def in_token_scheme(self) -> WrapScheme:
        """The first scheme's form with SHA-1, the hash that many tokens have as their only one."""
        return next(scheme for scheme in self.schemes if scheme.hash_name == "sha1")


IMPORTABLE: Mapping[Algorithm, AwsKey] = {
    Algorithm.AES_256: AwsKey("SYMMETRIC_DEFAULT", _ENCRYPTION, _DIRECT),
    Algorithm.HMAC_256: AwsKey("HMAC_256", _MAC, _DIRECT, "HMAC_SHA_256"),
    Algorithm.HMAC_384: AwsKey("HMAC_384", _MAC, _DIRECT, "HMAC_SHA_384"),
    Algorithm.HMAC_512: AwsKey("HMAC_512", _MAC, _DIRECT, "HMAC_SHA_512"),
    Algorithm.RSA_2048: AwsKey("RSA_2048", _PAIR, _HYBRID),
    Algorithm.RSA_3072: AwsKey("RSA_3072", _PAIR, _HYBRID),
    Algorithm.RSA_4096: AwsKey("RSA_4096", _PAIR, _HYBRID),
    Algorithm.EC_P256: AwsKey("ECC_NIST_P256", _SIGNING, _HYBRID + _DIRECT),
    Algorithm.EC_P384: AwsKey("ECC_NIST_P384", _SIGNING, _HYBRID + _DIRECT),
    Algorithm.EC_P521: AwsKey("ECC_NIST_P521", _SIGNING, _HYBRID + _DIRECT),
    Algorithm.EC_SECP256K1: AwsKey("ECC_SECG_P256K1", _SIGNING, _HYBRID + _DIRECT),
}

# Algorithm -> (why not, the nearest that is)
NOT_IMPORTABLE: Mapping[Algorithm, tuple[str, Algorithm]] = {
    Algorithm.AES_128: ("symmetric material is exactly 256 bits outside the China Regions", Algorithm.AES_256),
    Algorithm.ED25519: ("the developer guide lists only NIST curves and secp256k1 for imported elliptic-curve keys", Algorithm.EC_P256),
}


def aws_key(algorithm: Algorithm) -> AwsKey:
    """The row of `algorithm`; raises `BadInput` with the nearest algorithm that can be imported."""
    row = IMPORTABLE.get(algorithm)
    if row is None:
        why, nearest = NOT_IMPORTABLE[algorithm]
        raise BadInput(
            "not-importable",
            "AWS KMS takes no {algorithm} key: {why}.",
            next_step="Plan {nearest} instead, the nearest that can be imported, and have the plan approved again.",
            algorithm=algorithm.value,
            why=why,
            nearest=nearest.value,
        )
    return row
