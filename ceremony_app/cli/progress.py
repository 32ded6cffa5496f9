"""Progress in a terminal: a line that moves while a step lasts, and stays, with its mark and its time, when the step has ended."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

DONE, BROKEN = "✓", "✗"
_NAME = 64
"""Columns for a step's name: with mark and time the line fits a terminal of 80."""


class StepLine:
    """Standard error of a terminal. One step at a time; what was written stays on the screen, so no terminal is too low for it."""

    def __init__(self) -> None:
        self._text = ""
        self._since = 0.0
        self._console: Console | None = None
        self._moving: Progress | None = None

    def begin(self, text: str) -> None:
        """The step before has ended well; `text` begins."""
        self.end(DONE)
        self._text, self._since = text, time.monotonic()
        self._moving = self._new(text)
        self._moving.start()

    def tell(self, note: str) -> None:
        """How far the step is, beside its name; empty when there is nothing to tell."""
        if self._moving is not None:
            self._moving.update(self._moving.task_ids[-1], description=_cut(f"{self._text}  {note}" if note else self._text))

    def end(self, mark: str) -> None:
        """Nothing moves any more: the step's line gets `mark` and its seconds. Without a step nothing happens."""
        if self._moving is None or self._console is None:
            return
        self._moving.stop()
        self._moving = None
        style = "green" if mark == DONE else "bold red"
        self._console.print(f"{mark} ", style=style, end="")
        self._console.print(f"{_cut(self._text):<{_NAME}} ", markup=False, end="")
        self._console.print(_seconds(time.monotonic() - self._since), style="dim")

    def _new(self, text: str) -> Progress:
        from rich.console import Console  # a fifth of a second that commands without progress need not pay
        from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
        from rich.table import Column
        from rich.text import Text

        class Seconds(ProgressColumn):
            def render(self, task: Task) -> Text:
                return Text(_seconds(task.elapsed or 0.0), style="dim")

        self._console = self._console or Console(file=sys.stderr, highlight=False, emoji=False)
        name = TextColumn("{task.description}", markup=False, table_column=Column(width=_NAME, no_wrap=True))
        moving = Progress(SpinnerColumn(), name, Seconds(), console=self._console, transient=True)
        moving.add_task(_cut(text), total=None)
        return moving


def _cut(text: str) -> str:
    return text if len(text) <= _NAME else text[: _NAME - 1] + "…"


def _seconds(seconds: float) -> str:
    return f"{seconds:6.1f} s"
