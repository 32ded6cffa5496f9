"""Files that only a rehearsal may write, below its `practice` directory. Production has none, and there every writer here refuses."""

from __future__ import annotations

import os
from pathlib import Path

from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

SECRETS = "secrets"


def practice_directory(room: Room) -> Path:
    """The rehearsal's practice directory. Refusal `printing-not-built` in production: what would be saved here is printed there."""
    if room.practice is None:
        raise Refusal(
            "printing-not-built",
            "Outside a rehearsal, cards and PIN mailers are printed and never saved; printing is not part of this version.",
            "Play this ceremony as a rehearsal.",
        )
    return room.practice


def save_secret(room: Room, folder: str, name: str, content: bytes | bytearray) -> str:
    """Write a file for its owner alone (0600, folder 0700), replacing an earlier one; answers its name below the practice directory."""
    directory = practice_directory(room) / folder
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
    waiting = directory / f".{name}.part"
    waiting.unlink(missing_ok=True)
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    # A kill leaves the whole file or none under the name that others read.
    waiting.replace(path)
    return f"{folder}/{name}"
