"""Rules about who keeps which card, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from ceremony_app.plan import duty
from ceremony_app.plan.model import Backup, Plan, Role
from ceremony_app.plan.name import fold
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


def _has_backups(plan: Plan) -> bool:
    return bool(plan.backups)


@RULES.rule(
    "PLAN-401",
    Verdict.FAIL,
    source="House rule: a card goes only to a person whose role and presence the plan states",
    passes="Every card goes to a person named as custodian.",
    fails="{name} is to keep a card of group {group} but is not under people with the role custodian, spelled the same.",
    applies=_has_backups,
)
def custodians_are_people(plan: Plan) -> Iterator[Trouble]:
    """Each custodian of a set is a person with that role."""
    named = {person.name for person in plan.having(Role.CUSTODIAN)}
    for group, backup in enumerate(plan.backups):
        for index, custodian in enumerate(backup.custodians):
            if custodian.name not in named:
                yield trouble(f"backups[{group}].custodians[{index}].name", name=custodian.name, group=backup.name)


@RULES.rule(
    "PLAN-402",
    Verdict.WARN,
    source="House rule: a custodian without a card is mostly a name forgotten in a card set",
    passes="Every person named as custodian keeps a card.",
    fails="{name} is named custodian but keeps no card.",
    applies=lambda plan: bool(plan.having(Role.CUSTODIAN)),
)
def custodians_have_cards(plan: Plan) -> Iterator[Trouble]:
    """Each person with the role keeps a card."""
    keeping = {custodian.name for backup in plan.backups for custodian in backup.custodians}
    for index, person in enumerate(plan.people):
        if person.has(Role.CUSTODIAN) and person.name not in keeping:
            yield trouble(f"people[{index}].roles", name=person.name)


@RULES.rule(
    "PLAN-403",
    Verdict.FAIL,
    source="PCI PIN Security 3.1, 8-2 and 21-2 (nobody holds enough shares); house rule: one card of a set for each person",
    passes="Nobody keeps two cards of one set.",
    fails="{name} would keep {count} cards of group {group}; each person keeps one card of a set.",
    applies=_has_backups,
)
def one_card_each(plan: Plan) -> Iterator[Trouble]:
    """Nobody appears twice in one set, so nobody reaches T alone."""
    for group, backup in enumerate(plan.backups):
        for numbers in duty.shares_of(backup).values():
            if len(numbers) > 1:
                again = numbers[1] - 1
                field = f"backups[{group}].custodians[{again}].name"
                yield trouble(field, name=backup.custodians[again].name, count=len(numbers), group=backup.name)


@RULES.rule(
    "PLAN-404",
    Verdict.FAIL,
    source="PCI PIN Security 3.1, 8-2 and 21-2 (nobody holds enough shares), applied to deputies",
    passes="Nobody reaches the threshold of a set by standing in for others.",
    fails="{name} keeps or may stand in for cards {cards} of group {group}, which needs only {threshold}.",
    applies=_has_backups,
)
def deputies_stay_below(plan: Plan) -> Iterator[Trouble]:
    """A person's own card and those they stand in for stay below T."""
    for group, backup in enumerate(plan.backups):
        own = duty.shares_of(backup)
        for name, cards in duty.reach_of(plan, backup).items():
            stood_in = cards - set(own.get(name, ()))
            if stood_in and len(cards) >= max(backup.threshold, 2):
                shown = ", ".join(str(card) for card in sorted(cards))
                yield trouble(
                    f"backups[{group}].custodians[{max(stood_in) - 1}].deputy",
                    name=_spelled(plan, backup, name),
                    cards=shown,
                    group=backup.name,
                    threshold=backup.threshold,
                )


@RULES.rule(
    "PLAN-405",
    Verdict.FAIL,
    source="House rule: one break-in must not yield a whole key",
    passes="No place holds enough cards of a set to restore it.",
    fails="{place} would hold {count} cards of group {group}, which needs {threshold}.",
    applies=_has_backups,
)
def places_stay_below(plan: Plan) -> Iterator[Trouble]:
    """No place holds T cards of one set."""
    return _places(plan, lambda backup, count: count >= max(backup.threshold, 2))


@RULES.rule(
    "PLAN-406",
    Verdict.WARN,
    source="House rule: a place one card short of the threshold makes its keeper's word the last lock",
    passes="No place holds all but one of the cards that a set needs.",
    fails="{place} would hold {count} cards of group {group}, one short of the {threshold} it needs.",
    applies=lambda plan: any(backup.threshold > 2 for backup in plan.backups),
)
def places_stay_well_below(plan: Plan) -> Iterator[Trouble]:
    """No place holds T - 1 cards; with T = 2 every place does, so it is not asked there."""
    return _places(plan, lambda backup, count: backup.threshold > 2 and count == backup.threshold - 1)


@RULES.rule(
    "PLAN-407",
    Verdict.WARN,
    source="House rule: a fire or a closed site takes all cards of one place together",
    passes="Every set survives the loss of any one place.",
    fails="If {place} is lost, group {group} keeps {left} cards of the {threshold} it needs.",
    applies=lambda plan: any(backup.threshold < backup.shares for backup in plan.backups),
)
def places_may_be_lost(plan: Plan) -> Iterator[Trouble]:
    """N less the cards of any place is still T; a set without a spare card has its own warning."""
    return _places(plan, lambda backup, count: backup.threshold < backup.shares and backup.shares - count < backup.threshold)


def _places(plan: Plan, breaks: Callable[[Backup, int], bool]) -> Iterator[Trouble]:
    for group, backup in enumerate(plan.backups):
        counted = Counter(fold(custodian.place) for custodian in backup.custodians)
        for place, count in counted.items():
            if breaks(backup, count):
                index = max(number for number, custodian in enumerate(backup.custodians) if fold(custodian.place) == place)
                yield trouble(
                    f"backups[{group}].custodians[{index}].place",
                    place=backup.custodians[index].place,
                    count=count,
                    left=backup.shares - count,
                    group=backup.name,
                    threshold=backup.threshold,
                )


def _spelled(plan: Plan, backup: Backup, folded: str) -> str:
    names = [name for custodian in backup.custodians for name in (custodian.name, plan.deputy_of(custodian))]
    return next(name for name in names if fold(name) == folded)
