"""All rules over a plan: its own, the clouds', the papers', and those that a token census answers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ceremony_app.clouds.catalogue import cloud, cloud_rules
from ceremony_app.errors import BadInput, Unfit
from ceremony_app.papers.rules import PAPER_RULES
from ceremony_app.plan.model import KeySpec, Plan
from ceremony_app.plan.rule import Finding, Rulebook, Trouble, Verdict, trouble
from ceremony_app.plan.rules import check_plan
from ceremony_app.strongroom.protocol import AlgorithmCensus, Census

PIN_CHARACTERS = 32
"""Both halves of a PIN, without their check characters (docs/threat-model.md: PIN guessing)."""


class Measured(msgspec.Struct, frozen=True):
    """A plan beside what a token's self-tests produced."""

    plan: Plan
    census: Census

    def of(self, key: KeySpec) -> AlgorithmCensus | None:
        return next((one for one in self.census.algorithms if one.algorithm is key.algorithm), None)


TOKEN_RULES: Rulebook[Measured] = Rulebook()
_SOURCE = "the token's own self-test with throw-away keys (ceremony census)"


@TOKEN_RULES.rule(
    "TOKEN-001",
    Verdict.FAIL,
    source=_SOURCE,
    passes="The token makes and uses every kind of key in the plan.",
    fails="The token does not make or use {algorithm} keys, which {label} is. {note}",
)
def makes_each_key(measured: Measured) -> Iterator[Trouble]:
    for index, key in enumerate(measured.plan.keys):
        seen = measured.of(key)
        if seen is None or not seen.generate or not seen.prove:
            note = seen.note if seen else ""
            yield trouble(f"keys[{index}].algorithm", algorithm=key.algorithm.value, label=key.label, note=note)


@TOKEN_RULES.rule(
    "TOKEN-002",
    Verdict.FAIL,
    source=_SOURCE,
    passes="Every key that is to leave the token wrapped can do so.",
    fails="{label} is to be backed up or exported, but the token does not wrap {algorithm} keys. {note}",
)
def wraps_each_key(measured: Measured) -> Iterator[Trouble]:
    for index, key in enumerate(measured.plan.keys):
        seen = measured.of(key)
        if measured.plan.is_extractable(key.label) and (seen is None or not seen.wrap):
            note = seen.note if seen else ""
            yield trouble(f"keys[{index}].algorithm", algorithm=key.algorithm.value, label=key.label, note=note)


@TOKEN_RULES.rule(
    "TOKEN-003",
    Verdict.FAIL,
    source=_SOURCE,
    passes="The token takes backed-up keys back.",
    fails="{label} is backed up, but the token does not restore {algorithm} keys. {note}",
)
def restores_each_backup(measured: Measured) -> Iterator[Trouble]:
    for index, key in enumerate(measured.plan.keys):
        seen = measured.of(key)
        if measured.plan.backup_of(key.label) is not None and (seen is None or not seen.restore):
            note = seen.note if seen else ""
            yield trouble(f"keys[{index}].algorithm", algorithm=key.algorithm.value, label=key.label, note=note)


@TOKEN_RULES.rule(
    "TOKEN-004",
    Verdict.FAIL,
    source=_SOURCE,
    passes="The token takes the backup wrap key as a session object (backup method A).",
    fails="The token takes no known key, so backup method A does not work on it; this build has no other.",
    applies=lambda measured: bool(measured.plan.backups),
)
def takes_known_keys(measured: Measured) -> Iterator[Trouble]:
    if not measured.census.imports_known_keys or measured.census.kwp_mechanism == 0:
        yield trouble("backups")


@TOKEN_RULES.rule(
    "TOKEN-005",
    Verdict.FAIL,
    source="CK_TOKEN_INFO ulMinPinLen and ulMaxPinLen (PKCS#11 v3.1, 3.2)",
    passes="A PIN of two halves fits the token's limits.",
    fails="PINs here have {length} characters; the token takes {least} to {most}.",
)
def takes_the_pins(measured: Measured) -> Iterator[Trouble]:
    census = measured.census
    if not census.pin_min <= PIN_CHARACTERS <= census.pin_max:
        yield trouble("", length=PIN_CHARACTERS, least=census.pin_min, most=census.pin_max)


@TOKEN_RULES.rule(
    "TOKEN-006",
    Verdict.FAIL,
    source=_SOURCE,
    passes='What the plan wants wrapped in the token (`prefer = "in-token"`) the token can wrap by itself.',
    fails="{label} is to be wrapped in the token alone, but the token does not do {scheme} by itself.",
    applies=lambda measured: any(export.prefer for export in measured.plan.exports),
)
def wraps_in_token_where_asked(measured: Measured) -> Iterator[Trouble]:
    for index, export in enumerate(measured.plan.exports):
        if export.prefer != "in-token":
            continue
        key = measured.plan.key(export.key)
        scheme = cloud(export.destination).scheme(key.algorithm, export.prefer)
        seen = measured.of(key)
        hashes = measured.census.oaep_hashes
        if scheme.hash_name not in hashes or (scheme.is_hybrid and (seen is None or not seen.wrap_exact)):
            yield trouble(f"exports[{index}].prefer", label=key.label, scheme=scheme.value)


def check_all(plan: Plan, census: Census | None = None) -> list[Finding]:
    """What every rule says; the token's only where a census is given."""
    findings = [*check_plan(plan), *cloud_rules().check(plan), *PAPER_RULES.check(plan)]
    return findings if census is None else [*findings, *TOKEN_RULES.check(Measured(plan, census))]


def failures(findings: list[Finding]) -> list[Finding]:
    """The findings that block."""
    return [finding for finding in findings if finding.verdict is Verdict.FAIL]


def verify_all(plan: Plan) -> list[Finding]:
    """All findings of a plan that nothing blocks; raises `BadInput` naming every rule that fails and its field."""
    findings = check_all(plan)
    blocking = failures(findings)
    if blocking:
        raise BadInput(
            "plan-breaks-rules",
            "The plan cannot be performed. {failures}",
            next_step="Change what is named, have the plan approved again, and look at it with: ceremony plan check",
            failures=_sentences(blocking),
        )
    return findings


def verify_census(plan: Plan, census: Census) -> None:
    """The token can do what the plan asks; raises `Unfit` naming every rule that fails."""
    blocking = failures(TOKEN_RULES.check(Measured(plan, census)))
    if blocking:
        raise Unfit(
            "token-cannot",
            "The token cannot do what the plan asks. {failures}",
            stands="No key was made.",
            next_step="Abort, and use another token or another plan; ceremony census and plan check --census say it beforehand.",
            failures=_sentences(blocking),
        )


def _sentences(findings: list[Finding]) -> str:
    return " ".join(f"{one.rule}{' at ' + one.field if one.field else ''}: {one.sentence.english}" for one in findings)
