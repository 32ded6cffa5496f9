"""Random bytes for secrets, straight into locked pages: the operating system's, and the token's where one is open."""

from __future__ import annotations

import ctypes

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

_libc = ctypes.CDLL(None, use_errno=True)
_libc.getrandom.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint)
_libc.getrandom.restype = ctypes.c_ssize_t


def system_random(length: int) -> SecretBuffer:
    """Random bytes of the operating system (getrandom(2)). Raises OSError when it gives none."""
    secret = SecretBuffer(length)
    have = 0
    while have < length:
        got = _libc.getrandom(secret.address + have, length - have, 0)
        if got <= 0:
            secret.wipe()
            raise OSError(ctypes.get_errno(), "getrandom")
        have += got
    return secret


def token_random(room: Room, length: int) -> SecretBuffer:
    """Random bytes of the open token (C_GenerateRandom). Refusal `token-closed`."""
    token = room.token
    secret = SecretBuffer(length)
    token.module.cryptoki.random(token.handle, secret)
    return secret


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
