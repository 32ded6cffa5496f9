"""What commands show: plain lines on standard output, progress on standard error where that is a terminal, or one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ceremony_app.errors import CeremonyError
from ceremony_app.plan.problem import PlanRefused


class Screen:
    """Standard output and error. With `as_json` standard output gets exactly one object."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._object: dict[str, Any] = {}
        self._bar: Any = None

    def line(self, text: str = "") -> None:
        """A line for people; nothing with `--json`."""
        if not self.as_json:
            print(text, flush=True)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values in two columns."""
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            self.line(f"  {name:<{width}}  {value}")

    def result(self, value: Mapping[str, Any]) -> None:
        """What the one object holds."""
        self._object = dict(value)

    def failed(self, error: CeremonyError) -> None:
        """What happened, where everything stands, what to do; with `--json` also as the member `error` of the one object."""
        self.end_progress()
        if isinstance(error, PlanRefused):
            for problem in error.problems:
                print(f"  {problem.field}: {problem.what} {problem.next_step}", file=sys.stderr)
        print(error.diagnostics(), file=sys.stderr, flush=True)
        detail = getattr(error, "detail", "")
        if detail:
            print(f"Detail:         {detail}", file=sys.stderr, flush=True)
        words = {"code": error.code, "what": str(error.what), "stands": str(error.stands), "next_step": str(error.next_step)}
        self._object["error"] = words

    def finish(self) -> None:
        """Print the one object; nothing without `--json`."""
        if self.as_json:
            print(json.dumps(self._object, indent=2, ensure_ascii=False), flush=True)

    def stopped(self) -> None:
        """Somebody pressed the interrupt key."""
        self.end_progress()
        print("Stopped. What is recorded stands; the same command with the same --out resumes.", file=sys.stderr, flush=True)

    # progress

    def step(self, line: str, title: str) -> None:
        """A step of the ceremony begins."""
        if self._live():
            self._task(f"{line:>4}  {title}")
        elif not self.as_json:
            print(f"{line:>5}  {title}", flush=True)

    def progress(self, text: str, done: int, of: int) -> None:
        """How far long work is, `done` of `of`."""
        if self._live() and self._bar is not None and text:
            self._bar.update(self._bar.task_ids[-1], description=f"{text} ({done + 1} of {of})")

    def end_progress(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _live(self) -> bool:
        return sys.stderr.isatty() and not self.as_json

    def _task(self, text: str) -> None:
        from rich.console import Console  # a fifth of a second that commands without progress need not pay
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        if self._bar is None:
            columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._bar.start()
        for task in self._bar.task_ids:
            self._bar.update(task, total=1, completed=1)
        self._bar.add_task(text, total=None)
