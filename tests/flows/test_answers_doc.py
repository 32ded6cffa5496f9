"""docs/answers.md: its example is played as it stands there, and its table names every action with its fields. What the rehearsal leaves is
what README says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony_app.cli import main
from ceremony_app.engine.action import Action
from ceremony_app.engine.driver import every_action
from ceremony_app.engine.kinds import GENERATE
from ceremony_app.record import facts as f
from ceremony_app.record.chain import read_record

HOUSE = Path(__file__).resolve().parents[2]
DOCUMENT = (HOUSE / "docs" / "answers.md").read_text(encoding="utf-8")
README = (HOUSE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Directory and exit status of a rehearsal with the document's example."""
    place = tmp_path_factory.mktemp("answers")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    (place / "answers.toml").write_text(example, encoding="utf-8")
    plan = HOUSE / re.findall(r"^For `(resources/samples/[a-z-]+\.toml)`", DOCUMENT, re.MULTILINE)[0]
    out = place / "out"
    return out, main(["rehearse", "--plan", str(plan), "--answers", str(place / "answers.toml"), "--out", str(out), "--json"])


def facts(out: Path, kind: type[f.Fact]) -> list[Any]:
    (record,) = out.glob("evidence/*/record.log")
    return [entry.fact for entry in read_record(record) if isinstance(entry.fact, kind)]


def test_example(played: tuple[Path, int]) -> None:
    out, status = played
    assert status == 0
    (spoiled,) = facts(out, f.CardSpoiled)
    assert (spoiled.group, spoiled.number, spoiled.attempt, spoiled.recovered) == ("first", 1, 1, "whole")
    assert [(card.number, card.attempt) for card in facts(out, f.CardIssued)] == [(1, 2), (2, 1), (3, 1)]
    (deviation,) = facts(out, f.DeviationRecorded)
    assert (deviation.concerns, deviation.decided_by) == ("card 1 of the set first", "Adaeze Okafor")
    assert [one.name for one in facts(out, f.StatementMade) if not one.agrees] == ["Elif Demir"]
    (closed,) = facts(out, f.CeremonyClosed)
    assert (closed.outcome, closed.open_items) == ("completed with deviations", ("does not agree: Elif Demir",))


def test_an_answer_that_never_fits_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the document warns of: it waits within its step, and the step is over without it."""
    answers = tmp_path / "answers.toml"
    answers.write_text('[[answer]]\nstep = "prepare"\naction = "SpoilSheet"\n')
    assert main(["rehearse", "--answers", str(answers), "--out", str(tmp_path / "out"), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "answer-not-offered"
    assert "InspectMachine" in error["next_step"]


def actions() -> Iterator[type[Action]]:
    return (one for one in every_action() if one.__module__.startswith("ceremony_app."))


def test_table() -> None:
    rows = re.findall(r"^\| (.*?) ?\| \*?([A-Z][A-Za-z]+)\*? \| (.*?) ?\| (.*?) ?\|$", DOCUMENT, re.MULTILINE)
    said = {action: (set(fields.replace("(", "").replace(")", "").split()), tuple(secrets.split())) for _, action, fields, secrets in rows}
    assert len(said) == len(rows)
    assert said == {action.__name__: (set(action.__struct_fields__), action.secrets) for action in actions()}
    steps = {step for place, *_ in rows for step in re.findall(r"`([a-z-]+)`", place)}
    assert steps == {step.id for step in GENERATE.steps()}


def test_readme_says_what_appeared(played: tuple[Path, int]) -> None:
    """Every name in README's tree is there, and nothing is there that it does not name."""
    out, _ = played
    tree = README.partition("## What appeared, and where")[2].partition("```\n")[2].partition("```")[0]
    names = [line.strip().split("  ")[0] for line in tree.splitlines()[1:]]
    (folder,) = out.glob("evidence/*")
    inside = {name.rstrip("/") for name in names[names.index("evidence/<ceremony id>/") + 1 : names.index("media/backup-1/, backup-2/")]}
    signatures = {path.name for path in folder.glob("SHA256SUMS.*.p7s")}
    assert signatures
    assert {path.name for path in folder.iterdir()} - signatures - {"recover.py"} == inside
    assert {path.name for path in out.iterdir()} == {name.split("/")[0] for name in names if name.rstrip("/") not in inside}
