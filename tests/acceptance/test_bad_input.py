"""Bad input at the command line: one clear error each, the exit status that says whose fault it is, and a record that can go on."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.audit.folder import audit_folder
from ceremony_app.resource import resource
from tests.acceptance.conftest import ceremony

RESOURCE = "arn:aws:kms:eu-west-1:111122223333:key/5d2f7a10-3c1e-4b7d-9c54-0f6a1e2b3c02"

PLAN = resource("samples/first.toml").read_text()


def one_export(text: str) -> str:
    """The first sample with its symmetric key's export alone: one recipient is enough to break."""
    head, _, rest = text.partition("[[exports]]")
    parts = [part for part in rest.split("[[exports]]") if 'key = "first-kek"' in part]
    return f"{head}[[exports]]{parts[0]}"


def spki_of(bits: int = 2048) -> bytes:
    return rsa.generate_private_key(65537, bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def parameters(spki: bytes, **changed: Any) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    token = base64.b64encode(b"token " * 20).decode()
    return {"KeyId": RESOURCE, "ImportToken": token, "PublicKey": base64.b64encode(spki).decode(), "ParametersValidTo": until, **changed}


@pytest.fixture(scope="module")
def spki() -> bytes:
    return spki_of()


@pytest.fixture
def inputs(tmp_path: Path, spki: bytes) -> Path:
    """A sound recipient, for tests to spoil."""
    folder = tmp_path / "inputs" / "aws" / "first-kek"
    folder.mkdir(parents=True)
    (tmp_path / "plan.toml").write_text(one_export(PLAN))
    (folder / "parameters.json").write_text(json.dumps(parameters(spki)))
    (folder / "wrapping.json").write_text('{"WrappingAlgorithm": "RSAES_OAEP_SHA_256"}')
    (folder / "fingerprint.txt").write_text(hashlib.sha256(spki).hexdigest())
    return folder


def truncated(folder: Path, spki: bytes) -> None:
    text = (folder / "parameters.json").read_text()
    (folder / "parameters.json").write_text(text[: len(text) // 2])


def key_truncated(folder: Path, spki: bytes) -> None:
    (folder / "parameters.json").write_text(json.dumps(parameters(spki[:-40])))


def expired(folder: Path, spki: bytes) -> None:
    gone = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    (folder / "parameters.json").write_text(json.dumps(parameters(spki, ParametersValidTo=gone)))


def another_key(folder: Path, spki: bytes) -> None:
    other = RESOURCE.replace("3c02", "3c99")
    (folder / "parameters.json").write_text(json.dumps(parameters(spki, KeyId=other)))


def pem_for_der(folder: Path, spki: bytes) -> None:
    pem = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "parameters.json").write_text(json.dumps(parameters(pem)))


def wrong_fingerprint(folder: Path, spki: bytes) -> None:
    (folder / "fingerprint.txt").write_text(hashlib.sha256(b"another key").hexdigest())


def nothing_there(folder: Path, spki: bytes) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (truncated, 2, "recipient-truncated"),
        (key_truncated, 2, "recipient-"),
        (expired, 2, "recipient-expired"),
        (another_key, 2, "recipient-other-resource"),
        (pem_for_der, 2, "recipient-"),
        (wrong_fingerprint, 1, "recipient-fingerprint-differs"),
        (nothing_there, 2, ""),
    ],
)
def test_a_bad_recipient_stops_before_any_key_and_the_ceremony_goes_on_once_it_is_put_right(
    tmp_path: Path, inputs: Path, spki: bytes, spoil: Callable[[Path, bytes], None], status: int, code: str
) -> None:
    sound = shutil.copytree(inputs, tmp_path / "sound")
    spoil(inputs, spki)
    arguments = ("rehearse", "--plan", tmp_path / "plan.toml", "--inputs", tmp_path / "inputs", "--out", tmp_path / "out", "--json")
    refused = ceremony(*arguments)
    assert refused.returncode == status, refused.stderr
    error = json.loads(refused.stdout)["error"]
    assert error["code"].startswith(code), error
    assert all(error[part] for part in ("what", "stands", "next_step"))
    assert "first-kek" in error["what"] + error["stands"]
    assert "Traceback" not in refused.stderr
    (record,) = (tmp_path / "out").glob("evidence/*/record.log")
    assert b" KeyGenerationBegun " not in record.read_bytes()
    if spoil is not truncated:
        return  # one case goes on to the end, which costs as much as all the others
    shutil.rmtree(inputs)
    shutil.copytree(sound, inputs)
    before = record.read_bytes()
    resumed = ceremony(*arguments)
    assert resumed.returncode == 0, resumed.stderr
    assert record.read_bytes().startswith(before)
    told = json.loads(resumed.stdout)
    assert told["outcome"] == "completed"
    assert [package["confirmed"] for package in told["packages"]] == [False], "no receipt came, so the hold ended with an open item"
    audit_folder(record.parent, head=told["head"], signers=[told["signer"]], addenda=2).require()


@pytest.mark.parametrize(
    ("module", "code"),
    [("/nonexistent/libtoken.so", "module-missing"), (resource("samples/first.toml"), "module-unusable")],
)
def test_a_library_that_is_none_is_said_before_anything_is_begun(tmp_path: Path, module: str | Path, code: str) -> None:
    done = ceremony("rehearse", "--module", module, "--out", tmp_path / "out", "--json")
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == code
    assert not list((tmp_path / "out").glob("evidence/*"))


@pytest.mark.parametrize("kind", ["export", "rotate", "restore", "reshare", "inspect", "destroy"])
def test_a_plan_of_another_kind_is_refused_by_a_rule(tmp_path: Path, kind: str) -> None:
    (tmp_path / "plan.toml").write_text(PLAN.replace('kind = "generate"', f'kind = "{kind}"'))
    for command in (("plan", "check", tmp_path / "plan.toml"), ("rehearse", "--plan", tmp_path / "plan.toml", "--out", tmp_path / "out")):
        done = ceremony(*command, "--json")
        assert done.returncode == 2
        assert "PLAN-001" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_token_that_vanished_is_unfit_and_the_record_intact(tmp_path: Path) -> None:
    """Interrupted by a bad recipient after the token was made; then the token's files are gone."""
    (tmp_path / "plan.toml").write_text(one_export(PLAN))
    (tmp_path / "inputs").mkdir()
    arguments = ("rehearse", "--plan", tmp_path / "plan.toml", "--inputs", tmp_path / "inputs", "--out", tmp_path / "out", "--json")
    assert ceremony(*arguments).returncode == 2
    (record,) = (tmp_path / "out").glob("evidence/*/record.log")
    before = record.read_bytes()
    shutil.rmtree(tmp_path / "out" / "practice" / "token")
    done = ceremony(*arguments)
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "token-missing"
    assert record.read_bytes().startswith(before)


def test_unknown_options_and_commands_end_with_2() -> None:
    for arguments in (("frobnicate",), ("rehearse",), ("verify",), ("plan",), ("rehearse", "--out", "x", "--what")):
        assert ceremony(*arguments).returncode == 2, arguments
