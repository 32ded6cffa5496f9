"""Projection: card sets, their cards, backup files and recovery rehearsals."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import (
    BackupBegun,
    BackupMade,
    CardBegun,
    CardEntered,
    CardIssued,
    CardProved,
    CardsDrawn,
    CardSealed,
    CardSpoiled,
    RecoveryRehearsed,
    ShareSetMade,
    ShareSetVoided,
)


class Card(msgspec.Struct):
    """One card. `phase`: `begun` (printing), `issued`, `spoiled` (to be reprinted), `proved`, `sealed`, `destroyed`."""

    number: int
    attempt: int
    custodian: str
    phase: str = "begun"
    entry: str = ""
    bag: str = ""


class CardSet(msgspec.Struct):
    """One set. `lost`: its secret is gone before the recovery rehearsal passed, so the set must be voided."""

    made: ShareSetMade
    cards: dict[int, Card] = {}
    backups: dict[str, BackupMade] = {}
    backups_begun: set[str] = set()
    drawn: CardsDrawn | None = None
    entered: dict[int, CardEntered] = {}
    rehearsed: RecoveryRehearsed | None = None
    voided: ShareSetVoided | None = None
    lost: bool = False
    spoiled_sheets: int = 0

    @property
    def alive(self) -> bool:
        return self.voided is None

    @property
    def all_proved(self) -> bool:
        """Every card of the set was proved by its custodian."""
        numbers = range(1, self.made.count + 1)
        return all(n in self.cards and self.cards[n].phase in ("proved", "sealed") for n in numbers)

    @property
    def all_sealed(self) -> bool:
        numbers = range(1, self.made.count + 1)
        return all(n in self.cards and self.cards[n].phase == "sealed" for n in numbers)


class Sets(msgspec.Struct):
    """Sets in the order they were made, voided ones included."""

    all: list[CardSet] = []

    def of(self, group: str) -> CardSet | None:
        """The living set of a group."""
        return next((s for s in reversed(self.all) if s.made.group == group and s.alive), None)

    def by_id(self, set_id: str) -> CardSet:
        """The set with this id; raises KeyError."""
        for card_set in reversed(self.all):
            if card_set.made.set_id == set_id:
                return card_set
        raise KeyError(set_id)

    @property
    def living(self) -> list[CardSet]:
        return [s for s in self.all if s.alive]

    def made(self, fact: ShareSetMade) -> None:
        self.all.append(CardSet(fact))

    def voided(self, fact: ShareSetVoided) -> None:
        card_set = self.by_id(fact.set_id)
        card_set.voided = fact
        for card in card_set.cards.values():
            card.phase = "destroyed"

    def backup_begun(self, fact: BackupBegun) -> None:
        self.by_id(fact.set_id).backups_begun.add(fact.label)

    def backup_made(self, fact: BackupMade) -> None:
        self.by_id(fact.set_id).backups[fact.label] = fact

    def card_begun(self, fact: CardBegun) -> None:
        self.by_id(fact.set_id).cards[fact.number] = Card(fact.number, fact.attempt, fact.custodian)

    def card_issued(self, fact: CardIssued) -> None:
        self.by_id(fact.set_id).cards[fact.number].phase = "issued"

    def card_spoiled(self, fact: CardSpoiled) -> None:
        card_set = self.by_id(fact.set_id)
        card_set.cards[fact.number].phase = "spoiled"
        card_set.spoiled_sheets += 1
        if fact.recovered == "not whole":
            card_set.lost = True

    def card_proved(self, fact: CardProved) -> None:
        card = self.by_id(fact.set_id).cards[fact.number]
        card.phase, card.entry = "proved", fact.entry

    def drawn(self, fact: CardsDrawn) -> None:
        card_set = self.by_id(fact.set_id)
        card_set.drawn = fact
        card_set.entered.clear()

    def entered(self, fact: CardEntered) -> None:
        self.by_id(fact.set_id).entered[fact.number] = fact

    def rehearsed(self, fact: RecoveryRehearsed) -> None:
        self.by_id(fact.set_id).rehearsed = fact

    def sealed(self, fact: CardSealed) -> None:
        card = self.by_id(fact.set_id).cards[fact.number]
        card.phase, card.bag = "sealed", fact.bag

    def process_started(self, process: str) -> None:
        """A set whose recovery was not rehearsed does not survive an interruption; one whose cards are all proved survives the planned
        end of the strongroom that made it."""
        for card_set in self.living:
            if card_set.rehearsed:
                continue
            if process == "desk" or (process == "keys" and not card_set.all_proved):
                card_set.lost = True
            if process in ("desk", "recovery"):
                card_set.entered.clear()
