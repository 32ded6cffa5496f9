"""A small ceremony for tests: keys of many kinds, proved, backed up under one card set, as their own requests leave them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from ceremony_app.keys import Algorithm, Purpose, proof_message
from ceremony_app.strongroom import backup, shares
from ceremony_app.strongroom.key import generate_key
from ceremony_app.strongroom.proof import prove_key
from ceremony_app.strongroom.protocol import (
    BackUpKey,
    BackupMetadata,
    CardKnown,
    GenerateKey,
    KeyMade,
    KeyProof,
    MakeShareSet,
    ProveKey,
    RestoreKey,
)
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.shares import CardSets
from tests.strongroom.scene import token_room

GROUP = "payments"
CEREMONY = "20261124-ABCDEFGH"
KEYS = (
    (Algorithm.AES_128, Purpose.ENCRYPT),
    (Algorithm.AES_256, Purpose.ENCRYPT),
    (Algorithm.AES_256, Purpose.WRAP),
    (Algorithm.AES_256, Purpose.MAC),
    (Algorithm.HMAC_256, Purpose.MAC),
    (Algorithm.HMAC_384, Purpose.MAC),
    (Algorithm.HMAC_512, Purpose.MAC),
    (Algorithm.RSA_2048, Purpose.SIGN),
    (Algorithm.RSA_2048, Purpose.DECRYPT),
    (Algorithm.EC_P256, Purpose.SIGN),
    (Algorithm.EC_P384, Purpose.SIGN),
    (Algorithm.EC_P521, Purpose.SIGN),
    (Algorithm.EC_SECP256K1, Purpose.SIGN),
)


class Saved(NamedTuple):
    """A key as its ceremony left it."""

    made: KeyMade
    purpose: Purpose
    message: bytes
    proof: KeyProof
    content: bytes

    @property
    def request(self) -> RestoreKey:
        made = self.made
        return RestoreKey(GROUP, self.content, made.algorithm, self.purpose, made.spki, made.check_value, self.message, self.proof)


class Ceremony(NamedTuple):
    known: CardKnown
    cards: list[str]
    keys: list[Saved]


def back_up(room: Room, made: KeyMade, purpose: Purpose) -> bytes:
    metadata = BackupMetadata(
        ceremony_id=CEREMONY,
        group=GROUP,
        set_id="20260042",
        label=made.label,
        cka_id=made.cka_id,
        algorithm=made.algorithm,
        purpose=purpose,
        spki=made.spki,
        check_value=made.check_value,
    )
    request = BackUpKey(GROUP, made.cka_id, made.algorithm, msgspec.json.encode(metadata))
    content = backup.back_up_key(room, request).content
    assert backup.back_up_key(room, request).content == content
    return content


def make_ceremony(directory: Path) -> Ceremony:
    """Two of three cards, and every key of `KEYS`; the token is gone afterwards."""
    with token_room(directory) as room:
        made_set = shares.make_share_set(room, MakeShareSet(group=GROUP, set_id="20260042", threshold=2, count=3))
        cards = [bytes(card.view()).decode() for card in room.drawer(CardSets).sets[GROUP].cards]
        keys = []
        for number, (algorithm, purpose) in enumerate(KEYS):
            label, cka_id = f"key-{number}", f"{number + 1:032x}"
            made = generate_key(room, GenerateKey(label, cka_id, algorithm, purpose, extractable=True))
            message = proof_message(CEREMONY, label, "blue whale")
            proof = prove_key(room, ProveKey(cka_id, algorithm, purpose, message))
            keys.append(Saved(made, purpose, message, proof, back_up(room, made, purpose)))
    known = CardKnown(GROUP, made_set.set_id, 2, made_set.fingerprints, made_set.check_value, made_set.identifier)
    return Ceremony(known, cards, keys)
