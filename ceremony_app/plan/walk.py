"""A walk over decoded TOML along the plan's types that collects every mistake, where a decoder would stop at the first."""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import inspect

from ceremony_app.plan.name import unfit_character
from ceremony_app.plan.problem import Problem
from ceremony_app.text import Message, say

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAMING_FIELDS = ("label", "name", "key")


class Walk:
    """One walk; `problems` fills up. `value()` returns the data with its text in composed form (NFC), fit for `msgspec.convert`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def value(self, kind: inspect.Type, raw: Any, path: str, entry: str = "") -> Any:
        """Check `raw` against `kind`; a mistake is noted under `path`."""
        words = allowed(kind)
        kind = _bare(kind)
        if isinstance(kind, inspect.StructType) and isinstance(raw, dict):
            return self._table(kind, raw, path, entry)
        if isinstance(kind, inspect.VarTupleType) and isinstance(raw, list):
            return self._list(kind, raw, path, entry, words)
        if isinstance(kind, inspect.StrType) and isinstance(raw, str):
            return self._text(kind, raw, path, entry, words)
        if not _fits(kind, raw):
            self._note(path, entry, "not-allowed", say("is {seen}.", seen=seen(raw)), _way_out(kind, raw, words))
        return raw

    def _table(self, kind: inspect.StructType, raw: dict[str, Any], path: str, entry: str) -> dict[str, Any]:
        fields = {field.encode_name: field for field in kind.fields}
        absent = [name for name in fields if name not in raw]
        for name in raw:
            if name not in fields:
                self._unknown(name, absent, fields, path, entry)
        for name in absent:
            if fields[name].required:
                way_out = say("Add the field {name}: {allowed}.", name=name, allowed=allowed(fields[name].type))
                self._note(_join(path, name), entry, "missing", say("is missing."), way_out)
        return {name: self.value(field.type, raw[name], _join(path, name), entry) for name, field in fields.items() if name in raw}

    def _unknown(self, name: str, absent: list[str], fields: Mapping[str, Any], path: str, entry: str) -> None:
        close = _near(name, absent)
        if close:
            # One slip of the pen is one problem: the field it was meant to be is not reported as missing too.
            absent.remove(close)
            way_out = say("Did you mean {close}?", close=close)
        else:
            way_out = say("Remove it; the fields here are: {fields}.", fields=", ".join(fields))
        self._note(_join(path, name), entry, "unknown", say("is not a field of a plan."), way_out)

    def _list(self, kind: inspect.VarTupleType, raw: list[Any], path: str, entry: str, words: str) -> list[Any]:
        if len(raw) < (kind.min_length or 0):
            self._note(path, entry, "not-allowed", say("is empty."), say("It must be {allowed}.", allowed=words))
        return [self.value(kind.item_type, item, f"{path}[{index}]", _entry(item) or entry) for index, item in enumerate(raw)]

    def _text(self, kind: inspect.StrType, raw: str, path: str, entry: str, words: str) -> str:
        text = unicodedata.normalize("NFC", raw)
        hidden = unfit_character(text)
        length_fits = (kind.min_length or 0) <= len(text) <= (kind.max_length or len(text))
        if hidden:
            what = say("holds the character {hidden}, which people cannot see or would misread.", hidden=hidden)
            self._note(path, entry, "unfit-text", what, say("Type the text again without it."))
        elif text != text.strip():
            what = say("is {seen}, with a space at an end.", seen=seen(text))
            self._note(path, entry, "unfit-text", what, say("Remove the space."))
        elif not length_fits or (kind.pattern and not re.search(kind.pattern, text)):
            self._note(path, entry, "not-allowed", say("is {seen}.", seen=seen(text)), say("It must be {allowed}.", allowed=words))
        return text

    def _note(self, path: str, entry: str, code: str, what: Message, next_step: Message) -> None:
        self.problems.append(Problem(path, code, what, next_step, entry))


def allowed(kind: inspect.Type) -> str:
    """What a value of `kind` may be, in words."""
    if isinstance(kind, inspect.Metadata):
        return str((kind.extra_json_schema or {})["description"])
    if isinstance(kind, inspect.StructType):
        return "a table with " + ", ".join(field.encode_name for field in kind.fields if field.required)
    if isinstance(kind, inspect.VarTupleType):
        return "a list"
    if isinstance(kind, inspect.DateType):
        return "a date without quotes and without a time, such as 2026-11-20"
    choices = [_quoted(choice) for choice in _choices(kind) if choice != ""]
    return choices[0] if len(choices) == 1 else "one of " + ", ".join(choices)


def seen(raw: Any) -> str:
    """A value as it is shown back: short, and harmless on a terminal."""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, int) and raw.bit_length() > 63:
        return "a number beyond 64 bits"  # its decimal digits may be more than Python agrees to print
    if isinstance(raw, dict):
        return "a table"
    if isinstance(raw, list):
        return "an empty list" if not raw else "a list"
    if isinstance(raw, str):
        return _quoted(raw if len(raw) <= 60 else raw[:60] + "…")
    return str(raw)


def _bare(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _choices(kind: inspect.Type) -> list[Any]:
    if isinstance(kind, inspect.EnumType):
        return [member.value for member in kind.cls]
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    raise TypeError(f"the walk has no words for {kind}")


def _fits(kind: inspect.Type, raw: Any) -> bool:
    if isinstance(kind, inspect.IntType):
        # True is an int to Python, not to whoever wrote the plan.
        return type(raw) is int and (kind.ge is None or raw >= kind.ge) and (kind.le is None or raw <= kind.le)
    if isinstance(kind, inspect.DateType):
        return type(raw) is datetime.date
    if isinstance(kind, (inspect.StructType, inspect.VarTupleType, inspect.StrType)):
        return False
    return any(type(raw) is type(choice) and raw == choice for choice in _choices(kind))


def _way_out(kind: inspect.Type, raw: Any, words: str) -> Message:
    is_text, wants_text = isinstance(raw, str), isinstance(kind, (inspect.StrType, inspect.EnumType))
    close = _near(raw, _choices(kind)) if is_text and isinstance(kind, inspect.EnumType) else ""
    if close:
        return say("Did you mean {close}? It must be {allowed}.", close=_quoted(close), allowed=words)
    if is_text and isinstance(kind, (inspect.IntType, inspect.DateType)):
        return say("It must be {allowed}; write it without quotes.", allowed=words)
    if wants_text and isinstance(raw, (int, float, datetime.date, datetime.time)):
        return say("It must be {allowed}; write it in quotes.", allowed=words)
    return say("It must be {allowed}.", allowed=words)


def _near(name: str, candidates: Iterable[str]) -> str:
    lower = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name[:80].lower(), lower, n=1, cutoff=0.7)
    return lower[close[0]] if close else ""


def _join(path: str, name: str) -> str:
    part = name if _BARE_KEY.fullmatch(name) else seen(name)
    return f"{path}.{part}" if path else part


def _entry(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((seen(item[field]) for field in _NAMING_FIELDS if isinstance(item.get(field), str)), "")


def _quoted(value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    body = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in value)
    return f'"{body}"'
