"""The shell scripts: plain sh, and what they say when they cannot go on."""

from __future__ import annotations

import os
import re
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


def run_of(folder: Path, status: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of scripts/run whose program leaves a folder, says its arguments and ends with `status`."""
    (folder / "scripts").mkdir()
    shutil.copy(HOUSE / "scripts" / "run", folder / "scripts")
    program = folder / ".venv" / "bin" / "ceremony"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nmkdir -p "$3/evidence/20261124-AAAAAAAA" "$3/media"\necho "told: $*"\nexit {status}\n')
    setup = folder / "scripts" / "setup"
    setup.write_text("#!/bin/sh\n")
    for path in (program, setup):
        path.chmod(0o755)
    return subprocess.run([folder / "scripts" / "run", *arguments], capture_output=True, text=True, check=False, cwd=folder)


def test_a_rehearsal_that_went_well_tells_its_results_itself(tmp_path: Path) -> None:
    done = run_of(tmp_path, 0)
    assert done.returncode == 0
    assert re.fullmatch(rf"told: rehearse --out {tmp_path}/rehearsal/\d{{8}}T\d{{6}}Z\n", done.stdout)


@pytest.mark.parametrize("json", [False, True])
def test_one_that_did_not_leaves_things_that_are_named(tmp_path: Path, json: bool) -> None:
    done = run_of(tmp_path, 130, "--out", f"{tmp_path}/out", *(["--json"] if json else []))
    assert done.returncode == 130
    told, other = (done.stderr, done.stdout) if json else (done.stdout, done.stderr)
    assert "The rehearsal ended with exit status 130. What it left:" in told
    assert f"  {tmp_path}/out/evidence/20261124-AAAAAAAA\n" in told
    assert f"  {tmp_path}/out/media\n" in told
    assert "practice" not in told
    assert "What it left" not in other
