"""`ceremony plan kit`: request sheets for the plan's clouds."""

from __future__ import annotations

import argparse

from ceremony_app.cli.screen import Screen
from ceremony_app.clouds.kit import plan_kit
from ceremony_app.engine.rules import verify_all
from ceremony_app.plan.load import load_plan


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Write the sheets; raises `BadInput` when the plan fails a rule or the directory holds something."""
    plan = load_plan(options.plan)
    verify_all(plan)
    written = plan_kit(plan, options.out)
    for path in written:
        screen.line(str(path))
    screen.result({"files": [str(path) for path in written]})
    return 0
