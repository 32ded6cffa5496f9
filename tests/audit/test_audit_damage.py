"""No byte of a closed folder can change, and no file come, go or move, without a failed check that names it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import Report, Verdict
from tests.audit.closed import PACKAGE, Closed

SMALL = 1024
FILES = (
    "READ-FIRST.pdf",
    "RECOVER.md",
    "SHA256SUMS",
    "SHA256SUMS.record-1.p7s",
    "SHA256SUMS.witness-1.p7s",
    "VERIFY.md",
    "addenda/001.log",
    "addenda/001.log.record-1.p7s",
    "addenda/002.log",
    "documents/key-list.pdf",
    "documents/minutes.pdf",
    f"{PACKAGE}/COMMANDS.md",
    f"{PACKAGE}/EncryptedKeyMaterial.bin",
    f"{PACKAGE}/online/README.md",
    f"{PACKAGE}/package.json",
    f"{PACKAGE}/package.json.p7s",
    "plan.toml",
    "public-keys/payments-signing.pem",
    "record.log",
    "recover.py",
    "signers/record-1.pem",
    "signers/witness-1.pem",
)


def audit(folder: Path, closed: Closed) -> Report:
    return audit_folder(folder, head=closed.head, signers=[closed.fingerprint], addenda=2)


def names(report: Report, file: str) -> bool:
    return any(file in str(check) or file == check.file for check in report.failed)


def places(size: int, *, all_bytes: bool) -> list[int]:
    """Every third byte of a small file; of a larger one evenly spread samples; both ends of each. All of them with `--long`."""
    step = 1 if all_bytes else 3 if size <= SMALL else size // 24
    return sorted({0, size - 1, *range(0, size, step)})


def only_a_claim_changed(before: Path, after: Path) -> bool:
    """The one thing nothing can protect: the time in the last line of an addendum that nobody signed. It is shown as a claim."""
    one, other = before.read_bytes().split(b" "), after.read_bytes().split(b" ")
    return before.name == "002.log" and one[:2] + one[3:] == other[:2] + other[3:]


def flip_each(copy: Path, closed: Closed, file: str, *, all_bytes: bool, flips: tuple[int, ...]) -> None:
    path = copy / file
    data = path.read_bytes()
    for at in places(len(data), all_bytes=all_bytes):
        for flip in flips:
            path.write_bytes(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])
            report = audit(copy, closed)
            if report.verdict is Verdict.OK and only_a_claim_changed(closed.path / file, path):
                continue
            assert report.verdict is Verdict.FAILED, (file, at, flip)
            assert names(report, file), (file, at, flip, [str(check) for check in report.failed])


def test_the_folder_as_it_is_passes(closed: Closed, copy: Path) -> None:
    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()) == sorted(FILES)
    assert audit(copy, closed).failed == ()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("file", FILES)
def test_a_changed_byte(copy: Path, closed: Closed, file: str) -> None:
    flip_each(copy, closed, file, all_bytes=False, flips=(1,))


@pytest.mark.long
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("file", FILES)
def test_every_changed_byte_of_every_file(copy: Path, closed: Closed, file: str) -> None:
    flip_each(copy, closed, file, all_bytes=True, flips=(0x80,))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_cut_longer_or_renamed(copy: Path, closed: Closed, file: str) -> None:
    path = copy / file
    data = path.read_bytes()
    damages: tuple[Callable[[], object], ...] = (
        path.unlink,
        lambda: path.write_bytes(data[:-1]),
        lambda: path.write_bytes(data[: len(data) // 2]),
        lambda: path.write_bytes(b""),
        lambda: path.write_bytes(data + b"\n"),
        lambda: path.write_bytes(data + data),
        lambda: path.write_bytes(data.replace(b"\n", b"\r\n") + b"\0"),
        lambda: path.rename(path.with_name("x" + path.name)),
        lambda: path.rename(path.with_name(path.name + ".bak")),
    )
    for number, damage in enumerate(damages):
        damage()
        report = audit(copy, closed)
        assert names(report, file), (file, number, [str(check) for check in report.failed])
        for other in (path.with_name("x" + path.name), path.with_name(path.name + ".bak")):
            other.unlink(missing_ok=True)
        path.write_bytes(data)
    assert audit(copy, closed).failed == ()


@pytest.mark.usefixtures("quick")
def test_swapped_files(copy: Path, closed: Closed) -> None:
    held = {file: (copy / file).read_bytes() for file in FILES}
    for one, other in zip(FILES, (*FILES[1:], FILES[0]), strict=True):
        (copy / one).write_bytes(held[other])
        (copy / other).write_bytes(held[one])
        report = audit(copy, closed)
        assert names(report, one) or names(report, other), (one, other)
        (copy / one).write_bytes(held[one])
        (copy / other).write_bytes(held[other])


@pytest.mark.parametrize(
    "extra",
    [
        "note.txt",
        ".hidden",
        "SHA256SUMS.old",
        "SHA256SUMS.witness-2.p7s",
        "signers/witness-2.pem",
        "signers/README",
        "public-keys/other.pem",
        f"{PACKAGE}/other.bin",
        "exports/aws/other-key/package.json",
        "exports/nowhere/payments-kek/package.json",
        "documents/other.pdf",
        "documents/run.sh",
        "addenda/003.log",
        "addenda/004.log",
        "addenda/002.log.witness-1.p7s",
        "addenda/002.log.stranger-1.p7s",
        "addenda/3.log",
        "record.log.partial",
        "deep/er/and/deeper/still/and/on/and/on/and/on/x",
        "spaces are odd",
        "new\nline",
        "-rf",
        "übung",
    ],
)
def test_an_added_file(copy: Path, closed: Closed, extra: str) -> None:
    path = copy / extra
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    report = audit(copy, closed)
    assert report.failed
    named = "deep/er" if extra.startswith("deep/") else extra if extra.isprintable() else ascii(extra)[1:-1]
    assert names(report, named), [str(check) for check in report.failed]


def test_names_that_are_not_text(copy: Path, closed: Closed) -> None:
    (copy / os.fsdecode(b"\xff\xfe")).write_bytes(b"x")
    report = audit(copy, closed)
    assert report.failed
    "\n".join(map(str, report.checks)).encode()  # can be shown


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.symlink_to(path.with_name("plan-copy.toml")),
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("."),
        os.mkfifo,
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("/dev/zero"),
    ],
)
@pytest.mark.parametrize(
    "file", ["plan.toml", "record.log", "SHA256SUMS", "signers/record-1.pem", "addenda/001.log", f"{PACKAGE}/package.json"]
)
def test_what_is_no_ordinary_file(copy: Path, closed: Closed, file: str, make: Callable[[Path], object]) -> None:
    """A link is refused even when it leads to the right bytes."""
    path = copy / file
    shutil.move(path, path.with_name("plan-copy.toml"))
    make(path)
    assert names(audit(copy, closed), file)


@pytest.mark.parametrize(
    "data", [b"\0" * 5000, b"\n" * 3000, b"x" * 3_000_000, b"\xff\xfe\n", b"{}" * 100 + b"\n", b"-----BEGIN CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("file", FILES)
def test_hostile_bytes(copy: Path, closed: Closed, file: str, data: bytes) -> None:
    (copy / file).write_bytes(data)
    assert names(audit(copy, closed), file)


def test_an_empty_directory_and_a_huge_tree(copy: Path, closed: Closed) -> None:
    (copy / "empty").mkdir()
    assert names(audit(copy, closed), "empty")
    deep = copy / "empty"
    for _ in range(60):
        deep /= "d"
    deep.mkdir(parents=True)
    assert names(audit(copy, closed), "empty/d")


@pytest.mark.parametrize("file", ["plan.toml", "record.log", "SHA256SUMS", "addenda/002.log", "signers/witness-1.pem", "recover.py"])
def test_a_file_of_a_terabyte_does_not_keep_us(copy: Path, closed: Closed, file: str) -> None:
    """A sparse file fits on every stick."""
    os.truncate(copy / file, 1 << 40)
    started = time.monotonic()
    assert names(audit(copy, closed), file)
    assert time.monotonic() - started < 10


def test_a_record_without_end_is_refused(copy: Path) -> None:
    (copy / "record.log").write_bytes(b"x\n" * 100_001)
    assert "more than 100000 lines" in str(next(check for check in audit_folder(copy).failed if check.id == "RECORD-1"))
