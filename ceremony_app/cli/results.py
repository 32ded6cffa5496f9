"""What `ceremony rehearse` shows at its end: what was made, where it lies, and the command that checks it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ceremony_app.audit.report import Report
from ceremony_app.cli.screen import Screen
from ceremony_app.cli.verify import show_checks, summary
from ceremony_app.papers.phrase import check_value, count, destination, grouped, listed
from ceremony_app.record.facts import KeyGenerated
from ceremony_app.record.state import State
from ceremony_app.record.state.sets import CardSet

_SHOWN = 16
"""Digits of a SHA-256 that are shown; the key list has them all."""


def show_results(screen: Screen, state: State, report: Report, out: Path) -> None:
    """The results of a closed ceremony below `out`; the checks that failed come last, before the count."""
    closed = state.course.closed
    screen.heading(f"{'Rehearsal' if state.course.rehearsal else 'Ceremony'} {closed.outcome if closed else 'open'}: {report.ceremony_id}")
    _block(screen, "Keys", [_key(key.made) for key in state.keys.by_label.values() if key.made is not None])
    _block(screen, "Card sets", [_cards(one) for one in state.sets.all])
    _block(screen, "Packages", _packages(state))
    _block(screen, f"Where everything lies, below {out}", _places(report, out))
    screen.heading("Check it:")
    for line in _command(report, len(closed.addenda) if closed else 0):
        screen.line(line, whole=True)
    if report.failed:
        screen.heading("What does not hold")
        show_checks(screen, report.failed)
    screen.line()
    screen.line(summary(report))


def _block(screen: Screen, title: str, rows: Sequence[Sequence[str]]) -> None:
    if rows:
        screen.heading(title)
        screen.table(rows)


def _key(made: KeyGenerated) -> list[str]:
    known = f"check value {check_value(made.check_value)}" if made.check_value else f"SHA-256 {grouped(made.spki_sha256[:_SHOWN])} …"
    return [made.label, made.algorithm, made.purpose, known]


def _cards(one: CardSet) -> list[str]:
    end = "void" if not one.alive else "recovery rehearsed" if one.rehearsed else "recovery not rehearsed"
    media = sorted({medium for backup in one.backups.values() for medium in backup.media})
    keys = f"{count(len(one.backups), 'key')} on {listed(media)}" if media else "no backup file"
    return [one.made.group, f"any {one.made.threshold} of {one.made.count} cards", f"set {grouped(one.made.set_id)}", end, keys]


def _packages(state: State) -> list[list[str]]:
    """A plan sends a key to a destination once, so that the resource's name need not tell packages apart."""
    return [
        [label, destination(cloud), row.package.scheme, "import confirmed" if row.confirmed else "import open"]
        for (label, cloud, _), row in state.shipments.by_target.items()
        if row.package is not None
    ]


def _places(report: Report, out: Path) -> list[tuple[str, str]]:
    evidence = report.folder.relative_to(out)
    named = (
        (evidence / "READ-FIRST.pdf", "one page: begin here"),
        (evidence / "documents" / "minutes.pdf", "what happened, step by step"),
        (evidence / "documents" / "key-list.pdf", "the keys with their whole values"),
        (evidence / "exports", "the packages, each with its commands"),
        (Path("media"), "the wrapped keys, as on two backup media"),
        (Path("inputs"), "what the practice cloud handed out"),
        (Path("practice", "cards"), "the share cards: only a rehearsal saves them"),
        (Path("practice", "mailers"), "the PIN mailers, likewise"),
    )
    return [(str(path), words) for path, words in named if (out / path).exists()]


def _command(report: Report, addenda: int) -> list[str]:
    """A command for a shell, one option a line, with the values that people would read from paper."""
    parts = [f"{_program()} verify {shlex.quote(str(report.folder))}", f"--head {report.head}"]
    parts += [f"--signer {signer.fingerprint}" for signer in report.signers]
    parts += [f"--addenda {addenda}"] if addenda else []
    return [f"  {parts[0]} \\", *(f"    {part} \\" for part in parts[1:-1]), f"    {parts[-1]}"]


def _program() -> str:
    """This command, as it can be called again."""
    called = Path(sys.argv[0])
    return shlex.quote(str(called)) if called.name == "ceremony" else f"{shlex.quote(sys.executable)} -m ceremony_app"
