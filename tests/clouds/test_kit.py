"""Request sheets: complete for each export, in the layout in which answers come back, never mixed with others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import input_folder
from ceremony_app.clouds.kit import plan_kit
from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm
from ceremony_app.plan.model import Destination
from tests.clouds.handouts import ARN, NOW, OTHER_ARN, export, key_spec, parameters, plan, private_key, put, spki

TWO = plan(
    (key_spec(), export()),
    (key_spec(Algorithm.EC_P384, label="payments-signing"), export("payments-signing", OTHER_ARN)),
)


def test_a_sheet_for_each_export(tmp_path: Path) -> None:
    written = plan_kit(TWO, tmp_path / "kit")
    assert [path.relative_to(tmp_path / "kit").as_posix() for path in written] == [
        "README.md",
        "aws/payments-kek/REQUEST.md",
        "aws/payments-kek/wrapping.json",
        "aws/payments-signing/REQUEST.md",
        "aws/payments-signing/wrapping.json",
    ]
    sheet = (tmp_path / "kit/aws/payments-kek/REQUEST.md").read_text()
    for part in (ARN, "RSAES_OAEP_SHA_256", "RSA_4096", "--origin EXTERNAL", "--key-spec SYMMETRIC_DEFAULT", "24 hours", "16 ________"):
        assert part in sheet
    assert json.loads((tmp_path / "kit/aws/payments-signing/wrapping.json").read_text()) == {
        "WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256"
    }
    assert "--key-usage SIGN_VERIFY" in (tmp_path / "kit/aws/payments-signing/REQUEST.md").read_text()
    assert not any(re.search(r"@[A-Z_]+@", path.read_text()) for path in written)
    assert OTHER_ARN in (tmp_path / "kit/README.md").read_text()


def test_an_answer_put_into_the_kit_is_read_from_it(tmp_path: Path) -> None:
    plan_kit(TWO, tmp_path)
    folder = input_folder(tmp_path, TWO.exports[0])
    put(folder, parameters())
    assert cloud(Destination.AWS).recipient(folder, TWO.exports[0], TWO.keys[0], NOW, rehearsal=False).bits == 2048


def test_the_fingerprint_command_of_the_sheet_prints_what_is_compared(tmp_path: Path) -> None:
    plan_kit(TWO, tmp_path)
    folder = put(input_folder(tmp_path, TWO.exports[0]), parameters())
    (line,) = [line for line in (folder / "REQUEST.md").read_text().splitlines() if line.startswith("sed ")]
    printed = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True).stdout
    recipient = cloud(Destination.AWS).recipient(folder, TWO.exports[0], TWO.keys[0], NOW, rehearsal=False)
    assert printed.split()[0] == recipient.spki_sha256
    (folder / "WrappingPublicKey.bin").write_bytes(spki(private_key()))
    printed = subprocess.run(["sha256sum", "WrappingPublicKey.bin"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert printed.split()[0] == recipient.spki_sha256


def test_a_kit_never_joins_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    with pytest.raises(BadInput) as caught:
        plan_kit(TWO, tmp_path)
    assert caught.value.code == "kit-not-empty"
    with pytest.raises(BadInput) as caught:
        plan_kit(TWO, tmp_path / "old")
    assert caught.value.code == "kit-not-empty"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput) as caught:
        plan_kit(TWO, tmp_path / "file" / "kit")
    assert caught.value.code == "kit-unwritable"


def test_a_plan_that_cannot_be_asked_for_writes_nothing(tmp_path: Path) -> None:
    for pairs, code in (
        ((key_spec(Algorithm.ED25519), export()), "not-importable"),
        ((key_spec(), export(destination=Destination.GOOGLE)), "destination-not-built"),
    ):
        with pytest.raises(BadInput) as caught:
            plan_kit(plan(pairs), tmp_path / "kit")
        assert caught.value.code == code
        assert not (tmp_path / "kit").exists()
        shutil.rmtree(tmp_path / "kit", ignore_errors=True)


def test_a_plan_without_exports_has_no_kit(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        plan_kit(msgspec.structs.replace(TWO, exports=()), tmp_path / "kit")
    assert caught.value.code == "kit-nothing"
