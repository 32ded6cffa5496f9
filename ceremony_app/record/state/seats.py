"""Projection: who is in the room, in which seat, with which witness codes and open gates."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import PersonLeft, PersonReturned, PersonSignedIn, SeatSubstituted


class Seat(msgspec.Struct):
    """A person as signed in; `since` is the UTC text of the entry, `away` lists leavings and returns as (utc, what)."""

    name: str
    roles: tuple[str, ...]
    since: str
    present: bool = True
    away: list[tuple[str, str]] = []


class Seats(msgspec.Struct):
    """`stand_ins` maps the absent person to the deputy. Witness codes and gates are volatile: they end with the record's strongroom."""

    signed_in: dict[str, Seat] = {}
    stand_ins: dict[str, str] = {}
    witness_codes: set[str] = set()
    gates: set[str] = set()

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

    def substituted(self, fact: SeatSubstituted) -> None:
        self.stand_ins[fact.absent] = fact.deputy
        if fact.absent in self.signed_in:
            self.signed_in[fact.absent].present = False

    def left(self, fact: PersonLeft, utc: str) -> None:
        if fact.name in self.signed_in:
            self.signed_in[fact.name].present = False
            self.signed_in[fact.name].away.append((utc, "left"))

    def returned(self, fact: PersonReturned, utc: str) -> None:
        if fact.name in self.signed_in:
            self.signed_in[fact.name].present = True
            self.signed_in[fact.name].away.append((utc, "returned"))

    def process_started(self, process: str) -> None:
        if process in ("desk", "record"):
            self.witness_codes.clear()
            self.gates.clear()
