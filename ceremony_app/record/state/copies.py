"""Projection: the copies ledger. Every copy of key material ever made is a row until its end is a fact."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import (
    BackupBegun,
    CardBegun,
    CardSealed,
    CardSpoiled,
    ImportConfirmed,
    ImportRefused,
    KeyDestroyed,
    KeyGenerationBegun,
    PackageBegun,
    ShareSetVoided,
)


class Copy(msgspec.Struct):
    """One copy. `kind`: `token object`, `backup file`, `card`, `package`, `cloud key`. `of` names a key, or a card set's group. `ended` is
    empty while the copy exists or may exist, else how it ended."""

    kind: str
    of: str
    name: str
    place: str
    since: str
    ended: str = ""
    ended_at: str = ""


class Copies(msgspec.Struct):
    rows: dict[tuple[str, str], Copy] = {}

    def _add(self, kind: str, of: str, name: str, place: str, utc: str) -> None:
        self.rows[(kind, name)] = Copy(kind, of, name, place, utc)

    def _end(self, kind: str, name: str, how: str, utc: str) -> None:
        row = self.rows.get((kind, name))
        if row is not None and not row.ended:
            row.ended, row.ended_at = how, utc

    def key_begun(self, fact: KeyGenerationBegun, utc: str) -> None:
        self._add("token object", fact.label, fact.cka_id, "key token", utc)

    def key_destroyed(self, fact: KeyDestroyed, utc: str) -> None:
        self._end("token object", fact.cka_id, "destroyed", utc)

    def backup_begun(self, fact: BackupBegun, utc: str) -> None:
        for medium in ("B-1", "B-2"):
            self._add("backup file", fact.label, f"{fact.group}/{fact.label}.json set {fact.set_id} on {medium}", medium, utc)

    def card_begun(self, fact: CardBegun, utc: str) -> None:
        name = f"{fact.set_id} card {fact.number} sheet {fact.attempt}"
        self._add("card", fact.group, name, fact.custodian, utc)

    def card_spoiled(self, fact: CardSpoiled, utc: str) -> None:
        if fact.recovered != "not whole":
            how = "shredded" if fact.recovered == "whole" else "never came out of the printer"
            self._end("card", f"{fact.set_id} card {fact.number} sheet {fact.attempt}", how, utc)

    def card_sealed(self, fact: CardSealed) -> None:
        for row in self.rows.values():
            if row.kind == "card" and row.name.startswith(f"{fact.set_id} card {fact.number} ") and not row.ended:
                row.place = f"{fact.custodian}, bag {fact.bag}"

    def set_voided(self, fact: ShareSetVoided, utc: str) -> None:
        """Ends the cards that were named and the files of the set; a sheet that nobody named may still be somewhere."""
        for row in self.rows.values():
            named = any(row.name.startswith(f"{fact.set_id} card {number} ") for number in fact.cards_destroyed)
            if row.kind == "card" and named and not row.ended:
                row.ended, row.ended_at = "destroyed with its set", utc
            if row.kind == "backup file" and f" set {fact.set_id} on " in row.name and not row.ended:
                row.ended, row.ended_at = "removed; its set is void", utc

    def package_begun(self, fact: PackageBegun, utc: str) -> None:
        for before in range(1, fact.attempt):
            self._end("package", f"{fact.key} for {fact.resource}, package {before}", f"replaced by package {fact.attempt}", utc)
        name = f"{fact.key} for {fact.resource}, package {fact.attempt}"
        self._add("package", fact.key, name, fact.destination, utc)

    def refused(self, fact: ImportRefused, utc: str) -> None:
        for row in self.rows.values():
            if row.kind == "package" and row.name.startswith(f"{fact.key} for {fact.resource}, package ") and not row.ended:
                row.ended, row.ended_at = "refused by the provider", utc

    def imported(self, fact: ImportConfirmed, utc: str) -> None:
        self._add("cloud key", fact.key, f"{fact.key} in {fact.resource}", fact.destination, utc)

    @property
    def living(self) -> list[Copy]:
        return [row for row in self.rows.values() if not row.ended]
