"""A SoftHSM storage of our own: its directory and configuration, what lies in it, and how its files are overwritten.

SoftHSM 2.6 keeps one file an object in `tokens/<uuid>/<uuid>.object`: eight bytes of generation, then attributes, each a type, a kind and
a value, all numbers as eight big-endian bytes. `C_DestroyObject` only unlinks the file, and a process killed while it writes leaves files
that no search shows; so files are listed here, and overwritten through descriptors that were opened before.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony_app.strongroom.refusal import Refusal

CONFIGURATION = "softhsm2.conf"
_MACHINE_CONFIGURATION = "/etc/softhsm/softhsm2.conf"
_TOKENS = "tokens"
_TOKEN_FILE = "token.object"
_BOOLEAN, _NUMBER, _BYTES, _MAP, _MECHANISMS = 1, 2, 3, 4, 5
_CLASS = 0x0
_PUBLIC_KEY, _PRIVATE_KEY, _SECRET_KEY = 2, 3, 4
_KEY_TYPE, _RSA = 0x100, 0
_VALUE, _MODULUS, _PRIVATE_EXPONENT, _EC_POINT = 0x11, 0x120, 0x123, 0x181


def prepare(storage: Path) -> Path:
    """Make the directory (0700) and SoftHSM's configuration in it; answers the configuration's path. One that exists must be ours: a real
    directory, owned by this user, closed to others. Refusals `storage-unusable`, `storage-other`."""
    try:
        storage.parent.mkdir(parents=True, exist_ok=True)
        for directory in (storage, storage / _TOKENS):
            with contextlib.suppress(FileExistsError):
                directory.mkdir(mode=0o700)
            _require_own(directory)
        configuration = storage / CONFIGURATION
        # Never through a link that somebody laid there, and never into a file that was there before.
        configuration.unlink(missing_ok=True)
        descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(
                f"directories.tokendir = {storage / _TOKENS}\nobjectstore.backend = file\nlog.level = ERROR\n"
                "slots.removable = false\nlibrary.reset_on_fork = true\n"
            )
    except OSError as error:
        raise Refusal(
            "storage-unusable",
            "The directory for the token's files cannot be made or written.",
            "Choose another directory, or free space.",
            f"{storage}: {os.strerror(error.errno or 0)}",
        ) from error
    return configuration


def _require_own(directory: Path) -> None:
    found = directory.lstat()
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not own or stat.S_IMODE(found.st_mode) & 0o077 or "\n" in str(directory):
        raise Refusal(
            "storage-unusable",
            "The directory for the token's files can be read by others, is not this user's, or its name cannot be used.",
            "Find out who made it; remove it, or choose another directory.",
            str(directory),
        )


def tokens(storage: Path) -> Path:
    """The directory in our own storage that holds a directory a token."""
    return storage / _TOKENS


def machine_tokens() -> Path | None:
    """The same of the machine's own SoftHSM configuration, None where it cannot be read."""
    try:
        lines = Path(os.environ.get("SOFTHSM2_CONF", _MACHINE_CONFIGURATION)).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() == "directories.tokendir" and Path(value.strip()).is_dir():
            return Path(value.strip())
    return None


def token_directory(tokens: Path, serial: str) -> Path | None:
    """Where SoftHSM keeps the token of this serial: the serial is the last 16 digits of the directory's UUID."""
    for directory in sorted(tokens.iterdir()):
        if directory.is_dir() and directory.name.replace("-", "")[-16:] == serial:
            return directory
    return None


def require_ours(storage: Path, serial: str) -> None:
    """SoftHSM falls back to the machine's own tokens without a word when it dislikes a configuration. Refusal `storage-other`."""
    if token_directory(storage / _TOKENS, serial) is None:
        raise Refusal(
            "storage-other",
            "The token's files do not lie in the directory made for them.",
            "Stop here and check the SoftHSM configuration of this machine.",
            f"serial {serial}",
        )


def remnants(directory: Path) -> tuple[str, ...]:
    """Names of files that no whole object owns: torn or empty objects, objects without their key, locks without an object."""
    names = {path.name for path in directory.iterdir()}
    torn = {name for name in names if name.endswith(".object") and name != _TOKEN_FILE and not is_whole(_read(directory / name))}
    locks = {name for name in names if name.endswith(".lock") and f"{name.removesuffix('.lock')}.object" not in names}
    return tuple(sorted(torn | (locks - {"token.lock"})))


def is_whole(content: bytes) -> bool:
    """True when the bytes of an object file can be read to their end and hold what makes an object of its class a key."""
    try:
        attributes = _attributes(content)
    except (struct.error, ValueError):
        return False
    match attributes.get(_CLASS):
        case int(kind) if kind in (_PUBLIC_KEY, _PRIVATE_KEY) and attributes.get(_KEY_TYPE) == _RSA:
            needed = _MODULUS if kind == _PUBLIC_KEY else _PRIVATE_EXPONENT
        case int(kind) if kind == _PUBLIC_KEY:
            needed = _EC_POINT
        case int(kind) if kind in (_PRIVATE_KEY, _SECRET_KEY):
            needed = _VALUE
        case int():
            return True
        case _:
            return False
    return bool(attributes.get(needed))


def _attributes(content: bytes) -> dict[int, int | bytes]:
    """Raises struct.error or ValueError when the bytes are not a whole file of attributes."""
    at, found = 8, dict[int, int | bytes]()
    if len(content) < at:
        raise ValueError("no generation")
    while at < len(content):
        kind, form = struct.unpack_from(">QQ", content, at)
        at += 16
        if form == _BOOLEAN:
            found[kind], at = content[at], at + 1
        elif form == _NUMBER:
            found[kind], at = struct.unpack_from(">Q", content, at)[0], at + 8
        elif form in (_BYTES, _MAP, _MECHANISMS):
            (count,) = struct.unpack_from(">Q", content, at)
            length = count * 8 if form == _MECHANISMS else count
            found[kind], at = content[at + 8 : at + 8 + length], at + 8 + length
        else:
            raise ValueError("unknown form")
    if at != len(content):
        raise ValueError("torn")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


class Overwritten:
    """How many files were overwritten inside `overwriting_removed`."""

    count = 0


@contextmanager
def overwriting_removed(directory: Path | None) -> Iterator[Overwritten]:
    """Hold every object file of the token open while objects are destroyed, then overwrite those whose name is gone. A further name
    that somebody gave the file (a hard link) shows the random bytes too; a copy of it is out of reach."""
    done = Overwritten()
    paths = [] if directory is None else sorted(directory.glob("*.object"))
    held = [(path, os.open(path, os.O_RDWR | os.O_CLOEXEC)) for path in paths]
    try:
        yield done
    finally:
        for path, descriptor in held:
            if not path.exists():
                _overwrite(descriptor)
                done.count += 1
            os.close(descriptor)


def overwrite_files(directory: Path, chosen: Callable[[Path], bool] = lambda path: True) -> tuple[int, int]:
    """Overwrite with random bytes and remove the chosen files below `directory`, then the empty directories in it; answers how many files
    there were and how many were overwritten."""
    files = [path for path in sorted(directory.rglob("*")) if path.is_file() and not path.is_symlink() and chosen(path)]
    overwritten = 0
    for path in files:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            _overwrite(descriptor)
            path.unlink()
            overwritten += 1
        finally:
            os.close(descriptor)
    return len(files), overwritten


def wipe(directory: Path) -> tuple[int, int, int]:
    """Overwrite and remove every file below `directory`, and it with all its empty directories; answers how many files there were, how many
    were overwritten, and how many are left. Links in it are removed and never followed; where
    the directory itself has become one, nothing is touched and it is what is left."""
    if directory.is_symlink():
        return 0, 0, 1
    files, overwritten = overwrite_files(directory)
    for path in (*sorted(directory.rglob("*"), reverse=True), directory):
        with contextlib.suppress(OSError):
            if path.is_symlink():
                path.unlink()
            else:
                path.rmdir()
    return files, overwritten, sum(path.is_file() for path in directory.rglob("*"))


def _overwrite(descriptor: int) -> None:
    length = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    while length > 0:
        length -= os.write(descriptor, os.urandom(min(length, 1 << 20)))
    os.fsync(descriptor)
    os.ftruncate(descriptor, 0)
