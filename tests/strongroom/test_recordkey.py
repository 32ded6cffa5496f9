"""The record's key: made once, signs, and ends with its storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.settings import practice_module
from ceremony_app.strongroom.client import Strongroom, StrongroomRefused
from ceremony_app.strongroom.protocol import ListObjects, MakeRecordKey, MakeScratchToken, Prepare, SignWithRecordKey, WipeStorage
from tests.strongroom.starter import Starter, openssl


def test_openssl_verifies_what_the_record_key_signs(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom(token="")
    ready = started.call(MakeRecordKey(label="RECORD"))
    message = b"line\n" * 1000
    for name, content in (("message", message), ("spki", ready.spki), ("signature", started.call(SignWithRecordKey(message)).signature)):
        (tmp_path / name).write_bytes(content)
    public, signature, signed = tmp_path / "pem", tmp_path / "signature", tmp_path / "message"
    openssl("pkey", "-pubin", "-inform", "DER", "-in", tmp_path / "spki", "-out", public)
    assert openssl("dgst", "-sha256", "-verify", public, "-signature", signature, signed) == b"Verified OK\n"
    assert {row.object_class for row in started.call(ListObjects()).objects} == {"PRIVATE_KEY", "PUBLIC_KEY"}


def test_it_is_made_once_and_asked_for_first(strongroom: Starter) -> None:
    started = strongroom(token="")
    with pytest.raises(StrongroomRefused) as caught:
        started.call(SignWithRecordKey(b""))
    assert caught.value.code == "record-key-missing"
    started.call(MakeRecordKey(label="RECORD"))
    with pytest.raises(StrongroomRefused) as caught:
        started.call(MakeRecordKey(label="RECORD"))
    assert caught.value.code == "record-key-exists"


def test_after_wiping_it_signs_no_more(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom(token="")
    started.call(MakeRecordKey(label="RECORD"))
    assert started.call(WipeStorage()).left == 0
    with pytest.raises(StrongroomRefused) as caught:
        started.call(SignWithRecordKey(b""))
    assert caught.value.code == "token-closed"
    assert [path for path in (tmp_path / "storage").rglob("*") if path.is_file()] == []


def test_a_scratch_token_ends_with_its_process(tmp_path: Path) -> None:
    """Nobody can open it any more, so nothing of it stays in memory-backed storage."""
    directory = tmp_path / "scratch"
    with Strongroom.start(practice_module()) as room:
        room.call(Prepare(storage=str(directory)))
        room.call(MakeScratchToken(label="SCRATCH"))
        assert any(directory.rglob("*.object"))
    assert not directory.exists()


def test_wiped_storage_leaves_no_directory(tmp_path: Path) -> None:
    directory = tmp_path / "record"
    with Strongroom.start(practice_module()) as room:
        room.call(Prepare(storage=str(directory)))
        room.call(MakeRecordKey(label="record-1"))
        wiped = room.call(WipeStorage())
        assert wiped.files == wiped.overwritten > 0
        assert wiped.left == 0
        assert not directory.exists()
