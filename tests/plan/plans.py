"""Plans for the tests of this room: the sample for rehearsals as a plain dictionary, and TOML made from one."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"


def sample(name: str = "rehearsal") -> dict[str, Any]:
    """A sample plan as decoded TOML, fresh each time."""
    return tomllib.loads((SAMPLES / f"{name}.toml").read_text("utf-8"))


def toml(value: dict[str, Any]) -> bytes:
    """`value` as TOML, all in inline tables: ugly, but every shape can be written."""
    return "".join(f"{_key(name)} = {_inline(item)}\n" for name, item in value.items()).encode("utf-8")


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_inline(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, str):
        return _key(value)
    return repr(value)


def _key(name: str) -> str:
    body = "".join(character if character.isprintable() else f"\\U{ord(character):08x}" for character in name.replace("\\", "\\\\"))
    return '"' + body.replace('"', '\\"') + '"'
