"""The record's own key: EC P-256 in a token of our own storage, whose PIN nobody learns; it signs packages and the manifest."""

from __future__ import annotations

import hashlib
import os

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom import objects, proof
from ceremony_app.strongroom.key import make
from ceremony_app.strongroom.protocol import MakeRecordKey, MakeScratchToken, RecordKeyReady, Signed, SignWithRecordKey
from ceremony_app.strongroom.publickey import spki_of
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import make_scratch_token

_LABEL = "record-key"


class RecordKey:
    """The drawer: CKA_ID of the record key, empty before it is made."""

    def __init__(self) -> None:
        self.cka_id = b""


def make_record_key(room: Room, request: MakeRecordKey) -> RecordKeyReady:
    """Make the record token and its key, which is not extractable. Refusals as `MakeScratchToken`, and `record-key-exists`."""
    drawer = room.drawer(RecordKey)
    if drawer.cka_id:
        raise Refusal("record-key-exists", "This process already holds a record key.", "Start a new strongroom for another one.")
    make_scratch_token(room, MakeScratchToken(label=request.label))
    cka_id = os.urandom(16)
    public, _private = make(room.token, Algorithm.EC_P256, Purpose.SIGN, label=_LABEL, cka_id=cka_id, extractable=False, store=True)
    drawer.cka_id = cka_id
    return RecordKeyReady(spki=spki_of(public, Algorithm.EC_P256), serial=room.token.serial)


def sign_with_record_key(room: Room, request: SignWithRecordKey) -> Signed:
    """ECDSA over SHA-256 of the message, in DER. Refusal `record-key-missing`."""
    cka_id = room.drawer(RecordKey).cka_id
    if not cka_id:
        raise Refusal("record-key-missing", "This process holds no record key.", "Make the record key first.")
    key = objects.own(room.token, Algorithm.EC_P256, cka_id)
    return Signed(signature=proof.ecdsa(key, hashlib.sha256(request.message).digest()))
