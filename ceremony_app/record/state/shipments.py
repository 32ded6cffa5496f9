"""Projection: recipients, packages and imports, by (key, destination, resource)."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import (
    HoldEnded,
    ImportConfirmed,
    ImportRefused,
    PackageBegun,
    PackageSigned,
    PackageWritten,
    RecipientAccepted,
)

Target = tuple[str, str, str]
"""Key label, destination, resource."""


class Shipment(msgspec.Struct):
    """One export. `attempt` counts packages begun; a refused one is wrapped anew for a new recipient."""

    recipient: RecipientAccepted | None = None
    attempt: int = 0
    package: PackageWritten | None = None
    signed_by: str = ""
    confirmed: ImportConfirmed | None = None
    refused: list[ImportRefused] = []


class Shipments(msgspec.Struct):
    by_target: dict[Target, Shipment] = {}
    hold_ended: HoldEnded | None = None

    def of(self, key: str, destination: str, resource: str) -> Shipment:
        """The shipment of a target; an empty one where nothing happened yet."""
        return self.by_target.get((key, destination, resource)) or Shipment()

    def _row(self, fact: RecipientAccepted | PackageBegun | PackageWritten | PackageSigned | ImportConfirmed | ImportRefused) -> Shipment:
        return self.by_target.setdefault((fact.key, fact.destination, fact.resource), Shipment())

    def accepted(self, fact: RecipientAccepted) -> None:
        self._row(fact).recipient = fact

    def begun(self, fact: PackageBegun) -> None:
        self._row(fact).attempt = fact.attempt

    def written(self, fact: PackageWritten) -> None:
        row = self._row(fact)
        row.package, row.signed_by = fact, ""

    def signed(self, fact: PackageSigned) -> None:
        self._row(fact).signed_by = fact.signer

    def confirmed(self, fact: ImportConfirmed) -> None:
        self._row(fact).confirmed = fact

    def refused(self, fact: ImportRefused) -> None:
        row = self._row(fact)
        row.refused.append(fact)
        # the next attempt needs a new recipient: the old import token may be spent or expired
        row.recipient, row.package, row.signed_by = None, None, ""
