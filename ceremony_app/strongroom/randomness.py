"""Random bytes for secrets: the operating system's, and the token's where one is open."""

from __future__ import annotations

import os

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.room import Refusal, Room


def system_random(length: int) -> SecretBuffer:
    """Random bytes of the operating system (getrandom(2))."""
    return SecretBuffer.take(bytearray(os.urandom(length)))


def token_random(room: Room, length: int) -> SecretBuffer:
    """Random bytes of the open token (C_GenerateRandom). Refusal `token-closed`."""
    return SecretBuffer.take(bytearray(room.token.session.generate_random(length * 8)))


def mixed_random(room: Room, length: int) -> SecretBuffer:
    """The operating system's random bytes, combined with the token's by exclusive or where a token is open."""
    mixed = system_random(length)
    try:
        token = token_random(room, length)
    except Refusal:
        return mixed
    with token:
        view = mixed.view()
        for place, byte in enumerate(token.view()):
            view[place] ^= byte
    return mixed
