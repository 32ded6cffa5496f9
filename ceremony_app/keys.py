"""The vocabulary of keys: algorithms and purposes, and what each algorithm is made of."""

from __future__ import annotations

import re
from enum import Enum

import msgspec


class Purpose(Enum):
    """What a key is for; exactly one per key (SP 800-57 Part 1, section 5.2)."""

    ENCRYPT = "encrypt"
    WRAP = "wrap"
    MAC = "mac"
    SIGN = "sign"
    DECRYPT = "decrypt"


class Kind(Enum):
    """The family an algorithm belongs to."""

    AES = "AES"
    HMAC = "HMAC"
    RSA = "RSA"
    EC = "EC"
    EDWARDS = "EDWARDS"


class Algorithm(Enum):
    """Every algorithm a plan may name."""

    AES_128 = "AES-128"
    AES_256 = "AES-256"
    HMAC_256 = "HMAC-256"
    HMAC_384 = "HMAC-384"
    HMAC_512 = "HMAC-512"
    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    RSA_4096 = "RSA-4096"
    EC_P256 = "EC-P256"
    EC_P384 = "EC-P384"
    EC_P521 = "EC-P521"
    EC_SECP256K1 = "EC-secp256k1"
    ED25519 = "Ed25519"

    @property
    def kind(self) -> Kind:
        return _SHAPES[self].kind

    @property
    def bits(self) -> int:
        """Key length in bits: of the secret, the modulus or the curve."""
        return _SHAPES[self].bits

    @property
    def curve(self) -> str:
        """Name of the curve in SEC 2 / RFC 8410 terms; empty for keys that have none."""
        return _SHAPES[self].curve

    @property
    def purposes(self) -> frozenset[Purpose]:
        """The purposes this algorithm can serve here."""
        return _SHAPES[self].purposes

    @property
    def is_secret(self) -> bool:
        """True for symmetric keys, which have a check value instead of a public key."""
        return self.kind in (Kind.AES, Kind.HMAC)


class _Shape(msgspec.Struct, frozen=True):
    kind: Kind
    bits: int
    purposes: frozenset[Purpose]
    curve: str = ""


_AES = frozenset({Purpose.ENCRYPT, Purpose.WRAP, Purpose.MAC})
_HMAC = frozenset({Purpose.MAC})
_RSA = frozenset({Purpose.SIGN, Purpose.DECRYPT})
_SIGN = frozenset({Purpose.SIGN})

_SHAPES: dict[Algorithm, _Shape] = {
    Algorithm.AES_128: _Shape(Kind.AES, 128, _AES),
    Algorithm.AES_256: _Shape(Kind.AES, 256, _AES),
    Algorithm.HMAC_256: _Shape(Kind.HMAC, 256, _HMAC),
    Algorithm.HMAC_384: _Shape(Kind.HMAC, 384, _HMAC),
    Algorithm.HMAC_512: _Shape(Kind.HMAC, 512, _HMAC),
    Algorithm.RSA_2048: _Shape(Kind.RSA, 2048, _RSA),
    Algorithm.RSA_3072: _Shape(Kind.RSA, 3072, _RSA),
    Algorithm.RSA_4096: _Shape(Kind.RSA, 4096, _RSA),
    Algorithm.EC_P256: _Shape(Kind.EC, 256, _SIGN, "secp256r1"),
    Algorithm.EC_P384: _Shape(Kind.EC, 384, _SIGN, "secp384r1"),
    Algorithm.EC_P521: _Shape(Kind.EC, 521, _SIGN, "secp521r1"),
    Algorithm.EC_SECP256K1: _Shape(Kind.EC, 256, _SIGN, "secp256k1"),
    Algorithm.ED25519: _Shape(Kind.EDWARDS, 256, _SIGN, "ed25519"),
}

LABEL_PATTERN = r"[a-z0-9][a-z0-9-]{0,31}"
_LABEL = re.compile(LABEL_PATTERN)


def is_label(text: str) -> bool:
    """True when `text` may name a key or a backup group: lower-case letters, digits and hyphens, at most 32, no leading hyphen."""
    return _LABEL.fullmatch(text) is not None


def backup_info(use: str) -> bytes:
    """HKDF info of a key derived from the backup secret; `use` is `secret`, `wrap`, `mac` or `check`."""
    return f"key-ceremony/backup/{use}/1".encode()


def proof_message(ceremony_id: str, label: str, words: str) -> bytes:
    """What a new key signs, MACs or encrypts to prove itself: the witness's words stand inside a structure of ours, so nobody can have a
    foreign structure signed."""
    return f"key-ceremony/proof/1\n{ceremony_id}\n{label}\n{words}".encode()


class WrapScheme(Enum):
    """How key material is wrapped for a cloud. OAEP uses the same hash for MGF1 and an empty label (RFC 8017, section 7.1); hybrid is
    OAEP of a fresh AES-256 key followed by AES-KWP (RFC 5649) of the material, concatenated (PKCS#11 v3.1, 6.1.29 CKM_RSA_AES_KEY_WRAP)."""

    OAEP_SHA1 = "RSAES_OAEP_SHA_1"
    OAEP_SHA256 = "RSAES_OAEP_SHA_256"
    HYBRID_SHA1 = "RSA_AES_KEY_WRAP_SHA_1"
    HYBRID_SHA256 = "RSA_AES_KEY_WRAP_SHA_256"

    @property
    def hash_name(self) -> str:
        """`sha1` or `sha256`."""
        return "sha1" if self in (WrapScheme.OAEP_SHA1, WrapScheme.HYBRID_SHA1) else "sha256"

    @property
    def is_hybrid(self) -> bool:
        return self in (WrapScheme.HYBRID_SHA1, WrapScheme.HYBRID_SHA256)


class Assurance(Enum):
    """Where key material was in the clear while a package was made, best first."""

    IN_TOKEN = "in-token"
    TRANSPORT_KEY = "transport-key-in-strongroom"
    STRONGROOM = "material-in-strongroom"
