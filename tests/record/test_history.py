"""The history: every fact that was not withheld, with its time, in order."""

from __future__ import annotations

import msgspec

from ceremony_app.record import facts as f
from ceremony_app.record.state import fold


class Told(msgspec.Struct, frozen=True):
    utc: str
    fact: f.AnyFact | None


def test_it_keeps_facts_with_their_times_and_leaves_out_withheld_ones() -> None:
    left, back = f.PersonLeft("Jonas Weber", "telephone"), f.PersonReturned("Jonas Weber", "Ingrid Solheim")
    state = fold([Told("2026-11-24T09:00:00Z", left), Told("2026-11-24T09:00:20Z", None), Told("2026-11-24T09:00:40Z", back)])
    assert state.entries == 3
    assert state.history.rows == [("2026-11-24T09:00:00Z", left), ("2026-11-24T09:00:40Z", back)]
    assert state.history.of(f.PersonReturned) == [("2026-11-24T09:00:40Z", back)]
    assert state.history.of(f.KeySealed) == []
