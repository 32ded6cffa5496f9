"""Words shown to people: a template and its arguments, put together only where they are shown.

A `Message` keeps both, so that a window can look the template up in a catalogue of translations; the record and the command line use the
English template as it stands. `QT_TRANSLATE_NOOP` carries that name because Qt's string extractor looks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: N802 (the name is what the extractor searches for)
    """Mark `text` for translation in `context` and return it unchanged."""
    del context
    return text


_lookup: Callable[[str], str] = str


def use_translation(lookup: Callable[[str], str]) -> None:
    """Have `Message.__str__` pass each template through `lookup` (a window installs this; nothing else does)."""
    global _lookup
    _lookup = lookup


class Message(msgspec.Struct, frozen=True):
    """A template in `str.format` style with its arguments. Arguments are never secrets."""

    template: str
    args: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return _lookup(self.template).format(**self.args)

    @property
    def english(self) -> str:
        """The untranslated words, as the record keeps them."""
        return self.template.format(**self.args)


def say(template: str, **args: Any) -> Message:
    """A `Message`; the template's fields must all be named in `args`."""
    return Message(template, args)
