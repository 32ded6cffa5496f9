"""The evidence folder's layout and its manifest."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import BadInput, DoesNotHold, Unfit
from ceremony_app.record.file import MAX_FILE, hash_regular, read_regular, replace_file, write_new
from ceremony_app.record.folder import ALWAYS, Folder, verify_layout
from ceremony_app.record.listing import MAX_SIGNERS, is_safe
from ceremony_app.record.manifest import parse_manifest, verify_manifest, write_manifest

CEREMONY = "20261124-ABCDEFGH"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder.create(tmp_path / "evidence", CEREMONY)
    for name in ALWAYS:
        write_new(made.path / name, name.encode())
    write_new(made.public_key("payments-kek"), b"key")
    return made


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    Folder.create(tmp_path, CEREMONY)
    with pytest.raises(BadInput, match="folder-not-created"):
        Folder.create(tmp_path, CEREMONY)


def test_paths_are_those_of_the_layout(folder: Folder) -> None:
    for path in (
        folder.record,
        folder.plan,
        folder.read_first,
        folder.signer("record-1"),
        folder.documents / "minutes.pdf",
        folder.package("aws", "payments-kek") / "package.json",
        folder.package("azure-vault", "payments-kek") / "online" / "README.md",
        folder.addendum(1),
        folder.addendum_signature(1, "record-1"),
        folder.signature("pin-holder-2"),
    ):
        if not path.exists():
            write_new(path, b"x")
    write_new(folder.manifest, b"x")
    assert len(verify_layout(folder).files) == 15


@pytest.mark.parametrize("name", ALWAYS)
def test_what_must_be_there_is_named(folder: Folder, name: str) -> None:
    (folder.path / name).unlink()
    with pytest.raises(DoesNotHold, match=f"{name} is missing"):
        write_manifest(folder)


def test_the_manifest_is_what_sha256sum_writes(folder: Folder) -> None:
    data = write_manifest(folder)
    assert folder.manifest.read_bytes() == data == verify_manifest(folder)
    assert write_manifest(folder) == data  # again, after an interruption
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder.path, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0
    assert list(parse_manifest(data)) == sorted([*ALWAYS, "public-keys/payments-kek.pem"])


def test_a_manifest_is_not_replaced(folder: Folder) -> None:
    write_manifest(folder)
    (folder.path / "plan.toml").write_bytes(b"other")
    with pytest.raises(Unfit, match="file-exists"):
        write_manifest(folder)


def test_the_manifest_does_not_cover_signatures_and_addenda(folder: Folder) -> None:
    write_manifest(folder)
    write_new(folder.signature("record-1"), b"x")
    write_new(folder.addendum(1), b"x")
    verify_manifest(folder)


def test_all_problems_are_named_at_once(folder: Folder) -> None:
    write_manifest(folder)
    (folder.path / "plan.toml").write_bytes(b"other")
    (folder.path / "recover.py").unlink()
    (folder.path / "documents").mkdir()
    (folder.path / "documents" / "x.pdf").write_bytes(b"")
    (folder.path / "link").symlink_to("plan.toml")
    with pytest.raises(DoesNotHold) as caught:
        verify_manifest(folder)
    for words in ("plan.toml is not what", "recover.py is missing", "documents/x.pdf is not listed", "link is a link"):
        assert words in str(caught.value)


LINE = b"0" * 64 + b"  a\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE[:-1],
        LINE + LINE,
        LINE.replace(b"  a", b"  b") + LINE,
        LINE.replace(b"  a", b" a"),
        LINE.replace(b"  a", b" *a"),
        LINE.replace(b"0", b"A"),
        LINE.replace(b"  a", b"  ../a"),
        LINE.replace(b"  a", b"  /a"),
        LINE.replace(b"  a", b"  a/../b"),
        LINE.replace(b"  a", b"  a//b"),
        LINE.replace(b"  a", b"  a/"),
        LINE.replace(b"  a", b"  .a"),
        LINE.replace(b"  a", b"  -a"),
        LINE.replace(b"  a", b"  a b"),
        LINE.replace(b"  a", b"  a\r"),
        LINE.replace(b"  a", b"  \xc3\xa9"),
        LINE.replace(b"  a", b"  SHA256SUMS"),
        LINE.replace(b"  a", b"  SHA256SUMS.record-1.p7s"),
        LINE.replace(b"  a", b"  addenda/001.log"),
        LINE + b"\n",
    ],
)
def test_any_other_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(DoesNotHold):
        parse_manifest(data)


def test_a_plain_manifest_is_read() -> None:
    assert parse_manifest(LINE + LINE.replace(b"  a", b"  b/c")) == {"a": "0" * 64, "b/c": "0" * 64}


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_random_manifests_are_refused_in_our_words(data: bytes) -> None:
    with pytest.raises(DoesNotHold):
        parse_manifest(data)


@given(st.text(max_size=30))
def test_safe_names_are_plain(name: str) -> None:
    if is_safe(name):
        assert name.isascii()
        assert not any(part in ("", ".", "..") or part.startswith("-") for part in name.split("/"))


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    write_new(path, b"two")
    with pytest.raises(Unfit, match="file-exists"):
        write_new(path, b"three")
    assert [name.name for name in tmp_path.iterdir()] == ["x"]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(Unfit, match="file-not-written"):
        replace_file(tmp_path / "x", b"data")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(Unfit, match="file-exists"):
        write_new(tmp_path / "link", b"data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "x"]


def test_reading_is_limited(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_regular(tmp_path / "x", limit=5) == b"12345"
    for path, limit in ((tmp_path / "x", 4), (tmp_path, 10), (tmp_path / "none", 10), (Path("/dev/zero"), 10), (Path("a\0"), 10)):
        with pytest.raises(DoesNotHold, match="file-unreadable"):
            read_regular(path, limit=limit)


def sparse(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def test_a_huge_file_is_never_opened(folder: Folder) -> None:
    write_manifest(folder)
    sparse(folder.path / "plan.toml", 1 << 40)
    listing = folder.listing()
    assert [problem.file for problem in listing.problems] == ["plan.toml"]
    started = time.monotonic()
    with pytest.raises(DoesNotHold, match="is larger than") as caught:
        verify_manifest(folder)
    with pytest.raises(DoesNotHold, match="is larger than"):
        verify_layout(folder)
    with pytest.raises(DoesNotHold, match="it is larger than"):
        hash_regular(folder.path / "plan.toml")
    assert time.monotonic() - started < 5
    assert "missing" not in str(caught.value.what)


def test_many_large_files_are_too_much_in_all(folder: Folder) -> None:
    for number in range(10):
        sparse(folder.path / f"documents/x{number}.pdf", MAX_FILE)
    problems = folder.listing().problems
    assert [problem.file for problem in problems] == ["documents/x7.pdf", "documents/x8.pdf", "documents/x9.pdf"]
    assert all("makes the folder larger" in problem.reason for problem in problems)


def test_too_many_signers_addenda_and_files(folder: Folder) -> None:
    for number in range(MAX_SIGNERS + 3):
        sparse(folder.signer(f"witness-{number}"), 1)
    for number in range(2):
        sparse(folder.addendum(number), MAX_FILE * 2 // 3)
    reasons = [problem.reason for problem in folder.listing().problems]
    assert sum("signers" in reason for reason in reasons) == 3
    assert sum("addenda larger" in reason for reason in reasons) == 1
    folder.documents.mkdir()
    for number in range(10_001):
        (folder.documents / f"y{number}").touch()
    assert "holds more than 10000 files" in {problem.reason for problem in folder.listing().problems}


@pytest.mark.parametrize("write", [write_new, replace_file])
@pytest.mark.parametrize("leftover", ["link", "dangling", "file", "hard link"])
def test_a_leftover_partial_file_is_never_written_through(tmp_path: Path, write: Callable[[Path, bytes], None], leftover: str) -> None:
    victim, target = tmp_path / "victim", tmp_path / "medium" / "backup.json"
    partial = target.with_name("backup.json.partial")
    victim.write_bytes(b"precious")
    partial.parent.mkdir()
    match leftover:
        case "link":
            partial.symlink_to(victim)
        case "dangling":
            partial.symlink_to(tmp_path / "new")
        case "hard link":
            partial.hardlink_to(victim)
        case _:
            partial.write_bytes(b"half")
    write(target, b"backup")
    assert (victim.read_bytes(), target.read_bytes(), target.is_symlink()) == (b"precious", b"backup", False)
    assert target.stat().st_nlink == 1
    assert not (tmp_path / "new").exists()
    assert not partial.exists()


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    victim, target = tmp_path / "victim", tmp_path / "plan.toml"
    victim.write_bytes(b"precious")
    target.symlink_to(victim)
    with pytest.raises(Unfit, match="file-exists"):
        write_new(target, b"precious")
    replace_file(target, b"plan")
    assert (victim.read_bytes(), target.read_bytes(), target.is_symlink()) == (b"precious", b"plan", False)


def test_modes(tmp_path: Path) -> None:
    """Evidence is public by design; folders of backup media are their owner's alone."""
    before = os.umask(0o022)
    try:
        write_new(tmp_path / "evidence/documents/x.pdf", b"x")
        write_new(tmp_path / "media/backup-1/root/x.json", b"x", private=True)
    finally:
        os.umask(before)
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {
        "evidence": 0o755,
        "evidence/documents": 0o755,
        "evidence/documents/x.pdf": 0o644,
        "media": 0o700,
        "media/backup-1": 0o700,
        "media/backup-1/root": 0o700,
        "media/backup-1/root/x.json": 0o644,
    }


def test_what_was_written_is_dropped_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a read-back asks the medium; after the sync, since what is not yet written cannot be dropped."""
    calls: list[str] = []
    real_sync, real_advise = os.fsync, os.posix_fadvise

    def sync(fd: int) -> None:
        calls.append("sync")
        real_sync(fd)

    def advise(fd: int, offset: int, length: int, advice: int) -> None:
        assert (offset, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED)
        calls.append("drop")
        real_advise(fd, offset, length, advice)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "posix_fadvise", advise)
    write_new(tmp_path / "x", b"x")
    assert calls == ["sync", "drop", "sync"]
