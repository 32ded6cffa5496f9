"""What commands show: plain lines on standard output, progress on standard error where that is a terminal, or one JSON object."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ceremony_app.cli.progress import BROKEN, DONE, StepLine
from ceremony_app.errors import CeremonyError
from ceremony_app.plan.problem import PlanRefused, Problem

RED, YELLOW, BOLD = "1;31", "1;33", "1"
"""Colours of a terminal (ECMA-48, SGR). They only repeat what the words say."""

_VALUES = 16
"""Column at which an error's sentences begin."""


class Screen:
    """Standard output and error. With `as_json` standard output gets exactly one object."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._object: dict[str, Any] = {}
        self._steps = StepLine()

    def line(self, text: str = "", *, colour: str = "", indent: int = 0, whole: bool = False) -> None:
        """A line for people; nothing with `--json`. In a terminal it goes on `indent` columns in where it is too long, unless it is to be
        copied `whole`; a file gets it whole."""
        if self.as_json:
            return
        if sys.stdout.isatty() and text:
            text = text if whole else _broken(text, indent)
            if colour and "NO_COLOR" not in os.environ:
                text = f"\x1b[{colour}m{text}\x1b[0m"
        print(text, flush=True)

    def heading(self, text: str) -> None:
        """A title, after a blank line."""
        self.line()
        self.line(text, colour=BOLD)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Cells in columns as wide as their longest."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            self.line(f"  {cells}".rstrip(), indent=4)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values in two columns."""
        if rows:
            self.table(rows)

    def result(self, value: Mapping[str, Any]) -> None:
        """What the one object holds."""
        self._object = dict(value)

    def failed(self, error: CeremonyError) -> None:
        """What happened, where everything stands, what to do; with `--json` also as the member `error` of the one object."""
        self.break_progress()
        words: dict[str, Any] = {
            "code": error.code,
            "what": str(error.what),
            "stands": str(error.stands),
            "next_step": str(error.next_step),
        }
        if isinstance(error, PlanRefused):
            words["problems"] = [_problem(one) for one in error.problems]
            if not self.as_json:
                for sentence in error.listed:
                    _print_error(f"  {sentence}", 4)
        for line in error.diagnostics().split("\n"):
            _print_error(line, _VALUES)
        detail = getattr(error, "detail", "")
        if detail:
            _print_error(f"{'Detail:':<{_VALUES}}{detail}", _VALUES)
        self._object["error"] = words

    def finish(self) -> None:
        """Print the one object; nothing without `--json`."""
        if self.as_json:
            print(json.dumps(self._object, indent=2, ensure_ascii=False), flush=True)

    def stopped(self) -> None:
        """Somebody pressed the interrupt key."""
        self.break_progress()
        print("Stopped. What is recorded stands; the same command with the same --out resumes.", file=sys.stderr, flush=True)

    # progress

    def step(self, line: str, title: str) -> None:
        """A step of the ceremony begins."""
        if self._live():
            self._steps.begin(f"{line:>4}  {title}")
        elif not self.as_json:
            print(f"{line:>5}  {title}", flush=True)

    def progress(self, text: str, done: int, of: int) -> None:
        """How far long work is, `done` of `of`."""
        if self._live():
            self._steps.tell(f"{text} ({min(done + 1, of)} of {of})" if text else "")

    def end_progress(self) -> None:
        """The last step has ended well."""
        self._steps.end(DONE)

    def break_progress(self) -> None:
        """The last step did not end as it should; nothing happens where none is shown."""
        self._steps.end(BROKEN)

    def _live(self) -> bool:
        return sys.stderr.isatty() and not self.as_json


def _print_error(text: str, indent: int) -> None:
    print(_broken(text, indent) if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


def _broken(text: str, indent: int) -> str:
    """`text` in lines of a terminal's width, all but the first `indent` columns in; words stay whole, so that they can be copied."""
    width = max(40, shutil.get_terminal_size().columns)
    if len(text) <= width:
        return text
    return textwrap.fill(text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _problem(one: Problem) -> dict[str, str]:
    return {"field": one.field, "code": one.code, "what": str(one.what), "next_step": str(one.next_step)}
