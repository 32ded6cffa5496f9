"""The command line: every command and option that this build performs, and no other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ceremony_app import __version__
from ceremony_app.cli import census, kit, plan, preflight, rehearse, verify
from ceremony_app.cli.screen import Screen
from ceremony_app.errors import BadInput

EXITS = "exit status: 0 done and verified; 1 something did not hold; 2 unusable arguments or files; 3 machine or token unfit; 130 stopped"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The parsed arguments; `command` is the function to call with them and the screen. Exits with 2 on wrong ones."""
    parser = argparse.ArgumentParser(
        prog="ceremony",
        description="Key ceremonies: keys in a PKCS#11 token, share cards, cloud imports, and a record that anyone can verify.",
        epilog=EXITS,
    )
    parser.add_argument("--version", action="version", version=f"ceremony {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    parser.set_defaults(command=_help_of(parser))
    _rehearse(commands.add_parser("rehearse", help="perform a whole ceremony with scripted people on a practice token", epilog=EXITS))
    _verify(commands.add_parser("verify", help="check an evidence folder", epilog=EXITS))
    _plan(commands.add_parser("plan", help="check a plan, or write what its clouds are asked for"))
    _census(commands.add_parser("census", help="try what a token can do, with throw-away keys", epilog=EXITS))
    _preflight(commands.add_parser("preflight", help="look at this machine as a ceremony would", epilog=EXITS))
    return parser.parse_args(arguments)


def _help_of(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace, Screen], int]:
    """What is done when no command is named: the whole help, and the status of unusable arguments."""

    def show(options: argparse.Namespace, screen: Screen) -> int:
        del options, screen
        parser.print_help(sys.stderr)
        return BadInput.exit_status

    return show


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")


def _rehearse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", type=Path, metavar="P", help="the plan (default: the built-in sample)")
    parser.add_argument("--inputs", type=Path, metavar="DIR", help="recipients in DIR/<destination>/<label>/ (default: the practice cloud)")
    parser.add_argument("--answers", type=Path, metavar="A.toml", help="answers that differ from the scripted people's")
    parser.add_argument("--module", metavar="SO", help="PKCS#11 library of the practice token (default: SoftHSM of this machine)")
    parser.add_argument("--second", type=Path, metavar="DIR", help="second place for the record")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="where everything goes; an open ceremony there is resumed")
    _json(parser)
    parser.set_defaults(command=rehearse.run)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the evidence folder, called like the ceremony's id")
    parser.add_argument("--head", metavar="H", help="the closing head from paper: hex digits, or its words in quotes")
    parser.add_argument("--signer", action="append", default=[], metavar="F", help="SHA-256 of a signer's certificate, from paper")
    parser.add_argument("--addenda", type=int, metavar="N", help="how many addenda are due, from paper")
    _json(parser)
    parser.set_defaults(command=verify.run)


def _plan(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    parser.set_defaults(command=_help_of(parser))
    check = commands.add_parser("check", help="read a plan strictly and hold it against every rule", epilog=EXITS)
    check.add_argument("plan", type=Path, metavar="P")
    check.add_argument("--census", type=Path, metavar="C", help="what `ceremony census --out C` found on the token")
    _json(check)
    check.set_defaults(command=plan.check)
    sheets = commands.add_parser("kit", help="write the request sheets for the plan's clouds", epilog=EXITS)
    sheets.add_argument("plan", type=Path, metavar="P")
    sheets.add_argument("--out", type=Path, metavar="DIR", required=True)
    _json(sheets)
    sheets.set_defaults(command=kit.run)


def _census(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--module", metavar="SO", help="PKCS#11 library (default: SoftHSM of this machine)")
    parser.add_argument("--out", type=Path, metavar="C", help="write the census to this file, for `plan check --census`")
    _json(parser)
    parser.set_defaults(command=census.run)


def _preflight(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rehearsal", action="store_true", help="judge as a rehearsal does: what blocks production is a warning")
    _json(parser)
    parser.set_defaults(command=preflight.run)
