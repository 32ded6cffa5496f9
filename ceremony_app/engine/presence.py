"""Minimum presence: who must be in the room before anything that matters is done, and when a gate is needed at all."""

from __future__ import annotations

from ceremony_app.record.state import State
from ceremony_app.record.state.seats import MINIMUM_ROLES
from ceremony_app.text import Message, say


def missing_presence(state: State) -> Message | None:
    """Why a gate stays locked, or None."""
    if state.course.halted:
        return say("The ceremony is {halted}.", halted=state.course.halted)
    missing = [role for role in MINIMUM_ROLES if not state.seats.present_with(role)]
    if missing:
        return say("Not in the room: {roles}.", roles=", ".join(missing))
    return None


def gates_needed(state: State) -> bool:
    """False only in a ceremony that was aborted before everybody a gate needs had signed in: it must not stay open for ever."""
    return not state.course.aborted or set(MINIMUM_ROLES) <= state.seats.roles_taken
