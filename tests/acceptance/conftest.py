"""One whole rehearsal of the default sample by the installed command; the tests look at what it left, and break copies of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

CEREMONY = Path(sys.executable).parent / "ceremony"
LONGEST = 120
"""Seconds that the rehearsal may take at most (issue: under two minutes)."""


class Rehearsal(msgspec.Struct, frozen=True):
    """`out` is the directory, `told` the JSON object that the command printed."""

    out: Path
    told: dict[str, Any]

    @property
    def evidence(self) -> Path:
        return Path(self.told["evidence"])

    @property
    def head(self) -> str:
        return str(self.told["head"])

    @property
    def signer(self) -> str:
        return str(self.told["signer"])

    def words(self, group: str, number: int) -> str:
        return (self.out / "practice" / "cards" / f"{group}-{number}.txt").read_text()


def ceremony(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in an environment without this process' settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    return subprocess.run([CEREMONY, *arguments], capture_output=True, text=True, timeout=LONGEST, env=environment, check=False)


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    out = tmp_path_factory.mktemp("rehearsal")
    done = ceremony("rehearse", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    yield Rehearsal(out, json.loads(done.stdout))
    shutil.rmtree(out)


@pytest.fixture
def copy(rehearsal: Rehearsal, tmp_path: Path) -> Callable[[], Path]:
    """Makes a fresh copy of the evidence folder, with its own name."""

    def make() -> Path:
        target = tmp_path / rehearsal.evidence.name
        if target.exists():
            shutil.rmtree(target)
        return Path(shutil.copytree(rehearsal.evidence, target))

    return make
