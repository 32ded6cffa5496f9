"""A package is made the same way twice, names all its files, and is complete for its key."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ceremony_app.clouds.aws_key import IMPORTABLE
from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import PackageOrder
from ceremony_app.clouds.package import read_package, verify_package
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.plan.model import Destination
from tests.clouds.handouts import ARN, TOKEN, order, some_recipient

AWS = cloud(Destination.AWS)
ALGORITHMS = sorted(IMPORTABLE, key=lambda algorithm: algorithm.value)


def write(folder: Path, of: PackageOrder) -> Path:
    for path, data in AWS.package(of).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_package_holds_what_was_given_and_is_the_same_twice(algorithm: Algorithm, tmp_path: Path) -> None:
    files = AWS.package(order(algorithm))
    assert files == AWS.package(order(algorithm))
    assert files["ImportToken.bin"] == TOKEN
    assert files["EncryptedKeyMaterial.bin"] == order(algorithm).ciphertext
    package = verify_package(write(tmp_path, order(algorithm)))
    assert {file.path for file in package.files} | {"package.json"} == set(files)
    assert package.recipient.spki_sha256 == order(algorithm).recipient.spki_sha256
    assert package.scheme == order(algorithm).recipient.scheme.value
    assert (package.assurance, package.attempt, package.resource) == ("material-in-strongroom", 1, ARN)


def test_the_expected_proof_follows_from_the_key() -> None:
    assert read_package(AWS.package(order(Algorithm.AES_256))["package.json"]).proof.type == "none"
    pair = read_package(AWS.package(order(Algorithm.EC_P384))["package.json"])
    assert (pair.proof.type, pair.proof.value) == ("public-key", hashlib.sha256(b"some public key").hexdigest())
    mac_order = order(Algorithm.HMAC_256)
    mac = read_package(AWS.package(mac_order)["package.json"])
    assert base64.b64decode(mac.proof.message) == mac_order.key.proof_message
    assert mac.proof.value == hashlib.sha256(mac_order.key.proof_value).hexdigest()
    assert mac_order.key.proof_value.hex() not in AWS.package(mac_order)["package.json"].decode()


def test_the_practice_cloud_proves_even_symmetric_keys() -> None:
    for algorithm, kind in ((Algorithm.AES_256, "practice-check-value"), (Algorithm.EC_P256, "practice-public-key")):
        files = AWS.package(order(algorithm, recipient=some_recipient(algorithm, practice=True)))
        assert read_package(files["package.json"]).proof.type == kind
        assert "REHEARSAL with the practice cloud" in files["COMMANDS.md"].decode()


def test_an_import_type_is_sent_for_symmetric_keys_only() -> None:
    for algorithm in ALGORITHMS:
        files = AWS.package(order(algorithm))
        symmetric = algorithm is Algorithm.AES_256
        assert ("--import-type NEW_KEY_MATERIAL" in files["COMMANDS.md"].decode()) == symmetric
        assert ("ImportType" in read_package(files["package.json"]).provider) == symmetric
        assert ("online/envelope.py" in files) == symmetric


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_commands_are_complete(algorithm: Algorithm) -> None:
    files = AWS.package(order(algorithm))
    text = files["COMMANDS.md"].decode()
    assert text.index("signer.pem -noout -fingerprint") < text.index("openssl cms -verify") < text.index("import-key-material")
    for part in (ARN, "--origin EXTERNAL", "fileb://EncryptedKeyMaterial.bin", "KEY_MATERIAL_DOES_NOT_EXPIRE", "2026-11-25T13:31:05Z"):
        assert part in text
    assert "delete-imported-key-material" in text
    assert order().signer_fingerprint not in text, "a fingerprint printed beside the signature would be compared with itself"
    assert not re.search(r"@[A-Z_]+@", text + files["online/README.md"].decode() + files["online/alarms.sh"].decode())
    assert r"Payments \*root\* keys 2026" in text


@pytest.mark.parametrize(("purpose", "command"), [(Purpose.SIGN, "kms sign "), (Purpose.DECRYPT, "kms decrypt ")])
def test_the_trial_uses_the_key_for_its_purpose(purpose: Purpose, command: str) -> None:
    assert command in AWS.package(order(Algorithm.RSA_3072, purpose=purpose))["COMMANDS.md"].decode()


def test_the_file_check_of_commands_works_without_the_product(tmp_path: Path) -> None:
    folder = write(tmp_path, order(Algorithm.HMAC_256))
    text = (folder / "COMMANDS.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("tr ")]
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True)
    count = len(read_package((folder / "package.json").read_bytes()).files)
    assert done.stdout.count(": OK\n") == count
    assert f"`OK` for {count} files" in text.replace("\n", " ")
    (folder / "online" / "receipt.py").write_bytes(b"import os")
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "online/receipt.py: FAILED" in done.stdout


def test_the_first_step_of_commands_tells_the_true_signer_from_another(tmp_path: Path) -> None:
    for name in ("signer", "other"):
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=record key"]
        subprocess.run(
            [*made, "-days", "2", "-keyout", f"{name}.key", "-out", f"{name}.crt"], cwd=tmp_path, capture_output=True, check=True
        )
    signer = (tmp_path / "signer.crt").read_bytes()
    folder = write(tmp_path / "package", order(Algorithm.EC_P384, signer=signer))
    block = (folder / "COMMANDS.md").read_text().split("```")[1]
    printed = {}
    for name in ("signer", "other"):
        sign = ["openssl", "cms", "-sign", "-binary", "-nocerts", "-outform", "DER", "-in", "package/package.json"]
        sign += ["-signer", f"{name}.crt", "-inkey", f"{name}.key", "-out", "package/package.json.p7s"]
        subprocess.run(sign, cwd=tmp_path, capture_output=True, check=True)
        printed[name] = subprocess.run(["sh", "-c", block], cwd=folder, capture_output=True, text=True, check=False)
    assert "CMS Verification successful" in printed["signer"].stderr
    assert "CMS Verification failure" in printed["other"].stderr
    fingerprint = printed["signer"].stdout.splitlines()[0].partition("=")[2].replace(":", "").lower()
    assert fingerprint == read_package((folder / "package.json").read_bytes()).signer_fingerprint


@pytest.mark.parametrize("signer", [b"", b"made up", order().signer * 2])
def test_a_package_has_exactly_one_signer(signer: bytes) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        AWS.package(order(signer=signer))


def test_every_change_of_a_package_is_named(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", order())
    for path in [file.path for file in verify_package(whole).files]:
        for change in ("flip", "remove", "append"):
            copy = tmp_path / "copy"
            shutil.copytree(whole, copy)
            data = bytearray((copy / path).read_bytes())
            if change == "flip":
                data[len(data) // 2] ^= 1
            (copy / path).write_bytes(bytes(data) + (b"\n" if change == "append" else b""))
            if change == "remove":
                (copy / path).unlink()
            with pytest.raises(DoesNotHold, match=re.escape(path)):
                verify_package(copy)
            shutil.rmtree(copy)


def test_files_that_are_not_named_are_refused_but_for_the_signature(tmp_path: Path) -> None:
    folder = write(tmp_path, order())
    (folder / "package.json.p7s").write_bytes(b"x")
    verify_package(folder)
    more = folder / "online" / "more.py"
    for target in ("", "receipt.py", "nowhere"):
        if target:
            more.symlink_to(target)
        else:
            more.write_bytes(b"")
        with pytest.raises(DoesNotHold, match=r"online/more\.py"):
            verify_package(folder)
        more.unlink()


def test_a_link_to_the_same_content_is_no_file_of_a_package(tmp_path: Path) -> None:
    folder = write(tmp_path / "package", order())
    token = folder / "ImportToken.bin"
    token.rename(tmp_path / "elsewhere")
    token.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DoesNotHold, match=r"ImportToken\.bin"):
        verify_package(folder)


def test_package_json_itself_is_named_when_it_is_changed(tmp_path: Path) -> None:
    folder = write(tmp_path, order())
    whole = (folder / "package.json").read_bytes()
    for data in (whole[:-1], whole.replace(b"payments-kek", b"payments-kfk", 1)[:-2], b"", whole * 2):
        (folder / "package.json").write_bytes(data)
        with pytest.raises(DoesNotHold, match=r"package\.json"):
            verify_package(folder)
    (folder / "package.json").unlink()
    with pytest.raises(DoesNotHold, match=r"package\.json"):
        verify_package(folder)


def test_a_package_cannot_name_files_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    folder = write(tmp_path / "package", order())
    data = (folder / "package.json").read_bytes().replace(b'"path":"ImportToken.bin"', b'"path":"../secret"')
    (folder / "package.json").write_bytes(data)
    with pytest.raises(DoesNotHold):
        verify_package(folder)


def test_package_json_has_one_form_only() -> None:
    data = AWS.package(order())["package.json"]
    assert data.endswith(b"}\n")
    assert json.loads(data) == json.loads(json.dumps(json.loads(data)))
    for other in (data[:-1], data + b"\n", data.replace(b":", b": ", 1), b"\xef\xbb\xbf" + data, b"{}", b"", b"[]", b"\xff"):
        with pytest.raises(BadInput) as caught:
            read_package(other)
        assert caught.value.code == "package-malformed"


@pytest.mark.parametrize("length", [255, 257, 256 + 40, 0 + 1, 6150])
def test_a_ciphertext_that_the_scheme_cannot_have_made_is_refused(length: int) -> None:
    with pytest.raises(DoesNotHold) as caught:
        AWS.package(order(Algorithm.AES_256, ciphertext=bytes(length)))
    assert caught.value.code == "package-ciphertext"


@pytest.mark.parametrize("rest", [0, 8, 15, 41, 6144])
def test_hybrid_ciphertexts_are_whole_blocks(rest: int) -> None:
    with pytest.raises(DoesNotHold):
        AWS.package(order(Algorithm.EC_P256, ciphertext=bytes(256 + rest)))
