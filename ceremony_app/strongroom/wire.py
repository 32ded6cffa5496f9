"""How desk and strongroom talk: one JSON document a line each way, and deposits, which are a header line and then raw bytes.

A request is a protocol struct with its `type`; an answer is `{"reply": …}` or `{"failure": …}`. The receiving side reads into locked
pages, so that the raw bytes of a deposit never pass through Python's heap there.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import msgspec

from ceremony_app.strongroom.buffer import SecretBuffer, wipe
from ceremony_app.strongroom.protocol import Failure, Reply, Request

LINE_AT_MOST = 8 * 1024 * 1024
DEPOSIT_AT_MOST = 8 * 1024 * 1024
_libc = ctypes.CDLL(None)
_libc.memchr.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
_libc.memchr.restype = ctypes.c_void_p
_CHUNK = 64 * 1024
_DEPOSIT_PREFIX = b'{"deposit":'


class Deposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Header of a deposit: `length` raw bytes follow its line."""

    deposit: str
    length: int


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What comes back: exactly one of the two."""

    reply: msgspec.Raw = msgspec.Raw(b"")
    failure: Failure | None = None


class WireBroken(Exception):
    """What arrived is not of this wire, and where the next message begins cannot be known."""


def request_line(request: Request[Any]) -> bytes:
    return msgspec.json.encode(request) + b"\n"


def deposit_line(name: str, length: int) -> bytes:
    """Header of a deposit. Raises ValueError when it is too long to be sent."""
    if not 0 < length <= DEPOSIT_AT_MOST:
        raise ValueError("a deposit has between 1 byte and 8 MiB")
    return msgspec.json.encode(Deposit(name, length)) + b"\n"


def answer_line(answer: Reply) -> bytes:
    if isinstance(answer, Failure):
        return msgspec.json.encode(Answer(failure=answer)) + b"\n"
    return msgspec.json.encode(Answer(reply=msgspec.Raw(msgspec.json.encode(answer)))) + b"\n"


def read_answer(line: bytes) -> Answer:
    """Raises `WireBroken` when the line is not an answer."""
    try:
        answer = msgspec.json.decode(line, type=Answer)
    except msgspec.MsgspecError as error:
        raise WireBroken from error
    if (answer.failure is None) == (not bytes(answer.reply)):
        raise WireBroken
    return answer


def as_deposit(line: bytes) -> Deposit | None:
    """The deposit that this line announces, None when it is a request. Raises `WireBroken`."""
    if not line.startswith(_DEPOSIT_PREFIX):
        return None
    try:
        header = msgspec.json.decode(line, type=Deposit)
    except msgspec.MsgspecError as error:
        raise WireBroken from error
    if not 0 < header.length <= DEPOSIT_AT_MOST:
        raise WireBroken
    return header


class Incoming:
    """The strongroom's end of the wire: lines and raw bytes from a descriptor, through locked pages that are cleared as they are read."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pages = SecretBuffer(_CHUNK)
        self._view = self._pages.view()
        self._start = 0
        self._end = 0

    def line(self) -> bytes:
        """The next line without its end; empty when the desk closed the wire. Raises `WireBroken` when a line is too long or torn."""
        parts = bytearray()
        while True:
            at = self._line_end()
            stop = self._end if at is None else at
            # Only up to the line's end: raw bytes of a deposit may follow and must not be copied.
            parts += self._view[self._start : stop]
            self._consume(stop - self._start)
            if at is not None:
                self._consume(1)
                return bytes(parts)
            if len(parts) > LINE_AT_MOST:
                raise WireBroken
            if not self._fill():
                if parts:
                    raise WireBroken
                return b""

    def raw(self, length: int) -> SecretBuffer:
        """The next `length` bytes, straight into locked pages. Raises `WireBroken` when the wire ends before."""
        secret = SecretBuffer(length)
        target = secret.view()
        have = min(length, self._end - self._start)
        target[:have] = self._view[self._start : self._start + have]
        self._consume(have)
        while have < length:
            got = os.readv(self._descriptor, [target[have:]])
            if got == 0:
                secret.wipe()
                raise WireBroken
            have += got
        return secret

    def _line_end(self) -> int | None:
        address = self._pages.address
        found = _libc.memchr(address + self._start, 0x0A, self._end - self._start)
        return None if found is None else found - address

    def _consume(self, count: int) -> None:
        wipe(self._view[self._start : self._start + count])
        self._start += count
        if self._start == self._end:
            self._start = self._end = 0

    def _fill(self) -> bool:
        got = os.readv(self._descriptor, [self._view[self._end :]])
        self._end += got
        return got > 0
