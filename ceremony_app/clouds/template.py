"""Texts for people, from templates in `resources/clouds/` whose blanks look like `@NAME@` (a shell's `$` stays as it is)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ceremony_app.resource import resource

_BLANK = re.compile(r"@([A-Z_]+)@")
_MARKUP = re.compile(r"([\\`*_<>\[\]#|~])")


def fill(name: str, blanks: Mapping[str, str]) -> str:
    """The template `clouds/<name>` with every blank filled; raises `KeyError` for a blank that has no value."""
    template = resource(f"clouds/{name}").read_text(encoding="utf-8")
    return _BLANK.sub(lambda blank: blanks[blank.group(1)], template)


def verbatim(name: str) -> bytes:
    """The bytes of `clouds/<name>`."""
    return resource(f"clouds/{name}").read_bytes()


def plain(text: str) -> str:
    """`text` from a plan as it may stand in Markdown: on one line, without markup of its own."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
