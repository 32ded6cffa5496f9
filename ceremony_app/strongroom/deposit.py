"""Secrets of a rehearsal, taken from a file by this process itself, so that the desk stays clean of them there too."""

from __future__ import annotations

import os
import stat

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.protocol import DepositFile, Done
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.wire import DEPOSIT_AT_MOST


def deposit_file(room: Room, request: DepositFile) -> Done:
    """Read the raw bytes of a regular file, which no link leads to, into locked pages; it may lie anywhere.

    Refusals `rehearsal-only`, `deposit-unreadable`.
    """
    if room.practice is None:
        raise Refusal("rehearsal-only", "Secrets are read from files in rehearsals only.", "Have the person type it.")
    try:
        descriptor = os.open(request.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        raise _unreadable(request, os.strerror(error.errno or 0)) from error
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or not 0 < state.st_size <= DEPOSIT_AT_MOST:
            raise _unreadable(request, "it is empty, over 8 MiB, or not a regular file")
        secret = SecretBuffer(state.st_size)
        have, target = 0, secret.view()
        while have < len(secret) and (got := os.readv(descriptor, [target[have:]])):
            have += got
        secret.shorten(have)
    finally:
        os.close(descriptor)
    room.put_deposit(request.name, secret)
    return Done()


def _unreadable(request: DepositFile, reason: str) -> Refusal:
    detail = f"{request.path}: {reason}"
    return Refusal("deposit-unreadable", f"The file for “{request.name}” cannot be used.", "Name another file.", detail)
