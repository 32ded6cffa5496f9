"""The evidence folder: what may lie where."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import LABEL_PATTERN
from ceremony_app.plan.model import Destination
from ceremony_app.record.file import printable
from ceremony_app.record.listing import NAME_PATTERN, Listing, Problem, list_files

MANIFEST = "SHA256SUMS"
ALWAYS = ("READ-FIRST.pdf", "plan.toml", "record.log", "VERIFY.md", "RECOVER.md", "recover.py")
"""Files every closed evidence folder has, besides the manifest."""

SIGNER_PATTERN = r"[a-z]+(?:-[a-z]+)*-[1-9][0-9]?"
"""`<role>-<n>`, as `record-1` or `witness-2`."""

CEREMONY_ID_PATTERN = r"[0-9]{8}-[A-Z2-7]{8}"

_DESTINATION = "|".join(destination.value for destination in Destination)
_ADDENDUM = re.compile(r"addenda/([0-9]{3})\.log")
_LAYOUT = re.compile(
    "|".join(
        (
            *map(re.escape, (*ALWAYS, MANIFEST)),
            rf"{MANIFEST}\.{SIGNER_PATTERN}\.p7s",
            rf"signers/{SIGNER_PATTERN}\.pem",
            rf"public-keys/{LABEL_PATTERN}\.pem",
            rf"documents/{NAME_PATTERN}\.pdf",
            rf"exports/(?:{_DESTINATION})/{LABEL_PATTERN}(?:/{NAME_PATTERN}){{1,4}}",
            rf"addenda/[0-9]{{3}}\.log(?:\.{SIGNER_PATTERN}\.p7s)?",
        )
    )
)


class Folder:
    """An evidence folder at `path`; its properties are the paths of the layout (docs/record-format.md)."""

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
        """Everything in the folder, within the limits of `list_files`."""
        return list_files(self.path)


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


def addendum_number(file: str) -> int | None:
    """The number in `addenda/<nnn>.log`, or None for another file."""
    match = _ADDENDUM.fullmatch(file)
    return int(match[1]) if match else None
