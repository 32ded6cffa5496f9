"""Commands: the only room that prints and exits."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from ceremony_app.cli.arguments import parse
from ceremony_app.cli.screen import Screen
from ceremony_app.errors import CeremonyError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit status (0 done and verified, 1 something did not hold, 2 unusable arguments or files, 3 machine or
    token unfit, 130 stopped)."""
    options = parse(arguments)
    screen = Screen(as_json=getattr(options, "json", False))
    try:
        status = _run(options, screen)
        screen.finish()
    except BrokenPipeError:
        # Whoever read our output has gone; what was recorded stands.
        sys.stderr.close()
        return 1
    finally:
        # Also an error that is ours leaves a terminal with its cursor.
        screen.break_progress()
    return status


def _run(options: Namespace, screen: Screen) -> int:
    try:
        return int(options.command(options, screen))
    except CeremonyError as error:
        screen.failed(error)
        return error.exit_status
    except KeyboardInterrupt:
        screen.stopped()
        return 130
