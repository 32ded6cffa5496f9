"""Actions and offers. A step offers actions; window, driver and tests fill the same offers with what people answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, dataclass_transform

import msgspec

from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.errors import BadInput
from ceremony_app.text import Message


@dataclass_transform(frozen_default=True)
class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something people do at one moment. `secrets` are deposited in the strongroom `room` before `perform`; they are never fields."""

    secrets: ClassVar[tuple[str, ...]] = ()
    room: ClassVar[RoomName | None] = None

    def perform(self, desk: Desk) -> None:
        """Do it, recording each fact as it happens; raises the errors of `ceremony_app.errors`."""
        raise AssertionError("an action performs something")


class Offer(msgspec.Struct, frozen=True):
    """An action that a step offers. `given` are fields that are known already; the rest is asked for. `why_not` says why it cannot be taken
    now. `optional` offers are for when things go wrong: a driver never takes them by itself."""

    action: type[Action]
    words: Message
    given: Mapping[str, Any] = {}
    why_not: Message | None = None
    optional: bool = False

    @property
    def asks(self) -> tuple[str, ...]:
        """Fields that somebody must answer."""
        return tuple(field for field in self.action.__struct_fields__ if field not in self.given)

    def fill(self, answers: Mapping[str, Any]) -> Action:
        """The action with given and answered fields; raises `BadInput` naming a field that is missing, unknown or of the wrong type."""
        fields = {**answers, **self.given}
        try:
            return msgspec.convert(fields, self.action)
        except msgspec.ValidationError as error:
            raise BadInput(
                "answer-unusable",
                "The answer to “{words}” cannot be used: {reason}.",
                next_step="Answer it again; it asks for: {asks}.",
                words=str(self.words),
                reason=str(error),
                asks=", ".join(self.asks) or "nothing",
            ) from None
