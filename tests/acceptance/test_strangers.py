"""What a stranger does with the evidence and the cards, without any code of this product: `sh`, `sha256sum`, `openssl`, Python's standard
library, and other people's SLIP-39 programs."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Rehearsal

pytestmark = pytest.mark.xdist_group("acceptance")

GROUPS = {"payments": (3, 5, ("payments-kek", "payments-signing")), "signing": (2, 3, ("release-signing",))}
"""Threshold, cards and keys of each group of the sample."""


def blocks(recipe: Path) -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", recipe.read_text(), re.M | re.S))


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment}
    return subprocess.run(["sh", "-c", script], cwd=folder, env=clean, capture_output=True, text=True, timeout=120, check=False)


def verify(folder: Path, rehearsal: Rehearsal, **changed: str) -> subprocess.CompletedProcess[str]:
    paper = {"HEAD": rehearsal.head, "SIGNER": rehearsal.signer, "ADDENDA": "2", **changed}
    return shell(blocks(folder / "VERIFY.md"), folder, **paper)


def test_verify_md_verifies(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    done = verify(copy(), rehearsal)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["record.log", "READ-FIRST.pdf", "addenda/001.log", "SHA256SUMS.record-1.p7s", "recover.py"])
def test_verify_md_finds_a_changed_file(copy: Callable[[], Path], rehearsal: Rehearsal, name: str) -> None:
    folder = copy()
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    assert verify(folder, rehearsal).returncode == 1


def test_verify_md_needs_the_head_from_paper(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    assert verify(copy(), rehearsal, HEAD="0" * 64).returncode == 1
    assert verify(copy(), rehearsal, SIGNER="0" * 64).returncode == 1


def facts(rehearsal: Rehearsal, tag: str) -> list[dict[str, object]]:
    """Bodies of the record's facts of one kind, read without product code."""
    rows = (line.split(" ", 5) for line in (rehearsal.evidence / "record.log").read_text().splitlines())
    return [json.loads(row[5]) for row in rows if row[3] == tag]


def choices(threshold: int, count: int) -> list[tuple[int, ...]]:
    return list(itertools.combinations(range(1, count + 1), threshold))


@pytest.mark.parametrize(("group", "label"), [(group, label) for group, (_, _, labels) in GROUPS.items() for label in labels])
def test_recover_py_brings_every_key_back_from_any_cards_and_either_medium(
    rehearsal: Rehearsal, tmp_path: Path, group: str, label: str
) -> None:
    threshold, count, _ = GROUPS[group]
    made = next(fact for fact in facts(rehearsal, "KeyGenerated") if fact["label"] == label)
    for round_number, numbers in enumerate(choices(threshold, count)):
        cards = [str(rehearsal.out / "practice" / "cards" / f"{group}-{n}.txt") for n in numbers]
        backup = rehearsal.out / "media" / f"backup-{1 + round_number % 2}" / group / f"{label}.json"
        key = tmp_path / f"{round_number}.key"
        arguments = [argument for card in cards for argument in ("--card", card)]
        done = subprocess.run(
            [sys.executable, "-I", "-S", rehearsal.evidence / "recover.py", *arguments, "--backup", backup, "--out", key],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert_same_key(key, made)


def assert_same_key(key: Path, made: dict[str, object]) -> None:
    """By openssl: the public half, or the check value (AES-ECB of a zero block, for the purpose `encrypt`)."""
    if made["spki"]:
        public = subprocess.run(
            ["openssl", "pkey", "-inform", "DER", "-in", key, "-pubout", "-outform", "DER"], capture_output=True, check=True
        ).stdout
        digest = subprocess.run(["sha256sum"], input=public, capture_output=True, check=True).stdout[:64].decode()
        assert digest == made["spki_sha256"]
    else:
        command = ["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", key.read_bytes().hex()]
        value = subprocess.run(command, input=bytes(16), capture_output=True, check=True).stdout[:5].hex()
        assert value == made["check_value"]


@pytest.mark.parametrize(("group", "label"), [(group, label) for group, (_, _, labels) in GROUPS.items() for label in labels])
def test_recover_md_brings_every_key_back_by_openssl(rehearsal: Rehearsal, tmp_path: Path, group: str, label: str) -> None:
    """The second way, whole: the recipe's own blocks, with the reference SLIP-39 program."""
    threshold, count, _ = GROUPS[group]
    numbers = choices(threshold, count)[-1]
    for n in numbers:
        shutil.copy(rehearsal.out / "practice" / "cards" / f"{group}-{n}.txt", tmp_path / f"card-{n}.txt")
    shutil.copy(rehearsal.out / "media" / "backup-2" / group / f"{label}.json", tmp_path / "backup.json")
    script = blocks(rehearsal.evidence / "RECOVER.md")
    script = script[script.index("python3 -c") :]
    script = script.replace("card-1.txt card-3.txt card-4.txt", " ".join(f"card-{n}.txt" for n in numbers))
    path = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"
    done = shell("set -eu\n" + script, tmp_path, BACKUP="backup.json", PATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    sets = {str(fact["group"]): fact for fact in facts(rehearsal, "ShareSetMade")}
    assert f"check value of the card set: {sets[group]['check_value']}".lower() in done.stdout.lower()
    assert "MAC equal" in done.stdout
    made = next(fact for fact in facts(rehearsal, "KeyGenerated") if fact["label"] == label)
    assert_same_key(tmp_path / "key.bin", made)


def by_embit(cards: list[str]) -> bytes:
    from embit import slip39

    return bytes(slip39.ShareSet([slip39.Share.parse(card) for card in cards]).recover())


def by_bip39_slip39(cards: list[str]) -> bytes:
    from bip39_slip39.slip39 import master_secret_from_mnemonics

    return bytes(master_secret_from_mnemonics(cards))


@pytest.mark.parametrize("reader", [by_embit, by_bip39_slip39])
@pytest.mark.parametrize("group", list(GROUPS))
def test_foreign_programs_combine_the_same_cards(rehearsal: Rehearsal, group: str, reader: Callable[[list[str]], bytes]) -> None:
    """The check value of what they find, made by openssl, is the one on the cards."""
    threshold, count, _ = GROUPS[group]
    recorded = next(fact for fact in facts(rehearsal, "ShareSetMade") if fact["group"] == group)
    for numbers in choices(threshold, count):
        secret = reader([rehearsal.words(group, n).strip() for n in numbers])
        assert check_value(secret.hex()) == recorded["check_value"]


def check_value(secret: str) -> str:
    """AES-256-CMAC of 16 zero bytes under the check key, first 5 bytes, by openssl alone (RFC 5869, NIST SP 800-38B)."""
    derive = ["openssl", "kdf", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", f"hexkey:{secret}"]
    derive += ["-kdfopt", "info:key-ceremony/backup/check/1", "-binary", "HKDF"]
    key = subprocess.run(derive, capture_output=True, check=True).stdout.hex()
    mac = ["openssl", "mac", "-cipher", "AES-256-CBC", "-macopt", f"hexkey:{key}", "-in", "-", "CMAC"]
    return subprocess.run(mac, input=bytes(16), capture_output=True, check=True).stdout[:10].decode().lower()
