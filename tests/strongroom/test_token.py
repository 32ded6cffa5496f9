"""Tokens found, initialised, opened and wiped, on real SoftHSM."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony_app.settings import practice_module
from ceremony_app.strongroom import storage
from ceremony_app.strongroom.client import StrongroomRefused, StrongroomUnfit
from ceremony_app.strongroom.protocol import (
    CloseToken,
    FindToken,
    InitialiseToken,
    ListObjects,
    MakeScratchToken,
    OpenToken,
    WipeStorage,
)
from ceremony_app.strongroom.refusal import Refusal
from tests.strongroom.starter import Starter


def refusal(caught: pytest.ExceptionInfo[StrongroomRefused]) -> str:
    return caught.value.code


def test_a_token_is_made_with_proved_pins_and_opened_again(strongroom: Starter) -> None:
    first = strongroom(token="", practice="practice")
    assert not first.call(FindToken(label="")).present
    assert not first.call(FindToken(label="PAYMENTS")).present
    with pytest.raises(StrongroomRefused) as caught:
        first.call(InitialiseToken(label="PAYMENTS"))
    assert refusal(caught) == "pin-not-proved"
    strongroom.prove_pins(first)
    made = first.call(InitialiseToken(label="PAYMENTS"))
    assert (made.present, made.label, made.user_pin_set, made.objects) == (True, "PAYMENTS", True, 0)
    first.call(CloseToken())
    with pytest.raises(StrongroomRefused) as caught:
        first.call(ListObjects())
    assert refusal(caught) == "token-closed"
    first.close()

    second = strongroom(token="", practice="practice")
    strongroom.prove_pins(second, make=False)
    for label, serial, code in (("OTHER", made.serial, "token-missing"), ("PAYMENTS", "0000000000000000", "token-other")):
        with pytest.raises(StrongroomRefused) as caught:
            second.call(OpenToken(label=label, serial=serial))
        assert refusal(caught) == code
    assert second.call(OpenToken(label="PAYMENTS", serial=made.serial)) == made
    with pytest.raises(StrongroomRefused) as caught:
        second.call(InitialiseToken(label="PAYMENTS"))
    assert refusal(caught) == "token-exists"


def test_another_pin_is_refused_and_leaves_no_session(strongroom: Starter) -> None:
    first = strongroom(token="", practice="practice")
    strongroom.prove_pins(first)
    made = first.call(InitialiseToken(label="PAYMENTS"))
    first.close()
    second = strongroom(token="", practice="other")
    strongroom.prove_pins(second, practice="other")
    for _ in range(3):
        with pytest.raises(StrongroomRefused) as caught:
            second.call(OpenToken(label="PAYMENTS", serial=made.serial))
        assert refusal(caught) == "pin-refused"
    second.call(InitialiseToken(label="SECOND"))  # C_InitToken refuses where a session was left open


INTERRUPTED = """
import sys
from ceremony_app.strongroom import module, pins
from ceremony_app.strongroom.handlers import HANDLERS
from ceremony_app.strongroom.protocol import DepositFile, Prepare, ProvePinHalf
from ceremony_app.strongroom.room import Room
room = Room(sys.argv[1])
module.prepare(room, Prepare(storage=sys.argv[2], practice=sys.argv[3]))
for role in ("user", "so"):
    for half in ("A", "B"):
        path = f"{room.practice}/secrets/pin-{role}-{half}"
        for request in (DepositFile(name="pin-half", path=path), ProvePinHalf(role=role, half=half)):
            HANDLERS[type(request)](room, request)
slot, _ = room.module.slots()[0]
room.module.cryptoki.init_token(slot.slot_id, pins.proved_pin(room, "so"), "PAYMENTS")
"""


def test_an_interrupted_initialisation_is_done_again(strongroom: Starter, tmp_path: Path) -> None:
    """Between C_InitToken and C_InitPIN the token has a name and no user PIN."""
    first = strongroom(token="", practice="practice")
    strongroom.prove_pins(first)
    first.close()
    arguments = [practice_module(), str(tmp_path / "storage"), str(tmp_path / "practice")]
    subprocess.run([sys.executable, "-c", INTERRUPTED, *arguments], check=True)
    second = strongroom(token="", practice="practice")
    half_made = second.call(FindToken(label="PAYMENTS"))
    assert (half_made.present, half_made.user_pin_set) == (True, False)
    strongroom.prove_pins(second, make=False)
    assert second.call(InitialiseToken(label="PAYMENTS")).user_pin_set


@pytest.mark.parametrize("label", ["", " ", "x" * 33, "ü" * 17, "two\nlines"])
def test_labels_that_a_token_cannot_have(strongroom: Starter, label: str) -> None:
    started = strongroom(token="")
    with pytest.raises(StrongroomRefused) as caught:
        started.call(MakeScratchToken(label=label))
    assert refusal(caught) == "token-label"


def test_scratch_token_needs_our_storage(strongroom: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = tmp_path / "machine"
    tokens.mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    started = strongroom(storage="", token="")
    for request in (MakeScratchToken(label="SCRATCH"), WipeStorage()):
        with pytest.raises(StrongroomRefused) as caught:
            started.call(request)
        assert refusal(caught) == "storage-missing"


def test_storage_is_private_and_ours(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom()
    directory = tmp_path / "storage"
    assert {path.stat().st_mode & 0o077 for path in [directory, *directory.rglob("*")]} == {0}
    started.close()
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(StrongroomRefused) as caught:
        strongroom(storage="open")
    assert refusal(caught) == "storage-unusable"
    (tmp_path / "file").write_text("")
    with pytest.raises(StrongroomRefused) as caught:
        strongroom(storage="file")
    assert refusal(caught) == "storage-unusable"


def test_a_token_whose_files_lie_elsewhere_is_refused(strongroom: Starter, tmp_path: Path) -> None:
    """SoftHSM falls back to the machine's own directory without a word when it dislikes a configuration."""
    made = strongroom(token="").call(MakeScratchToken(label="SCRATCH"))
    storage.require_ours(tmp_path / "storage", made.serial)
    with pytest.raises(Refusal, match="storage-other"):
        storage.require_ours(tmp_path / "storage", made.serial[:-1] + ("0" if made.serial[-1] != "0" else "1"))


def test_wiping_leaves_no_file_and_no_copy(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom()
    directory = tmp_path / "storage"
    token = next(directory.glob("tokens/*/token.object"))
    kept = tmp_path / "hard-link"
    os.link(token, kept)
    before = kept.read_bytes()
    files = sum(path.is_file() for path in directory.rglob("*"))
    wiped = started.call(WipeStorage())
    assert (wiped.files, wiped.overwritten, wiped.left) == (files, files, 0)
    assert before not in kept.read_bytes()
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ListObjects())
    assert refusal(caught) == "token-closed"


@pytest.mark.parametrize("laid", ["link", "open to others", "file"])
def test_storage_that_somebody_laid_there_is_not_used(strongroom: Starter, tmp_path: Path, laid: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    storage = tmp_path / "storage"
    if laid == "link":
        storage.symlink_to(victim)
    elif laid == "file":
        storage.write_text("")
    else:
        storage.mkdir(mode=0o755)
    with pytest.raises(StrongroomUnfit) as caught:
        strongroom(token="")
    assert caught.value.code == "storage-unusable"
    assert not list(victim.iterdir())


def test_a_configuration_that_is_a_link_is_not_written_through(strongroom: Starter, tmp_path: Path) -> None:
    storage, victim = tmp_path / "storage", tmp_path / "victim"
    storage.mkdir(mode=0o700)
    victim.write_text("precious")
    (storage / "softhsm2.conf").symlink_to(victim)
    strongroom(token="")
    assert victim.read_text() == "precious"


def test_wiping_follows_no_link(tmp_path: Path) -> None:
    victim, own = tmp_path / "victim", tmp_path / "own"
    victim.mkdir()
    (victim / "precious").write_text("precious")
    own.mkdir()
    (own / "secret").write_text("secret")
    (own / "folder").symlink_to(victim)
    (own / "file").symlink_to(victim / "precious")
    assert storage.wipe(own) == (1, 1, 0)
    assert not own.exists()
    own.symlink_to(victim)
    assert storage.wipe(own) == (0, 0, 1)
    assert (victim / "precious").read_text() == "precious"
