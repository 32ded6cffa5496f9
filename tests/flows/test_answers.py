"""The answers file: what cannot be read is named, what is not on offer or never asked for ends the command, the rest is taken in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.engine.driver import AT_MOST, Answer, Driver, load_answers
from ceremony_app.engine.engine import Engine
from ceremony_app.engine.steps import cards
from ceremony_app.errors import BadInput, CeremonyError
from ceremony_app.record import facts as f
from tests.flows.stage import SMALL, Stage, play, second_machine, told, verify


def _drive(engine: Engine, *answers: Answer) -> None:
    Driver(engine, second_machine=second_machine, answers=answers).run()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[answer]]\nstep = "cards"\n', "action"),
        ('[[answer]]\nstep = 7\naction = "Abort"\n', "step"),
        ('[[answer]]\nstep = "cards"\naction = "Abort"\ncolour = "red"\n', "colour"),
        ('[[answers]]\nstep = "cards"\naction = "Abort"\n', "answers"),
        ('[[answer]]\nstep = "cards"\naction = "Abort"\nsecrets = { card = 7 }\n', "secrets"),
        ("[[answer]\n", "line 1"),
    ],
)
def test_unreadable_answers_are_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=named) as caught:
        load_answers(path)
    assert caught.value.code == "answers-unusable"
    assert caught.value.exit_status == 2


def test_answers_that_are_no_file_or_too_large(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(BadInput) as caught:
            load_answers(path)
        assert caught.value.code == "answers-unusable"
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (AT_MOST + 1))
    with pytest.raises(BadInput) as caught:
        load_answers(large)
    assert caught.value.code == "answers-too-large"
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput) as caught:
        load_answers(binary)
    assert caught.value.code == "answers-unusable"


def test_answers_that_do_not_fit(stage: Stage, tmp_path: Path) -> None:
    """Each ends the driver with one error; the record stays as it was, and the driver goes on without the answer."""
    no_file = {"witness-code": str(tmp_path / "nowhere")}
    wrong: list[tuple[Answer, str]] = [
        (Answer("prepare", "Fly"), "answer-action-unknown"),
        (Answer("preparation", "CompareClock"), "answer-step-unknown"),
        (Answer("prepare", "CompareClock", {"wall": "noon"}), "wall-time-unusable"),
        (Answer("prepare", "CompareClock", {"wall": 12}), "answer-unusable"),
        (Answer("prepare", "CompareClock", {"hour": "12"}), "answer-unusable"),
        (Answer("prepare", "Abort", {"by": "Adaeze Okafor"}), "answer-unusable"),
    ]
    with stage.begin(SMALL) as engine:
        play(engine, lambda engine: bool(engine.state.course.checks))
        log = stage.places.record.read_bytes()
        for answer, code in wrong:
            with pytest.raises(CeremonyError) as caught:
                _drive(engine, answer)
            assert caught.value.code == code
            assert stage.places.record.read_bytes() == log
        with pytest.raises(BadInput) as never:
            _drive(engine, Answer("prepare", "Continue"))
        assert never.value.code == "answer-not-offered"
        assert "CompareClock" in str(never.value.next_step)
        assert engine.step is not None
        assert engine.step.id == "record-key", "the answer waited within its step, and the step was done without it"
        play(engine, "people")
        with pytest.raises(BadInput) as missing:
            _drive(engine, Answer("people", "SignIn", {"name": "Ingrid Solheim"}), Answer("people", "ChooseWitnessCode", {}, no_file))
        assert missing.value.code == "secret-file-missing"
        assert list(engine.state.seats.signed_in) == ["Ingrid Solheim"]
        with pytest.raises(BadInput) as left:
            _drive(engine, Answer("people", "SignIn"), Answer("goods", "Stop", {"by": "Elif Demir", "reason": "a noise"}), *_rest())
        assert left.value.code == "answer-left-over"
        state = verify(stage, engine)
    assert [one.name for one in told(state, f.PersonSignedIn)][:2] == ["Ingrid Solheim", "Adaeze Okafor"]
    assert told(state, f.CeremonyContinued)[0].decided == "it was the lift"
    assert told(state, f.CardIssued)[0].seen_by == "Jonas Weber"


def _rest() -> tuple[Answer, ...]:
    return (
        Answer("goods", "Continue", {"by": "Adaeze Okafor", "decided": "it was the lift"}),
        Answer("cards", "OpenGate"),
        Answer("cards", "PrintCard"),
        Answer("cards", "AcceptSheet", {"seen_by": "Jonas Weber"}),
        Answer("hold", "EndHold"),
    )


def test_mistyped_card_by_answer_then_on_in_the_same_ceremony(stage: Stage, tmp_path: Path) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, cards.ProveCard)
        words = (stage.places.practice / "cards" / "root-1.txt").read_text().split()
        typed = tmp_path / "typed"
        typed.write_text(" ".join([*words[:20], "zzzz", *words[21:]]))
        with pytest.raises(CeremonyError) as caught:
            _drive(engine, Answer("cards", "ProveCard", {}, {"card": str(typed)}))
        assert caught.value.code == "card-word-unknown"
        typed.write_text("\n".join(f"{place}. {word.upper()}" for place, word in enumerate(words, 1)))
        _drive(engine, Answer("cards", "ProveCard", {}, {"card": str(typed)}))
        state = verify(stage, engine)
    assert len(state.sets.all) == 1
