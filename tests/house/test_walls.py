"""The walls of pyproject.toml stand: the tree as it is passes, and each kind of violation, planted in a copy, is named."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]

CONTRACTS = len(tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"])
FLOORS = "A room imports only rooms on lower floors"
DOOR = "Only client and protocol of the strongroom are seen from outside"
SECRETS = "Token and shares are handled only in the strongroom"
DESK = "What the desk sees of the strongroom loads no token or share code"
WINDOW = "Qt is used only in the window"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(HOUSE / "ceremony_app", tmp_path / "ceremony_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    return tmp_path


def plant(tree: Path, name: str, text: str) -> None:
    """Write the module `ceremony_app/<name>`; a room that is not built yet becomes an empty package."""
    path = tree / "ceremony_app" / name
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(text + "\n")


def broken(tree: Path) -> list[str]:
    """Names of the contracts that do not hold in `tree`."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-logo", "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)(?: \(.*\))?$", done.stdout, re.MULTILINE)
    assert len(verdicts) == CONTRACTS, done.stdout + done.stderr
    names = [name for name, verdict in verdicts if verdict == "BROKEN"]
    assert done.returncode == (1 if names else 0), done.stdout
    return names


def test_the_house_as_it_is(tree: Path) -> None:
    assert broken(tree) == []


def test_what_is_allowed(tree: Path) -> None:
    plant(tree, "engine/planted.py", "import ceremony_app.strongroom.protocol\nimport ceremony_app.record")
    plant(tree, "gui/planted.py", "import PySide6.QtWidgets\nimport ceremony_app.engine")
    plant(tree, "strongroom/planted.py", "import pkcs11\nimport shamir_mnemonic")
    assert broken(tree) == []


@pytest.mark.parametrize(
    ("name", "text", "contract"),
    [
        ("planted.py", "", FLOORS),
        ("text.py", "import ceremony_app.errors", FLOORS),
        ("keys.py", "import ceremony_app.settings", FLOORS),
        ("plan/planted.py", "import ceremony_app.record", FLOORS),
        ("record/planted.py", "import ceremony_app.strongroom.protocol", FLOORS),
        ("typeset/planted.py", "def f() -> None:\n    from ceremony_app import plan", FLOORS),
        ("engine/planted.py", "import ceremony_app.strongroom.planted", DOOR),
        ("engine/planted.py", "from ceremony_app.strongroom import planted", DOOR),
        ("record/planted.py", "import pkcs11", SECRETS),
        ("papers/planted.py", "from shamir_mnemonic import combine_mnemonics", SECRETS),
        ("strongroom/client.py", "import ceremony_app.strongroom.planted", DESK),
        ("engine/planted.py", "from PySide6.QtCore import QThread", WINDOW),
    ],
)
def test_a_planted_violation(tree: Path, name: str, text: str, contract: str) -> None:
    if contract in (DOOR, DESK):
        plant(tree, "strongroom/planted.py", "import pkcs11")
    plant(tree, name, text)
    assert broken(tree) == [contract]
