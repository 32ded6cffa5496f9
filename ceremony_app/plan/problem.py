"""What is wrong with a plan file, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ceremony_app.errors import BadInput
from ceremony_app.text import Message

SHOWN = 20  # so that a file of another kind does not fill the screen


class Problem(msgspec.Struct, frozen=True):
    """One mistake. `field` is its path (`keys[1].algorithm`, lists counted from 0; empty for the file as a whole), `entry` the name of the
    list entry it lies in, `code` a stable word."""

    field: str
    code: str
    what: Message
    next_step: Message
    entry: str = ""

    def __str__(self) -> str:
        place = f"{self.field} ({self.entry})" if self.entry else self.field
        return f"{place or 'The file'} {self.what} {self.next_step}"


class PlanRefused(BadInput):
    """The plan cannot be used; `problems` holds every mistake that was found, which `what` only counts: they are told beside it, once."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        number = len(self.problems)
        super().__init__(
            "plan-refused",
            "The plan {source} has {mistakes}.",
            next_step="Correct what is named, have the plan approved again, and check it with: ceremony plan check",
            source=source,
            mistakes=f"{number} {'mistake' if number == 1 else 'mistakes'}",
        )

    def __str__(self) -> str:
        return f"{super().__str__()} {' '.join(self.listed)}"

    @property
    def listed(self) -> list[str]:
        """A sentence for each mistake, as many as people read."""
        more = len(self.problems) - SHOWN
        return [str(problem) for problem in self.problems[:SHOWN]] + ([f"And {more} more."] if more > 0 else [])
