"""The legal run: each entry was recorded at the step that was current in the state before it, may be recorded there, and follows on what
came before. The audit proves it of a closed record, the desk of one that it reopens."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony_app.engine.kinds import kind_of
from ceremony_app.engine.order import objection
from ceremony_app.engine.step import current, may_record
from ceremony_app.errors import DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record.line import Entry
from ceremony_app.record.state import State

AFTER_THE_END = "end"


def verify_run(entries: Sequence[Entry], plan: Plan, *, file: str = "record.log") -> State:
    """Replay `entries` (of the record and its addenda, in order, none withheld) step by step; answers the state at the end. Raises
    `DoesNotHold` `run-not-legal` naming the first entry that does not belong where it stands."""
    kind = kind_of(plan.kind)
    state = State()
    for entry in entries:
        step = current(kind, state, plan)
        expected = step.id if step is not None else AFTER_THE_END
        if entry.fact is None:
            raise _illegal(file, entry, "its body is withheld")
        if entry.step != expected:
            raise _illegal(file, entry, f"it says it was recorded at the step {entry.step}, but {expected} was current")
        if not may_record(step, entry.fact):
            raise _illegal(file, entry, f"{entry.tag} does not belong to the step {expected}")
        reason = objection(entry.fact, state, plan)
        if reason:
            raise _illegal(file, entry, f"{entry.tag} does not follow: {reason}")
        state.absorb(entry)
    return state


def _illegal(file: str, entry: Entry, reason: str) -> DoesNotHold:
    return DoesNotHold(
        "run-not-legal",
        "Entry {seq} of {file} is not part of a legal run: {reason}.",
        next_step="Do not rely on this record: another program, or a changed one, wrote it.",
        seq=entry.seq,
        file=file,
        reason=reason,
    )
