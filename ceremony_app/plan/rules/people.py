"""Rules about people: which roles must be filled, and which may not meet in one person."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony_app.plan import duty
from ceremony_app.plan.model import Plan, Role
from ceremony_app.plan.name import fold
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


@RULES.rule(
    "PLAN-101",
    Verdict.FAIL,
    source="House rule after IANA's ceremony roles: one person leads, so that nobody gets two different orders",
    passes="Exactly one person leads as administrator.",
    fails="{count} people are named administrator; exactly one leads.",
)
def one_administrator(plan: Plan) -> Iterator[Trouble]:
    """Exactly one administrator."""
    return _exactly(plan, Role.ADMINISTRATOR, 1)


@RULES.rule(
    "PLAN-102",
    Verdict.FAIL,
    source="House rule after IANA's ceremony roles: one pair of hands at the machine, so that each act has one author",
    passes="Exactly one person is the operator.",
    fails="{count} people are named operator; exactly one works at the machine.",
)
def one_operator(plan: Plan) -> Iterator[Trouble]:
    """Exactly one operator."""
    return _exactly(plan, Role.OPERATOR, 1)


@RULES.rule(
    "PLAN-103",
    Verdict.FAIL,
    source="House rule after CA/Browser Forum TLS Baseline Requirements 6.1.1.1, which has root keys made before a witness",
    passes="At least one witness attends.",
    fails="Nobody is named witness; the gates open only for one.",
)
def a_witness(plan: Plan) -> Iterator[Trouble]:
    """At least one witness."""
    if not plan.having(Role.WITNESS):
        yield trouble("people")


@RULES.rule(
    "PLAN-104",
    Verdict.FAIL,
    source="House rule after IANA's ceremony roles, where the witness keeps the administrator to the script: who watches must not act",
    passes="No witness or auditor acts, approves, keeps a card or holds a PIN half.",
    fails="{name} is both {one} and {other}; who watches must not also take part.",
)
def watchers_only_watch(plan: Plan) -> Iterator[Trouble]:
    """Witnesses and auditors are independent."""
    return _apart(plan, duty.WATCHER_ACTS)


@RULES.rule(
    "PLAN-105",
    Verdict.FAIL,
    source="House rule: who works the machine must not also keep a part of the backup",
    passes="The operator keeps no card.",
    fails="{name} is both {one} and {other}; the operator must keep no card.",
)
def operator_keeps_no_card(plan: Plan) -> Iterator[Trouble]:
    """The operator holds no share."""
    return _apart(plan, duty.OPERATOR_KEEPS)


@RULES.rule(
    "PLAN-106",
    Verdict.FAIL,
    source="House rule: each PIN is made in two halves, so that the token opens only when two people agree",
    passes="Exactly two people hold the PIN halves.",
    fails="{count} people are named pin-holder; the PIN has two halves for two people.",
)
def two_pin_holders(plan: Plan) -> Iterator[Trouble]:
    """Two PIN holders."""
    return _exactly(plan, Role.PIN_HOLDER, 2)


@RULES.rule(
    "PLAN-107",
    Verdict.FAIL,
    source="House rule: the token and its backup are two ways to the same keys, and no one person stands on both",
    passes="No PIN holder keeps a card.",
    fails="{name} is both {one} and {other}; PIN holders must keep no card.",
)
def pin_holders_keep_no_card(plan: Plan) -> Iterator[Trouble]:
    """PIN holders hold no cards."""
    return _apart(plan, duty.PIN_HOLDER_KEEPS)


@RULES.rule(
    "PLAN-108",
    Verdict.FAIL,
    source="House rule: an approval by the person who performs is no second pair of eyes",
    passes="Who approved the ceremony does not perform it.",
    fails="{name} is both {one} and {other}; who approves must not perform.",
)
def approver_does_not_perform(plan: Plan) -> Iterator[Trouble]:
    """The approver is neither administrator nor operator."""
    return _apart(plan, duty.APPROVER_PERFORMS)


@RULES.rule(
    "PLAN-109",
    Verdict.FAIL,
    source="House rule after IANA's ceremony roles: who can activate the token must not control the place where it is kept",
    passes="No PIN holder controls the safes or bags.",
    fails="{name} is both {one} and {other}; PIN holders must not control where the token is kept.",
)
def pin_holders_control_no_safe(plan: Plan) -> Iterator[Trouble]:
    """PIN holders are not controllers."""
    return _apart(plan, duty.PIN_AND_DOOR)


@RULES.rule(
    "PLAN-110",
    Verdict.FAIL,
    source="House rule: separation of duties is counted in people, so each person appears once, with all their roles",
    passes="Each person is named once, with each role once.",
    fails="{name} is named before, or has a role named twice; name each person once with all roles.",
)
def named_once(plan: Plan) -> Iterator[Trouble]:
    """No person and no person's role is repeated; spellings that people read as one name count as one."""
    known: set[str] = set()
    for index, person in enumerate(plan.people):
        if fold(person.name) in known:
            yield trouble(f"people[{index}].name", name=person.name)
        if len(set(person.roles)) < len(person.roles):
            yield trouble(f"people[{index}].roles", name=person.name)
        known.add(fold(person.name))


@RULES.rule(
    "PLAN-111",
    Verdict.WARN,
    source="House rule: where one person leads and types, only the witness sees a wrong step",
    passes="The administrator and the operator are two people.",
    fails="{name} is both administrator and operator; only the witness would see a wrong step.",
)
def leader_and_hands(plan: Plan) -> Iterator[Trouble]:
    """Administrator and operator are two people."""
    return _both(plan, Role.ADMINISTRATOR, Role.OPERATOR)


@RULES.rule(
    "PLAN-112",
    Verdict.WARN,
    source="House rule: the operator sits where the other half is typed, so this leaves one person to keep the PIN apart",
    passes="The operator holds no PIN half.",
    fails="{name} is both operator and pin-holder, and sits where the other half is typed.",
)
def operator_holds_no_pin(plan: Plan) -> Iterator[Trouble]:
    """The operator holds no PIN half."""
    return _both(plan, Role.OPERATOR, Role.PIN_HOLDER)


@RULES.rule(
    "PLAN-113",
    Verdict.WARN,
    source="House rule after IANA's ceremony roles: the token's safe and the safe of what opens it are controlled by different people",
    passes="Two people or more control the safes and bags.",
    fails="{count} people are named controller; with two, the token and the PIN mailers are packed by different people.",
)
def two_controllers(plan: Plan) -> Iterator[Trouble]:
    """At least two controllers."""
    count = len({fold(person.name) for person in plan.having(Role.CONTROLLER)})
    if count < 2:
        yield trouble("people", count=count)


def _exactly(plan: Plan, role: Role, number: int) -> Iterator[Trouble]:
    count = len({fold(person.name) for person in plan.having(role)})
    if count != number:
        yield trouble("people", count=count)


def _apart(plan: Plan, pair: duty.Pair) -> Iterator[Trouble]:
    for index, person in enumerate(plan.people):
        own = duty.duties(plan, person)
        clash = duty.clash(own, own, (pair,))
        if clash:
            yield trouble(f"people[{index}].roles", name=person.name, one=clash[0].value, other=clash[1].value)


def _both(plan: Plan, one: Role, other: Role) -> Iterator[Trouble]:
    for index, person in enumerate(plan.people):
        if {one, other} <= set(person.roles):
            yield trouble(f"people[{index}].roles", name=person.name)
