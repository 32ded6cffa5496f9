"""The desk's end of a strongroom: start the process, ask, deposit, end it.

Plain blocking code that works from any one thread at a time; only `kill` may be called from others meanwhile.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, get_args

import msgspec

from ceremony_app.errors import BadInput, CeremonyError
from ceremony_app.strongroom import wire
from ceremony_app.strongroom.buffer import wipe
from ceremony_app.strongroom.protocol import Failure, Reply, Request

R = TypeVar("R")

_NO_MODULE = "-"
_GOODBYE = 5.0
_SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_STANDS = "What is in the record stands; nothing was recorded for this attempt."


class StrongroomRefused(CeremonyError):
    """The strongroom did not do what was asked: its own code, words and next step; `detail` holds no secret (exit status 1)."""

    def __init__(self, code: str, what: str, next_step: str, detail: str = "") -> None:
        super().__init__(code, "{text}", stands=_STANDS, next_step="{todo}", text=what, todo=next_step)
        self.detail = detail


class StrongroomUnfit(StrongroomRefused):
    """The token or its library cannot be used: codes `token-…`, `module-…` and `storage-…` (exit status 3)."""

    exit_status = 3


class StrongroomGone(CeremonyError):
    """The process ended or did not answer in time: `strongroom-died`, `strongroom-late` (exit status 1). Start a new one and look at what
    stands before anything is repeated."""


class Strongroom:
    """A running strongroom process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs both ends of its wire")
        self._process = process
        self._out = process.stdin.fileno()
        self._in = process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._pending = bytearray()
        self._turn = threading.Lock()
        self._settled = threading.Condition()
        self._writing_until = 0.0

    @classmethod
    def start(cls, module: str, *, inherit: tuple[int, ...] = (), stderr: int = subprocess.DEVNULL) -> Strongroom:
        """Start a strongroom for one PKCS#11 library (a path, `""` for none). `inherit`: descriptors the child keeps open, as that of the
        record's lock, so that an orphan which still works keeps the record closed."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "ceremony_app.strongroom", _resolved(module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            env=_environment(),
            pass_fds=inherit,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, request: Request[R]) -> R:
        """Ask and wait for the answer. Raises `StrongroomRefused` (or `StrongroomUnfit`) with the strongroom's own code, and
        `StrongroomGone`: `strongroom-died`, or `strongroom-late` after the request's deadline, when the process was ended."""
        with self._turn:
            until = time.monotonic() + request.deadline
            if request.writes:
                with self._settled:
                    self._writing_until = until
            try:
                self._send(memoryview(wire.request_line(request)), until)
                answer = wire.read_answer(self._line(until))
            except wire.WireBroken as error:
                self._end()
                raise _died() from error
            except BaseException:
                # The interrupt key, or a deadline: an answer that comes later must not meet the next request.
                self._give_up(until if request.writes else 0.0)
                raise
            finally:
                with self._settled:
                    self._writing_until = 0.0
                    self._settled.notify_all()
        if answer.failure is not None:
            raise _refused(answer.failure)
        return self._decoded(request, bytes(answer.reply))

    def deposit(self, name: str, secret: bytearray) -> None:
        """Send a secret as raw bytes and overwrite it here, whatever happens. Raises `BadInput` (`entry-length`) when it is empty or over
        8 MiB, and `StrongroomGone`."""
        until = time.monotonic() + Request.deadline
        try:
            header = _header(name, secret)
            with self._turn, self._whole(), memoryview(secret) as raw:
                self._send(memoryview(header), until)
                self._send(raw, until)
        finally:
            wipe(secret)

    def kill(self) -> None:
        """End the process at once, from any thread; a call under way raises `strongroom-died`. While the token is being written to, wait
        for the answer or the request's deadline, so that no half-written object is left."""
        with self._settled:
            while self.alive and (left := self._writing_until - time.monotonic()) > 0:
                self._settled.wait(left)
        self._end()

    def close(self) -> None:
        """Let the process log out and end by itself; it is ended after five seconds."""
        with self._turn:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(_GOODBYE)
            except subprocess.TimeoutExpired:
                self._end()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def __enter__(self) -> Strongroom:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Ends the process when the block is interrupted: what is sent next would be taken for the rest of a deposit."""
        try:
            yield
        except BaseException:
            self._end()
            raise

    def _give_up(self, until: float) -> None:
        """End the process; one that writes to the token is first given until its deadline. A second interrupt ends it at once."""
        try:
            if self.alive and time.monotonic() < until:
                self._line(until)
        except (wire.WireBroken, StrongroomGone):
            pass
        finally:
            self._end()

    def _decoded(self, request: Request[R], reply: bytes) -> R:
        try:
            return msgspec.json.decode(reply, type=reply_type(type(request)))  # type: ignore[return-value]
        except msgspec.MsgspecError as error:
            self._end()
            raise _died() from error

    def _send(self, data: memoryview, until: float) -> None:
        poll = select.poll()
        poll.register(self._out, select.POLLOUT)
        try:
            while data:
                self._wait(poll, until)
                try:
                    data = data[os.write(self._out, data) :]
                except BlockingIOError:
                    continue
        except (OSError, ValueError) as error:
            self._end()
            raise _died() from error

    def _line(self, until: float) -> bytes:
        poll = select.poll()
        poll.register(self._in, select.POLLIN)
        while (at := self._pending.find(b"\n")) < 0:
            self._wait(poll, until)
            got = os.read(self._in, 64 * 1024)
            if not got or len(self._pending) > wire.LINE_AT_MOST:
                raise wire.WireBroken
            self._pending += got
        line = bytes(self._pending[:at])
        del self._pending[: at + 1]
        return line

    def _wait(self, poll: select.poll, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            self._end()
            raise StrongroomGone(
                "strongroom-late",
                "The strongroom did not answer in time and was ended.",
                stands=_STANDS,
                next_step="Check the token, then continue: what was done is looked for before anything is repeated.",
            )

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()


def reply_type(request: type[Request[Any]]) -> type[Reply]:
    """The reply that a request's class names: `R` of `Request[R]`."""
    (base,) = (base for base in request.__orig_bases__ if get_args(base))  # type: ignore[attr-defined]
    reply: type[Reply] = get_args(base)[0]
    return reply


def _header(name: str, secret: bytearray) -> bytes:
    try:
        return wire.deposit_line(name, len(secret))
    except ValueError as error:
        raise BadInput("entry-length", "Nothing was entered, or more than 8 MiB.", next_step="Enter it again.") from error


def _resolved(module: str) -> str:
    if module in ("", _NO_MODULE):
        return _NO_MODULE
    path, mark, parameters = module.partition("?")
    return os.path.abspath(path) + mark + parameters


def _environment() -> dict[str, str]:
    """Built from nothing: what the desk's environment holds is no business of the process that touches secrets."""
    environment = {"PATH": _SEARCH_PATH, "LANG": "C.UTF-8", "TZ": "UTC"}
    if "SOFTHSM2_CONF" in os.environ:
        environment["SOFTHSM2_CONF"] = os.environ["SOFTHSM2_CONF"]
    return environment


def _refused(failure: Failure) -> StrongroomRefused:
    unfit = failure.code.startswith(("token-", "module-", "storage-"))
    return (StrongroomUnfit if unfit else StrongroomRefused)(failure.code, failure.what, failure.next_step, failure.detail)


def _died() -> StrongroomGone:
    return StrongroomGone(
        "strongroom-died",
        "The strongroom process ended before it answered.",
        stands=_STANDS,
        next_step="Continue: a new one is started, and what was done is looked for before anything is repeated.",
    )
