"""What lies in a folder that somebody else may have prepared: walking through it, within limits, without opening anything."""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ceremony_app.record.file import MAX_FILE, printable

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_MAX_DEPTH = 8
_MAX_FILES = 10_000
_MAX_TOTAL = 512 * 1024 * 1024
_MAX_ADDENDA = 64 * 1024 * 1024
MAX_SIGNERS = 50
"""Most certificates in a folder, and most record keys of a record."""

_SAFE = re.compile(rf"{NAME_PATTERN}(?:/{NAME_PATTERN})*")


class Problem(msgspec.Struct, frozen=True):
    """One file and what is wrong with it, as a clause: `is missing`."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{printable(self.file)} {self.reason}"


class Listing(msgspec.Struct, frozen=True):
    """What lies in a folder: ordinary files with safe names (relative, forward slashes, sorted), and everything else as problems, also
    what is too large or one too many: it is never opened. `names` are the files again, for looking up."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    names: frozenset[str]

    def under(self, folder: str) -> tuple[str, ...]:
        """The files below `folder`."""
        return tuple(file for file in self.files if file.startswith(folder + "/"))


def list_files(root: Path) -> Listing:
    """Everything below `root`. Never follows a link, never opens anything. Limits: 10,000 files, 64 MiB a file, 512 MiB in all, of that
    64 MiB of addenda, and 50 signers."""
    files: dict[str, int] = {}
    problems: list[Problem] = []
    for name, mode, size in _walk(root):
        if len(files) + len(problems) > _MAX_FILES:
            problems.append(Problem(".", f"holds more than {_MAX_FILES} files"))
            break
        reason = _strange(name, mode)
        if reason:
            problems.append(Problem(name, reason))
        elif stat.S_ISREG(mode):
            files[name] = size
    kept, beyond = _within_limits(files)
    return Listing(kept, (*problems, *beyond), frozenset(kept))


def is_safe(name: str) -> bool:
    """True for a relative name that a shell, a file system and a reader all take for the same."""
    return _SAFE.fullmatch(name) is not None


def _within_limits(files: dict[str, int]) -> tuple[tuple[str, ...], list[Problem]]:
    """The files that may be opened, sorted, and those beyond a limit. `files` are names with sizes in bytes."""
    kept: list[str] = []
    beyond: list[Problem] = []
    total = addenda = signers = 0
    for name, size in sorted(files.items()):
        inner = size if name.startswith("addenda/") else 0
        signer = int(name.startswith("signers/"))
        if size > MAX_FILE:
            beyond.append(Problem(name, f"is larger than {MAX_FILE} bytes"))
        elif total + size > _MAX_TOTAL:
            beyond.append(Problem(name, f"makes the folder larger than {_MAX_TOTAL} bytes"))
        elif addenda + inner > _MAX_ADDENDA:
            beyond.append(Problem(name, f"makes the addenda larger than {_MAX_ADDENDA} bytes"))
        elif signers + signer > MAX_SIGNERS:
            beyond.append(Problem(name, f"is more than the {MAX_SIGNERS} signers a folder may have"))
        else:
            kept.append(name)
            total, addenda, signers = total + size, addenda + inner, signers + signer
    return tuple(kept), beyond


def _strange(name: str, mode: int) -> str:
    if not is_safe(name):
        return "has a name that is not allowed"
    if stat.S_ISLNK(mode):
        return "is a link"
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return "is not an ordinary file"
    return ""


def _walk(root: Path) -> Iterator[tuple[str, int, int]]:
    """Name, mode and size of everything below `root`; a directory that is empty, unreadable or too deep has the mode 0."""
    stack = [""]
    while stack:
        prefix = stack.pop()
        try:
            with os.scandir(root / prefix) as found:
                entries = [(entry.name, entry.stat(follow_symlinks=False)) for entry in itertools.islice(found, _MAX_FILES + 2)]
        except OSError:
            yield prefix or ".", 0, 0
            continue
        if not entries and prefix not in ("", "addenda"):
            yield prefix, 0, 0
        for name, status in entries:
            mode = status.st_mode
            path = f"{prefix}/{name}" if prefix else name
            if stat.S_ISDIR(mode) and path.count("/") < _MAX_DEPTH:
                stack.append(path)
            else:
                yield path, 0 if stat.S_ISDIR(mode) else mode, status.st_size
