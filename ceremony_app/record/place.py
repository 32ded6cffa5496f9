"""One of the two places a journal lies in: an open file that is only ever appended to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ceremony_app.record.chain import MAX_RECORD
from ceremony_app.record.file import sync_directory

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Place:
    """An append-only file. All methods raise `OSError`; what that means is the journal's to say."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.fd = fd
        self.size = os.fstat(fd).st_size

    @classmethod
    def create(cls, path: Path) -> Place:
        """A new empty file, its name durable; raises `FileExistsError`."""
        place = cls(path, os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644))
        sync_directory(path.parent)
        return place

    @classmethod
    def open(cls, path: Path) -> Place:
        """An existing file; raises `FileNotFoundError`."""
        return cls(path, os.open(path, _FLAGS))

    def read(self) -> bytes:
        """Everything in the file; `OSError` when it is larger than a record may be."""
        self.size = os.fstat(self.fd).st_size
        if self.size > MAX_RECORD:
            raise OSError(f"it is larger than {MAX_RECORD} bytes")
        data = bytearray()
        while chunk := os.pread(self.fd, 1024 * 1024, len(data)):
            data += chunk
        return bytes(data)

    def append(self, data: bytes) -> None:
        """Durable on return. On failure the file is cut back to its length before, as far as the medium allows, and the error raised."""
        try:
            written = 0
            while written < len(data):
                written += os.write(self.fd, data[written:])
            os.fsync(self.fd)
        except OSError:
            with contextlib.suppress(OSError):
                self.cut(self.size)
            raise
        self.size += len(data)

    def cut(self, size: int) -> None:
        """Drop what lies after `size` bytes; durable on return."""
        os.ftruncate(self.fd, size)
        os.fsync(self.fd)
        self.size = size

    def close(self) -> None:
        """Close our descriptor. No unlock: a lock lives as long as a child holds the same open file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
