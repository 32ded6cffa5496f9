"""Where secret bytes live: pages of their own, locked in memory, left out of core dumps and of forked children, wiped when done.

Python's `bytes` cannot be wiped and are copied at will, so secrets stay in a `SecretBuffer` and are handed to libcrypto by address.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hmac
import mmap
from types import TracebackType
from typing import NoReturn, Self

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mlock.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.mlock.restype = ctypes.c_int


class SecretBuffer:
    """`length` zero bytes in an anonymous private mapping (madvise(2): MADV_DONTDUMP, MADV_WIPEONFORK; mlock(2) where the process's
    limit allows it, see `locked`). Its content is reached only through `view` and `address`; it has no printed form, no pickle, no `==`.
    """

    __slots__ = ("_length", "_pages", "locked")

    locked: bool

    def __init__(self, length: int) -> None:
        self._length = length
        self._pages: mmap.mmap | None = mmap.mmap(-1, max(length, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._pages.madvise(mmap.MADV_DONTDUMP)
        self._pages.madvise(_MADV_WIPEONFORK)
        self.locked = _libc.mlock(self.address, max(length, 1)) == 0

    @classmethod
    def take(cls, source: bytearray) -> SecretBuffer:
        """Move the bytes of `source` here; `source` is overwritten with zeros."""
        taken = cls(len(source))
        taken.view()[:] = source
        wipe(source)
        return taken

    @property
    def address(self) -> int:
        """Where the bytes lie, for C calls. Raises ValueError after `wipe`."""
        return ctypes.addressof(ctypes.c_char.from_buffer(self._open()))

    def view(self) -> memoryview:
        """The bytes themselves, writable, without a copy. Raises ValueError after `wipe`."""
        return memoryview(self._open())[: self._length]

    def shorten(self, length: int) -> None:
        """Keep the first `length` bytes and overwrite the rest with zeros."""
        if not 0 <= length <= self._length:
            raise ValueError("a secret buffer only becomes shorter")
        ctypes.memset(self.address + length, 0, self._length - length)
        self._length = length

    def copy(self) -> SecretBuffer:
        """The same bytes in pages of their own."""
        other = SecretBuffer(self._length)
        other.view()[:] = self.view()
        return other

    def same(self, other: SecretBuffer) -> bool:
        """True when both hold equal bytes; takes the same time wherever they differ."""
        return hmac.compare_digest(self.view(), other.view())

    def wipe(self) -> None:
        """Overwrite the bytes with zeros and give the pages back. Doing it twice is allowed."""
        pages = self._pages
        if pages is None:
            return
        ctypes.memset(self.address, 0, len(pages))
        self._pages = None
        self._length = 0
        try:
            pages.close()
        except BufferError:
            # Somebody still holds a view: it shows zeros now, and the pages go with the last view.
            return

    def _open(self) -> mmap.mmap:
        if self._pages is None:
            raise ValueError("this secret buffer was wiped")
        return self._pages

    def __len__(self) -> int:
        return self._length

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"<SecretBuffer of {self._length} bytes>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare secrets with same()")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret buffer cannot be pickled or copied")


_MADV_WIPEONFORK = 18  # Linux 4.14; the mmap module has no name for it


def wipe(source: bytearray | memoryview) -> None:
    """Overwrite writable bytes with zeros in place."""
    if len(source):
        ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(source)), 0, len(source))
