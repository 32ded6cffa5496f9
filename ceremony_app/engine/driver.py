"""The driver: a whole ceremony without a window, with scripted people or an answers file, through the same offers as the window."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.engine import Engine, Secret
from ceremony_app.engine.script import answers_for, is_fallback, is_ready, secrets_for
from ceremony_app.errors import BadInput, CeremonyError, Halted

AT_MOST = 1024 * 1024
"""Largest answers file, in bytes."""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[answer]]`: at `step` (its id), take the offer of `action` (its class name); `fields` go over what scripted people would say,
    `secrets` name files with the raw bytes that are typed, relative to the answers file. An answer waits within its step until it fits."""

    step: str
    action: str
    fields: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: tuple[Answer, ...] = ()


class Stuck(CeremonyError):
    """Nothing can be taken although the ceremony is not over (exit status 1)."""


def load_answers(path: Path) -> tuple[Answer, ...]:
    """Read an answers file; raises `BadInput` naming the field."""
    try:
        if path.stat().st_size > AT_MOST:
            raise BadInput("answers-too-large", "{path} is larger than 1 MiB.", next_step="Name an answers file.", path=str(path))
        answers = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Answers).answer
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(
            "answers-unusable",
            "The answers file {path} cannot be used: {reason}.",
            next_step="Write [[answer]] tables with step, action, and where needed fields and secrets (docs/answers.md).",
            path=str(path),
            reason=getattr(error, "strerror", None) or str(error),
        ) from None
    # What lies beside the file is named as it lies there, wherever the command is run.
    return tuple(
        msgspec.structs.replace(one, secrets={name: str(path.parent / file) for name, file in one.secrets.items()}) for one in answers
    )


class Driver:
    """Takes offers until the ceremony is over. `second_machine` stands for the witness's second machine: it verifies the folder and answers
    how many checks held. `say` is told each step as it begins."""

    def __init__(
        self,
        engine: Engine,
        *,
        second_machine: Callable[[Path, str, str], int],
        answers: tuple[Answer, ...] = (),
        say: Callable[[str, str], None] = lambda line, title: None,
    ) -> None:
        self._engine = engine
        self._second_machine = second_machine
        self._answers = list(answers)
        self._offered: dict[str, None] = {}
        self._say = say
        self._last = ""
        self._verify_names()

    def run(self) -> None:
        """Perform the ceremony to its end. Raises what actions raise, `Stuck`, `BadInput` for an answer that does not fit, and `Halted`
        when the ceremony was aborted."""
        while self._engine.step is not None:
            self.take_next()
        self._refuse_leftovers()
        if self._engine.state.course.aborted:
            raise Halted(
                "aborted",
                "The ceremony was aborted.",
                stands="What existed was destroyed or is listed; the record is closed and signed.",
                next_step="Read its deviations and open items in READ-FIRST.pdf.",
            )

    def take_next(self) -> None:
        """Take one offer of the current step. Raises as `run`."""
        step = self._engine.step
        if step is None:
            return
        if step.id != self._last:
            self._refuse_missed(self._last)
            self._say(self._engine.kind.line(step), step.title)
            self._last = step.id
        before = self._engine.state.entries
        self._take(*self._next(step.id))
        if self._engine.state.entries == before:
            raise Stuck(
                "stuck",
                "Nothing was recorded at step {step}.",
                stands="The record is intact.",
                next_step="Resume by hand.",
                step=step.id,
            )

    def _verify_names(self) -> None:
        """Every answer names a step of this kind and an action of this build; raises `BadInput`."""
        steps = {step.id: None for step in self._engine.kind.steps()}
        actions = {action.__name__: None for action in every_action()}
        for number, answer in enumerate(self._answers, 1):
            for noun, name, known in (("step", answer.step, steps), ("action", answer.action, actions)):
                if name not in known:
                    raise BadInput(
                        f"answer-{noun}-unknown",
                        "Answer {number} names the {noun} {name}, which there is not.",
                        next_step="Use one of: {known}.",
                        number=number,
                        noun=noun,
                        name=name,
                        known=", ".join(known),
                    )

    def _next(self, step: str) -> tuple[Offer, Answer | None]:
        """What to take now: the next answer where it belongs here, else the first offer that people would take."""
        if self._answers and self._answers[0].step == step:
            meant = self._find(self._answers[0])
            if meant is not None:
                return meant, self._answers.pop(0)
        takable = [offer for offer in self._engine.offers if offer.why_not is None]
        for offer in takable:
            if not offer.optional and is_ready(self._engine, offer):
                return offer, None
        for offer in takable:
            if is_fallback(self._engine, offer):
                return offer, None
        why = next((str(offer.why_not) for offer in self._engine.offers if offer.why_not is not None), "nothing is on offer")
        raise Stuck(
            "nothing-to-take",
            "The ceremony cannot go on at step {step}: {why}",
            stands="The record is intact; the ceremony can be resumed.",
            next_step="Bring about what is missing, or abort.",
            step=step,
            why=why,
        )

    def _find(self, answer: Answer) -> Offer | None:
        """The offer that an answer means, by action and by the given fields that it repeats; None while it is not on offer yet."""
        for offer in self._engine.offers:
            same = all(answer.fields.get(field, value) == value for field, value in offer.given.items())
            if offer.action.__name__ == answer.action and same:
                return offer
        self._offered |= {offer.action.__name__: None for offer in self._engine.offers}
        return None

    def _refuse_missed(self, step: str) -> None:
        """An answer for a step that is over was never on offer there."""
        if self._answers and self._answers[0].step == step:
            answer = self._answers[0]
            raise BadInput(
                "answer-not-offered",
                "The answers file has {action} at step {step}, which was never on offer there with these fields.",
                stands="The step was done without it; the record is intact.",
                next_step="Look at the fields that tell offers apart (docs/answers.md). On offer there were: {offers}.",
                action=answer.action,
                step=answer.step,
                offers=", ".join(self._offered),
            )
        self._offered.clear()

    def _take(self, offer: Offer, answer: Answer | None) -> None:
        fields: dict[str, Any] = {}
        deposits: dict[str, Secret] = {}
        if answer is not None:
            fields = {name: _tuples(value) for name, value in answer.fields.items()}
            deposits = {name: _file(path) for name, path in answer.secrets.items()}
        self.take(offer, fields, deposits)

    def take(self, offer: Offer, fields: Mapping[str, Any], deposits: Mapping[str, Secret] | None = None) -> None:
        """Take an offer with what scripted people would say and hand over, but for what is given here."""
        said = {**answers_for(self._engine, offer, self._second_machine), **fields}
        given = dict(deposits or {})
        self._engine.take(offer, said, {**secrets_for(self._engine, offer, said, skip=given), **given})

    def _refuse_leftovers(self) -> None:
        if self._answers:
            left = self._answers[0]
            raise BadInput(
                "answer-left-over",
                "{count} answers were never asked for, the first being {action} at step {step}.",
                stands="The ceremony is over without them.",
                next_step="Look at step and order of the answers.",
                count=len(self._answers),
                action=left.action,
                step=left.step,
            )


def every_action() -> Iterator[type[Action]]:
    """All actions that steps or the desk offer."""
    waiting = list(Action.__subclasses__())
    while waiting:
        action = waiting.pop(0)
        yield action
        waiting += action.__subclasses__()


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _file(path: str) -> Path:
    found = Path(path)
    if not found.is_file():
        raise BadInput("secret-file-missing", "There is no file {path}.", next_step="Name the file with what is typed.", path=path)
    return found
