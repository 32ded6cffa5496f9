"""What a paper is written from: the state, the plan, the closing head, and a few questions that several papers ask."""

from __future__ import annotations

import msgspec

from ceremony_app.papers.phrase import day, minute, moment
from ceremony_app.plan.model import Plan
from ceremony_app.record.facts import CeremonyClosed, CeremonyOpened
from ceremony_app.record.state import State
from ceremony_app.typeset.document import Badge, Block, Document, Fact, Status


class Book(msgspec.Struct, frozen=True):
    """`head` is the closing head in hex."""

    state: State
    plan: Plan
    head: str

    @property
    def opened_at(self) -> str:
        """UTC text of the opening; empty before it."""
        return next((utc for utc, _ in self.state.history.of(CeremonyOpened)), "")

    @property
    def closed_at(self) -> str:
        """UTC text of the closing; empty before it."""
        return next((utc for utc, _ in self.state.history.of(CeremonyClosed)), "")

    @property
    def date(self) -> str:
        """The day of the opening, against which times are shortened."""
        return self.opened_at[:10]

    def at(self, utc: str) -> str:
        """`14:31`, with the day before it when it is not the opening's."""
        return moment(utc, self.date)

    @property
    def outcome(self) -> Badge:
        """How the ceremony ended."""
        closed = self.state.course.closed
        if closed is None:
            return Badge("Not closed", Status.WARNING)
        if self.state.course.rehearsal:
            return Badge(f"Rehearsal {closed.outcome}", Status.INFO)
        if closed.outcome == "completed":
            return Badge("Completed", Status.OK)
        return Badge(closed.outcome.capitalize(), Status.WARNING)

    @property
    def hours(self) -> str:
        """From when to when, as `09:00 to 12:40 UTC`."""
        if not self.opened_at:
            return "not opened"
        since = minute(self.opened_at, self.date)
        return f"{since} to {minute(self.closed_at, self.date)} UTC" if self.closed_at else f"from {since} UTC"

    @property
    def purpose(self) -> str:
        """What the keys are for; a rehearsal's are for practice, whatever its plan says."""
        planned = self.plan.environment.value
        return f"practice (plan: {planned})" if self.state.course.rehearsal else planned

    @property
    def approval(self) -> str:
        """Who allowed it, under which reference, on which day."""
        approval = self.plan.approval
        return f"{approval.by}; {approval.reference} of {approval.date.isoformat()}"

    def document(self, kind: str, title: str, nonce: str, blocks: list[Block]) -> Document:
        """A paper of this ceremony, with the facts by which papers are told apart."""
        course, plan = self.state.course, self.plan
        organisations = [person.organisation for person in plan.people if person.organisation]
        return Document(
            kind=kind,
            title=title,
            organisation=organisations[0] if organisations else "",
            ceremony_id=course.ceremony_id,
            nonce=nonce,
            rehearsal=course.rehearsal,
            blocks=blocks,
            subtitle=plan.title,
            badge=self.outcome,
            facts=[
                Fact("Ceremony", course.ceremony_id, mono=True),
                Fact("Mode", f"{'Rehearsal' if course.rehearsal else 'Production'}, {plan.kind.value}"),
                Fact("Keys are for", self.purpose),
                Fact("Date", day(self.date)),
                Fact("Time", self.hours),
                Fact("Approval", plan.approval.reference),
            ],
        )
