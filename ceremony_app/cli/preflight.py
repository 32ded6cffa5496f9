"""`ceremony preflight`: what a ceremony's first step would see of this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from ceremony_app.cli.screen import Screen
from ceremony_app.errors import Unfit
from ceremony_app.machine import inspect_machine


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Show every check; raises `Unfit` (exit status 3) when one blocks."""
    checks = inspect_machine(rehearsal=options.rehearsal, folders=[Path.cwd()])
    for check in checks:
        screen.line(f"{check.check:<20} {check.verdict:<12} {check.basis:<12} {check.sentence}", indent=22)
    blocks = [check.check for check in checks if check.verdict == "block"]
    screen.result(
        {
            "checks": [
                {
                    "check": check.check,
                    "seen": check.seen,
                    "verdict": check.verdict,
                    "basis": check.basis,
                    "sentence": str(check.sentence),
                }
                for check in checks
            ]
        }
    )
    if blocks:
        raise Unfit(
            "machine-unfit",
            "A production ceremony would not begin on this machine: {blocks}.",
            next_step="Mend what is named, then look again.",
            blocks=", ".join(blocks),
        )
    return 0
