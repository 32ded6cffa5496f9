"""From a plan file to a `Plan`, or to every mistake in it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from ceremony_app.plan.model import Plan
from ceremony_app.plan.name import bidi_override, describe
from ceremony_app.plan.problem import PlanRefused, Problem
from ceremony_app.plan.walk import Walk
from ceremony_app.text import say

MAX_BYTES = 256 * 1024
_BOM = b"\xef\xbb\xbf"
_POSITION = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")


def plan_digest(data: bytes) -> str:
    """SHA-256, in hex, of a plan's exact bytes: what is approved, rehearsed and performed."""
    return hashlib.sha256(data).hexdigest()


def load_plan(path: Path) -> Plan:
    """Read a plan file; raises `PlanRefused`. Who also needs the digest reads once, with `read_plan`, and parses those bytes."""
    return parse_plan(read_plan(path), str(path))


def read_plan(path: Path) -> bytes:
    """The bytes of a plan file, at most 256 KiB; raises `PlanRefused`."""
    try:
        # A device or a pipe could be endless, or wait for ever.
        if path.exists() and not path.is_file():
            raise _refused(str(path), "unreadable", "is not an ordinary file.", "Name the plan's .toml file.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not usable"
        raise _refused(
            str(path), "unreadable", "cannot be read: {reason}.", "Check the name and that you may read the file.", reason=reason
        ) from error


def parse_plan(data: bytes, source: str = "plan.toml") -> Plan:
    """Parse a plan's bytes; `source` is the name used in messages. Raises `PlanRefused` with all problems.

    TOML 1.0 (toml.io), UTF-8. Text is brought to Unicode composed form, so that a name typed on another system compares equal.
    """
    walk = Walk()
    checked = walk.value(msgspec.inspect.type_info(Plan), _decode(_text(data, source), source), "")
    if walk.problems:
        raise PlanRefused(source, walk.problems)
    return msgspec.convert(checked, Plan)


def _text(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise _refused(source, "too-large", "is larger than {limit} bytes.", "Check that this is a plan.", limit=MAX_BYTES)
    if data.startswith(_BOM):
        raise _refused(source, "encoding", "starts with a byte order mark.", "Save it as UTF-8 without a byte order mark (BOM).")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(source, "encoding", "is not UTF-8 text (line {line}).", "Save it as UTF-8.", line=line) from error
    hidden = bidi_override(text)
    if hidden:
        line, column = text.count("\n", 0, hidden.start()) + 1, hidden.start() - text.rfind("\n", 0, hidden.start())
        raise _refused(
            source,
            "unfit-text",
            "holds {character}, which turns the direction of writing (line {line}, column {column}).",
            "Remove it, and ask who put it there: the text reads differently from what it says.",
            character=describe(hidden.group()),
            line=line,
            column=column,
        )
    return text


def _decode(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise _refused(source, "syntax", "is nested too deeply.", "Check that this is a plan.") from error
    except ValueError as error:  # TOMLDecodeError, and a number of more digits than Python agrees to read
        reason = str(error)
        found = _POSITION.search(reason)
        position = found.group(1) if found else "position unknown"
        raise _refused(
            source,
            "syntax",
            "is not TOML at {position}: {reason}.",
            "Correct that line; often a quote, a bracket or an equals sign is missing just before.",
            position=position,
            reason=_POSITION.sub("", reason),
        ) from error


def _refused(source: str, code: str, what: str, next_step: str, **args: Any) -> PlanRefused:
    return PlanRefused(source, [Problem("", code, say(what, **args), say(next_step))])
