"""The witness's private code, which opens the gates. It lives in this process alone and dies with it.

Guessing is made slow, not impossible: from the third wrong try in a row each answer takes `DELAY` seconds, and the number of wrong tries is
in the failure's detail, so that the record can hold it. No number of tries locks a gate for ever: a mistyped code must not end a ceremony.
A code is never replaced in the same process, or whoever sits at the keyboard could choose a new one; choosing the same one again changes
nothing, and choosing another counts as a wrong try, so that it is no quicker way to guess.
"""

from __future__ import annotations

import time

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.protocol import Done, KeepWitnessCode, OpenGate
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

SHORTEST, LONGEST = 8, 64
FREE_TRIES = 2
DELAY = 5.0
"""Seconds; well within the request's deadline of 30."""


class _Code:
    """A witness's code and how many wrong tries came since the last right one."""

    def __init__(self, secret: SecretBuffer) -> None:
        self.secret = secret
        self.wrong = 0

    def is_right(self, typed: SecretBuffer) -> bool:
        """Compare in constant time, count, and wait where there were too many wrong tries."""
        if self.secret.same(typed):
            self.wrong = 0
            return True
        self.wrong += 1
        if self.wrong > FREE_TRIES:
            time.sleep(DELAY)
        return False


class WitnessCodes:
    """The drawer: codes by the witness's name."""

    def __init__(self) -> None:
        self.codes: dict[str, _Code] = {}

    def forget(self) -> None:
        """Wipe all of them."""
        for code in self.codes.values():
            code.secret.wipe()
        self.codes.clear()


def keep_witness_code(room: Room, request: KeepWitnessCode) -> Done:
    """Keep the code that the witness chose. Refusals `witness-code-short` (not 8 to 64 printable characters), `witness-code-kept`."""
    typed = room.take_deposit("witness-code")
    codes = room.drawer(WitnessCodes).codes
    if request.witness in codes:
        with typed:
            right = codes[request.witness].is_right(typed)
        if right:
            return Done()
        raise Refusal(
            "witness-code-kept",
            "This witness has chosen another code already.",
            "Use that code. If it is forgotten, close this program and resume the ceremony: with a new record key a new code is chosen.",
        )
    if not _is_code(typed):
        typed.wipe()
        raise Refusal(
            "witness-code-short",
            f"A witness's code has {SHORTEST} to {LONGEST} printable characters.",
            "Choose another code, and tell it to nobody.",
        )
    codes[request.witness] = _Code(typed)
    return Done()


def open_gate(room: Room, request: OpenGate) -> Done:
    """Compare the code in constant time. Refusals `witness-unknown`, `witness-code-differs` (the detail counts the wrong tries)."""
    with room.take_deposit("witness-code") as typed:
        code = room.drawer(WitnessCodes).codes.get(request.witness)
        if code is None:
            raise Refusal(
                "witness-unknown",
                "No witness of this name has signed in since the program started.",
                "Let the witness sign in and choose a code.",
            )
        if code.is_right(typed):
            return Done()
    raise Refusal(
        "witness-code-differs",
        "This is not the code that the witness chose.",
        "Let the witness type it again, unseen by others.",
        f"wrong tries since the last right one: {code.wrong}",
    )


def _is_code(typed: SecretBuffer) -> bool:
    """True for 8 to 64 printable characters in UTF-8."""
    if len(typed) > 4 * LONGEST:
        return False
    try:
        text = str(typed.view(), "utf-8")
    except UnicodeDecodeError:
        return False
    return SHORTEST <= len(text) <= LONGEST and text.isprintable()
