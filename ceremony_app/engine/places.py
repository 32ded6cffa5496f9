"""Where a ceremony's files lie: the layout below the `--out` directory, and the memory-backed storage of short-lived tokens."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ceremony_app.errors import BadInput, Unfit

MEDIA = ("B-1", "B-2")
"""The two numbered backup media; in a rehearsal they are the folders `media/backup-1` and `media/backup-2`."""


class Places(msgspec.Struct, frozen=True):
    """Paths of one ceremony. `evidence` is the folder that auditors get; backups lie elsewhere on purpose."""

    out: Path
    ceremony_id: str

    @property
    def evidence(self) -> Path:
        return self.out / "evidence" / self.ceremony_id

    @property
    def record(self) -> Path:
        return self.evidence / "record.log"

    def addendum(self, number: int) -> Path:
        """`addenda/001.log` and so on."""
        return self.evidence / "addenda" / f"{number:03d}.log"

    @property
    def practice(self) -> Path:
        """What only a rehearsal may write, by the strongroom alone."""
        return self.out / "practice"

    @property
    def token(self) -> Path:
        """The practice token's own storage."""
        return self.practice / "token"

    @property
    def handed_out(self) -> Path:
        """What the practice cloud hands out when no `--inputs` are given."""
        return self.out / "inputs"

    def medium(self, name: str) -> Path:
        """The folder of a backup medium (`B-1`, `B-2`)."""
        return self.out / "media" / f"backup-{MEDIA.index(name) + 1}"

    def volatile(self, room: str) -> Path:
        """Memory-backed storage for a token that ends with its process."""
        return memory_base() / f"key-ceremony-{self.ceremony_id}-{room}"


def memory_base() -> Path:
    """The memory-backed directory of this machine, which the machine check looks at too; raises `Unfit`."""
    base = Path("/dev/shm")  # noqa: S108 (names below it are the ceremony's and made 0700 by the strongroom)
    if os.access(base, os.W_OK | os.X_OK):
        return base
    raise Unfit(
        "no-memory-storage",
        "This machine offers no memory-backed directory for the record token.",
        next_step="Mount a tmpfs at /dev/shm and start again.",
    )


def find_ceremony(out: Path) -> str:
    """The id of the one ceremony that was begun below `out`; empty when there is none. Raises `BadInput` for more than one."""
    evidence = out / "evidence"
    found = sorted(path.parent.name for path in evidence.glob("*/record.log")) if evidence.is_dir() else []
    if len(found) > 1:
        raise BadInput(
            "several-ceremonies",
            "{out} holds several ceremonies: {found}.",
            next_step="Give each ceremony a directory of its own.",
            out=str(out),
            found=", ".join(found),
        )
    return found[0] if found else ""
