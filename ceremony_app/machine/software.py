"""The software that takes part: this program, Python, the system under it, and the libraries that the program requires."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from ceremony_app.resource import resource_root

PRODUCT = "ceremony-app"


@cache
def software() -> tuple[tuple[str, str, str], ...]:
    """(name, version, SHA-256 in hex) of each piece, this program first.

    The hash of Python is that of its executable. That of this program, its resources and a library is the hash of the lines that
    `sha256sum` prints for its files, sorted by path. For this program these are the Python files of the package, as
    `find . -name '*.py' ! -path './_resources/*' | LC_ALL=C sort | xargs sha256sum | sha256sum` in its folder; for the resources all
    files, as `find . -type f | …`; for a library every file it installed but compiled caches and the installer's notes. It is empty for
    the operating system, which has no one file. The program hashes itself: compare with a hash taken by another tool.
    """
    libraries = sorted(_required())
    return (
        (PRODUCT, metadata.version(PRODUCT), _package_hash(Path(__file__).resolve().parents[1])),
        (f"{PRODUCT} resources", metadata.version(PRODUCT), _list_hash(_below(resource_root(), "*"))),
        ("Python", platform.python_version(), _file_hash(Path(sys.executable).resolve())),
        *((name, metadata.version(name), _library_hash(name)) for name in libraries),
        (_system_name(), platform.release(), ""),
    )


def _required() -> list[str]:
    """Names of the libraries this program requires at run time, as its package metadata lists them (optional extras left out)."""
    rows = [row for row in metadata.requires(PRODUCT) or [] if "extra ==" not in row]
    return [match[0] for row in rows if (match := re.match(r"[A-Za-z0-9._-]+", row))]


def _system_name() -> str:
    if sys.platform != "linux":
        return platform.system()
    try:
        return f"{platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')}, kernel"
    except OSError:
        return "Linux kernel"


def _package_hash(package: Path) -> str:
    return _list_hash({name: path for name, path in _below(package, "*.py").items() if not name.startswith("./_resources/")})


def _below(folder: Path, pattern: str) -> dict[str, Path]:
    files = (path for path in folder.rglob(pattern) if path.is_file() and path.suffix != ".pyc")
    return {f"./{path.relative_to(folder).as_posix()}": path for path in files}


def _library_hash(name: str) -> str:
    """Empty where the installer left no list of files."""
    files = metadata.files(name) or []
    wanted = {
        str(file): Path(str(file.locate()))
        for file in files
        if file.suffix != ".pyc" and ".dist-info" not in file.parts[0] and file.parts[0] != ".."
    }
    present = {name: path for name, path in wanted.items() if path.is_file()}
    return _list_hash(present) if present else ""


def _list_hash(files: dict[str, Path]) -> str:
    lines = (f"{_file_hash(path)}  {name}\n" for name, path in sorted(files.items(), key=lambda item: item[0].encode()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
