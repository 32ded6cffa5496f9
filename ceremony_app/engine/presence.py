"""Minimum presence: who must be in the room before anything that matters is done."""

from __future__ import annotations

from ceremony_app.record.state import State
from ceremony_app.text import Message, say

MINIMUM_ROLES = ("administrator", "operator", "witness")
"""House rule after IANA's and Juicebox's scripts: hands, voice and eyes are three people (reference: standards.md 2.6)."""


def missing_presence(state: State) -> Message | None:
    """Why a gate stays locked, or None."""
    if state.course.halted:
        return say("The ceremony is {halted}.", halted=state.course.halted)
    missing = [role for role in MINIMUM_ROLES if not state.seats.present_with(role)]
    if missing:
        return say("Not in the room: {roles}.", roles=", ".join(missing))
    return None
