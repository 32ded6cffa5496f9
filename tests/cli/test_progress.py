"""Progress in a terminal: each step ends with its mark and its time, the cursor comes back, and standard output stays clean."""

from __future__ import annotations

import os
import pty
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony_app.cli.screen import Screen
from ceremony_app.errors import DoesNotHold

SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Screen], None]], str]:
    """Everything that `act` writes to a standard error that is a terminal."""

    def written(act: Callable[[Screen], None]) -> str:
        inner, outer = pty.openpty()
        monkeypatch.setenv("TERM", "xterm")
        with os.fdopen(outer, "w", encoding="utf-8") as error:
            monkeypatch.setattr(sys, "stderr", error)
            act(Screen(as_json=False))
            error.flush()
            os.set_blocking(inner, False)
            taken = b""
            while True:
                try:
                    taken += os.read(inner, 65536)
                except BlockingIOError:
                    break
        os.close(inner)
        return taken.decode()

    return written


def lasting(written: str) -> list[str]:
    """The lines that stay: what was erased and coloured taken away."""
    lines = (line.split("\x1b[2K")[-1] for line in written.split("\r\n"))
    plain = (re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", line).rstrip() for line in lines)
    return [line for line in plain if line and not line.startswith("⠋")]


def test_steps_get_a_tick_and_their_time(terminal: Callable[[Callable[[Screen], None]], str]) -> None:
    def act(screen: Screen) -> None:
        screen.step("1.1", "Prepare")
        screen.step("2.10", "Hold for receipts")
        screen.progress("payments-kek", 1, 3)
        screen.end_progress()

    written = terminal(act)
    first, second = lasting(written)
    assert re.fullmatch(r"✓  1\.1  Prepare +0\.\d s", first)
    assert re.fullmatch(r"✓ 2\.10  Hold for receipts +0\.\d s", second)
    assert len(first) == len(second) <= 80
    assert written.count(SHOW) == written.count(HIDE) > 0


def test_an_error_leaves_the_step_marked_and_the_cursor_back(terminal: Callable[[Callable[[Screen], None]], str]) -> None:
    def act(screen: Screen) -> None:
        screen.step("2.2", "Keys [bold]and[/bold] " + "more " * 30)
        screen.failed(DoesNotHold("x", "It does not hold.", next_step="Look."))
        screen.end_progress()

    written = terminal(act)
    step, *rest = lasting(written)
    assert step.startswith("✗  2.2  Keys [bold]and[/bold] more")
    assert len(step) <= 80
    assert [line.split(":")[0] for line in rest] == ["What happened", "Where we stand", "What to do"]
    assert written.rindex(SHOW) > written.rindex(HIDE)


def test_long_sentences_go_on_below_their_beginning(
    terminal: Callable[[Callable[[Screen], None]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    error = DoesNotHold("x", "It does not hold. " * 8 + "/a/very/long/path" * 6, next_step="Look.")
    lines = lasting(terminal(lambda screen: screen.failed(error)))
    assert lines[0].startswith("What happened:  It does")
    assert re.match(r" {16}\S", lines[1])
    assert all(len(line) <= 60 for line in lines if "/a/very" not in line)
    assert sum("/a/very/long/path" * 6 in line for line in lines) == 1


def test_interrupted(terminal: Callable[[Callable[[Screen], None]], str]) -> None:
    def act(screen: Screen) -> None:
        screen.step("2.2", "Keys")
        screen.stopped()

    step, stopped = lasting(terminal(act))
    assert step.startswith("✗  2.2  Keys")
    assert stopped.startswith("Stopped.")


def test_without_a_terminal_steps_are_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    screen = Screen(as_json=False)
    screen.step("1.1", "Prepare")
    screen.progress("text", 0, 2)
    screen.end_progress()
    told = capsys.readouterr()
    assert (told.out, told.err) == ("  1.1  Prepare\n", "")
