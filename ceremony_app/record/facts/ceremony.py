"""Facts about the ceremony itself: opening, checks, reading heads aloud, interruptions, deviations, stops."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact, Row


class Software(Row):
    """A piece of software that took part; `sha256` in hex where a file could be hashed, else empty."""

    name: str
    version: str
    sha256: str = ""


class FindingMade(Row):
    """One rule of the plan check as it came out: `verdict` is `pass`, `warn` or `waived` (a `fail` does not open a ceremony)."""

    rule: str
    verdict: str
    sentence: str


class CeremonyOpened(Fact):
    """The first fact. `mode` is `rehearsal` or `production`."""

    withholdable = False
    ceremony_id: str
    kind: str
    mode: str
    format: int
    plan_sha256: str
    software: tuple[Software, ...]


class ProcessStarted(Fact):
    """A process started; what it held in memory before is gone. `process`: `desk`, `keys`, `record` or `recovery` (the strongrooms).
    `protections` are the process' own words on dump, core and memory lock, empty for the desk."""

    process: str
    protections: dict[str, str]


class CheckMade(Fact):
    """One machine check. `basis`: `measured`, `seen` (by a person) or `not checked`. `verdict`: `pass`, `warn`, `block`, `not checked`."""

    check: str
    seen: str
    verdict: str
    basis: str
    sentence: str


class ClockCompared(Fact):
    """The witness typed the wall time. `difference` = machine minus wall, in seconds."""

    wall: str
    machine: str
    difference: int
    by: str


class PlanLoaded(Fact):
    """The plan's exact bytes (SHA-256) and what its rules found; `words_compared_by` read alternate words aloud."""

    title: str
    environment: str
    sha256: str
    words_compared_by: tuple[str, ...]
    findings: tuple[FindingMade, ...]


class HeadRead(Fact):
    """At `point` the head was read aloud and written down; `by` typed groups of it back from paper."""

    withholdable = False
    point: str
    head: str
    by: str


class HeadCompared(Fact):
    """After an interruption the witness typed `groups` groups of the last head from the paper of before, at places drawn just then: the
    record that was found is the one that was left."""

    withholdable = False
    head: str
    groups: int
    by: str


class GapExplained(Fact):
    """What an interruption left and what was done about it. `by` is empty when the program found it by itself."""

    withholdable = False
    what: str
    by: str


class TornLineSetAside(Fact):
    """The last line of the journal had no end; its bytes were moved to a file beside the evidence folder."""

    withholdable = False
    length: int
    sha256: str


class SecondPlaceLost(Fact):
    """The record's second place could not be written any more."""

    withholdable = False
    reason: str


class SecondPlaceRestored(Fact):
    """The record's second place holds the whole record again, up to and without this entry."""

    withholdable = False
    place: str
    entries: int


class DeviationRecorded(Fact):
    """Something was not as the script says. `effect` on the keys: `none`, `possible` or `yes`."""

    withholdable = False
    number: int
    concerns: str
    expected: str
    happened: str
    decided: str
    decided_by: str
    effect: str


class CeremonyStopped(Fact):
    """Somebody said stop; nothing goes on until `CeremonyContinued`."""

    withholdable = False
    by: str
    reason: str


class CeremonyContinued(Fact):
    withholdable = False
    by: str
    decided: str


class CeremonySuspended(Fact):
    """A break with seals: the token is logged out; `seals` name what was sealed where."""

    withholdable = False
    by: str
    reason: str
    seals: str


class CeremonyResumed(Fact):
    withholdable = False
    by: str
    seals_intact: bool
    remarks: str


class CeremonyAborted(Fact):
    """The ceremony ends without its purpose; what exists already is destroyed or listed, never forgotten."""

    withholdable = False
    by: str
    reason: str
