"""The kinds of ceremony, each as data: chapters of steps. This build performs one."""

from __future__ import annotations

from ceremony_app.engine.step import Chapter, Kind
from ceremony_app.engine.steps.abort import CleanUp
from ceremony_app.engine.steps.backups import Backups
from ceremony_app.engine.steps.bags import Bags
from ceremony_app.engine.steps.cards import Cards
from ceremony_app.engine.steps.closing import Close, Deviations, Pack, Statements
from ceremony_app.engine.steps.goods import Goods
from ceremony_app.engine.steps.hold import Hold
from ceremony_app.engine.steps.keys import KeyList, Keys
from ceremony_app.engine.steps.opening import OpenRecord, PlanWords, Prepare
from ceremony_app.engine.steps.people import TakeSeats
from ceremony_app.engine.steps.recipients import Recipients
from ceremony_app.engine.steps.recovery import Recovery
from ceremony_app.engine.steps.sealing import Check, End, Sign
from ceremony_app.engine.steps.token import Token, TokenAgain
from ceremony_app.engine.steps.wrap import Wrap
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import CeremonyKind

OPENING = Chapter("Opening", (Prepare(), OpenRecord(), PlanWords(), TakeSeats(), Goods(), Token()))
CLOSING = Chapter("Closing", (Deviations(), Pack(), Statements(), Close(), Sign(), Check(), End()))

GENERATE = Kind(
    "generate",
    (
        OPENING,
        Chapter(
            "Generate",
            (
                Recipients(),
                Keys(),
                KeyList(),
                Backups(),
                Cards(),
                Recovery(),
                Bags(),
                TokenAgain(),
                Wrap(),
                Hold(),
                CleanUp(),
            ),
        ),
        CLOSING,
    ),
)

KINDS = {CeremonyKind.GENERATE: GENERATE}


def kind_of(kind: CeremonyKind) -> Kind:
    """The kind's steps; raises `BadInput` `kind-not-built`."""
    found = KINDS.get(kind)
    if found is None:
        raise BadInput(
            "kind-not-built",
            "This build does not perform ceremonies of the kind {kind}.",
            next_step="It performs: {built}.",
            kind=kind.value,
            built=", ".join(one.value for one in KINDS),
        )
    return found
