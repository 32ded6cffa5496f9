"""The plan's own rules. Those of a cloud or of a token's census live with them, over the same types (`plan.rule`)."""

from __future__ import annotations

from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Plan
from ceremony_app.plan.rule import Finding, Rulebook, Verdict
from ceremony_app.plan.rules import custody, deputies, exports, keys, people, quorum, scope

PLAN_RULES: Rulebook[Plan] = Rulebook(scope.RULES, people.RULES, deputies.RULES, keys.RULES, quorum.RULES, custody.RULES, exports.RULES)


def check_plan(plan: Plan) -> list[Finding]:
    """What every rule of the plan says, in the order of the printed table."""
    return PLAN_RULES.check(plan)


def verify_plan(plan: Plan) -> list[Finding]:
    """All findings of a plan that no rule blocks; raises `BadInput` naming every rule that fails."""
    findings = check_plan(plan)
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    if failed:
        raise BadInput(
            "plan-breaks-rules",
            "The plan breaks {count} of its rules. {failures}",
            next_step="Change what is named, have the plan approved again, and check it with: ceremony plan check",
            count=len({finding.rule for finding in failed}),
            failures=" ".join(f"{finding.rule} at {finding.field}: {finding.sentence.english}" for finding in failed),
        )
    return findings
