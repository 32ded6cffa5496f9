"""`ceremony verify`: one line per check, with an id."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import ANCHOR, Check, Report, Verdict
from ceremony_app.cli.screen import RED, YELLOW, Screen
from ceremony_app.papers.phrase import count

MARKS = {Verdict.OK: "ok", Verdict.FAILED: "FAILED", Verdict.NOT_CHECKED: "not checked"}
COLOURS = {Verdict.OK: "", Verdict.FAILED: RED, Verdict.NOT_CHECKED: YELLOW}
GROUPS = (
    ("The folder", ("FOLDER-", "MANIFEST-", "SIGNERS-", "SIGNATURE-")),
    ("Values from paper", (ANCHOR,)),
    ("The record", ("RECORD-", "RUN-")),
    ("What the record speaks of", ("PLAN-", "PUBLIC-KEY", "PROOFS-", "PACKAGE", "PAPERS-", "CONTENT-")),
    ("After the closing", ("ADDEND",)),
)
"""What checks are about, by how their ids begin."""


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Audit a folder; exit status 1 when a check failed."""
    report = audit_folder(options.folder, head=options.head, signers=options.signer, addenda=options.addenda)
    screen.pairs(
        [
            ("ceremony", report.ceremony_id or "could not be read"),
            ("head", report.head or "could not be read"),
            *((f"signer {signer.name}", signer.fingerprint) for signer in report.signers),
        ]
    )
    for title, beginnings in GROUPS:
        checks = [check for check in report.checks if check.id.startswith(beginnings)]
        if checks:
            screen.heading(title)
            show_checks(screen, checks)
    screen.line()
    screen.line(summary(report))
    screen.result(
        {
            "ceremony_id": report.ceremony_id,
            "folder": str(report.folder),
            "head": report.head,
            "signers": [{"name": signer.name, "fingerprint": signer.fingerprint} for signer in report.signers],
            "verdict": report.verdict.value,
            "checks": check_rows(report),
        }
    )
    report.require()
    return 0


def show_checks(screen: Screen, checks: Sequence[Check]) -> None:
    """The checks as lines: verdict, sentence, id. A value from paper that is missing begins its line, so that nobody overlooks it."""
    width = max(map(len, MARKS.values()))
    for check in checks:
        if check.verdict is Verdict.NOT_CHECKED and check.id.startswith(ANCHOR):
            screen.line(f"{check.sentence}  [{check.id}]", colour=YELLOW, indent=2)
        else:
            mark = MARKS[check.verdict]
            screen.line(f"  {mark:<{width}}  {check.sentence}  [{check.id}]", colour=COLOURS[check.verdict], indent=width + 4)


def summary(report: Report) -> str:
    """`22 checks held, 0 failed, 2 not checked: ANCHOR-1, ADDENDA-1.`"""
    left_out = [check.id for check in report.checks if check.verdict is Verdict.NOT_CHECKED]
    held = len(report.checks) - len(report.failed) - len(left_out)
    failed = f"{len(report.failed)} failed" + (f" ({', '.join(check.id for check in report.failed)})" if report.failed else "")
    rest = f", {len(left_out)} not checked: {', '.join(left_out)}" if left_out else ""
    return f"{count(held, 'check')} held, {failed}{rest}."


def check_rows(report: Report) -> list[dict[str, Any]]:
    """The checks for `--json`."""
    return [
        {"id": check.id, "verdict": check.verdict.value, "sentence": str(check.sentence), "file": check.file} for check in report.checks
    ]
