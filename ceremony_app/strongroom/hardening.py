"""What the process does for its own memory before anything else is loaded.

Only the standard library is imported here, so that the first instruction of the process that matters comes first.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal

_libc = ctypes.CDLL(None, use_errno=True)

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def close_to_others() -> None:
    """No core dumps, no ptrace, /proc/PID/mem and environ closed even to the same user; Ctrl-C at the desk does not end this process.

    exec makes a process dumpable again (proc(5)), so this must run in the child itself."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)


def is_dumpable() -> bool:
    return bool(_libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0))


def core_limit() -> int:
    """Largest core dump in bytes, as the kernel has it now."""
    return resource.getrlimit(resource.RLIMIT_CORE)[0]


def lock_memory() -> str:
    """`all` when every page of the process stays in memory (mlockall(2)), `buffers` when only secret buffers can be locked, `none` when
    not even a page can be.

    MCL_FUTURE alone would make later loads of libraries fail where the limit is small; all three flags are refused as a whole there."""
    if _libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
        return "all"
    page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        locked: int = _libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE))
        return "buffers" if locked == 0 else "none"
    finally:
        page.close()


def private_wire() -> tuple[int, int]:
    """Move the wire to descriptors of our own and answer them (read, write). Descriptor 0 then reads nothing and 1 goes where 2 goes: a
    vendor library that prints must not speak on the wire."""
    read, write = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return read, write
