"""Projection: the key token, its PINs, and the goods around it."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import (
    BagOpened,
    BagSealed,
    CensusTaken,
    GoodsCounted,
    PinHalfProved,
    PinMailersMade,
    TokenInitialised,
    TokenOpened,
)


class Token(msgspec.Struct):
    """`is_open` and `proved` are volatile: they end with the key strongroom. `opened_since_removal`: a fresh login came after the last
    destruction."""

    mailers_begun: int = 0
    mailers: PinMailersMade | None = None
    proved: set[tuple[str, str]] = set()
    begun: str = ""
    initialised: TokenInitialised | None = None
    census: CensusTaken | None = None
    is_open: bool = False
    opened_since_removal: bool = False
    bags_opened: list[BagOpened] = []
    counted: dict[str, GoodsCounted] = {}
    bags_sealed: dict[str, BagSealed] = {}

    def mailers_made(self, fact: PinMailersMade) -> None:
        self.mailers = fact
        self.proved.clear()

    def half_proved(self, fact: PinHalfProved) -> None:
        self.proved.add((fact.role, fact.half))

    def was_initialised(self, fact: TokenInitialised) -> None:
        self.initialised = fact
        self._opened()

    def was_opened(self, fact: TokenOpened) -> None:
        del fact
        self._opened()

    def closed(self) -> None:
        self.is_open = False
        self.proved.clear()

    def key_removed(self) -> None:
        self.opened_since_removal = False

    def process_started(self, process: str) -> None:
        if process in ("desk", "keys"):
            self.closed()

    def _opened(self) -> None:
        self.is_open = True
        self.opened_since_removal = True
