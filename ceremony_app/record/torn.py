"""Bytes of a last line that has no end: kept in a file beside the evidence folder, and named by a fact.

The pieces of one record follow each other in that file in the order of their `TornLineSetAside` facts. What lies behind the recorded ones
was moved there by an opening that was itself interrupted before it could record it; it is reported again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from ceremony_app.record.facts import TornLineSetAside
from ceremony_app.record.file import sync_directory
from ceremony_app.record.line import Entry


def torn_path(record: Path) -> Path:
    """Where the pieces of the record at `record` go by default: `<ceremony id>.record.torn` beside the evidence folder, since that folder
    holds nothing but evidence; of an addendum `<ceremony id>.<nnn>.torn`, at the same place."""
    folder = record.parent.parent if record.parent.name == "addenda" else record.parent
    return folder.parent / f"{folder.name}.{record.stem}.torn"


class Torn(msgspec.Struct, frozen=True):
    """`length` bytes with this SHA-256 (hex) lie at the end of the file `path`."""

    length: int
    sha256: str
    path: Path


def set_aside(pieces: Iterable[bytes], path: Path, entries: Sequence[Entry]) -> Torn | None:
    """Make sure that `pieces` are in the file at `path` and answer what of it no fact of `entries` names yet; raises `OSError`."""
    recorded = sum(entry.fact.length for entry in entries if isinstance(entry.fact, TornLineSetAside))
    kept = path.read_bytes() if path.is_file() else b""
    unnamed = kept[recorded:]
    for piece in pieces:
        if piece not in unnamed:
            _append(path, piece)
            unnamed += piece
    return Torn(len(unnamed), sha256(unnamed).hexdigest(), path) if unnamed else None


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
