"""Reading small files that came from outside: ordinary files only, never more bytes than expected, ZIP archives with limits."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ceremony_app.errors import BadInput

MEMBERS_AT_MOST = 16
SHOWN_AT_MOST = 160
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def shown(text: object) -> str:
    """Text from outside as it may be shown: at most 160 characters, and none that a terminal would obey."""
    whole = str(text)
    clean = "".join(character if character.isprintable() else "?" for character in whole[:SHOWN_AT_MOST])
    return clean + ("…" if len(whole) > SHOWN_AT_MOST else "")


def names_in(directory: Path) -> list[str]:
    """Names in a folder, sorted; none when there is no such folder. Raises `BadInput` (`file-unreadable`)."""
    try:
        return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []
    except OSError as error:
        raise _unreadable(directory, (error.strerror or "it cannot be opened").lower()) from error


def read_small(path: Path, at_most: int) -> bytes:
    """The bytes of an ordinary file of at most `at_most` bytes. Raises `BadInput`: `file-unreadable`, `file-too-large`."""
    try:
        # A device or a pipe could be endless, or wait for ever.
        if path.exists() and not path.is_file():
            raise _unreadable(path, "it is not an ordinary file")
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as error:
        raise _unreadable(path, (error.strerror or "it cannot be opened").lower()) from error
    if len(data) > at_most:
        raise _too_large(shown(path), at_most)
    return data


def read_zip(path: Path, at_most: int, member_at_most: int) -> dict[str, bytes]:
    """The members of a ZIP archive by their last name part; folders and the extra files of macOS are left out.

    The archive may have `at_most` bytes and 16 members of `member_at_most` bytes each, whatever its directory claims. Raises `BadInput`:
    `file-unreadable`, `file-too-large`, `zip-unusable`.
    """
    read_small(path, at_most)
    try:
        with zipfile.ZipFile(path) as archive:
            return _members(archive, path, member_at_most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _zip_unusable(path, "it is damaged or cut short") from error


def _members(archive: zipfile.ZipFile, path: Path, member_at_most: int) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
    if len(infos) > MEMBERS_AT_MOST:
        raise _zip_unusable(path, f"it holds more than {MEMBERS_AT_MOST} files")
    found: dict[str, bytes] = {}
    for info in infos:
        name = PurePosixPath(info.filename).name
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _READABLE:
            raise _zip_unusable(path, f"{shown(name)} in it is encrypted or packed in an uncommon way")
        if name in found:
            raise _zip_unusable(path, f"it holds two files called {shown(name)}")
        with archive.open(info) as member:
            data = member.read(member_at_most + 1)  # the directory's word about the size is not trusted
        if len(data) > member_at_most:
            raise _too_large(f"{shown(path)} ({shown(name)})", member_at_most)
        found[name] = data
    return found


def _unreadable(path: Path, reason: str) -> BadInput:
    return BadInput(
        "file-unreadable",
        "The file {path} cannot be read: {reason}.",
        next_step="Check the name, and that the medium is in.",
        path=shown(path),
        reason=reason,
    )


def _too_large(path: str, at_most: int) -> BadInput:
    return BadInput(
        "file-too-large",
        "{path} is larger than {at_most} bytes, which no such file is.",
        next_step="Bring the provider's file unchanged.",
        path=path,
        at_most=at_most,
    )


def _zip_unusable(path: Path, reason: str) -> BadInput:
    return BadInput(
        "zip-unusable",
        "The archive {path} cannot be used: {reason}.",
        next_step="Download it again and bring it unchanged.",
        path=shown(path),
        reason=reason,
    )
