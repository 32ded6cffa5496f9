"""docs/plan.md says what the code does: its tables equal the structs and the rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import inspect

from ceremony_app.plan import model
from ceremony_app.plan.model import Role
from ceremony_app.plan.rule import Verdict
from ceremony_app.plan.rules import PLAN_RULES
from ceremony_app.plan.walk import allowed
from tests.plan.plans import SAMPLES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "plan.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under the heading that starts so, without its two head lines."""
    section = DOCUMENT.split(f"\n{heading}", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("heading", "struct"),
    [
        ("### Top level", model.Plan),
        ("### `approval`", model.Approval),
        ("### `people`", model.Person),
        ("### `keys`", model.KeySpec),
        ("### `backups`", model.Backup),
        ("### `custodians`", model.Custodian),
        ("### `exports`", model.Export),
    ],
)
def test_every_field_is_described(heading: str, struct: type) -> None:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    expected = [[f"`{field.encode_name}`", "yes" if field.required else "no", allowed(field.type)] for field in info.fields]
    assert [row[:3] for row in rows(heading)] == expected
    assert all(len(row) == 4 and row[3] for row in rows(heading))


def test_every_rule_is_in_the_table() -> None:
    words = {Verdict.FAIL: "blocks", Verdict.WARN: "warns"}
    assert rows("## Rules") == [[rule.id, words[rule.level], rule.passes, rule.source] for rule in PLAN_RULES]


def test_every_role_and_sample_is_named() -> None:
    assert all(f"`{role.value}`" in DOCUMENT for role in Role)
    assert {f"`{path.name}`" for path in SAMPLES.glob("*.toml")} == {row[0] for row in rows("Start from a sample")}


def test_the_sources_name_what_they_are() -> None:
    known = ("House rule", "This build", "Arithmetic", "SLIP-39", "PCI ", "NIST SP 800-57", "IACR 2025")
    assert all(rule.source.startswith(known) for rule in PLAN_RULES)
