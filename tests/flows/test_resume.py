"""Resuming: what is refused, what is found, and what the record's second place is good for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ceremony_app.cli import main
from ceremony_app.engine import anytime
from ceremony_app.engine.engine import Engine
from ceremony_app.engine.places import find_ceremony
from ceremony_app.engine.steps import backups, wrap
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.record import facts as f
from ceremony_app.record.state import fold
from tests.flows.film import take_up
from tests.flows.stage import SHIPPED, SMALL, Stage, drive, first, play, staged, take, told, verify


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_bytes(SMALL)
    return path


def _rehearse(*arguments: object) -> int:
    return main(["rehearse", *map(str, arguments)])


def test_begun_played_and_over(stage: Stage, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "keys")
    other = tmp_path / "other.toml"
    other.write_bytes(first())
    log = stage.places.record.read_bytes()
    assert _rehearse("--plan", other, "--out", stage.out) == 2
    assert "plan-other" in capsys.readouterr().err
    assert stage.places.record.read_bytes() == log
    assert _rehearse("--plan", plan, "--out", stage.out, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["ceremony_id"] == stage.ceremony_id
    assert shown["outcome"] == "completed"
    assert "failed" not in {check["verdict"] for check in shown["checks"]}
    stage.audit()
    log = stage.places.record.read_bytes()
    assert _rehearse("--out", stage.out) == 2
    assert "ceremony-over" in capsys.readouterr().err
    assert stage.places.record.read_bytes() == log


def test_abort_by_answer_is_130(stage: Stage, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('[[answer]]\nstep = "key-list"\naction = "Abort"\nfields = { by = "Adaeze Okafor", reason = "fire alarm" }\n')
    assert _rehearse("--plan", plan, "--out", stage.out, "--answers", answers, "--json") == 130
    shown = json.loads(capsys.readouterr().out)
    assert shown["outcome"] == "aborted"
    assert shown["error"]["code"] == "aborted"
    assert {key["state"] for key in shown["keys"]} == {"destroyed"}
    assert "failed" not in {check["verdict"] for check in shown["checks"]}
    stage.ceremony_id = find_ceremony(stage.out)
    assert stage.places.record.read_text().count("CeremonyAborted") == 1


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 130), (signal.SIGKILL, -9), pytest.param(signal.SIGINT, 130, marks=pytest.mark.long)],
)
def test_desk_ended_by_a_signal(stage: Stage, plan: Path, number: signal.Signals, status: int) -> None:
    command = [sys.executable, "-I", "-m", "ceremony_app", "rehearse", "--plan", str(plan), "--out", str(stage.out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.split()[:1] == ["2.3"]:
                process.send_signal(number)
                break
        process.communicate(timeout=60)
    assert process.returncode == status
    stage.ceremony_id = find_ceremony(stage.out)
    take_up(stage, stage.entries())


@pytest.mark.long
@pytest.mark.parametrize(("delay", "fewest"), [(0.0, 6), (0.05, 4), (0.15, 1), (0.4, 1)])
def test_desk_killed_again_and_again(stage: Stage, plan: Path, delay: float, fewest: int) -> None:
    """A kill at each of these steps in turn, in one and the same ceremony; with a long delay a quick machine is through before most."""
    for number in ("1.2", "1.6", "2.2", "2.4", "2.5", "2.6", "3.2", "3.4", "3.5", "3.7"):
        named = ["--plan", str(plan)] if number == "1.2" else []
        command = [sys.executable, "-I", "-m", "ceremony_app", "rehearse", *named, "--out", str(stage.out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.split()[:1] == [number]:
                    time.sleep(delay)
                    process.kill()
                    break
            _, said = process.communicate(timeout=60)
        if process.returncode != -9:
            break
    stage.ceremony_id = find_ceremony(stage.out)
    before = stage.entries()
    if process.returncode == -9 and fold(before).course.wiped is None:
        take_up(stage, before)
    else:
        assert process.returncode in (0, -9), said
        stage.audit()
    assert sum(one.process == "desk" for one in told(fold(stage.entries()), f.ProcessStarted)) >= fewest


def test_plan_beside_the_record_was_changed(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "record-key")
    path = stage.places.evidence / "plan.toml"
    path.write_bytes(SMALL.replace(b"Flow", b"Flaw"))
    with pytest.raises(BadInput) as caught:
        stage.resume()
    assert caught.value.code == "plan-changed"
    path.unlink()
    with pytest.raises(BadInput) as missing:
        stage.resume()
    assert missing.value.code == "plan-missing"
    path.write_bytes(SMALL)
    with stage.resume() as engine:
        assert engine.step is not None


@pytest.mark.long  # waits five seconds for the record to be let go
def test_open_ceremony_is_opened_once(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "record-key")
        with pytest.raises(BadInput) as caught:
            stage.resume()
        assert caught.value.code == "record-locked"


def test_killed_before_the_first_fact(stage: Stage) -> None:
    with stage.begin(SMALL):
        pass
    stage.places.record.write_bytes(b"")
    with stage.resume() as engine:
        drive(engine)
        state = verify(stage, engine)
    assert len(told(state, f.CeremonyOpened)) == 1


def test_torn_line_is_set_aside(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "goods")
    before = stage.entries()
    with stage.places.record.open("ab") as log:
        log.write(before[-1].header[:70])
    state = take_up(stage, before)
    (torn,) = told(state, f.TornLineSetAside)
    assert torn.length == 70


def test_files_that_were_being_written_are_removed(stage: Stage) -> None:
    """A kill in the middle of writing a file leaves a part of it, which belongs nowhere; on a medium it may hold a wrapped key."""
    with stage.begin(SMALL) as engine:
        play(engine, "cards")
    parts = [
        stage.places.evidence / "documents" / "minutes.pdf.partial",
        stage.places.evidence / "plan.toml.partial",
        stage.places.medium("B-2") / "root" / "root-kek.json.partial",
    ]
    for part in parts:
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(b"half of it")
    state = take_up(stage, stage.entries())
    assert not any(part.exists() for part in parts)
    assert sum("3 files" in gap.what for gap in state.course.gaps) == 1


@pytest.mark.parametrize("moment", ["begun", "written"])
def test_aborted_with_an_unfinished_package(stage: Stage, moment: str) -> None:
    with stage.begin(SHIPPED) as engine:
        play(engine, wrap.WrapExport)
        stop_at: type[f.Fact] = f.PackageBegun if moment == "begun" else f.PackageWritten
        _stop_after(engine, stop_at)
        with pytest.raises(KeyboardInterrupt):
            play(engine)
    assert isinstance(stage.entries()[-1].fact, stop_at)
    if moment == "begun":
        half = stage.places.evidence / "exports" / "aws" / "root-kek"
        half.mkdir(parents=True)
        (half / "EncryptedKeyMaterial.bin").write_bytes(b"half")
    with stage.resume() as engine:
        take(engine, anytime.Abort, by="Adaeze Okafor", reason="the power is not to be trusted")
        play(engine)
        state = verify(stage, engine)
    assert not (stage.places.evidence / "exports").exists()
    assert any("root-kek" in gap.what and "removed" in gap.what for gap in state.course.gaps)


def _stop_after(engine: Engine, fact: type[f.Fact]) -> None:
    def interrupt() -> None:
        if isinstance(engine.state.history.rows[-1][1], fact):
            raise KeyboardInterrupt

    engine.watch = interrupt


# the second place


@pytest.fixture
def mirrored(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "out", second=tmp_path / "stick")


def _mirror(stage: Stage) -> Path:
    assert stage.setting.second is not None
    return stage.setting.second / f"{stage.ceremony_id}.log"


def _open(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "record-key")
    assert _mirror(stage).read_bytes() == stage.places.record.read_bytes()


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_second_place_is_equal_to_the_end(mirrored: Stage) -> None:
    with mirrored.begin(SMALL) as engine:
        drive(engine)
        verify(mirrored, engine)
    assert _mirror(mirrored).read_bytes() == mirrored.places.record.read_bytes()


def test_second_place_shorter_or_missing_is_caught_up(mirrored: Stage) -> None:
    _open(mirrored)
    mirror = _mirror(mirrored)
    mirror.write_bytes(b"".join(_lines(mirror)[:-3]))
    with mirrored.resume() as engine:
        assert [one.entries for one in told(engine.state, f.SecondPlaceRestored)] == [3]
    mirror.unlink()
    with mirrored.resume() as engine:
        assert len(told(engine.state, f.SecondPlaceRestored)) == 2
    assert mirror.read_bytes() == mirrored.places.record.read_bytes()
    mirrored.clear()


def test_first_place_that_was_torn_is_completed_from_the_second(mirrored: Stage) -> None:
    _open(mirrored)
    log, whole = mirrored.places.record, mirrored.places.record.read_bytes()
    log.write_bytes(whole[:-20])
    with mirrored.resume() as engine:
        assert any("lacked 1 entries" in gap.what for gap in told(engine.state, f.GapExplained))
    assert log.read_bytes().startswith(whole)
    mirrored.clear()


def test_first_place_shorter_than_the_second_is_refused(mirrored: Stage) -> None:
    _open(mirrored)
    log, mirror = mirrored.places.record, _mirror(mirrored).read_bytes()
    shorter = b"".join(_lines(log)[:-2])
    log.write_bytes(shorter)
    with pytest.raises(DoesNotHold) as caught:
        mirrored.resume()
    assert caught.value.code == "record-second-longer"
    assert "2 entries more" in str(caught.value.what)
    assert (log.read_bytes(), _mirror(mirrored).read_bytes()) == (shorter, mirror)


def test_second_place_that_differs_is_refused(mirrored: Stage) -> None:
    _open(mirrored)
    mirror, log = _mirror(mirrored), mirrored.places.record.read_bytes()
    mirror.write_bytes(mirror.read_bytes().replace(b'"measured"', b'"guessed!"', 1))
    with pytest.raises(DoesNotHold) as caught:
        mirrored.resume()
    assert caught.value.code == "record-second-differs"
    assert mirrored.places.record.read_bytes() == log


def test_second_place_lost_is_a_fact_and_no_end(mirrored: Stage) -> None:
    with mirrored.begin(SMALL) as engine:
        play(engine, backups.BackUp)
        place = engine._journals._record._second
        assert place is not None
        full = os.open("/dev/full", os.O_RDWR)
        os.dup2(full, place.fd)
        os.close(full)
        play(engine)
        state = verify(mirrored, engine)
    (lost,) = told(state, f.SecondPlaceLost)
    assert "space" in lost.reason


def test_second_place_unreachable_on_resuming(mirrored: Stage) -> None:
    _open(mirrored)
    mirror = _mirror(mirrored)
    mirror.unlink()
    mirror.mkdir()
    with mirrored.resume() as engine:
        play(engine, "people")
        assert len(told(engine.state, f.SecondPlaceLost)) == 1
    mirrored.clear()


@pytest.mark.long
def test_resumed_without_the_second_place(tmp_path: Path) -> None:
    with staged(tmp_path / "out", second=tmp_path / "stick") as stage:
        _open(stage)
        with staged(tmp_path / "out") as alone:
            alone.ceremony_id = stage.ceremony_id
            take_up(alone, alone.entries())
