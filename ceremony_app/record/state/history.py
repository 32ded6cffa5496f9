"""Projection: every fact with its time, in order, for the papers that tell what happened."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ceremony_app.record.facts import AnyFact, Fact

F = TypeVar("F", bound=Fact)


class History(msgspec.Struct):
    """`rows` are (UTC text, fact); withheld facts are missing."""

    rows: list[tuple[str, AnyFact]] = []

    def of(self, kind: type[F]) -> list[tuple[str, F]]:
        """All facts of one kind with their times."""
        return [(utc, fact) for utc, fact in self.rows if isinstance(fact, kind)]
