"""The one family of errors that crosses rooms.

Each says three things: what happened, where everything stands, and what to do. `code` is stable and is what tests and translations refer
to; `exit_status` is the command's exit status (0 done and verified, 1 something did not hold, 2 unusable arguments or files, 3 machine or
token unfit, 130 stopped). No argument of an error is ever a secret.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ceremony_app.text import Message, say

NOTHING_CHANGED = "Nothing was changed."


class CeremonyError(Exception):
    """Base of the family. `what`, `stands` and `next_step` are templates in `str.format` style over `args`."""

    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, what: str, *, stands: str = NOTHING_CHANGED, next_step: str, **args: Any) -> None:
        self.code = code
        self.what: Message = say(what, **args)
        self.stands: Message = say(stands, **args)
        self.next_step: Message = say(next_step, **args)
        super().__init__(code)

    def __str__(self) -> str:
        return f"{self.what} {self.stands} {self.next_step} [{self.code}]"

    def diagnostics(self) -> str:
        """Three lines for a terminal."""
        return f"What happened:  {self.what}\nWhere we stand: {self.stands}\nWhat to do:     {self.next_step}  [{self.code}]"


class DoesNotHold(CeremonyError):
    """Something that was checked is not as it must be (exit status 1)."""

    exit_status = 1


class BadInput(CeremonyError):
    """An argument or a file cannot be used; the message names the field (exit status 2)."""

    exit_status = 2


class Unfit(CeremonyError):
    """The machine or the token cannot do what is asked (exit status 3)."""

    exit_status = 3


class Halted(CeremonyError):
    """People stopped the ceremony; the record stays open or says aborted (exit status 130)."""

    exit_status = 130


def in_words(error: Exception) -> str:
    """Why a file cannot be used, as the end of a sentence: the system's reason without its number, or what the reader of the file says."""
    if isinstance(error, OSError):
        return (error.strerror or "the system gave no reason").lower()
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
