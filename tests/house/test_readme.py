"""README says what the program says: commands, options and exit statuses word for word, and every file it leads to exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ceremony_app.cli.arguments import EXITS, parse

HOUSE = Path(__file__).resolve().parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8")


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What `ceremony COMMAND --help` prints."""
    with pytest.raises(SystemExit) as ended:
        parse([*command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def commands(capsys: pytest.CaptureFixture[str], *above: str) -> list[tuple[str, str]]:
    """Usage and purpose of each command, those of command groups in place of the group."""
    found: list[tuple[str, str]] = []
    listed = help_of(capsys, *above).partition("\ncommands:\n")[2]
    for name, purpose in re.findall(r"^    ([a-z]+)\s+(\S.*)$", listed, re.MULTILINE):
        usage = help_of(capsys, *above, name).split("\n")[0].removeprefix("usage: ").replace(" [-h]", "")
        found += commands(capsys, *above, name) if usage.endswith(" COMMAND ...") else [(usage, purpose)]
    return found


def test_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    block = "".join(f"{usage}\n    {purpose}\n" for usage, purpose in commands(capsys))
    assert block.count("\n") >= 2
    assert f"```\n{block}```" in README


def test_exit_statuses() -> None:
    assert EXITS.removeprefix("exit status: ") in README


def test_what_it_leads_to_exists() -> None:
    linked = set(re.findall(r"\]\(([^)#:]+)\)", README)) | set(re.findall(r'src="([^"]+)"', README))
    named = {name for name in re.findall(r"`([^`\s<]+)`", README) if name.startswith(("scripts/", "resources/", "docs/", "tests/"))}
    assert linked
    assert named
    assert [name for name in sorted(linked | named) if not (HOUSE / name).exists()] == []


def test_rooms() -> None:
    """The picture of the house has the floors of `pyproject.toml`, from the top down, with the rooms that are built."""
    layers = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]["layers"]
    package = HOUSE / "ceremony_app"
    floors = [[name for name in re.findall(r"[a-z]+", layer) if built(package / name)] for layer in layers if layer != "__main__"]
    picture = README.partition("## The house")[2].partition("```\n")[2].partition("```")[0]
    assert [line[:27].replace("|", " ").split() for line in picture.splitlines()] == [floor for floor in floors if floor]


def built(room: Path) -> bool:
    return (room / "__init__.py").is_file() or room.with_suffix(".py").is_file()
