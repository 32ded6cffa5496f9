"""`ceremony plan check`: every rule over a plan, with its id."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from ceremony_app.cli.screen import Screen
from ceremony_app.engine.kinds import kind_of
from ceremony_app.engine.rules import check_all, failures
from ceremony_app.errors import BadInput, in_words
from ceremony_app.plan.load import parse_plan, plan_digest, read_plan
from ceremony_app.plan.rule import Finding, Verdict
from ceremony_app.record.words import words
from ceremony_app.strongroom.protocol import Census

AT_MOST = 1024 * 1024
MARKS = {Verdict.PASS: "holds", Verdict.WARN: "WARNING", Verdict.FAIL: "FAILS", Verdict.NOT_APPLICABLE: "does not apply"}


def check(options: argparse.Namespace, screen: Screen) -> int:
    """Show every finding; raises `BadInput` (exit status 2) when the plan cannot be read or a rule fails."""
    data = read_plan(options.plan)
    plan = parse_plan(data, str(options.plan))
    census = load_census(options.census) if options.census else None
    findings = check_all(plan, census)
    for finding in findings:
        if finding.verdict is not Verdict.NOT_APPLICABLE:
            screen.line(_line(finding), indent=20)
    blocking = failures(findings)
    if not blocking:
        kind_of(plan.kind)
    digest = plan_digest(data)
    screen.line()
    screen.pairs([("plan", plan.title), ("SHA-256", digest), ("in words", " ".join(words(digest)))])
    screen.result(
        {
            "title": plan.title,
            "sha256": digest,
            "words": words(digest),
            "findings": [
                {"rule": one.rule, "verdict": one.verdict.value, "field": one.field, "sentence": str(one.sentence)} for one in findings
            ],
        }
    )
    if blocking:
        raise BadInput(
            "plan-breaks-rules",
            "The plan cannot be performed: {rules}.",
            next_step="Change what these rules name, and have the plan approved again.",
            rules=", ".join(dict.fromkeys(one.rule for one in blocking)),
        )
    return 0


def _line(finding: Finding) -> str:
    field = f" [{finding.field}]" if finding.field else ""
    return f"{finding.rule:<10} {MARKS[finding.verdict]:<8} {finding.sentence}{field}"


def load_census(path: Path) -> Census:
    """A census file; raises `BadInput` naming the field."""
    try:
        if path.stat().st_size > AT_MOST:
            raise BadInput("census-too-large", "{path} is larger than 1 MiB.", next_step="Name a census file.", path=str(path))
        return msgspec.json.decode(path.read_bytes(), type=Census)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(
            "census-unusable",
            "The census {path} cannot be used: {reason}.",
            next_step="Make it anew with: ceremony census --module SO --out {path}",
            path=str(path),
            reason=in_words(error),
        ) from None
