"""Facts about keys in the token."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact


class KeyGenerationBegun(Fact):
    """Intent: a key with this random CKA_ID (hex) is about to be generated."""

    label: str
    cka_id: str


class KeyGenerated(Fact):
    """A key as read back from the token. `spki` is base64 of DER (empty for secret keys), `check_value` 10 hex digits (empty for pairs)."""

    label: str
    cka_id: str
    algorithm: str
    purpose: str
    mechanism: str
    serial: str
    attributes: dict[str, str]
    spki: str
    spki_sha256: str
    check_value: str


class KeyProved(Fact):
    """The key was used once for its purpose. `message` holds the witness's words; `value` is base64 (docs/record-format.md: proofs)."""

    label: str
    words: str
    words_by: str
    method: str
    value: str
    reference: str


class KeySealed(Fact):
    """EXTRACTABLE was set to false and read back."""

    label: str
    attributes: dict[str, str]


class KeyDestructionBegun(Fact):
    """Intent: the objects of this key are about to be destroyed."""

    label: str
    cka_id: str
    reason: str


class KeyObjectsRemoved(Fact):
    """`removed` objects of the key were destroyed and `overwritten` of the token's files overwritten; `found` are left."""

    label: str
    cka_id: str
    removed: int
    overwritten: int
    found: int


class KeyDestroyed(Fact):
    """A fresh process found none of the key's objects by id or label. Other copies are rows of their own."""

    label: str
    cka_id: str
    reason: str
