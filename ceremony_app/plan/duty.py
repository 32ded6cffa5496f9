"""Who has which duties, also by standing in, and which duties may not meet in one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from ceremony_app.plan.model import Backup, Person, Plan, Role
from ceremony_app.plan.name import fold

WATCHING = frozenset({Role.WITNESS, Role.AUDITOR})
ACTING = frozenset({Role.ADMINISTRATOR, Role.OPERATOR})

# Each pair of groups that must stay apart. The rules of `rules.people` refuse them one by one, the deputies' rule all together.
WATCHER_ACTS = (WATCHING, ACTING | {Role.CUSTODIAN, Role.APPROVER, Role.PIN_HOLDER})
OPERATOR_KEEPS = (frozenset({Role.OPERATOR}), frozenset({Role.CUSTODIAN}))
PIN_HOLDER_KEEPS = (frozenset({Role.PIN_HOLDER}), frozenset({Role.CUSTODIAN}))
APPROVER_PERFORMS = (frozenset({Role.APPROVER}), ACTING)
PIN_AND_DOOR = (frozenset({Role.PIN_HOLDER}), frozenset({Role.CONTROLLER}))
APART = (WATCHER_ACTS, OPERATOR_KEEPS, PIN_HOLDER_KEEPS, APPROVER_PERFORMS, PIN_AND_DOOR)

Pair = tuple[frozenset[Role], frozenset[Role]]


class StandIn(msgspec.Struct, frozen=True):
    """A deputy, who they stand in for, the duties that brings, and the field that says so."""

    deputy: str
    principal: str
    duties: frozenset[Role]
    field: str


def duties(plan: Plan, person: Person) -> frozenset[Role]:
    """A person's roles, and those that other parts of the plan give them: approving it, keeping a card."""
    found = set(person.roles)
    if fold(person.name) == fold(plan.approval.approver):
        found.add(Role.APPROVER)
    if any(fold(person.name) == fold(custodian.name) for backup in plan.backups for custodian in backup.custodians):
        found.add(Role.CUSTODIAN)
    return frozenset(found)


def clash(first: frozenset[Role], second: frozenset[Role], pairs: tuple[Pair, ...] = APART) -> tuple[Role, Role] | None:
    """One duty of `first` and one of `second` that may not meet in one person; none when all may."""
    for left, right in pairs:
        for one, other in ((left, right), (right, left)):
            if first & one and second & other:
                return _least(first & one), _least(second & other)
    return None


def stand_ins(plan: Plan) -> Iterator[StandIn]:
    """Every deputy the plan names, for a person or for one card."""
    for index, person in enumerate(plan.people):
        if person.deputy:
            yield StandIn(person.deputy, person.name, _inherited(plan, person), f"people[{index}].deputy")
    for group, backup in enumerate(plan.backups):
        for index, custodian in enumerate(backup.custodians):
            if custodian.deputy:
                yield StandIn(custodian.deputy, custodian.name, frozenset({Role.CUSTODIAN}), f"backups[{group}].custodians[{index}].deputy")


def shares_of(backup: Backup) -> dict[str, list[int]]:
    """Folded name of each custodian of a set -> the share numbers they keep."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, custodian in enumerate(backup.custodians, start=1):
        found[fold(custodian.name)].append(number)
    return dict(found)


def reach_of(plan: Plan, backup: Backup) -> dict[str, set[int]]:
    """Folded name of each custodian or deputy of a set -> the share numbers they keep or may come to hold by standing in."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, custodian in enumerate(backup.custodians, start=1):
        found[fold(custodian.name)].add(number)
        deputy = plan.deputy_of(custodian)
        if deputy:
            found[fold(deputy)].add(number)
    return dict(found)


def _inherited(plan: Plan, person: Person) -> frozenset[Role]:
    """The duties that fall to a person's deputy: not the cards whose own deputies are named beside them."""
    cards = [card for backup in plan.backups for card in backup.custodians if fold(card.name) == fold(person.name)]
    if cards and all(card.deputy for card in cards):
        return duties(plan, person) - {Role.CUSTODIAN}
    return duties(plan, person)


def _least(roles: frozenset[Role]) -> Role:
    return next(role for role in Role if role in roles)
