"""Facts about people: who took which seat, who stood in, who left."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact


class PersonSignedIn(Fact):
    """A person said name and roles; `identity_seen_by` looked at a document of `document` type (never its number)."""

    name: str
    roles: tuple[str, ...]
    identity_seen_by: str
    document: str


class SeatSubstituted(Fact):
    """A deputy took a seat for the rest of the ceremony; the plan is not edited."""

    withholdable = False
    absent: str
    deputy: str
    reason: str


class WitnessCodeChosen(Fact):
    """The witness chose a private code, which only the record's strongroom keeps in memory."""

    witness: str


class PersonLeft(Fact):
    name: str
    reason: str


class PersonReturned(Fact):
    name: str
    seen_by: str


class GateRefused(Fact):
    """A gate stayed locked: the code or the groups were wrong. `reason` is the refusal's code."""

    withholdable = False
    gate: str
    witness: str
    reason: str


class GateOpened(Fact):
    """The witness opened a gate with the private code and groups of the head `head`, read from the witness's own paper."""

    gate: str
    witness: str
    head: str
