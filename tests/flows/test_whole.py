"""Whole ceremonies as they should go."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.record import facts as f
from tests.flows.stage import SMALL, Stage, drive, first, staged, tags, token_objects, told, verify


def test_small_ceremony_holds(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        drive(engine)
        state = verify(stage, engine)
    assert state.course.closed is not None
    assert state.course.closed.outcome == "completed"
    assert state.course.closed.open_items == ()
    assert [key.phase for key in state.keys.by_label.values()] == ["proved", "proved"]
    # A slow token takes minutes for long RSA keys that the plan does not have.
    assert [row.algorithm for row in told(state, f.CensusTaken)[0].algorithms] == ["EC-P256", "AES-256"]
    assert token_objects(stage, state) == [("PRIVATE_KEY", "root-signing"), ("PUBLIC_KEY", "root-signing"), ("SECRET_KEY", "root-kek")]
    for row in state.copies.rows.values():
        assert row.ended == "", row
    assert sorted(row.kind for row in state.copies.living) == ["backup file"] * 4 + ["card"] * 3 + ["token object"] * 2


def test_facts_after_the_closing_go_to_addenda(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        drive(engine)
    lines = stage.places.record.read_text().splitlines()
    assert lines[-1].split()[3] == "CeremonyClosed"
    addendum = [line.split()[3] for line in stage.places.addendum(1).read_text().splitlines()]
    assert addendum == ["ManifestSigned", "FolderChecked", "RecordTokenWipeBegun"]
    assert [line.split()[3] for line in stage.places.addendum(2).read_text().splitlines()] == ["RecordTokenWiped"]


def test_first_sample_imports_and_seals(stage: Stage) -> None:
    with stage.begin(first()) as engine:
        drive(engine)
        state = verify(stage, engine)
    assert [one.equal for one in told(state, f.ImportConfirmed)] == [True, True]
    sealed = told(state, f.KeySealed)
    assert {one.label: one.attributes["EXTRACTABLE"].lower() for one in sealed} == {"first-signing": "false", "first-kek": "false"}
    assert sorted(row.kind for row in state.copies.living) == (
        ["backup file"] * 4 + ["card"] * 3 + ["cloud key"] * 2 + ["package"] * 2 + ["token object"] * 2
    )


@pytest.mark.long
def test_same_answers_give_the_same_facts(tmp_path: Path) -> None:
    seen = []
    for number in (1, 2):
        with staged(tmp_path / str(number)) as stage:
            with stage.begin(first()) as engine:
                drive(engine)
            seen.append(tags(stage.entries()))
    assert seen[0] == seen[1]
