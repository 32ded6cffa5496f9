"""SHA256SUMS: every file of the folder but itself, its signatures and the addenda, in the form of `sha256sum`."""

from __future__ import annotations

import re
from typing import NoReturn

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.file import hash_regular, read_regular, write_new
from ceremony_app.record.folder import MANIFEST, Folder, is_covered, layout_problems, refuse_problems
from ceremony_app.record.listing import Problem, is_safe

MAX_BYTES = 16 * 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)")


def write_manifest(folder: Folder) -> bytes:
    """Hash every file and write the manifest, once; answers its bytes. Raises `DoesNotHold` when the folder holds what does not belong
    there or lacks something, `Unfit` when it cannot be written."""
    listing = folder.listing()
    refuse_problems("folder-layout", [problem for problem in layout_problems(listing) if problem != Problem(MANIFEST, "is missing")])
    lines = [f"{hash_regular(folder.path / file, name=file)[0]}  {file}\n" for file in listing.files if is_covered(file)]
    data = "".join(lines).encode()
    write_new(folder.manifest, data)
    return data


def parse_manifest(data: bytes) -> dict[str, str]:
    """File name -> SHA-256 in hex. Raises `DoesNotHold` unless the lines are in `sha256sum`'s form, sorted by name, without repetition,
    with names that are safe and covered."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        _refuse(0, "is not ASCII text")
    if not text.endswith("\n"):
        _refuse(text.count("\n") + 1, "has no line feed")
    found: dict[str, str] = {}
    last = ""
    for number, line in enumerate(text[:-1].split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            _refuse(number, "is not a hash, two spaces and a name")
        digest, name = match.groups()
        if not is_safe(name) or not is_covered(name):
            _refuse(number, "names a file that may not be listed")
        if name <= last:
            _refuse(number, "is out of order or repeated")
        found[name] = digest
        last = name
    return found


def verify_manifest(folder: Folder) -> bytes:
    """Every covered file is listed and has the listed hash, and nothing else is there; answers the manifest's bytes. Raises `DoesNotHold`
    naming the files that are missing, changed, extra, or not ordinary files."""
    data = read_regular(folder.manifest, limit=MAX_BYTES, name=MANIFEST)
    listed = parse_manifest(data)
    listing = folder.listing()
    present = [file for file in listing.files if is_covered(file)]
    there = listing.names | {problem.file for problem in listing.problems}
    problems = [Problem(file, "is missing") for file in listed if file not in there]
    problems += [Problem(file, f"is not listed in {MANIFEST}") for file in present if file not in listed]
    for file in present:
        if file in listed:
            problems += _compare(folder, file, listed[file])
    refuse_problems("manifest", [*listing.problems, *problems])
    return data


def _compare(folder: Folder, file: str, digest: str) -> list[Problem]:
    try:
        found, _ = hash_regular(folder.path / file, name=file)
    except DoesNotHold:
        return [Problem(file, "cannot be read")]
    return [] if found == digest else [Problem(file, f"is not what {MANIFEST} says: it was changed")]


def _refuse(number: int, reason: str) -> NoReturn:
    raise DoesNotHold(
        "manifest-line",
        "Line {number} of {manifest} {reason}.",
        next_step="Take another copy of the evidence folder.",
        number=number,
        manifest=MANIFEST,
        reason=reason,
    )
