"""What a rehearsal shows at its end: short aligned lines, no resource name twice, and a command that checks the folder as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.audit.report import Report, Signer, Verdict, make_check
from ceremony_app.cli.results import show_results
from ceremony_app.cli.screen import Screen
from ceremony_app.text import say
from tests.papers.story import HEAD, Story, a_plan, digest

LONGEST = 100


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> list[str]:
    story = Story(a_plan(3), "rehearsal").whole(confirmed=2)
    folder = tmp_path / "out" / "evidence" / "20261124-K7QM2XWA"
    for name in ("evidence/20261124-K7QM2XWA/documents/minutes.pdf", "practice/cards/payments-1.pdf", "media/backup-1/payments/x.json"):
        (tmp_path / "out" / name).parent.mkdir(parents=True)
        (tmp_path / "out" / name).touch()
    checks = (make_check("FOLDER-1", Verdict.OK, say("Yes.")), make_check("ADDENDUM-002", Verdict.NOT_CHECKED, say("A claim.")))
    report = Report(folder, folder.name, HEAD, (Signer("record-1", digest("certificate")),), checks)
    show_results(Screen(as_json=False), story.state, report, tmp_path / "out")
    return capsys.readouterr().out.splitlines()


def test_keys_cards_and_packages_are_columns(shown: list[str]) -> None:
    text = "\n".join(shown)
    assert "\nRehearsal completed: 20261124-K7QM2XWA\n" in text
    keys = shown[shown.index("Keys") + 1 :][:3]
    assert [line.split()[0] for line in keys] == ["payments-00", "payments-01", "payments-02"]
    assert len({line.index(words) for line, words in zip(keys, ("encrypt", "sign", "sign"), strict=True)}) == 1
    packages = shown[shown.index("Packages") + 1 :][:3]
    assert len({line.index("AWS KMS") for line in packages}) == 1
    assert [line.endswith("import confirmed") for line in packages].count(True) == 2
    assert "any 2 of 3 cards" in text
    assert "set 3901 7724" in text
    assert "recovery rehearsed" in text
    assert "arn:" not in text


def test_no_line_is_too_long_but_paths(shown: list[str], tmp_path: Path) -> None:
    assert [line for line in shown if len(line.replace(str(tmp_path), "")) > LONGEST] == []


def test_the_command_is_ready(shown: list[str], tmp_path: Path) -> None:
    begin = shown.index("Check it:") + 1
    command = " ".join(line.strip().removesuffix("\\").strip() for line in shown[begin : begin + 4])
    folder = tmp_path / "out" / "evidence" / "20261124-K7QM2XWA"
    assert command.endswith(f" verify {folder} --head {HEAD} --signer {digest('certificate')} --addenda 2")
    assert all(line.endswith("\\") for line in shown[begin : begin + 3])


def test_it_says_where_things_lie(shown: list[str], tmp_path: Path) -> None:
    text = "\n".join(shown)
    assert f"Where everything lies, below {tmp_path / 'out'}" in text
    assert "evidence/20261124-K7QM2XWA/documents/minutes.pdf" in text
    assert "practice/cards" in text
    assert "practice/mailers" not in text, "what is not there is not named"
    assert shown[-1] == "1 check held, 0 failed, 1 not checked: ADDENDUM-002."
