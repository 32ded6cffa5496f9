"""Reading and writing single files of an evidence folder: only regular files, never through a link, synced before they count."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ceremony_app.errors import DoesNotHold, Unfit

_CHUNK = 1024 * 1024

MAX_FILE = 64 * 1024 * 1024
"""Largest file of an evidence folder, in bytes: a sparse file of any length fits on a small stick, and hashing it would never end."""


@contextlib.contextmanager
def _opened(path: Path, name: str) -> Iterator[int]:
    try:
        # NONBLOCK: a pipe of that name must not make us wait for ever.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(name, getattr(error, "strerror", None) or "no file can have this name") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _unreadable(name, "it is not an ordinary file")
        yield fd
    except OSError as error:
        raise _unreadable(name, error.strerror or "reading failed") from None
    finally:
        os.close(fd)


def read_regular(path: Path, *, limit: int, name: str = "") -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes; raises `DoesNotHold` with `name` (default: the file's name)."""
    name = name or path.name
    with _opened(path, name) as fd:
        if os.fstat(fd).st_size > limit:
            raise _unreadable(name, f"it is larger than {limit} bytes")
        chunks, size = [], 0
        while chunk := os.read(fd, _CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise _unreadable(name, f"it is larger than {limit} bytes")
    return b"".join(chunks)


def hash_regular(path: Path, *, name: str = "") -> tuple[str, int]:
    """SHA-256 in hex and size in bytes of an ordinary file of at most `MAX_FILE` bytes; raises `DoesNotHold`."""
    digest, size = hashlib.sha256(), 0
    with _opened(path, name or path.name) as fd:
        if os.fstat(fd).st_size > MAX_FILE:
            raise _unreadable(name or path.name, f"it is larger than {MAX_FILE} bytes")
        while chunk := os.read(fd, _CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > MAX_FILE:
                raise _unreadable(name or path.name, f"it is larger than {MAX_FILE} bytes")
    return digest.hexdigest(), size


def write_new(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file that does not exist yet, synced with its directory; a file of equal bytes is adopted. Raises `Unfit`.

    Deterministic files can so be written again after an interruption; a different file of that name is never replaced. `private` as for
    `replace_file`.
    """
    if not os.path.lexists(path):
        replace_file(path, data, private=private)
    elif not _holds(path, data):
        raise Unfit(
            "file-exists",
            "{path} exists already and holds something else.",
            stands="The file was left as it is.",
            next_step="Find out where it comes from, move it away, and try again.",
            path=str(path),
        )


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file whether or not one of that name exists, synced with its directory; a crash leaves the old or the new one, whole. Raises
    `Unfit`.

    A link of that name is replaced, never followed. Files have the mode 644 (evidence holds no secret and is handed on), folders that are
    made 755, or with `private` 700: those of backup media. The system is asked to drop its copy in memory, so that what is read back comes
    from the medium; it may decline, and a medium has a memory of its own.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        _make_folder(path.parent, 0o700 if private else 0o755)
        # What an interruption left, or somebody put there: opened, a link would lead the bytes elsewhere.
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            _drop_cached(file.fileno())
        partial.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise Unfit(
            "file-not-written",
            "{path} could not be written: {reason}.",
            stands="Nothing that was written before is affected.",
            next_step="Look at the medium: is it full, write-protected or gone?",
            path=str(path),
            reason=error.strerror or "the medium gave no reason",
        ) from None


def _make_folder(path: Path, mode: int) -> None:
    """`path` and what is missing above it, each with `mode` less the umask: `mkdir(parents=True)` would give it to the last alone."""
    if not path.is_dir():
        _make_folder(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)


def _drop_cached(fd: int) -> None:
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_regular(path, limit=len(data)) == data
    except DoesNotHold:
        return False


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable; raises `OSError`."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unreadable(name: str, reason: str) -> DoesNotHold:
    return DoesNotHold(
        "file-unreadable",
        "{name} cannot be read: {reason}.",
        next_step="Take another copy of the evidence folder.",
        name=printable(name),
        reason=reason,
    )


def printable(text: str, limit: int = 200) -> str:
    """Text from a file that may be hostile, as it may be shown: escaped when it holds control, direction or invalid characters, which a
    terminal would obey, and cut at `limit` characters."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= limit else shown[:limit] + "…"
