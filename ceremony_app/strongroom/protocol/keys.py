"""Requests about keys in the token."""

from __future__ import annotations

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom.protocol.message import Reply, Request


class KeyMade(Reply):
    """A key as read back. `attributes` are CKA names without prefix with their values as text; `spki` is DER (empty for secret keys),
    `spki_sha256` hex; `check_value` is 10 hex digits (empty for pairs)."""

    label: str
    cka_id: str
    algorithm: Algorithm
    mechanism: str
    serial: str
    attributes: dict[str, str]
    spki: bytes = b""
    spki_sha256: str = ""
    check_value: str = ""


class GenerateKey(Request[KeyMade]):
    """Generate in the token with the smallest template for the purpose, read every attribute back and compare (`attribute-differs`)."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    extractable: bool
    deadline = 300.0
    writes = True


class KeySeen(Reply):
    """What is found under a CKA_ID. `complete`: private or secret object, and the public one where there is one. `remnants`: objects or
    files of an interrupted generation. `same_public` counts public and private objects of the same value under another id."""

    complete: bool
    private: int
    public: int
    remnants: int
    same_label: int
    same_public: int = 0


class FindKey(Request[KeySeen]):
    """Look for a key by id and label, and by public value where `spki` (DER) is given."""

    cka_id: str
    label: str
    algorithm: Algorithm
    spki: bytes = b""


class ReadKey(Request[KeyMade]):
    """Read a key back as `GenerateKey` does, to adopt it after an interruption. Code `key-missing`."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    extractable: bool


class KeyProof(Reply):
    """How a key was proved. `method`: `ECDSA-SHA256`, `RSA-PSS-SHA256`, `EdDSA`, `RSA-OAEP`, `HMAC-SHA256/384/512`, `AES-CMAC`,
    `AES-GCM`, `AES-KWP`. `value`: the signature (DER for ECDSA), MAC, or ciphertext (AES-GCM: 12-byte IV, ciphertext, 16-byte tag;
    RSA-OAEP: the ciphertext that the token opened; AES-KWP: the wrapped throw-away key). `reference`: for AES-KWP 5 bytes of HMAC that
    name the throw-away key, else empty."""

    method: str
    value: bytes
    reference: bytes = b""


class ProveKey(Request[KeyProof]):
    """Use the key once for its purpose on `message` and check the result outside the token with its public key where there is one."""

    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    message: bytes


class SealKey(Request[KeyMade]):
    """Set EXTRACTABLE to false and read back."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    writes = True


class KeyGone(Reply):
    """`removed` objects, `overwritten` files; `found` objects by id, by label and by public value afterwards (must be 0)."""

    removed: int
    overwritten: int
    found: int


class DestroyKey(Request[KeyGone]):
    """Destroy private, public and partial objects of this CKA_ID; SoftHSM's files are overwritten through descriptors opened before."""

    cka_id: str
    label: str
    algorithm: Algorithm
    spki: bytes = b""
    writes = True
