"""Steps and kinds: which step is current, which facts it may record, and whether a record is a legal run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from ceremony_app.engine.action import Offer
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.facts import AnyFact, Fact
from ceremony_app.record.state import State

ANYTIME: frozenset[type[Fact]] = frozenset(
    {
        f.ProcessStarted,
        f.RecordKeyLost,
        f.GapExplained,
        f.TornLineSetAside,
        f.SecondPlaceLost,
        f.SecondPlaceRestored,
        f.DeviationRecorded,
        f.CeremonyStopped,
        f.CeremonyContinued,
        f.CeremonySuspended,
        f.CeremonyResumed,
        f.CeremonyAborted,
        f.PersonSignedIn,
        f.PersonLeft,
        f.PersonReturned,
        f.SeatSubstituted,
        f.TokenClosed,
    }
)
"""Facts that any step may record, since what they tell of keeps no hours."""


class Step:
    """One step. It is pure: what it says depends on state and plan alone."""

    id: ClassVar[str]
    title: ClassVar[str]
    lead: ClassVar[str]
    """One sentence for the person who reads aloud."""
    records: ClassVar[frozenset[type[Fact]]]
    after_abort: ClassVar[bool] = False
    """True for steps that an aborted ceremony still goes through."""

    def applies(self, plan: Plan) -> bool:
        """False where the plan has nothing for this step to do."""
        del plan
        return True

    def done(self, state: State, plan: Plan) -> bool:
        raise AssertionError(f"{self.id} must say when it is done")

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        """What can be done now, the next thing first."""
        raise AssertionError(f"{self.id} must offer something")


class Chapter(msgspec.Struct, frozen=True):
    """Steps under one heading of the printed script."""

    title: str
    steps: tuple[Step, ...]


class Kind(msgspec.Struct, frozen=True):
    """A kind of ceremony is data: its chapters."""

    name: str
    chapters: tuple[Chapter, ...]

    def steps(self) -> Iterator[Step]:
        for chapter in self.chapters:
            yield from chapter.steps

    def line(self, step: Step) -> str:
        """The step's number in script and window, `2.4`."""
        for number, chapter in enumerate(self.chapters, 1):
            if step in chapter.steps:
                return f"{number}.{chapter.steps.index(step) + 1}"
        raise AssertionError(f"{step.id} is not a step of {self.name}")


def current(kind: Kind, state: State, plan: Plan) -> Step | None:
    """The first step that is not done; None when the ceremony is over."""
    for step in kind.steps():
        if state.course.aborted and not step.after_abort:
            continue
        if step.applies(plan) and not step.done(state, plan):
            return step
    return None


def may_record(step: Step | None, fact: AnyFact) -> bool:
    """True when the step may record this fact. After the last step only what any step may record is left."""
    return type(fact) in ANYTIME or (step is not None and type(fact) in step.records)
