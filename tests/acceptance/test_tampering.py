"""Whatever is changed in a real evidence folder, `verify` fails and names the file."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony_app.audit.folder import audit_folder
from tests.acceptance.conftest import Rehearsal, ceremony

pytestmark = pytest.mark.xdist_group("acceptance")

SMALL = 1024
"""Files up to this size are changed at every byte, larger ones at a sample."""
SAMPLES = 12


CLAIM = "addenda/002.log"
"""Signed by nobody, since the record key is gone when it is written; nothing follows its last line."""


def time_of_last_line(data: bytes) -> range:
    """Where the time stands in the last line: after the hash of the line before and the number."""
    start = data.rstrip(b"\n").rfind(b"\n") + 1
    first = data.index(b" ", data.index(b" ", start) + 1) + 1
    return range(first, data.index(b" ", first))


def named(folder: Path, head: str, signer: str) -> set[str]:
    """Files that the failed checks name."""
    report = audit_folder(folder, head=head, signers=[signer], addenda=2)
    return {check.file for check in report.failed} | {str(check.sentence) for check in report.failed}


def names(found: set[str], name: str) -> bool:
    return any(name in one for one in found)


def places(path: Path, every: bool) -> Iterator[int]:
    size = path.stat().st_size
    if size <= SMALL and every:
        yield from range(size)
    else:
        yield from sorted({0, size - 1, *random.Random(path.name).sample(range(size), min(SAMPLES, size))})


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def break_each_byte(folder: Path, rehearsal: Rehearsal, *, every: bool) -> None:
    for name in files(folder):
        path = folder / name
        original = path.read_bytes()
        for at in places(path, every):
            changed = bytearray(original)
            changed[at] ^= 1 << (at % 8)
            path.write_bytes(changed)
            if not names(named(folder, rehearsal.head, rehearsal.signer), name):
                assert name == CLAIM, f"{name} at {at}"
                assert at in time_of_last_line(original), "of a claim that nobody signed only the last time can be changed unseen"
        path.write_bytes(original)
    assert not named(folder, rehearsal.head, rehearsal.signer)


def test_a_changed_byte_is_found_and_its_file_named(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    break_each_byte(copy(), rehearsal, every=False)


@pytest.mark.long
def test_every_byte_of_every_small_file(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    break_each_byte(copy(), rehearsal, every=True)


def test_every_byte_of_the_signatures(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    folder = copy()
    for name in ("SHA256SUMS.record-1.p7s", "addenda/001.log.record-1.p7s"):
        path = folder / name
        original = path.read_bytes()
        for at in range(len(original)):
            path.write_bytes(original[:at] + bytes([original[at] ^ 0x55]) + original[at + 1 :])
            assert names(named(folder, rehearsal.head, rehearsal.signer), name), f"{name} at {at}"
        path.write_bytes(original)


def test_a_removed_file_is_named(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    folder = copy()
    for name in files(folder):
        path = folder / name
        original = path.read_bytes()
        path.unlink()
        assert names(named(folder, rehearsal.head, rehearsal.signer), name), name
        path.write_bytes(original)


def test_an_added_file_is_named(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    folder = copy()
    for name in ("extra.txt", "signers/witness-1.pem", "documents/other.pdf", "addenda/004.log", "exports/aws/payments-kek/extra.bin"):
        (folder / name).write_bytes(b"extra\n")
        assert names(named(folder, rehearsal.head, rehearsal.signer), name.split("/")[0]), name
        (folder / name).unlink()


def test_swapped_files_are_named(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    folder = copy()
    one, other = "public-keys/payments-signing.pem", "public-keys/release-signing.pem"
    (folder / one).rename(folder / "swap")
    (folder / other).rename(folder / one)
    (folder / "swap").rename(folder / other)
    found = named(folder, rehearsal.head, rehearsal.signer)
    assert names(found, one)
    assert names(found, other)


def test_a_cut_record_is_found(copy: Callable[[], Path], rehearsal: Rehearsal) -> None:
    folder = copy()
    lines = (folder / "record.log").read_bytes().splitlines(keepends=True)
    for keep in (len(lines) - 1, len(lines) // 2, 1):
        (folder / "record.log").write_bytes(b"".join(lines[:keep]))
        assert names(named(folder, rehearsal.head, rehearsal.signer), "record.log"), keep


def test_the_command_exits_with_1(copy: Callable[[], Path]) -> None:
    folder = copy()
    shutil.copy(folder / "RECOVER.md", folder / "VERIFY.md")
    done = ceremony("verify", folder)
    assert done.returncode == 1
    assert "VERIFY.md" in done.stdout
