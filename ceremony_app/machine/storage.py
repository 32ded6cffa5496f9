"""The folders that the ceremony writes to: room, and whether what is written comes back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ceremony_app.machine.check import MachineCheck, measured

ENOUGH_ROOM = 64 * 1024 * 1024
"""Bytes of room that a folder should have, so that evidence, papers and a second attempt fit with room to spare."""
_PROBE = 64 * 1024


def free_room(folder: Path, number: int) -> MachineCheck:
    """Room for an ordinary user in `folder`, in megabytes (10^6 bytes). The check is named after its number, from 1."""
    check = f"free-room-{number}"
    try:
        about = os.statvfs(folder)
    except OSError as error:
        return measured(check, _reason(error), "block", "{folder} cannot be used: {seen}.", folder=str(folder))
    room = about.f_bavail * about.f_frsize
    seen = f"{room // 1_000_000} MB"
    if room < ENOUGH_ROOM:
        return measured(check, seen, "block", "{folder} had only {seen} of room.", folder=str(folder))
    return measured(check, seen, "pass", "{folder} had {seen} of room.", folder=str(folder))


def write_and_read(folder: Path, number: int) -> MachineCheck:
    """Write random bytes to a new file, sync it, ask the kernel to drop its own copy, read it back, remove it."""
    check = f"write-and-read-{number}"
    probe = os.urandom(_PROBE)
    try:
        back = _round_trip(folder, probe)
    except OSError as error:
        return measured(check, _reason(error), "block", "Writing to {folder} failed: {seen}.", folder=str(folder))
    if back != probe:
        return measured(check, "differs", "block", "What was written to {folder} came back different.", folder=str(folder))
    return measured(check, f"{_PROBE} bytes equal", "pass", "What was written to {folder} and synced came back equal.", folder=str(folder))


def _round_trip(folder: Path, probe: bytes) -> bytes:
    descriptor, name = tempfile.mkstemp(prefix=".preflight-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(probe)
            file.flush()
            os.fsync(descriptor)
            # else the kernel answers from its own memory and the medium is never asked
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return Path(name).read_bytes()
    finally:
        os.unlink(name)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
