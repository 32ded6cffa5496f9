"""VERIFY.md, run as an auditor runs it: its own blocks in dash, with no program of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ceremony_app.audit.folder import audit_folder
from ceremony_app.record import facts as f
from ceremony_app.record.chain import read_record
from ceremony_app.record.line import withhold
from tests.audit.closed import PACKAGE, Closed
from tests.audit.test_audit_damage import FILES
from tests.audit.test_audit_folder import (
    Abandoned,
    ForgedExtraKey,
    ForgedExtraPackage,
    ForgedKey,
    ForgedMissingSigner,
    ForgedPackage,
    ForgedPapers,
    ForgedPlan,
    ForgedSignature,
    ForgedSigner,
    ForgedUnknownRecordKey,
)


def recipe(folder: Path) -> str:
    """All code of VERIFY.md, in order; indented lines are not part of it."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", folder.joinpath("VERIFY.md").read_text(), re.DOTALL | re.MULTILINE)
    return "".join(blocks)


def run(folder: Path, script: str, **paper: str) -> subprocess.CompletedProcess[str]:
    path = folder.parent / "verify.sh"
    path.write_text(script)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder.parent), **paper}
    return subprocess.run(["dash", str(path)], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def script(closed: Closed) -> str:
    return recipe(closed.path)


def test_a_whole_folder_passes(closed: Closed, copy: Path, script: str) -> None:
    colons = ":".join(closed.fingerprint[at : at + 2].upper() for at in range(0, 64, 2))
    done = run(copy, script, HEAD=closed.head.upper(), SIGNER=colons, ADDENDA="2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the head is the one from paper" in done.stdout
    assert "NOT CHECKED" not in done.stdout
    assert done.stdout.endswith("Everything that was checked holds.\n")
    assert sorted(path.name for path in copy.parent.iterdir()) == [copy.name, "verify.sh"]  # nothing is left behind


def test_the_way_it_tells_to_collect_its_blocks(copy: Path, script: str) -> None:
    line = next(line.strip() for line in (copy / "VERIFY.md").read_text().splitlines() if line.strip().startswith("sed -n '/^```sh"))
    subprocess.run(["dash", "-c", line.replace("/tmp/verify.sh", "../collected.sh")], cwd=copy, timeout=30, check=True)
    assert (copy.parent / "collected.sh").read_text() == script


def test_without_paper_it_says_so(copy: Path, script: str) -> None:
    done = run(copy, script)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ANCHOR not checked: a rebuilt folder would also pass" in done.stdout


def test_other_values_from_paper_fail(closed: Closed, copy: Path, script: str) -> None:
    for paper in ({"HEAD": "0" * 64}, {"SIGNER": "0" * 64}, {"ADDENDA": "3"}):
        assert run(copy, script, **paper).returncode == 1


def test_a_lost_record_key(tmp_path: Path) -> None:
    closed = Closed(tmp_path, lost_key=True)
    done = run(closed.path, recipe(closed.path), HEAD=closed.head)
    assert (done.returncode, done.stderr) == (0, "")
    assert "record-1 was lost" in done.stdout


def test_a_record_key_made_after_the_closing(tmp_path: Path) -> None:
    closed = Closed(tmp_path, late_key=True)
    done = run(closed.path, recipe(closed.path), HEAD=closed.head, SIGNER=closed.fingerprint, ADDENDA="2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "record-2 was made after the closing" in done.stdout
    done = run(closed.path, recipe(closed.path), HEAD=closed.head, ADDENDA="2")
    assert done.returncode == 1
    assert "FAILED: no record key that the head holds signed SHA256SUMS" in done.stderr


def test_a_record_key_that_somebody_calls_lost(tmp_path: Path) -> None:
    closed = Abandoned(tmp_path)
    assert "give SIGNER from paper too" in run(closed.path, recipe(closed.path), HEAD=closed.head).stderr


class Early(Closed):
    """Aborted before the plan's words were compared; `other_plan` lies there instead."""

    other_plan = b""

    def record(self, fact: f.Fact, step: str = "keys") -> None:
        if isinstance(fact, f.CeremonyClosed):
            fact = msgspec.structs.replace(fact, outcome=self.outcome)
        if not isinstance(fact, f.PlanLoaded):
            super().record(fact, step)

    outcome = "aborted"

    def _papers(self) -> None:
        super()._papers()
        self.folder.plan.write_bytes(self.other_plan or self.folder.plan.read_bytes())


class EarlyOther(Early):
    other_plan = b"version = 1\n"


class NeverLoaded(Early):
    outcome = "completed"


@pytest.mark.parametrize(("kind", "passes"), [(Early, True), (EarlyOther, False), (NeverLoaded, False)])
def test_aborted_before_the_plan_was_compared(tmp_path: Path, kind: type[Closed], passes: bool) -> None:
    """As `verify` does: the plan is the one of the opening then."""
    closed = kind(tmp_path)
    done = run(closed.path, recipe(closed.path), HEAD=closed.head)
    assert ("plan.toml is not" in done.stderr or "does not say which plan was compared" in done.stderr) is not passes, done.stderr
    assert (done.returncode == 0) is passes, done.stderr
    assert ("PLAN-1" not in {check.id for check in audit_folder(closed.path).failed}) is passes


def test_before_the_addenda(tmp_path: Path) -> None:
    closed = Closed(tmp_path, addenda=0)
    assert run(closed.path, recipe(closed.path), HEAD=closed.head).returncode == 0
    assert run(closed.path, recipe(closed.path), ADDENDA="1").returncode == 1
    closed.add(1, closed.last_facts(1)[0], signed=False)
    assert run(closed.path, recipe(closed.path)).returncode == 0
    assert run(closed.path, recipe(closed.path), ADDENDA="1").returncode == 1


@pytest.mark.parametrize("file", [file for file in FILES if file != "addenda/002.log"])
def test_a_changed_missing_or_longer_file_fails(closed: Closed, copy: Path, script: str, file: str) -> None:
    """A byte near the end: in a signature file that is the signature itself. openssl overlooks what follows one, as the recipe says."""
    path = copy / file
    data = path.read_bytes()
    at = len(data) - 3
    damages = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], None]
    if not file.endswith("p7s"):
        damages.append(data + b"\n")
    for damaged in damages:
        path.unlink()
        if damaged is not None:
            path.write_bytes(damaged)
        done = run(copy, script, HEAD=closed.head)
        assert done.returncode == 1, (file, done.stdout)
        assert "FAILED: " in done.stderr
        path.write_bytes(data)


def damage_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change one line of the record and list the record's new hash, so that only the chain can tell."""

    def damage(folder: Path) -> None:
        path = folder / "record.log"
        lines = path.read_bytes().splitlines(keepends=True)
        lines[number] = change(lines[number])
        path.write_bytes(b"".join(lines))

    return damage


def swap_lines(folder: Path) -> None:
    lines = (folder / "record.log").read_bytes().splitlines(keepends=True)
    lines[3], lines[4] = lines[4].replace(b" 5 ", b" 4 ", 1), lines[3].replace(b" 4 ", b" 5 ", 1)
    (folder / "record.log").write_bytes(b"".join(lines))


def withhold_one(folder: Path) -> None:
    entries = read_record(folder / "record.log")
    (folder / "record.log").write_bytes(b"".join(withhold(entry) if entry.tag == "PlanLoaded" else entry.line for entry in entries))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (damage_line(2, lambda line: line.replace(b"Mei-Ling", b"Mei-Lang")), "changed bodies"),
        (damage_line(2, lambda line: line.replace(b"T14:31:05Z", b"T14:31:06Z")), "the chain is broken"),
        (damage_line(2, lambda line: line.replace(b" HeadRead ", b" HeadReed ")), "the chain is broken"),
        (damage_line(2, lambda line: b""), "line 3 says it is number 4"),
        (damage_line(2, lambda line: line + line), "line 4 says it is number 3"),
        (damage_line(2, lambda line: line.replace(b" ", b"  ", 1)), "another form"),
        (damage_line(2, lambda line: line.replace(b"HeadRead", b"Head\0Read")), "NUL"),
        (damage_line(2, lambda line: line[:-1] + b"\r\n"), "another form"),
        (damage_line(-1, lambda line: line[:-1]), "line feed"),
        (damage_line(-1, lambda line: b""), "does not end with the closing"),
        (damage_line(0, lambda line: b"0" * 64 + line[64:]), "the chain is broken"),
        (swap_lines, "the chain is broken"),
        (withhold_one, "withholds 1"),
        (lambda folder: (folder / "record.log").write_bytes(b""), "is empty"),
    ],
)
def test_the_chain_alone(closed: Closed, copy: Path, script: str, damage: Callable[[Path], object], says: str) -> None:
    """Even when the manifest is written anew."""
    damage(copy)
    lines = []
    for line in (copy / "SHA256SUMS").read_text().splitlines():
        name = line[66:]
        lines.append(subprocess.run(["sha256sum", name], cwd=copy, capture_output=True, text=True, timeout=30, check=True).stdout)
    (copy / "SHA256SUMS").write_text("".join(lines))
    done = run(copy, script, HEAD=closed.head)
    assert done.returncode == 1
    assert says in done.stderr


@pytest.mark.parametrize(
    "extra",
    [
        *("note.txt", ".hidden", "-x", "a b", "new\nline", "übung", "documents/x.pdf", f"{PACKAGE}/x", "signers/x-1.pem"),
        *("SHA256SUMS.x-1.p7s", "SHA256SUMS.old", "addenda/004.log", "addenda/x"),
        *("addenda/003.log.witness-1.p7s", "addenda/002.log.witness-1.p7s"),
    ],
)
def test_an_added_file_fails(copy: Path, script: str, extra: str) -> None:
    (copy / extra).write_bytes(b"x")
    assert run(copy, script).returncode == 1


def test_a_file_of_a_terabyte_fails_at_once(copy: Path, script: str) -> None:
    os.truncate(copy / "record.log", 1 << 40)
    assert "larger than 64 MiB: ./record.log" in run(copy, script).stderr


class ExtraPaper(Closed):
    def _papers(self) -> None:
        super()._papers()
        (self.folder.documents / "lies.pdf").write_bytes(b"%PDF all was well")


def test_a_paper_that_the_closing_does_not_name_fails(tmp_path: Path) -> None:
    closed = ExtraPaper(tmp_path)
    assert "documents/lies.pdf is a paper that the closing does not name" in run(closed.path, recipe(closed.path), HEAD=closed.head).stderr


def test_links_fail(copy: Path, script: str) -> None:
    shutil.move(copy / "plan.toml", copy.parent / "plan.toml")
    (copy / "plan.toml").symlink_to("../plan.toml")
    assert "links" in run(copy, script).stderr


def test_two_certificates_in_one_file_fail(copy: Path, script: str) -> None:
    """openssl would accept a signature by either."""
    path = copy / "signers/record-1.pem"
    path.write_bytes(path.read_bytes() * 2)
    assert run(copy, script).returncode == 1


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (ForgedPlan, "plan.toml"),
        (ForgedKey, "public-keys/payments-signing.pem"),
        (ForgedExtraKey, "public-keys/other.pem"),
        (ForgedPackage, "EncryptedKeyMaterial.bin"),
        (ForgedSignature, "package.json.p7s"),
        (ForgedExtraPackage, "exports/google/payments-kek"),
        (ForgedPapers, "documents/minutes.pdf"),
        (ForgedSigner, "signers/record-1.pem"),
        (ForgedMissingSigner, "signers/record-1.pem"),
        (ForgedUnknownRecordKey, "signers/record-2.pem"),
    ],
)
def test_signing_again_does_not_help(tmp_path: Path, kind: type[Closed], says: str) -> None:
    forged = kind(tmp_path, addenda=0)
    done = run(forged.path, recipe(forged.path), HEAD=forged.head)
    assert done.returncode == 1
    assert says in done.stderr
