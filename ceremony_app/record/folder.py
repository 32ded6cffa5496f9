"""The evidence folder: what may lie where, and walking through one that somebody else may have prepared."""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import LABEL_PATTERN
from ceremony_app.plan.model import Destination
from ceremony_app.record.file import MAX_FILE, printable

MANIFEST = "SHA256SUMS"
ALWAYS = ("READ-FIRST.pdf", "plan.toml", "record.log", "VERIFY.md", "RECOVER.md", "recover.py")
"""Files every closed evidence folder has, besides the manifest."""

SIGNER_PATTERN = r"[a-z]+(?:-[a-z]+)*-[1-9][0-9]?"
"""`<role>-<n>`, as `record-1` or `witness-2`."""

CEREMONY_ID_PATTERN = r"[0-9]{8}-[A-Z2-7]{8}"

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_MAX_DEPTH = 8
_MAX_FILES = 10_000
_MAX_TOTAL = 512 * 1024 * 1024
_MAX_ADDENDA = 64 * 1024 * 1024
MAX_SIGNERS = 50
_DESTINATION = "|".join(destination.value for destination in Destination)
_SAFE = re.compile(rf"{_NAME}(?:/{_NAME})*")
_ADDENDUM = re.compile(r"addenda/([0-9]{3})\.log")
_LAYOUT = re.compile(
    "|".join(
        (
            *map(re.escape, (*ALWAYS, MANIFEST)),
            rf"{MANIFEST}\.{SIGNER_PATTERN}\.p7s",
            rf"signers/{SIGNER_PATTERN}\.pem",
            rf"public-keys/{LABEL_PATTERN}\.pem",
            rf"documents/{_NAME}\.pdf",
            rf"exports/(?:{_DESTINATION})/{LABEL_PATTERN}(?:/{_NAME}){{1,4}}",
            rf"addenda/[0-9]{{3}}\.log(?:\.{SIGNER_PATTERN}\.p7s)?",
        )
    )
)


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


class Folder:
    """An evidence folder at `path`; its properties are the paths of design 6."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, parent: Path, ceremony_id: str) -> Folder:
        """A new empty folder below `parent`, which is made if need be; raises `BadInput` when it exists or cannot be made."""
        path = parent / ceremony_id
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except OSError as error:
            raise BadInput(
                "folder-not-created",
                "The evidence folder {path} cannot be made: {reason}.",
                next_step="Choose another place, or resume the ceremony that began there.",
                path=str(path),
                reason=error.strerror or "no reason was given",
            ) from None
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Folder:
        """A folder that is a ceremony's, damaged or not: it has a record or a manifest. Raises `BadInput` (`not-a-ceremony`) otherwise."""
        reason = _no_ceremony(path)
        if reason:
            raise BadInput(
                "not-a-ceremony",
                reason,
                next_step="Name the evidence folder: it is called like the ceremony's id.",
                path=printable(str(path)),
                manifest=MANIFEST,
            )
        return cls(path)

    @property
    def record(self) -> Path:
        return self.path / "record.log"

    @property
    def plan(self) -> Path:
        return self.path / "plan.toml"

    @property
    def read_first(self) -> Path:
        return self.path / "READ-FIRST.pdf"

    @property
    def manifest(self) -> Path:
        return self.path / MANIFEST

    @property
    def documents(self) -> Path:
        return self.path / "documents"

    @property
    def addenda(self) -> Path:
        return self.path / "addenda"

    def public_key(self, label: str) -> Path:
        return self.path / "public-keys" / f"{label}.pem"

    def package(self, destination: str, label: str) -> Path:
        """The folder of one package."""
        return self.path / "exports" / destination / label

    def signer(self, signer: str) -> Path:
        """The certificate of `<role>-<n>`."""
        return self.path / "signers" / f"{signer}.pem"

    def signature(self, signer: str) -> Path:
        """The signature of `<role>-<n>` over the manifest."""
        return self.path / f"{MANIFEST}.{signer}.p7s"

    def addendum(self, number: int) -> Path:
        return self.addenda / f"{number:03}.log"

    def addendum_signature(self, number: int, signer: str) -> Path:
        return self.addenda / f"{number:03}.log.{signer}.p7s"

    def listing(self) -> Listing:
        """Everything in the folder. Never follows a link, never opens anything. Limits: 10,000 files, 64 MiB a file, 512 MiB in all, of
        that 64 MiB of addenda, and 50 signers."""
        files: dict[str, int] = {}
        problems: list[Problem] = []
        for name, mode, size in _walk(self.path):
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


def _no_ceremony(path: Path) -> str:
    """Why `path` is no ceremony's folder, as a template; empty when it is one."""
    try:
        if path.is_dir():
            known = any(os.path.lexists(path / name) for name in ("record.log", MANIFEST))
            return "" if known else "{path} is not the evidence folder of a ceremony: it has neither record.log nor {manifest}."
        return "{path} is a file, not a folder." if path.exists() else "There is no folder {path}."
    except (OSError, ValueError):
        return "No folder can be called {path}."


def layout_problems(listing: Listing) -> list[Problem]:
    """What may not be in an evidence folder, and what must be and is not."""
    found = [Problem(file, "does not belong there") for file in listing.files if _LAYOUT.fullmatch(file) is None]
    there = listing.names | {problem.file for problem in listing.problems}
    missing = [Problem(file, "is missing") for file in (*ALWAYS, MANIFEST) if file not in there]
    return [*listing.problems, *missing, *found]


def verify_layout(folder: Folder) -> Listing:
    """Only what belongs there lies in the folder, and all that must; raises `DoesNotHold` naming the files."""
    listing = folder.listing()
    refuse_problems("folder-layout", layout_problems(listing))
    return listing


def refuse_problems(code: str, problems: Sequence[Problem]) -> None:
    """Raise `DoesNotHold` naming up to 20 files, when there are problems."""
    if problems:
        more = f", and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise DoesNotHold(
            code,
            "{problems}.",
            next_step="Take another copy of the evidence folder; if it says the same, the folder was changed after it was closed.",
            problems="; ".join(map(str, problems[:20])) + more,
            files=tuple(problem.file for problem in problems),
        )


def is_covered(file: str) -> bool:
    """True for files that the manifest names: all but itself, its signatures and the addenda."""
    return not (file == MANIFEST or file.startswith((MANIFEST + ".", "addenda/")))


def is_safe(name: str) -> bool:
    """True for a relative name that a shell, a file system and a reader all take for the same."""
    return _SAFE.fullmatch(name) is not None


def addendum_number(file: str) -> int | None:
    """The number in `addenda/<nnn>.log`, or None for another file."""
    match = _ADDENDUM.fullmatch(file)
    return int(match[1]) if match else None


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
