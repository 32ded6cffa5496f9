"""What the facts add up to: `State`, a pure function of the entries, in small projections."""

from ceremony_app.record.state.state import State, fold

__all__ = ["State", "fold"]
