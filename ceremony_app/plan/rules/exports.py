"""Rules about exports that hold for every destination; what one cloud asks lives with that cloud."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony_app.plan.model import Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


def _has_exports(plan: Plan) -> bool:
    return bool(plan.exports)


@RULES.rule(
    "PLAN-501",
    Verdict.FAIL,
    source="House rule: only what the plan makes can be exported",
    passes="Every exported key is one of the plan's keys.",
    fails="The export names the key {label}, which is not under keys.",
    applies=_has_exports,
)
def exported_keys_exist(plan: Plan) -> Iterator[Trouble]:
    """Exports name existing keys."""
    labels = {key.label for key in plan.keys}
    for index, export in enumerate(plan.exports):
        if export.key not in labels:
            yield trouble(f"exports[{index}].key", label=export.key)


@RULES.rule(
    "PLAN-502",
    Verdict.FAIL,
    source="House rule: each package leaves once, so a second one is a slip or a copy nobody counts",
    passes="No export is named twice.",
    fails="The export of {label} to {resource} is named before.",
    applies=_has_exports,
)
def named_once(plan: Plan) -> Iterator[Trouble]:
    """No (key, destination, resource) is repeated."""
    triples = [(export.key, export.destination, export.resource) for export in plan.exports]
    for index, triple in enumerate(triples):
        if triple in triples[:index]:
            yield trouble(f"exports[{index}]", label=triple[0], resource=triple[2])


@RULES.rule(
    "PLAN-503",
    Verdict.FAIL,
    source="House rule: one resource of a cloud takes one key of a ceremony; two are a slip of copying",
    passes="No two keys go to one resource.",
    fails="{resource} is to take {label}, but another key goes there too.",
    applies=_has_exports,
)
def one_key_per_resource(plan: Plan) -> Iterator[Trouble]:
    """Different keys go to different resources."""
    taken: dict[tuple[str, str], str] = {}
    for index, export in enumerate(plan.exports):
        place = (export.destination.value, export.resource)
        if taken.setdefault(place, export.key) != export.key:
            yield trouble(f"exports[{index}].resource", resource=export.resource, label=export.key)
