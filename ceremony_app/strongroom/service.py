"""The loop of the strongroom: a message in, an answer out, until the desk closes the wire."""

from __future__ import annotations

import functools
import os
import traceback
from typing import Any, Union

import msgspec
from pkcs11 import PKCS11Error

from ceremony_app.strongroom.cryptoki import ReturnCode
from ceremony_app.strongroom.handlers import HANDLERS
from ceremony_app.strongroom.protocol import Failure, Reply, Request
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.wire import Incoming, WireBroken, answer_line, as_deposit

_TRY_AGAIN = "Look at what stands in the token, then try again; if it happens again, end this strongroom and start a new one."


def serve(room: Room, read: int, write: int) -> int:
    """Answer requests until the wire ends. 0 when it ended between two messages, 1 when it broke."""
    incoming = Incoming(read)
    try:
        while line := incoming.line():
            header = as_deposit(line)
            if header is not None:
                room.put_deposit(header.deposit, incoming.raw(header.length))
                continue
            _write(write, answer_line(answer(room, line)))
        return 0
    except (WireBroken, BrokenPipeError):
        return 1
    finally:
        room.forget()


def answer(room: Room, line: bytes) -> Reply:
    """The reply to one request line, or the `Failure` that says why not. No library's words are passed on: they can hold secrets."""
    try:
        request: Request[Any] = _decoder().decode(line)
    except msgspec.ValidationError:
        return Failure("request-unknown", "The strongroom does not know this request.", "Use desk and strongroom of one version.")
    except msgspec.DecodeError:
        return Failure("request-malformed", "What arrived is not a request.", "End this strongroom and start a new one.")
    try:
        reply: Reply = HANDLERS[type(request)](room, request)
        return reply
    except Refusal as refusal:
        return Failure(refusal.code, refusal.what, refusal.next_step, refusal.detail)
    except (PKCS11Error, ReturnCode) as error:
        return Failure("token-fault", "The token refused a call that it should have done.", _TRY_AGAIN, _where(error))
    except Exception as error:  # noqa: BLE001 (the edge of the process: whatever it was, its text stays here)
        return Failure("strongroom-fault", "The strongroom failed inside.", _TRY_AGAIN, _where(error))
    finally:
        for name in (*request.deposits, *request.optional_deposits):
            room.drop_deposit(name)


@functools.cache
def _decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(Union[tuple(HANDLERS)])  # noqa: UP007 (built from a table)


def _where(error: BaseException) -> str:
    """Class of the error and the line of ours it passed last, without its text; a PKCS#11 return code is a number and may be shown."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "ceremony_app" in frame.filename]
    place = f" at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else ""
    code = f" {error.call} 0x{error.code:x}" if isinstance(error, ReturnCode) else ""
    return f"{type(error).__name__}{code}{place}"


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
