"""The living card set of a group, for actions that need one."""

from __future__ import annotations

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.state import State
from ceremony_app.record.state.sets import CardSet


def living_set(state: State, group: str) -> CardSet:
    """The group's set that is neither void nor lost; raises `DoesNotHold` `set-not-alive`."""
    card_set = state.sets.of(group)
    if card_set is None or card_set.lost:
        raise DoesNotHold(
            "set-not-alive",
            "The card set of {group} is not alive.",
            next_step="Void the old set where there is one, and make a new one.",
            group=group,
        )
    return card_set
