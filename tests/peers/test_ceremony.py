"""A whole ceremony with the emulator as its cloud: parameters fetched as the request sheets say, packages imported by their own script
while the room holds, receipts taken, keys sealed; what lies in the cloud is proven by use to be what the cards bring back."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import Report
from ceremony_app.clouds.aws_key import IMPORTABLE
from ceremony_app.clouds.kit import plan_kit
from ceremony_app.engine.driver import Answer, Driver
from ceremony_app.engine.engine import Engine, Setting
from ceremony_app.keys import WrapScheme
from ceremony_app.plan.load import parse_plan
from ceremony_app.record.state import State
from ceremony_app.resource import resource
from ceremony_app.settings import practice_module
from tests.peers.importing import fetch
from tests.peers.test_aws import MESSAGE, opened_with, run_script

pytestmark = pytest.mark.xdist_group("peers")

DECISION = "The key id in the console is the one on the sheet and its state is Enabled; we accept the import."


class Held(msgspec.Struct):
    """What the ceremony left."""

    out: Path
    evidence: Path
    state: State
    report: Report
    arns: dict[str, str]


def cloud_keys(kms: Any, plan_text: str) -> tuple[bytes, dict[str, str]]:
    """The sample plan with its resources replaced by keys that the emulator just made, without material."""
    plan = parse_plan(plan_text.encode())
    arns: dict[str, str] = {}
    for export in plan.exports:
        key = plan.key(export.key)
        row = IMPORTABLE[key.algorithm]
        made = kms.create_key(Origin="EXTERNAL", KeySpec=row.key_spec, KeyUsage=row.usage[key.purpose])
        arns[export.key] = made["KeyMetadata"]["Arn"]
        plan_text = plan_text.replace(export.resource, arns[export.key])
    return plan_text.encode(), arns


def answer_requests(kms: Any, kit: Path, arns: dict[str, str], inputs: Path) -> None:
    """The engineer on the online side: what the request sheets ask for, and the fingerprint by the second channel."""
    for label, arn in arns.items():
        asked = json.loads((kit / "aws" / label / "wrapping.json").read_text())["WrappingAlgorithm"]
        folder = fetch(kms, arn, WrapScheme(asked), inputs / "aws" / label, "RSA_4096")
        spki = base64.b64decode(json.loads((folder / "parameters.json").read_text())["PublicKey"])
        (folder / "fingerprint.txt").write_text(hashlib.sha256(spki).hexdigest() + "\n")


def second_machine(folder: Path, head: str, fingerprint: str) -> int:
    report = audit_folder(folder, head=head, signers=[fingerprint])
    report.require()
    return len(report.checks)


@pytest.fixture(scope="module")
def held(kms: Any, emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    home = tmp_path_factory.mktemp("held")
    plan_bytes, arns = cloud_keys(kms, resource("samples/rehearsal.toml").read_text())
    plan_kit(parse_plan(plan_bytes), home / "kit")
    answer_requests(kms, home / "kit", arns, home / "inputs")
    module = practice_module()
    setting = Setting(out=home / "out", module=module, practice_module=module, inputs=home / "inputs")
    with Engine.begin(setting, plan_bytes) as engine:

        def at_step(line: str, title: str) -> None:
            del line
            if title == "Hold for receipts":
                for label in arns:
                    package = engine.places.evidence / "exports" / "aws" / label
                    receipt = home / "inputs" / "aws" / label / "receipt.json"
                    done = run_script(package, emulator, "import", "--by", "Engineer on call", "--out", str(receipt))
                    assert done.returncode == 0, done.stdout + done.stderr

        answers = (
            Answer(step="hold", action="CloseTokenForHold"),
            Answer(step="hold", action="TakeReceipt", fields={"key": "payments-kek", "decision": DECISION}),
        )
        Driver(engine, second_machine=second_machine, answers=answers, say=at_step).run()
        fingerprint = engine.state.course.record_keys[-1].fingerprint
        report = audit_folder(engine.places.evidence, signers=[fingerprint], addenda=2)
        yield Held(setting.out, engine.places.evidence, engine.state, report, arns)


def test_the_folder_verifies_and_every_import_is_confirmed(held: Held) -> None:
    held.report.require()
    rows = {key: row for (key, _, _), row in held.state.shipments.by_target.items()}
    assert {key: (row.confirmed.proof, row.confirmed.equal) for key, row in rows.items() if row.confirmed} == {
        "payments-kek": ("none", False),
        "payments-signing": ("public-key", True),
        "release-signing": ("public-key", True),
    }
    confirmed = rows["payments-kek"].confirmed
    assert confirmed is not None
    assert confirmed.decision == DECISION
    assert held.state.shipments.hold_ended is None


def test_confirmed_keys_are_sealed_in_the_token(held: Held) -> None:
    for key in held.state.keys.by_label.values():
        assert key.sealed, key.label
    sealed = [fact for _, fact in held.state.history.rows if type(fact).__name__ == "KeySealed"]
    assert [msgspec.structs.asdict(fact)["attributes"]["EXTRACTABLE"] for fact in sealed] == ["false"] * 3


@pytest.mark.parametrize("label", ["payments-signing", "release-signing"])
def test_the_cloud_signs_with_the_ceremonys_key(kms: Any, held: Held, label: str) -> None:
    public = load_pem_public_key((held.evidence / "public-keys" / f"{label}.pem").read_bytes())
    if isinstance(public, rsa.RSAPublicKey):
        signature = kms.sign(KeyId=held.arns[label], Message=MESSAGE, SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
        public.verify(signature, MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        signature = kms.sign(KeyId=held.arns[label], Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_384")["Signature"]
        public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA384()))


def test_the_clouds_ciphertext_opens_with_the_key_that_the_cards_bring_back(kms: Any, held: Held, tmp_path: Path) -> None:
    """Emulator only: AWS's own ciphertext format is not public."""
    cards = [str(held.out / "practice" / "cards" / f"payments-{n}.txt") for n in (1, 2, 5)]
    backup = held.out / "media" / "backup-1" / "payments" / "payments-kek.json"
    arguments = [argument for card in cards for argument in ("--card", card)]
    command = [sys.executable, "-I", str(held.evidence / "recover.py"), *arguments, "--backup", str(backup), "--out", str(tmp_path / "key")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    blob = kms.encrypt(KeyId=held.arns["payments-kek"], Plaintext=MESSAGE)["CiphertextBlob"]
    assert opened_with((tmp_path / "key").read_bytes(), blob) == MESSAGE
