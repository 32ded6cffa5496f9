"""The main job, as users run it: a rehearsal with its folder, verified with and without values from paper."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Rehearsal, ceremony

pytestmark = pytest.mark.xdist_group("acceptance")


def not_ok(told: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in told["checks"] if check["verdict"] != "ok"}


def test_the_object_names_everything(rehearsal: Rehearsal) -> None:
    told = rehearsal.told
    assert re.fullmatch(r"\d{8}-[A-Z2-7]{8}", told["ceremony_id"])
    assert rehearsal.evidence == rehearsal.out / "evidence" / told["ceremony_id"]
    assert {key["label"]: key["algorithm"] for key in told["keys"]} == {
        "payments-kek": "AES-256",
        "payments-signing": "RSA-3072",
        "release-signing": "EC-P384",
    }
    assert [package["confirmed"] for package in told["packages"]] == [True, True, True]
    assert not_ok(told) == {"ADDENDUM-002": "not checked"}, "002 says what nobody can sign any more"


def test_two_groups_of_cards_and_two_media(rehearsal: Rehearsal) -> None:
    cards = sorted(path.name for path in (rehearsal.out / "practice" / "cards").iterdir())
    numbers = {"payments": 5, "signing": 3}
    assert cards == sorted(
        f"{group}-{n}.{ending}" for group, count in numbers.items() for n in range(1, count + 1) for ending in ("pdf", "txt")
    )
    for medium in ("backup-1", "backup-2"):
        files = sorted(path.relative_to(rehearsal.out / "media" / medium).as_posix() for path in rehearsal.out.glob(f"media/{medium}/*/*"))
        assert files == ["payments/payments-kek.json", "payments/payments-signing.json", "signing/release-signing.json"]


def test_verify_with_head_and_signer_from_paper(rehearsal: Rehearsal) -> None:
    done = ceremony("verify", rehearsal.evidence, "--head", rehearsal.head, "--signer", rehearsal.signer, "--addenda", "2", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not_ok(json.loads(done.stdout)) == {"ADDENDUM-002": "not checked"}


def test_verify_without_paper_says_what_that_is_worth(rehearsal: Rehearsal) -> None:
    done = ceremony("verify", rehearsal.evidence)
    assert done.returncode == 0
    assert "ANCHOR not checked: a rebuilt folder would also pass" in done.stdout


def test_verify_with_a_wrong_head_fails(rehearsal: Rehearsal) -> None:
    done = ceremony("verify", rehearsal.evidence, "--head", "0" * 64, "--json")
    assert done.returncode == 1
    failed = [check["id"] for check in json.loads(done.stdout)["checks"] if check["verdict"] == "failed"]
    assert failed == ["ANCHOR-1"]


def test_verify_of_something_else_is_no_failed_check(tmp_path: Path) -> None:
    assert ceremony("verify", tmp_path).returncode == 2


def test_a_finished_ceremony_is_not_performed_again(rehearsal: Rehearsal) -> None:
    before = (rehearsal.evidence / "record.log").read_bytes()
    done = ceremony("rehearse", "--out", rehearsal.out, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "ceremony-over"
    assert (rehearsal.evidence / "record.log").read_bytes() == before


def test_what_a_rehearsal_alone_may_write_is_closed_to_others(rehearsal: Rehearsal) -> None:
    for path in (rehearsal.out / "practice").rglob("*"):
        if path.is_file():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_no_secret_lies_outside_practice(rehearsal: Rehearsal) -> None:
    practice = rehearsal.out / "practice"
    secrets = [path.read_bytes().strip() for path in (practice / "secrets").iterdir() if path.suffix != ".png" and "image" not in path.name]
    secrets += [path.read_bytes().strip() for path in practice.glob("cards/*.txt")]
    runs = {b" ".join(words[at : at + 4]) for secret in secrets if len(words := secret.lower().split()) > 4 for at in range(len(words) - 3)}
    assert runs
    for path in (path for path in rehearsal.out.rglob("*") if path.is_file() and practice not in path.parents):
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets if len(secret) >= 8), path
        assert not any(run in content.lower() for run in runs), path
    # The search finds what it looks for where it may be.
    assert any(run in path.read_bytes() for path in practice.glob("cards/*.txt") for run in runs)
