"""Rules about deputies: standing in for someone must not bring together what was kept apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ceremony_app.plan import duty
from ceremony_app.plan.model import Plan, Role
from ceremony_app.plan.name import fold
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


def _has_deputies(plan: Plan) -> bool:
    return any(True for _ in duty.stand_ins(plan))


@RULES.rule(
    "PLAN-121",
    Verdict.FAIL,
    source="House rule: somebody absent cannot stand in for themselves",
    passes="Every deputy is another person than the one they stand in for.",
    fails="{name} is named as their own deputy.",
    applies=_has_deputies,
)
def another_person(plan: Plan) -> Iterator[Trouble]:
    """A deputy is somebody else."""
    for one in duty.stand_ins(plan):
        if fold(one.deputy) == fold(one.principal):
            yield trouble(one.field, name=one.principal)


@RULES.rule(
    "PLAN-122",
    Verdict.FAIL,
    source="House rule: duties that may not meet in one person may not meet in a deputy either",
    passes="No deputy would come to hold duties that must stay apart.",
    fails="{deputy} would stand in for {name} as {other}, but is {one} already or by standing in; these must stay apart.",
    applies=_has_deputies,
)
def no_conflict(plan: Plan) -> Iterator[Trouble]:
    """A deputy's own duties, and those of all they stand in for, do not conflict."""
    held: dict[str, set[Role]] = defaultdict(set)
    for person in plan.people:
        held[fold(person.name)] |= duty.duties(plan, person)
    for one in duty.stand_ins(plan):
        before = held[fold(one.deputy)]
        clash = duty.clash(frozenset(before), one.duties)
        if clash and fold(one.deputy) != fold(one.principal):
            yield trouble(one.field, deputy=one.deputy, name=one.principal, one=clash[0].value, other=clash[1].value)
        before |= one.duties


@RULES.rule(
    "PLAN-123",
    Verdict.FAIL,
    source="House rule: the two halves of a PIN are kept apart also on the day somebody is absent",
    passes="Nobody would come to both halves of a PIN by standing in.",
    fails="{deputy} would stand in for {name} and so come to both halves of the PIN.",
    applies=lambda plan: any(person.deputy for person in plan.pin_holders),
)
def one_half_each(plan: Plan) -> Iterator[Trouble]:
    """No person holds one half and is, or twice is, deputy for a half."""
    halves = {fold(person.name) for person in plan.pin_holders}
    for one in duty.stand_ins(plan):
        if Role.PIN_HOLDER in one.duties:
            if fold(one.deputy) in halves and fold(one.deputy) != fold(one.principal):
                yield trouble(one.field, deputy=one.deputy, name=one.principal)
            halves.add(fold(one.deputy))
