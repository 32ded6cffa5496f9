"""What this build can do at all: a plan that asks for more is refused now, never in the room."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony_app.plan.model import CeremonyKind, Destination, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()

BUILT_KINDS = (CeremonyKind.GENERATE,)
BUILT_DESTINATIONS = (Destination.AWS,)


@RULES.rule(
    "PLAN-001",
    Verdict.FAIL,
    source="This build: kinds that are not built yet are refused before the day, not on it",
    passes="This build performs ceremonies of this kind.",
    fails="This build performs {built} only, not {kind}.",
)
def built_kind(plan: Plan) -> Iterator[Trouble]:
    """The kind of ceremony is one that this build performs."""
    if plan.kind not in BUILT_KINDS:
        yield trouble("kind", built=", ".join(kind.value for kind in BUILT_KINDS), kind=plan.kind.value)


@RULES.rule(
    "PLAN-002",
    Verdict.FAIL,
    source="This build: destinations that are not built yet are refused before the day, not on it",
    passes="This build wraps keys for every destination of this plan.",
    fails="This build wraps keys for {built} only, not for {destination}.",
    applies=lambda plan: bool(plan.exports),
)
def built_destination(plan: Plan) -> Iterator[Trouble]:
    """Each export goes to a service that this build knows."""
    for index, export in enumerate(plan.exports):
        if export.destination not in BUILT_DESTINATIONS:
            built = ", ".join(destination.value for destination in BUILT_DESTINATIONS)
            yield trouble(f"exports[{index}].destination", built=built, destination=export.destination.value)
