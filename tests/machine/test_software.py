"""The list of software: versions as installed, hashes that another tool finds too."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import ceremony_app
from ceremony_app.machine import software
from ceremony_app.resource import resource_root

SOURCES = "find . -name '*.py' ! -path './_resources/*' | LC_ALL=C sort | xargs sha256sum | sha256sum"
RESOURCES = "find . -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"


def shell(command: str, folder: Path) -> str:
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout.split()[0]


def test_the_program_and_python_hash_as_sha256sum_says() -> None:
    software.cache_clear()
    rows = {name: (version, digest) for name, version, digest in software()}
    assert rows["ceremony-app"] == (metadata.version("ceremony-app"), shell(SOURCES, Path(ceremony_app.__file__).parent))
    assert rows["ceremony-app resources"][1] == shell(RESOURCES, resource_root())
    assert rows["Python"] == (platform.python_version(), shell(f"sha256sum '{Path(sys.executable).resolve()}'", Path("/")))


def test_every_required_library_is_named_once_with_version_and_hash() -> None:
    rows = software()
    assert len({name for name, _, _ in rows}) == len(rows)
    listed = {name: (version, digest) for name, version, digest in rows}
    for name in ("msgspec", "cryptography", "python-pkcs11", "shamir-mnemonic", "typst", "asn1crypto"):
        assert listed[name][0] == metadata.version(name)
        assert len(listed[name][1]) == 64


def test_the_system_is_named_last_without_a_hash() -> None:
    name, version, digest = software()[-1]
    assert name
    assert version == platform.release()
    assert digest == ""
