"""Projection: who is in the room, in which seat, with which witness codes and open gates."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import PersonLeft, PersonReturned, PersonSignedIn, SeatSubstituted

MINIMUM_ROLES = ("administrator", "operator", "witness")
"""Who must be in the room before anything that matters: voice, hands and eyes are three people (house rule, after IANA's and Juicebox's
published scripts)."""


class Seat(msgspec.Struct):
    """A person as signed in; `since` is the UTC text of the entry, `away` lists leavings and returns as (utc, what)."""

    name: str
    roles: tuple[str, ...]
    since: str
    present: bool = True
    away: list[tuple[str, str]] = []


class Seats(msgspec.Struct):
    """`stand_ins` maps the absent person to the deputy. Witness codes and gates are volatile: they end with the record's strongroom.
    `roles_taken` are the roles that somebody signed in with at any time."""

    signed_in: dict[str, Seat] = {}
    stand_ins: dict[str, str] = {}
    witness_codes: set[str] = set()
    gates: set[str] = set()
    roles_taken: set[str] = set()

    def who(self, planned: str) -> str:
        """The person who really sits where the plan says `planned`."""
        return self.stand_ins.get(planned, planned)

    def is_present(self, name: str) -> bool:
        seat = self.signed_in.get(name)
        return seat is not None and seat.present

    def present_with(self, role: str) -> list[str]:
        """Names of the people present who hold `role`, in the order of signing in."""
        return [seat.name for seat in self.signed_in.values() if seat.present and role in seat.roles]

    def signed(self, fact: PersonSignedIn, utc: str) -> None:
        self.signed_in[fact.name] = Seat(fact.name, fact.roles, utc)
        self.roles_taken.update(fact.roles)

    def substituted(self, fact: SeatSubstituted) -> None:
        self.stand_ins[fact.absent] = fact.deputy
        self._close_without(fact.absent)
        if fact.absent in self.signed_in:
            self.signed_in[fact.absent].present = False

    def left(self, fact: PersonLeft, utc: str) -> None:
        self._close_without(fact.name)
        if fact.name in self.signed_in:
            self.signed_in[fact.name].present = False
            self.signed_in[fact.name].away.append((utc, "left"))

    def returned(self, fact: PersonReturned, utc: str) -> None:
        if fact.name in self.signed_in:
            self.signed_in[fact.name].present = True
            self.signed_in[fact.name].away.append((utc, "returned"))

    def process_started(self, process: str) -> None:
        """The record's strongroom kept the codes: witnesses sign in anew."""
        if process in ("desk", "record"):
            for name in self.witness_codes:
                self.signed_in.pop(name, None)
            self.witness_codes.clear()
            self.close_gates()

    def close_gates(self) -> None:
        self.gates.clear()

    def _close_without(self, name: str) -> None:
        """A gate does not stay open for people who were not all there when it was opened."""
        seat = self.signed_in.get(name)
        if seat is not None and any(role in MINIMUM_ROLES for role in seat.roles):
            self.close_gates()
