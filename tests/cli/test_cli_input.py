"""What the command line says of arguments and files that it cannot use: plain words, each thing once, and nothing that is not so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ceremony_app.resource import resource
from tests.cli.conftest import Run

FIRST = resource("samples/first.toml")
BROKEN = b'version = 1\ntitle = "x"\nkind = "generate"\nenvironment = "moon"\ncolour = 3\n'


@pytest.mark.parametrize(
    ("arguments", "shown"), [((), ("rehearse", "verify", "census", "preflight", "exit status: 0")), (("plan",), ("check", "kit"))]
)
def test_without_a_command_the_whole_help_is_shown(run: Run, arguments: tuple[str, ...], shown: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert all(words in done.err for words in shown)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    plan = tmp_path / "broken.toml"
    plan.write_bytes(BROKEN)
    return plan


def test_each_mistake_of_a_plan_is_told_once(run: Run, broken: Path) -> None:
    done = run("plan", "check", broken)
    assert done.status == 2
    said = done.out + done.err
    for mistake in ('environment is "moon"', "colour is not a field", "approval is missing", "people is missing", "keys is missing"):
        assert said.count(mistake) == 1, mistake
    (summary,) = (line for line in done.err.splitlines() if line.startswith("What happened:"))
    assert summary == f"What happened:  The plan {broken} has 5 mistakes."


def test_one_mistake_is_one(run: Run, tmp_path: Path) -> None:
    done = run("plan", "check", tmp_path / "none.toml")
    assert "has 1 mistake." in done.err
    assert "  The file cannot be read: no such file or directory." in done.err.lower().replace("  the file", "  The file")


def test_mistakes_are_a_list_in_the_one_object(run: Run, broken: Path) -> None:
    done = run("plan", "check", broken, "--json")
    error = json.loads(done.out)["error"]
    assert error["code"] == "plan-refused"
    assert "missing" not in error["what"]
    problems = {problem["field"]: problem for problem in error["problems"]}
    assert set(problems) == {"environment", "colour", "approval", "people", "keys"}
    assert problems["people"] == {
        "field": "people",
        "code": "missing",
        "what": "is missing.",
        "next_step": "Add the field people: a list.",
    }
    assert set(problems["colour"]) == {"field", "code", "what", "next_step"}


def test_files_that_are_not_there_are_said_in_words(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nope = tmp_path / "nope"
    for arguments in (
        ("plan", "check", FIRST, "--census", nope),
        ("rehearse", "--answers", nope, "--out", tmp_path / "out"),
        ("plan", "check", nope),
    ):
        done = run(*arguments)
        assert done.status == 2
        assert "no such file or directory" in done.err.lower(), done.err
        assert "Errno" not in done.err
    settings = tmp_path / "key-ceremony" / "settings.toml"
    settings.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = run("census")
    assert done.status == 2
    assert f"The settings file {settings} cannot be used: is a directory." in done.err


def test_a_census_that_is_none_names_its_field(run: Run, tmp_path: Path) -> None:
    (tmp_path / "census.json").write_text('{"token": 3}')
    done = run("plan", "check", FIRST, "--census", tmp_path / "census.json")
    assert done.status == 2
    assert "$.token" in done.err


@pytest.mark.parametrize("command", [("rehearse",), ("census",)])
def test_a_library_that_is_none_leaves_nothing_begun(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--module", FIRST, "--out", tmp_path / "out")
    assert done.status == 3
    assert "Where we stand: Nothing was begun.\n" in done.err
    assert not (tmp_path / "out").exists()
