"""Rooms for tests that work inside the strongroom: with a practice directory, with or without a scratch token of SoftHSM."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ceremony_app.settings import practice_module
from ceremony_app.strongroom import storage
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.module import Module
from ceremony_app.strongroom.protocol import MakeScratchToken
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import make_scratch_token


def bare_room(directory: Path) -> Room:
    """A rehearsal's room without a token."""
    room = Room()
    room.practice = directory / "practice"
    room.practice.mkdir(mode=0o700, exist_ok=True)
    return room


@contextmanager
def token_room(directory: Path) -> Iterator[Room]:
    """A rehearsal's room with an open scratch token, which goes at the end."""
    before = os.environ.get("SOFTHSM2_CONF")
    room = bare_room(directory)
    room.module_path = practice_module()
    room.storage = directory / "storage"
    os.environ["SOFTHSM2_CONF"] = str(storage.prepare(room.storage))
    try:
        room.use_module(Module(room.module_path))
        make_scratch_token(room, MakeScratchToken(label="SCRATCH"))
        yield room
    finally:
        room.drop_module()
        room.forget()
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


def secret(content: str | bytes) -> SecretBuffer:
    """A buffer with these bytes."""
    return SecretBuffer.take(bytearray(content.encode() if isinstance(content, str) else content))


def said(refusal: Refusal) -> str:
    """Everything that would cross the wire."""
    return " ".join((refusal.code, refusal.what, refusal.next_step, refusal.detail))


@cache
def _ordinary() -> frozenset[str]:
    """Every word of our own texts; a card of this run cannot have got there."""
    sources = (Path(__file__).parents[2] / "ceremony_app" / "strongroom").glob("*.py")
    return frozenset(re.findall("[a-z]+", " ".join(file.read_text() for file in sources).lower()))


def leaked(refusal: Refusal, cards: str) -> set[str]:
    """Words of `cards` that a refusal shows, but for those that our messages are made of."""
    return (set(re.findall("[a-z]+", said(refusal).lower())) & set(cards.split())) - _ordinary()
