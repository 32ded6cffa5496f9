"""The strongrooms of a ceremony: started when first asked, prepared for what they are for, ended on purpose."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from ceremony_app.engine.desk import RoomName
from ceremony_app.engine.places import Places, memory_base
from ceremony_app.errors import CeremonyError
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import DepositFile, Prepare, Prepared, Request, StorageWiped, WipeStorage

R = TypeVar("R")

RECORDED = frozenset({RoomName.KEYS, RoomName.RECORD, RoomName.RECOVERY})
"""Rooms whose start is a fact; people and cloud are the rehearsal's own."""

VOLATILE = frozenset({RoomName.RECORD, RoomName.RECOVERY})
"""Rooms with a token in memory-backed storage that ends with them."""


class Rooms:
    """`module` is the key token's library, `practice_module` the one for record, scratch and practice tokens. `started` is told of each
    recorded room that was started, before it is asked anything."""

    def __init__(
        self,
        places: Places,
        module: str,
        practice_module: str,
        *,
        rehearsal: bool,
        inherit: tuple[int, ...],
        started: Callable[[RoomName, Prepared], None],
    ) -> None:
        self._places = places
        self._module = module
        self._practice_module = practice_module
        self._rehearsal = rehearsal
        self.inherit = inherit
        self._started = started
        self._running: dict[RoomName, Strongroom] = {}

    def call(self, room: RoomName, request: Request[R]) -> R:
        return self._room(room).call(request)

    def deposit(self, room: RoomName, name: str, secret: bytearray | Path) -> None:
        """Hand a secret to a room: what was typed (wiped here), or in a rehearsal the file that holds it."""
        if isinstance(secret, Path):
            self._room(room).call(DepositFile(name=name, path=str(secret)))
        else:
            self._room(room).deposit(name, secret)

    def end(self, room: RoomName) -> None:
        """Let a room log out and end; nothing happens when it does not run."""
        running = self._running.pop(room, None)
        if running is not None:
            running.close()

    def end_all(self) -> None:
        for room in list(self._running):
            self.end(room)

    def kill(self) -> None:
        """End every room at once, from any thread; a write to the token is waited for."""
        for running in list(self._running.values()):
            running.kill()

    def wipe_leftovers(self) -> list[tuple[RoomName, StorageWiped]]:
        """Wipe the memory-backed storage that a power cut or kill left; answers what was found."""
        found = []
        for room in sorted(VOLATILE, key=lambda one: one.value):
            path = self._places.volatile(room.value)
            if path.is_dir() and not path.is_symlink():
                with Strongroom.start(self._practice_module, inherit=self.inherit) as cleaner:
                    cleaner.call(Prepare(storage=str(path)))
                    found.append((room, cleaner.call(WipeStorage())))
        return found

    def _room(self, room: RoomName) -> Strongroom:
        running = self._running.get(room)
        if running is not None and running.alive:
            return running
        running = Strongroom.start(self._library(room), inherit=self.inherit)
        self._running[room] = running
        try:
            prepared = running.call(Prepare(storage=self._storage(room), practice=str(self._places.practice) if self._rehearsal else ""))
        except CeremonyError:
            # A room that is not prepared must not be asked anything.
            self.end(room)
            raise
        if room in RECORDED:
            self._started(room, prepared)
        return running

    def _library(self, room: RoomName) -> str:
        if room is RoomName.KEYS:
            return self._module
        return self._practice_module if room in VOLATILE else ""

    def _storage(self, room: RoomName) -> str:
        if room in VOLATILE:
            return str(self._places.volatile(room.value))
        # A rehearsal works only on a token that it made itself.
        return str(self._places.token) if room is RoomName.KEYS and self._rehearsal else ""


def verify_module(module: str) -> None:
    """The library can be loaded at all: found before a ceremony begins, not in the room. Raises the strongroom's own refusal (exit status
    3): `module-missing`, `module-unusable`."""
    storage = memory_base() / f"key-ceremony-probe-{secrets.token_hex(8)}"
    with Strongroom.start(module) as room:
        room.call(Prepare(storage=str(storage)))
        room.call(WipeStorage())


def protections(prepared: Prepared) -> dict[str, str]:
    """A room's own words on its protections, as the record keeps them."""
    fields = msgspec.structs.asdict(prepared.protections)
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
