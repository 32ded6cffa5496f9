"""The suite's own option: a long test runs with `--long` and is deselected, not skipped, without."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

def test_short() -> None:
    pass

@pytest.mark.long
def test_long() -> None:
    pass
"""


@pytest.mark.parametrize(("options", "closing"), [([], "1 passed, 1 deselected in"), (["--long"], "2 passed in")])
def test_long_tests(tmp_path: Path, options: list[str], closing: str) -> None:
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    shutil.copy(HOUSE / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert closing in done.stdout.splitlines()[-1]
