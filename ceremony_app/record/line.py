"""One line of a record: a header that chains, and a body that is one fact.

    <prev> <seq> <utc> <fact> <digest> <body>\\n

`prev` is the SHA-256 of the previous line's header (its first five fields joined by single spaces, plus LF), `digest` that of the body's
bytes. The body is compact JSON with sorted keys, UTF-8 that is not escaped, no floats; `step` and `salt` stand beside the fact's own
fields. There is exactly one way to write a fact, so `decode` writes what it read again and requires equal bytes. A withheld body is `-`.
The whole format: docs/record-format.md.
"""

from __future__ import annotations

import datetime
import re
from hashlib import sha256
from typing import Any, NoReturn, cast

import msgspec

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.facts import FACTS, AnyFact, Fact
from ceremony_app.record.file import printable

EMPTY = sha256(b"").hexdigest()
"""What a record's first line names as its predecessor."""

MAX_LINE = 1024 * 1024
"""Longest line in bytes, with its LF."""

FORMAT = 1
"""The version of everything in docs/record-format.md, as `CeremonyOpened` names it."""

WITHHELD = b"-"

_HEADER = re.compile(
    rb"([0-9a-f]{64}) ([1-9][0-9]{0,8}) ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z) ([A-Z][A-Za-z0-9]{0,63}) ([0-9a-f]{64}) "
)
_SALT = re.compile(r"[0-9a-f]{32}")
_STEP = re.compile(r"[ -~]{0,64}")
_JSON = msgspec.json.Encoder(order="sorted")
_OBJECT = msgspec.json.Decoder(dict[str, Any])
# What the JSON library says of bytes that are no fact: malformed, too deep, numbers out of range, text that is no UTF-8.
_MALFORMED = (msgspec.MsgspecError, RecursionError, OverflowError, UnicodeError)


class Entry(msgspec.Struct, frozen=True):
    """A line as read. `body` and `fact` are None when the body is withheld, and `step` and `salt` are empty then.

    `tag` is the fact's class name, `head` the SHA-256 of this line's header: what the next line names as `prev`.
    """

    prev: str
    seq: int
    utc: str
    tag: str
    digest: str
    body: bytes | None
    step: str
    salt: str
    fact: AnyFact | None
    head: str

    @property
    def header(self) -> bytes:
        """The first five fields with single spaces and a LF."""
        return f"{self.prev} {self.seq} {self.utc} {self.tag} {self.digest}\n".encode()

    @property
    def line(self) -> bytes:
        """The line's exact bytes."""
        return self.header[:-1] + b" " + (WITHHELD if self.body is None else self.body) + b"\n"


def encode(fact: Fact, *, step: str, salt: str, prev: str, seq: int, utc: str) -> bytes:
    """The line of a fact. `salt` is 32 hex digits, `utc` like `2026-11-24T14:31:05Z`.

    Raises `DoesNotHold` when the values are no fact (a field of a wrong type, a float, text that cannot be written): what `decode` would
    refuse is never written.
    """
    try:
        body = _body(fact, step, salt)
    except _MALFORMED as error:
        _refuse(seq, "body", f"cannot be written ({error})")
    header = f"{prev} {seq} {utc} {type(fact).__name__} {sha256(body).hexdigest()} ".encode()
    line = header + body + b"\n"
    decode(line, number=seq)
    return line


def withhold(entry: Entry) -> bytes:
    """The same line without its body, for a public edition; raises `DoesNotHold` for a fact that may not be withheld."""
    if not FACTS[entry.tag].withholdable:
        _refuse(entry.seq, "body", f"of a {entry.tag} cannot be withheld")
    return entry.header[:-1] + b" " + WITHHELD + b"\n"


def decode(line: bytes, *, number: int = 0, file: str = "record.log") -> Entry:
    """Read one line, LF included; `number` and `file` only serve the message. Raises `DoesNotHold` naming line and field."""
    if len(line) > MAX_LINE:
        _refuse(number, "length", f"is more than {MAX_LINE} bytes", file)
    if not line.endswith(b"\n"):
        _refuse(number, "end", "has no line feed", file)
    match = _HEADER.match(line)
    if match is None:
        _refuse(number, "header", "is not `prev seq utc fact digest` with single spaces", file)
    prev, seq, utc, tag, digest = (part.decode() for part in match.groups())
    number = number or int(seq)
    _check_time(utc, number, file)
    if tag not in FACTS:
        _refuse(number, "fact", f"names {tag}, which this version does not know", file)
    head = sha256(line[: match.end() - 1] + b"\n").hexdigest()
    body = line[match.end() : -1]
    if body == WITHHELD:
        if not FACTS[tag].withholdable:
            _refuse(number, "body", f"of a {tag} cannot be withheld", file)
        return Entry(prev, int(seq), utc, tag, digest, None, "", "", None, head)
    if sha256(body).hexdigest() != digest:
        _refuse(number, "digest", "is not the SHA-256 of the body", file)
    fact, step, salt = _read_body(body, tag, number, file)
    return Entry(prev, int(seq), utc, tag, digest, body, step, salt, fact, head)


def _body(fact: Fact, step: str, salt: str) -> bytes:
    fields = msgspec.to_builtins(fact)
    fields["step"] = step
    fields["salt"] = salt
    return _JSON.encode(fields)


def _read_body(body: bytes, tag: str, number: int, file: str) -> tuple[AnyFact, str, str]:
    try:
        fields = _OBJECT.decode(body)
        step, salt = fields.pop("step", None), fields.pop("salt", None)
        fact = msgspec.convert(fields, FACTS[tag], strict=True)
        again = _body(fact, str(step), str(salt))
    except _MALFORMED as error:
        _refuse(number, "body", f"is no {tag} ({error})", file)
    if not isinstance(step, str) or _STEP.fullmatch(step) is None:
        _refuse(number, "step", "is missing or not up to 64 printable characters", file)
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        _refuse(number, "salt", "is missing or not 32 lower-case hex digits", file)
    if again != body:
        _refuse(number, "body", "is not in its one form: compact JSON, sorted keys, all fields, nothing escaped needlessly", file)
    return cast(AnyFact, fact), step, salt


def _check_time(utc: str, number: int, file: str) -> None:
    try:
        datetime.datetime.fromisoformat(utc)
    except ValueError:
        _refuse(number, "utc", f"{utc} is no time", file)


def _refuse(number: int, field: str, reason: str, file: str = "record.log") -> NoReturn:
    raise DoesNotHold(
        "record-line",
        "Line {number} of {file}: its {field} {reason}.",
        next_step="Take another copy of the record; if it says the same, the record was changed or was not written by this program.",
        number=number,
        field=field,
        reason=printable(reason),
        file=file,
    )
