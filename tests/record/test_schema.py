"""The format of facts changes only on purpose."""

from __future__ import annotations

import json
import re

import pytest

from ceremony_app.record.facts import FACTS
from ceremony_app.record.schema import document_path, facts_schema, facts_table, schema_path, update

AGAIN = "the format changed; if that is wanted, run: python -m ceremony_app.record.schema"


def test_the_committed_schema_is_that_of_the_facts() -> None:
    assert schema_path().read_bytes() == facts_schema(), AGAIN


def test_the_described_facts_are_those_there_are() -> None:
    document = document_path().read_text("utf-8")
    assert update(document) == document, AGAIN


def test_every_fact_and_field_is_described() -> None:
    table, schema = facts_table(), json.loads(facts_schema())
    for name, kind in FACTS.items():
        section = table.split(f"**`{name}`")[1].split("\n**")[0]
        assert re.findall(r"^- `(\w+)`", section, re.MULTILINE) == list(kind.__struct_fields__)
        assert sorted(schema["$defs"][name]["required"]) == sorted(field for field in kind.__struct_fields__)
        assert schema["$defs"][name]["additionalProperties"] is False


def test_a_document_without_a_place_for_the_table() -> None:
    with pytest.raises(ValueError, match="no place"):
        update("# Format\n")
