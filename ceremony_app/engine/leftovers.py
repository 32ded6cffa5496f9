"""What an interruption leaves on disk that belongs nowhere: files in the middle of being written, packages that were never signed."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ceremony_app.engine.places import MEDIA, Places
from ceremony_app.record import facts as f
from ceremony_app.record.state import State

PARTIAL = "*.partial"
"""What `record.file.replace_file` calls a file until it is whole."""


def remove_partial(places: Places) -> int:
    """Remove what was being written to the evidence and the media; answers how many files."""
    roots = (places.evidence, *map(places.medium, MEDIA))
    found = [path for root in roots if root.is_dir() for path in root.rglob(PARTIAL) if path.is_symlink() or not path.is_dir()]
    for path in found:
        path.unlink()
    _prune(places.evidence)
    return len(found)


def unfinished_packages(state: State) -> list[f.PackageBegun]:
    """The last package of each export, where it was begun and never signed."""
    begun = {(fact.key, fact.destination, fact.resource): fact for _, fact in state.history.of(f.PackageBegun)}
    signed = {(fact.key, fact.destination, fact.resource, fact.attempt) for _, fact in state.history.of(f.PackageSigned)}
    return [fact for target, fact in begun.items() if (*target, fact.attempt) not in signed]


def remove_package(places: Places, package: f.PackageBegun) -> bool:
    """Remove a package's folder; False when nothing was there."""
    folder = places.evidence / "exports" / package.destination / package.key
    if not folder.exists():
        return False
    shutil.rmtree(folder)
    _prune(places.evidence)
    return True


def _prune(root: Path) -> None:
    """Remove empty directories, which the evidence may not have; the addenda's stays."""
    for directory, _, _ in os.walk(root, topdown=False):
        if Path(directory) != root and Path(directory).name != "addenda":
            with contextlib.suppress(OSError):
                os.rmdir(directory)
