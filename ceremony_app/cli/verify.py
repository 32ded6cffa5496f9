"""`ceremony verify`: one line per check, with an id."""

from __future__ import annotations

import argparse
from typing import Any

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import Report, Verdict
from ceremony_app.cli.screen import Screen

MARKS = {Verdict.OK: "ok", Verdict.FAILED: "FAILED", Verdict.NOT_CHECKED: "not checked"}


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Audit a folder; exit status 1 when a check failed."""
    report = audit_folder(options.folder, head=options.head, signers=options.signer, addenda=options.addenda)
    show_checks(screen, report)
    screen.line()
    screen.pairs(
        [
            ("ceremony", report.ceremony_id or "could not be read"),
            ("head", report.head or "could not be read"),
            *((f"signer {signer.name}", signer.fingerprint) for signer in report.signers),
        ]
    )
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


def show_checks(screen: Screen, report: Report, *, failed_only: bool = False) -> None:
    """The checks as lines: id, verdict, sentence."""
    rows = [check for check in report.checks if not failed_only or check.verdict is Verdict.FAILED]
    width = max((len(check.id) for check in rows), default=0)
    for check in rows:
        if check.verdict is Verdict.NOT_CHECKED and check.id.startswith("ANCHOR"):
            screen.line(f"{check.id:<{width}}  {check.sentence}")
        else:
            screen.line(f"{check.id:<{width}}  {MARKS[check.verdict]}  {check.sentence}")


def check_rows(report: Report) -> list[dict[str, Any]]:
    """The checks for `--json`."""
    return [
        {"id": check.id, "verdict": check.verdict.value, "sentence": str(check.sentence), "file": check.file} for check in report.checks
    ]
