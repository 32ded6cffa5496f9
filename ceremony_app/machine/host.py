"""Where the checks read: the files with which a Linux kernel describes itself, below a root that tests replace."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ceremony_app.errors import BadInput


class Host:
    """Reads below `root`. Raises `BadInput` (`machine-foreign-root`) for a root other than `/` outside tests: a made-up machine would
    otherwise pass every check."""

    def __init__(self, root: Path) -> None:
        if root != Path("/") and "pytest" not in sys.modules:
            raise BadInput(
                "machine-foreign-root",
                "The machine was to be inspected below {root}, which is not this machine.",
                next_step="Inspect the machine itself, below /.",
                root=str(root),
            )
        self.root = root

    def path(self, name: str) -> Path:
        """The path of `name` (`proc/swaps`) below the root."""
        return self.root / name

    def text(self, name: str) -> str | None:
        """The file's text without the blanks around it; None where it is missing or the kernel answers with an error, as it does for the
        carrier of an interface that is down."""
        try:
            return self.path(name).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def names(self, name: str) -> list[str] | None:
        """The sorted names in a folder; None where there is none."""
        try:
            return sorted(os.listdir(self.path(name)))
        except OSError:
            return None

    def row(self, name: str, start: str) -> str | None:
        """What follows `start` in the first line of the file that begins with it; None where there is no such line."""
        lines = (self.text(name) or "").splitlines()
        return next((line.removeprefix(start).strip() for line in lines if line.startswith(start)), None)
