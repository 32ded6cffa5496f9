"""The JSON schema of every fact, and the table of facts in docs/record-format.md: both made from the structs, so that no accident changes
the format unseen.

After a wanted change: `python -m ceremony_app.record.schema`, in a checkout.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from ceremony_app.record.facts import FACTS
from ceremony_app.record.facts.fact import Fact, Row
from ceremony_app.resource import resource_root

BEGIN = "<!-- facts: made by python -m ceremony_app.record.schema -->"
END = "<!-- end of facts -->"
_WORDS = {str: "text", int: "whole number", bool: "true or false"}


def facts_schema() -> bytes:
    """JSON Schema (2020-12) of all facts as they stand in a body, without `step` and `salt`; sorted, with a line feed at the end."""
    references, components = msgspec.json.schema_components(sorted(FACTS.values(), key=lambda kind: kind.__name__))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts of a ceremony record, format 1; each body has `step` and `salt` besides",
        "anyOf": list(references),
        "$defs": components,
    }
    return (json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def facts_table() -> str:
    """Every fact with its fields, in Markdown."""
    rows = {row.__name__: row for kind in FACTS.values() for row in _rows(kind)}
    parts = [_section(kind, f"`{name}`" + ("" if kind.withholdable else " (never withheld)")) for name, kind in FACTS.items()]
    parts += ["### Structs inside facts\n", *(_section(row, f"`{name}`") for name, row in sorted(rows.items()))]
    return "\n".join(parts)


def update(document: str) -> str:
    """`document` with the table between the two marks; raises `ValueError` when it has no marks."""
    before, _, rest = document.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("the document has no place for the table of facts")
    return f"{before}{BEGIN}\n\n{facts_table()}\n{END}{after}"


def _section(kind: type[Fact] | type[Row], title: str) -> str:
    lines = [f"**{title}**: {' '.join(_words(kind).split())}" if _words(kind) else f"**{title}**", ""]
    lines += [f"- `{name}`: {_type_words(hint)}" for name, hint in _fields(kind).items()]
    return "\n".join(lines) + "\n"


def _words(kind: type[Fact] | type[Row]) -> str:
    """The struct's own docstring, not one that it inherits."""
    return inspect.cleandoc(kind.__dict__.get("__doc__") or "")


def _fields(kind: type[Fact] | type[Row]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind.__struct_fields__}


def _rows(kind: type[Fact] | type[Row]) -> list[type[Row]]:
    found = []
    for hint in _fields(kind).values():
        found += [part for part in getattr(hint, "__args__", ()) if isinstance(part, type) and issubclass(part, Row)]
    return found


def _type_words(hint: Any) -> str:
    if hint in _WORDS:
        return _WORDS[hint]
    if hint == dict[str, str]:
        return "object of texts"
    parts = [part for part in hint.__args__ if part is not Ellipsis]
    noun = _WORDS.get(parts[0], f"`{parts[0].__name__}`")
    return f"list of {noun}" if Ellipsis in hint.__args__ else f"list of exactly {len(parts)}: {noun}"


def schema_path() -> Path:
    """Where the committed schema lies."""
    return resource_root() / "record" / "facts.schema.json"


def document_path() -> Path:
    """Where the description of the format lies (in a checkout only)."""
    return resource_root().parent / "docs" / "record-format.md"


def main() -> None:
    """Write both files anew."""
    schema_path().write_bytes(facts_schema())
    document_path().write_text(update(document_path().read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
