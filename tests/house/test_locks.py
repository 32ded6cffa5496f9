"""The locks pin what pyproject.toml asks for, with the hashes of every platform's files, and name no place they came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOUSE = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})(?= |$)")
COMPILED = ("cffi", "cryptography", "msgspec", "pillow", "python-pkcs11", "typst", "zxing-cpp")


def pins(lock: str) -> dict[str, tuple[str, set[str]]]:
    """Name of each package -> its version and the hashes of its files."""
    found: dict[str, tuple[str, set[str]]] = {}
    name = ""
    for line in (HOUSE / "requirements" / lock).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            name = canonicalize_name(pin[1])
            assert name not in found
            found[name] = (pin[2], set())
        elif line and not line.lstrip().startswith("#"):
            hashes = HASH.findall(line)
            assert hashes, line
            found[name][1].update(hashes)
    return found


def wanted() -> tuple[list[Requirement], list[Requirement]]:
    """What pyproject.toml asks for: to run and build, and to test."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    run = [*project["project"]["dependencies"], *groups["build"]]
    assert groups["build"] == project["build-system"]["requires"]
    return [Requirement(line) for line in run], [Requirement(line) for line in groups["test"]]


def test_every_requirement_is_pinned_within_its_limits() -> None:
    run, test = wanted()
    for lock, requirements in (("run.lock", run), ("test.lock", [*run, *test])):
        locked = pins(lock)
        for requirement in requirements:
            version, hashes = locked[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement
            assert hashes, requirement


def test_the_tests_run_on_the_packages_of_the_program() -> None:
    assert pins("run.lock").items() <= pins("test.lock").items()


@pytest.mark.parametrize("lock", ["run.lock", "test.lock"])
def test_compiled_packages_have_a_hash_for_each_platform(lock: str) -> None:
    locked = pins(lock)
    for name in COMPILED:
        # 3.11 to 3.13 on two processors, unless one file serves several versions: never fewer than one per processor and the sources.
        assert len(locked[name][1]) >= 3, name


@pytest.mark.parametrize("lock", ["run.lock", "test.lock"])
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    text = (HOUSE / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"(^|\s)/\w", text)
    assert not re.search(r"--(index-url|extra-index-url|find-links|trusted-host)", text)
