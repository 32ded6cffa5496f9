"""Backup files: one form, a MAC before everything, and every key back from cards into another token."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom import backup, backupfile, entry, objects, recovery
from ceremony_app.strongroom.groupsecret import GroupSecrets
from ceremony_app.strongroom.protocol import BackUpKey, BackupMetadata, EnterCard, KeyProof, RecoverSecret
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.ceremony import CEREMONY, GROUP, Ceremony, back_up, make_ceremony
from tests.strongroom.scene import secret, token_room


@pytest.fixture(scope="module")
def ceremony(tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    return make_ceremony(tmp_path_factory.mktemp("backup"))


def recover(room: Room, ceremony: Ceremony) -> None:
    for card in (ceremony.cards[2], ceremony.cards[0]):
        room.put_deposit("card", secret(card))
        entry.enter_card(room, EnterCard(known=ceremony.known))
    recovery.recover_secret(room, RecoverSecret(group=GROUP))


def test_every_key_comes_back_from_cards_into_another_token(ceremony: Ceremony, tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        recover(room, ceremony)
        for saved in ceremony.keys:
            restored = backup.restore_key(room, saved.request)
            assert restored.proof_holds
            assert (restored.label, restored.check_value) == (saved.made.label, saved.made.check_value)
            assert restored.spki_sha256 == saved.made.spki_sha256
            again = back_up(room, saved.made, saved.purpose)
            assert again == saved.content


def test_the_file_has_one_field_a_line(ceremony: Ceremony) -> None:
    for saved in ceremony.keys:
        lines = saved.content.decode().splitlines()
        assert [re.fullmatch(r'"([a-z]+)": "([A-Za-z0-9+/=]*)",?', line) is not None for line in lines] == [False, *[True] * 5, False]
        fields = json.loads(saved.content)
        assert list(fields) == ["version", "method", "metadata", "blob", "mac"]
        about = msgspec.json.decode(base64.b64decode(fields["metadata"]), type=BackupMetadata)
        assert (about.label, about.cka_id, about.spki) == (saved.made.label, saved.made.cka_id, saved.made.spki)


def test_a_changed_file_never_reaches_the_token(ceremony: Ceremony, tmp_path: Path) -> None:
    saved = ceremony.keys[1]
    file = backupfile.parse(saved.content)
    flipped = bytes([file.blob[-1] ^ 1])
    cases = {
        "backup-malformed": [b"", b"{}", saved.content[:-1], saved.content + b" ", b" " * 70000, saved.content.replace(b'"A"', b'"B"')],
        "backup-mac": [
            msgspec.structs.replace(file, blob=file.blob[:-1] + flipped).content(),
            msgspec.structs.replace(file, metadata=file.metadata + b" ").content(),
            msgspec.structs.replace(file, mac=bytes(32)).content(),
            msgspec.structs.replace(file, blob=backupfile.parse(ceremony.keys[2].content).blob).content(),
        ],
    }
    with token_room(tmp_path) as room:
        recover(room, ceremony)
        for code, contents in cases.items():
            for content in contents:
                with pytest.raises(Refusal, match=code):
                    backup.restore_key(room, msgspec.structs.replace(saved.request, content=content))
        assert objects.of_id(room.token, bytes.fromhex(saved.made.cka_id)) == []


def test_a_key_that_is_not_the_records_is_removed_again(ceremony: Ceremony, tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        recover(room, ceremony)
        for place, saved in enumerate(ceremony.keys):
            other = ceremony.keys[place - 1]
            wrong = [
                msgspec.structs.replace(saved.request, content=other.content),
                msgspec.structs.replace(saved.request, message=b"another message", proof=KeyProof(saved.proof.method, other.proof.value)),
            ]
            for request in wrong:
                with pytest.raises(Refusal):
                    backup.restore_key(room, request)
                assert objects.of_id(room.token, bytes.fromhex(saved.made.cka_id)) == []


def test_the_secret_of_another_group_opens_nothing(ceremony: Ceremony, tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        with pytest.raises(Refusal, match="secret-missing"):
            backup.restore_key(room, ceremony.keys[0].request)
        room.drawer(GroupSecrets).keep(GROUP, secret(bytes(32)))
        with pytest.raises(Refusal, match="backup-mac"):
            backup.restore_key(room, ceremony.keys[0].request)


@pytest.mark.parametrize("field", ["cka_id", "algorithm", "group", "json"])
def test_metadata_of_another_key_is_refused(tmp_path: Path, field: str) -> None:
    about = BackupMetadata(CEREMONY, GROUP, "20260042", "key-0", "0" * 31 + "1", Algorithm.AES_256, Purpose.ENCRYPT)
    changed = {"cka_id": "0" * 31 + "2", "algorithm": Algorithm.AES_128, "group": "other"}
    metadata = b"{" if field == "json" else msgspec.json.encode(msgspec.structs.replace(about, **{field: changed[field]}))
    room = Room()
    room.drawer(GroupSecrets).keep(GROUP, secret(bytes(32)))
    with pytest.raises(Refusal, match="metadata-malformed"):
        backup.back_up_key(room, BackUpKey(GROUP, about.cka_id, about.algorithm, metadata))


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_parse_is_the_inverse_of_content(metadata: bytes, blob: bytes, mac: bytes) -> None:
    file = backupfile.BackupFile(metadata, blob, mac)
    assert backupfile.parse(file.content()) == file


@given(st.data())
def test_no_changed_byte_is_read_as_the_same_file(data: st.DataObject) -> None:
    file = backupfile.BackupFile(b'{"label": "x"}', bytes(24), bytes(32))
    content = bytearray(file.content())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    try:
        other = backupfile.parse(bytes(content))
    except Refusal as refusal:
        assert refusal.code == "backup-malformed"
    else:
        assert other != file
