"""The desk as actions see it: the one port between what people do and everything it touches."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

from ceremony_app.engine.places import Places
from ceremony_app.plan.model import Export, Plan
from ceremony_app.record.facts import AnyFact
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import Request

R = TypeVar("R")


class RoomName(Enum):
    """The strongrooms a ceremony runs, each a process of its own. People and cloud exist in rehearsals only."""

    KEYS = "keys"
    RECORD = "record"
    RECOVERY = "recovery"
    PEOPLE = "people"
    CLOUD = "cloud"


class Desk(Protocol):
    """What an action may use."""

    @property
    def plan(self) -> Plan: ...

    @property
    def plan_bytes(self) -> bytes: ...

    @property
    def places(self) -> Places: ...

    @property
    def state(self) -> State:
        """Always what the record says now."""
        ...

    @property
    def head(self) -> str:
        """The head of the record after its last entry (64 hex digits)."""
        ...

    def now(self) -> str:
        """The machine's time as UTC text, `2026-11-24T14:31:05Z`."""
        ...

    def wall_now(self) -> str:
        """The machine's time corrected by what the witness typed, as UTC text."""
        ...

    def record(self, fact: AnyFact) -> None:
        """Write a fact: durable on return, then folded into the state. Raises when the current step may not record it."""
        ...

    def call(self, room: RoomName, request: Request[R]) -> R:
        """Ask a strongroom, starting it when it does not run."""
        ...

    def end(self, room: RoomName) -> None:
        """End a strongroom and with it all it holds."""
        ...

    def asked_places(self, value: str, count: int) -> tuple[int, ...]:
        """Which groups of a 64-digit value people are asked for now. They stay the same until something is recorded."""
        ...

    def recipient_files(self, export: Export) -> Path:
        """The directory with what the provider handed out for an export."""
        ...

    def receipt_file(self, export: Export) -> Path:
        """Where the receipt of an import is expected."""
        ...

    def begin_addendum(self, number: int) -> None:
        """What came before is complete: what follows is recorded in this addendum. Nothing happens when it was begun already."""
        ...

    def progress(self, text: str, done: int, of: int) -> None:
        """Say how far long work is."""
        ...
