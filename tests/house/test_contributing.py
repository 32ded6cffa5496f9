"""The worked example of CONTRIBUTING.md, applied to a copy of the program as it stands there: it is typed, linted, tested and played."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add a step")[2]
BLOCK = re.compile(
    r"^(At the end of|New file|In) `([^`]+)`(?:, (after|in place of) `([^`]+)`)?:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with the example's changes."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("ceremony_app", "resources", "tests", "docs"):
        shutil.copytree(HOUSE / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", copy)
    blocks = BLOCK.findall(EXAMPLE)
    assert len(blocks) == EXAMPLE.count("```python")
    for how, name, where, line, code in blocks:
        apply(copy / name, how, where, line, code)
    return copy


def apply(path: Path, how: str, where: str, line: str, code: str) -> None:
    if how == "New file":
        path.write_text(code, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if how == "At the end of":
        path.write_text(text + code, encoding="utf-8")
        return
    assert f"\n{text}".count(f"\n{line}\n") == 1, f"{path.name} has no single line {line!r}"
    kept = f"{line}\n" if where == "after" else ""
    path.write_text(f"\n{text}".replace(f"\n{line}\n", f"\n{kept}{code}", 1).removeprefix("\n"), encoding="utf-8")


def run(copy: Path, *command: str) -> str:
    """Run a Python module on the copy; what it printed. The strongroom, which the example leaves alone, is the installed one."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run([sys.executable, "-m", *command], cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_ceremony_with_the_new_step_holds(copy: Path, tmp_path: Path) -> None:
    plan = str(HOUSE / "resources" / "samples" / "first.toml")
    printed = run(copy, "ceremony_app", "rehearse", "--plan", plan, "--out", str(tmp_path / "out"))
    assert "  1.6  Photograph the room\n" in printed
    (record,) = tmp_path.glob("out/evidence/*/record.log")
    assert re.search(r'^\S+ \S+ \S+ RoomPhotographed \S+ .*"pictures":12', record.read_text(encoding="utf-8"), re.MULTILINE)


def test_its_test_passes(copy: Path) -> None:
    assert "1 passed" in run(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/flows/test_photograph.py")


def test_it_is_clean(copy: Path) -> None:
    files = ["ceremony_app/engine", "ceremony_app/record", "tests/flows/test_photograph.py"]
    run(copy, "ruff", "check", "--no-cache", *files)
    run(copy, "ruff", "format", "--check", "--no-cache", "ceremony_app/engine/steps/photograph.py", "tests/flows/test_photograph.py")


def test_the_pages_are_made_anew(copy: Path) -> None:
    run(copy, "ceremony_app.record.schema")
    assert "`RoomPhotographed`" in (copy / "docs" / "record-format.md").read_text(encoding="utf-8")
    run(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/record/test_schema.py", "tests/record/test_line.py")


@pytest.mark.long
def test_it_is_typed(copy: Path) -> None:
    run(copy, "mypy", "ceremony_app", "tests/flows/test_photograph.py")
