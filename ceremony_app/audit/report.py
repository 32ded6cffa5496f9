"""What an audit found: one check per line, each with an id that stays the same."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import msgspec

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.file import printable
from ceremony_app.text import Message

ANCHOR = "ANCHOR-"
"""How the ids of checks against values from paper begin."""

COPY_AGAIN = "Take another copy of the evidence folder and check it again; if it says the same, do not rely on this one."
READ_AGAIN = (
    "Read the values on paper again, and see that they are this ceremony's. If they are as typed, take another copy of the folder; "
    "if it says the same, do not rely on this one."
)


class Verdict(Enum):
    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Check(msgspec.Struct, frozen=True):
    """One check. `file` is relative to the evidence folder, empty when the check is of no single file."""

    id: str
    verdict: Verdict
    sentence: Message
    file: str = ""

    def __str__(self) -> str:
        return f"{self.id} {self.verdict.value}: {self.sentence}"


def make_check(id: str, verdict: Verdict, sentence: Message, file: str = "") -> Check:
    """A check in which nothing that the folder put into it can command a terminal."""
    args = {name: printable(value, limit=4000) if isinstance(value, str) else value for name, value in sentence.args.items()}
    return Check(printable(id), verdict, Message(sentence.template, args), printable(file))


class Signer(msgspec.Struct, frozen=True):
    """A certificate under `signers/`; `fingerprint` is its SHA-256 in hex, to be compared with paper."""

    name: str
    fingerprint: str


class Report(msgspec.Struct, frozen=True):
    """All checks of one folder. `head` is empty when the record could not be read."""

    folder: Path
    ceremony_id: str
    head: str
    signers: tuple[Signer, ...]
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict is Verdict.FAILED)

    @property
    def verdict(self) -> Verdict:
        """`FAILED` when one check failed, else `OK`: what was not checked is in the checks."""
        return Verdict.FAILED if self.failed else Verdict.OK

    def require(self) -> None:
        """Raise `DoesNotHold` (exit status 1) when a check failed, naming all that did."""
        if self.failed:
            misread = all(check.id.startswith(ANCHOR) for check in self.failed)
            raise DoesNotHold(
                "folder-does-not-hold",
                "{count} of {all} checks failed: {failed}.",
                stands="The folder was only read.",
                next_step=READ_AGAIN if misread else COPY_AGAIN,
                count=len(self.failed),
                all=len(self.checks),
                failed=", ".join(check.id for check in self.failed),
            )
