"""Whole ceremonies as they should go."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.engine import anytime
from ceremony_app.engine.steps import token
from ceremony_app.errors import Unfit
from ceremony_app.keys import Algorithm, WrapScheme
from ceremony_app.plan.load import parse_plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.strongroom.client import StrongroomRefused
from tests.clouds.handouts import private_key, spki
from tests.flows.stage import SMALL, Stage, drive, first, of_all_kinds, opened_token, play, staged, tags, take, token_objects, told, verify


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


def test_same_answers_give_the_same_facts(tmp_path: Path) -> None:
    seen = []
    for number in (1, 2):
        with staged(tmp_path / str(number)) as stage:
            with stage.begin(SMALL) as engine:
                drive(engine)
            seen.append(tags(stage.entries()))
    assert seen[0] == seen[1]
    after = [tag for _, tag in seen[0][[tag for _, tag in seen[0]].index("CeremonyClosed") :]]
    assert after == ["CeremonyClosed", "ManifestSigned", "FolderChecked", "RecordTokenWipeBegun", "RecordTokenWiped"]
    addenda = [[line.split()[3] for line in stage.places.addendum(number).read_text().splitlines()] for number in (1, 2)]
    assert addenda == [["ManifestSigned", "FolderChecked", "RecordTokenWipeBegun"], ["RecordTokenWiped"]]


def test_first_sample_imports_and_seals(stage: Stage) -> None:
    with stage.begin(first()) as engine:
        drive(engine)
        state = verify(stage, engine)
    assert [one.equal for one in told(state, f.ImportConfirmed)] == [True, True]
    sealed = told(state, f.KeySealed)
    assert {one.label: one.attributes["EXTRACTABLE"].lower() for one in sealed} == {"first-signing": "false", "first-kek": "false"}
    _verify_sealed(stage, state)
    assert sorted(row.kind for row in state.copies.living) == (
        ["backup file"] * 4 + ["card"] * 3 + ["cloud key"] * 2 + ["package"] * 2 + ["token object"] * 2
    )


def _verify_sealed(stage: Stage, state: State) -> None:
    """A process that knows nothing of the sealing reads the keys as not extractable, and the token wraps them for nobody."""
    recipient = spki(private_key())
    with opened_token(stage, state) as room:
        for key in parse_plan(first()).keys:
            cka_id = state.keys.by_label[key.label].cka_id
            read = room.call(p.SealKey(key.label, cka_id, key.algorithm, key.purpose))
            assert read.attributes["EXTRACTABLE"].lower() == "false"
            scheme = WrapScheme.HYBRID_SHA256 if key.algorithm is Algorithm.EC_P256 else WrapScheme.OAEP_SHA256
            with pytest.raises(StrongroomRefused):
                room.call(p.WrapKey(cka_id=cka_id, algorithm=key.algorithm, spki=recipient, scheme=scheme))


@pytest.mark.long
def test_a_key_of_every_kind_comes_back_from_cards(stage: Stage) -> None:
    with stage.begin(of_all_kinds(backed_up=lambda algorithm: algorithm is not Algorithm.ED25519)) as engine:
        drive(engine)
        state = verify(stage, engine)
    (rehearsed,) = told(state, f.RecoveryRehearsed)
    assert {key.label for key in rehearsed.keys} == set(state.keys.by_label) - {"ed25519-sign"}
    assert len(rehearsed.keys) == 19


def test_what_the_token_cannot_do_is_refused_before_a_key_is_made(stage: Stage) -> None:
    plan = SMALL.replace(b'"EC-P256"', b'"Ed25519"')
    with stage.begin(plan) as engine:
        play(engine, token.TakeCensus)
        entries = engine.state.entries
        with pytest.raises(Unfit, match="TOKEN-002") as caught:
            take(engine, token.TakeCensus)
        assert caught.value.exit_status == 3
        assert engine.state.entries == entries
        take(engine, anytime.Abort, by="Adaeze Okafor", reason="this token cannot do it")
        play(engine)
        state = verify(stage, engine)
    assert state.keys.by_label == {}
