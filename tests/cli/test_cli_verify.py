"""`ceremony verify` as a person reads it: grouped, with an id each, what was not checked in plain sight, and a count at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ceremony_app.audit import folder as audit_folder_module
from ceremony_app.engine import run as engine_run
from ceremony_app.record.state import State
from tests.audit.closed import Closed
from tests.cli.conftest import Run

HEADINGS = ["The folder", "Values from paper", "The record", "What the record speaks of", "After the closing"]


@pytest.fixture(autouse=True)
def course_taken_as_legal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "verify_run", lambda entries, plan: State())
    monkeypatch.setattr(audit_folder_module, "parse_plan", lambda data: None)


def test_checks_are_grouped_and_counted(run: Run, closed: Closed) -> None:
    done = run("verify", closed.path, "--head", closed.head, "--signer", closed.fingerprint, "--addenda", "2")
    assert done.status == 0
    lines = done.out.splitlines()
    assert [line for line in lines if line in HEADINGS] == HEADINGS
    assert all(lines[lines.index(heading) - 1] == "" for heading in HEADINGS[1:])
    checks = [line for line in lines if re.fullmatch(r"  (ok|not checked) .*  \[[A-Za-z0-9-]+\]", line)]
    held = [line for line in checks if line.startswith("  ok ")]
    assert lines[-1] == f"{len(held)} checks held, 0 failed, 2 not checked: ADDENDUM-002, PAPERS-2."
    assert len(checks) == len(held) + 2


def test_without_paper_the_line_stands_alone(run: Run, closed: Closed) -> None:
    done = run("verify", closed.path)
    assert done.status == 0
    assert re.search(r"^ANCHOR not checked: a rebuilt folder would also pass", done.out, re.MULTILINE)
    assert done.out.splitlines()[-1].endswith("4 not checked: ANCHOR-1, ADDENDA-1, ADDENDUM-002, PAPERS-2.")


def test_sentences_have_their_plurals_and_capitals(run: Run, closed: Closed) -> None:
    done = run("verify", closed.path)
    assert "2 signers: record-1, witness-1." in done.out
    assert not re.search(r"\b1 (signers|packages|public keys|papers|files|heads|entries)\b", done.out)
    sentences = re.findall(r"^  (?:ok|FAILED|not checked) +(.*?)  \[", done.out, re.MULTILINE)
    assert len(sentences) > 12
    for sentence in sentences:
        assert sentence.endswith("."), sentence
        first = sentence.split()[0]
        assert first[0].isupper() or first.isdigit() or set("/.-") & set(first), f"{sentence} begins small, and with no name"


@pytest.mark.parametrize(("option", "value"), [("--head", "0" * 64), ("--signer", "1" * 64)])
def test_a_wrong_value_from_paper_is_first_read_again(run: Run, closed: Closed, option: str, value: str) -> None:
    done = run("verify", closed.path, option, value)
    assert done.status == 1
    (advice,) = (line for line in done.err.splitlines() if line.startswith("What to do:"))
    assert "Read the values on paper again" in advice
    assert advice.index("paper") < advice.index("another copy")
    assert re.search(r"^  FAILED ", done.out, re.MULTILINE)
    assert ", 1 failed (ANCHOR-" in done.out.splitlines()[-1]


def test_a_changed_file_is_no_matter_of_paper(run: Run, tmp_path: Path) -> None:
    folder = Closed(tmp_path).path
    (folder / "plan.toml").write_text("changed")
    done = run("verify", folder, "--head", "0" * 64)
    assert done.status == 1
    (advice,) = (line for line in done.err.splitlines() if line.startswith("What to do:"))
    assert "Take another copy" in advice
    assert "paper" not in advice


def test_no_folder_and_no_ceremony_are_told_apart(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, words in (
        (tmp_path / "nowhere", f"There is no folder {tmp_path / 'nowhere'}."),
        (tmp_path / "file", f"{tmp_path / 'file'} is a file, not a folder."),
        (tmp_path, "it has neither record.log nor SHA256SUMS"),
    ):
        done = run("verify", path)
        assert done.status == 2
        assert words in done.err
