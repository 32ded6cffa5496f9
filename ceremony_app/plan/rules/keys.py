"""Rules about the keys themselves and the groups that back them up."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony_app.plan.cryptoperiod import EDITION, SUGGESTED
from ceremony_app.plan.model import CeremonyKind, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


def _has_keys(plan: Plan) -> bool:
    return bool(plan.keys)


def _has_backups(plan: Plan) -> bool:
    return bool(plan.backups)


@RULES.rule(
    "PLAN-201",
    Verdict.FAIL,
    source="House rule: a ceremony that makes keys names them",
    passes="The plan names the keys to make.",
    fails="The plan names no key to make.",
    applies=lambda plan: plan.kind is CeremonyKind.GENERATE,
)
def a_key(plan: Plan) -> Iterator[Trouble]:
    """At least one key."""
    if not plan.keys:
        yield trouble("keys")


@RULES.rule(
    "PLAN-202",
    Verdict.FAIL,
    source="House rule: labels name files, cards and token objects, so two keys never share one",
    passes="Every key has its own label.",
    fails="The label {label} is used before; every key needs its own.",
    applies=_has_keys,
)
def own_label(plan: Plan) -> Iterator[Trouble]:
    """Key labels are unique."""
    labels = [key.label for key in plan.keys]
    for index in _repeated(labels):
        yield trouble(f"keys[{index}].label", label=labels[index])


@RULES.rule(
    "PLAN-203",
    Verdict.FAIL,
    source="NIST SP 800-57 Part 1, 5.2 (one use per key), within what the algorithm can do",
    passes="Every key has one purpose, and its algorithm serves it.",
    fails="{label} is {algorithm}, which cannot serve the purpose {purpose}; it can serve {served}.",
    applies=_has_keys,
)
def purpose_fits(plan: Plan) -> Iterator[Trouble]:
    """The algorithm can serve the purpose. That there is exactly one purpose is the format's doing."""
    for index, key in enumerate(plan.keys):
        if key.purpose not in key.algorithm.purposes:
            served = ", ".join(sorted(purpose.value for purpose in key.algorithm.purposes))
            words = {"algorithm": key.algorithm.value, "purpose": key.purpose.value, "served": served}
            yield trouble(f"keys[{index}].purpose", label=key.label, **words)


@RULES.rule(
    "PLAN-204",
    Verdict.WARN,
    source=f"{EDITION}: rough guidelines, later editions not compared",
    passes="No key is planned for longer use than the table suggests.",
    fails="{label} is to be used for {days} days; the table suggests at most {suggested} ({row}).",
    applies=_has_keys,
)
def cryptoperiod(plan: Plan) -> Iterator[Trouble]:
    """The time until rotation is within the suggested period of the key's purpose."""
    for index, key in enumerate(plan.keys):
        period = SUGGESTED[key.purpose]
        if key.rotate_after_days > period.days:
            field = f"keys[{index}].rotate_after_days"
            yield trouble(field, label=key.label, days=key.rotate_after_days, suggested=period.days, row=period.row)


@RULES.rule(
    "PLAN-211",
    Verdict.WARN,
    source="House rule: a key without a backup dies with its token",
    passes="Every key is backed up.",
    fails="{label} is in no backup group; if the token fails, the key is gone.",
    applies=_has_keys,
)
def backed_up(plan: Plan) -> Iterator[Trouble]:
    """Each key is in a backup group."""
    for index, key in enumerate(plan.keys):
        if plan.backup_of(key.label) is None:
            yield trouble(f"keys[{index}].label", label=key.label)


@RULES.rule(
    "PLAN-212",
    Verdict.FAIL,
    source="House rule: a group name stands on cards and in file names, so two groups never share one",
    passes="Every backup group has its own name.",
    fails="The group name {name} is used before; every group needs its own.",
    applies=_has_backups,
)
def own_group_name(plan: Plan) -> Iterator[Trouble]:
    """Group names are unique."""
    names = [backup.name for backup in plan.backups]
    for index in _repeated(names):
        yield trouble(f"backups[{index}].name", name=names[index])


@RULES.rule(
    "PLAN-213",
    Verdict.FAIL,
    source="House rule: only what the plan makes can be backed up",
    passes="Every backed-up key is one of the plan's keys.",
    fails="Group {group} names the key {label}, which is not under keys.",
    applies=_has_backups,
)
def backed_up_keys_exist(plan: Plan) -> Iterator[Trouble]:
    """Groups name existing keys."""
    labels = {key.label for key in plan.keys}
    for group, backup in enumerate(plan.backups):
        for index, label in enumerate(backup.keys):
            if label not in labels:
                yield trouble(f"backups[{group}].keys[{index}]", group=backup.name, label=label)


@RULES.rule(
    "PLAN-214",
    Verdict.FAIL,
    source="House rule: every further set of cards for a key is one more way to it, and one more to destroy",
    passes="No key is in a group twice or in two groups.",
    fails="{label} is in a backup group before; a key belongs to exactly one.",
    applies=_has_backups,
)
def one_group(plan: Plan) -> Iterator[Trouble]:
    """No key is named twice among all groups."""
    places = [(group, index, label) for group, backup in enumerate(plan.backups) for index, label in enumerate(backup.keys)]
    for again in _repeated([label for _, _, label in places]):
        group, index, label = places[again]
        yield trouble(f"backups[{group}].keys[{index}]", label=label)


@RULES.rule(
    "PLAN-215",
    Verdict.WARN,
    source="House rule: cards can be destroyed only when every key of their group has ended, so a group holds keys that end together",
    passes="The keys of each group are rotated together.",
    fails="The keys of group {group} are to be rotated after different times ({days} days); its cards live as long as the last.",
    applies=_has_backups,
)
def end_together(plan: Plan) -> Iterator[Trouble]:
    """One rotation period per group."""
    for group, backup in enumerate(plan.backups):
        days = sorted({key.rotate_after_days for key in plan.keys if key.label in backup.keys})
        if len(days) > 1:
            yield trouble(f"backups[{group}].keys", group=backup.name, days=", ".join(str(number) for number in days))


def _repeated(names: list[str]) -> list[int]:
    """Positions of names that stand earlier in the list too."""
    return [index for index, name in enumerate(names) if name in names[:index]]
