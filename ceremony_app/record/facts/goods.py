"""Facts about goods: bags, sheets, seals."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact


class BagOpened(Fact):
    """A tamper-evident bag was examined and opened. `number` was read digit by digit and typed."""

    item: str
    number: str
    intact: bool
    by: str


class GoodsCounted(Fact):
    """`count` pieces of `item` (blank sheets, new bags) were counted; `numbers` are serials where they have them."""

    item: str
    count: int
    numbers: tuple[str, ...]
    by: str


class BagSealed(Fact):
    """`item` went into bag `number` (typed twice, equal) and to `holder`."""

    item: str
    number: str
    holder: str
