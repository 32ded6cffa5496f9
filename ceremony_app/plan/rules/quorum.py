"""Rules about the arithmetic of a card set: T cards of N."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony_app.plan.model import Backup, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()

MOST_SHARES = 16  # SLIP-39: a member index has four bits
LONG_LIVED_DAYS = 365


def _has_backups(plan: Plan) -> bool:
    return bool(plan.backups)


@RULES.rule(
    "PLAN-301",
    Verdict.FAIL,
    source="PCI DSS 3.7.6 (split knowledge): no one person can know the whole",
    passes="Every set needs at least two cards.",
    fails="Group {name} needs {threshold} of {shares} cards; at least two must be needed.",
    applies=_has_backups,
)
def at_least_two(plan: Plan) -> Iterator[Trouble]:
    """T >= 2."""
    return _sets(plan, "threshold", lambda backup: backup.threshold < 2)


@RULES.rule(
    "PLAN-302",
    Verdict.FAIL,
    source="Arithmetic: with fewer cards than are needed, nothing can be restored",
    passes="Every set has as many cards as it needs.",
    fails="Group {name} needs {threshold} cards but has {shares}.",
    applies=_has_backups,
)
def enough_cards(plan: Plan) -> Iterator[Trouble]:
    """T <= N."""
    return _sets(plan, "threshold", lambda backup: backup.threshold > backup.shares)


@RULES.rule(
    "PLAN-303",
    Verdict.FAIL,
    source="SLIP-39: a share's index has four bits, so a set has at most 16 shares",
    passes="No set has more than 16 cards.",
    fails="Group {name} has {shares} cards; a set has at most 16.",
    applies=_has_backups,
)
def at_most_sixteen(plan: Plan) -> Iterator[Trouble]:
    """N <= 16."""
    return _sets(plan, "custodians", lambda backup: backup.shares > MOST_SHARES)


@RULES.rule(
    "PLAN-304",
    Verdict.WARN,
    source="IACR 2025: a 3-of-3 election key was lost with one share, and the election was run again",
    passes="Every set can lose a card.",
    fails="Group {name} needs all {shares} of its cards; one lost card loses every key of the group.",
    applies=_has_backups,
)
def a_spare(plan: Plan) -> Iterator[Trouble]:
    """M = N is an outage in waiting."""
    return _sets(plan, "threshold", lambda backup: backup.threshold == backup.shares)


@RULES.rule(
    "PLAN-305",
    Verdict.WARN,
    source="Arithmetic: with 2T <= N, two groups of custodians can each restore the keys without the other",
    passes="No two separate groups of custodians can both restore a set.",
    fails="Group {name} needs {threshold} of {shares} cards, so two separate groups of custodians can each restore the keys.",
    applies=_has_backups,
)
def one_quorum(plan: Plan) -> Iterator[Trouble]:
    """2T > N."""
    return _sets(plan, "threshold", lambda backup: 2 * backup.threshold <= backup.shares)


@RULES.rule(
    "PLAN-306",
    Verdict.WARN,
    source="House rule: over years more than one card gets lost, and a set is not looked at every day",
    passes="Every set whose keys live longer than a year can lose two cards.",
    fails="Group {name} can lose {spare} of its cards, but a key of it lives longer than a year; two to spare are advised.",
    applies=_has_backups,
)
def two_spare_for_long_lives(plan: Plan) -> Iterator[Trouble]:
    """N - T >= 2 for keys that live longer than a year."""

    def breaks(backup: Backup) -> bool:
        lives = [key.rotate_after_days for key in plan.keys if key.label in backup.keys]
        return 0 < backup.shares - backup.threshold < 2 and max(lives, default=0) > LONG_LIVED_DAYS

    return _sets(plan, "custodians", breaks)


def _sets(plan: Plan, field: str, breaks: Callable[[Backup], bool]) -> Iterator[Trouble]:
    for index, backup in enumerate(plan.backups):
        if breaks(backup):
            numbers = {"threshold": backup.threshold, "shares": backup.shares, "spare": backup.shares - backup.threshold}
            yield trouble(f"backups[{index}].{field}", name=backup.name, **numbers)
