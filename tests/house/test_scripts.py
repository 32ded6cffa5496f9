"""The shell scripts: plain sh, and what they say when they cannot go on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
SCRIPTS = ("scripts/setup", "scripts/run", "scripts/test", "scripts/fresh", "scripts/lock", ".ci/run")
TOOLS = ("sh", "dirname", "dpkg-query", "sed", "id", "sha256sum", "cut", "cat")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_executable_and_plain_sh(name: str) -> None:
    path = HOUSE / name
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)


@pytest.mark.parametrize("command", [["scripts/setup", "all"], ["scripts/lock", "--new"], ["scripts/fresh", "--help"]])
def test_unusable_arguments(command: list[str]) -> None:
    done = subprocess.run([HOUSE / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage: " + command[0] in done.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may read: pytest's own are for their maker alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def setup_as_nobody(folder: Path, packages: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of scripts/setup, without root's rights and without sudo, over the list `packages`."""
    (folder / "scripts").mkdir()
    shutil.copy(HOUSE / "scripts" / "setup", folder / "scripts")
    (folder / "scripts" / "debian-packages.txt").write_text(packages)
    (folder / "tools").mkdir()
    for tool in TOOLS:
        (folder / "tools" / tool).symlink_to(shutil.which(tool) or tool)
    drop = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*drop, "env", f"PATH={folder / 'tools'}", str(folder / "scripts" / "setup"), "run"]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_without_rights_the_one_command_is_printed(open_folder: Path) -> None:
    packages = "# a comment\n\nlibc6\nno-such-package-one\n[test] only-for-tests\nno-such-package-two\n"
    done = setup_as_nobody(open_folder, packages)
    assert done.returncode == 3
    assert "apt-get install --yes --no-install-recommends no-such-package-one no-such-package-two\n" in done.stderr
    assert done.stdout == ""


def test_with_the_packages_there_it_goes_on_to_python(open_folder: Path) -> None:
    done = setup_as_nobody(open_folder, "libc6\n")
    assert "apt-get" not in done.stderr
    assert done.returncode != 0  # this copy has no locks
    assert "run.lock" in done.stderr
