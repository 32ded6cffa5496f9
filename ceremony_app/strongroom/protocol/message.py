"""What every request and reply has in common."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar, dataclass_transform

import msgspec

R_co = TypeVar("R_co", covariant=True)


@dataclass_transform(frozen_default=True)
class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a strongroom answers."""


@dataclass_transform(frozen_default=True)
class Request(msgspec.Struct, Generic[R_co], frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of what can be asked; `R_co` is the reply's type."""

    deadline: ClassVar[float] = 30.0
    writes: ClassVar[bool] = False
    """True while the token is written to: `kill()` waits for it, so that no half-written object is left."""
    deposits: ClassVar[tuple[str, ...]] = ()
    """Secrets that must have been deposited before; afterwards they are gone, whatever came of it."""
    optional_deposits: ClassVar[tuple[str, ...]] = ()
    """Secrets that may have been deposited before; they are gone afterwards as well."""


class Failure(Reply):
    """A request that was refused: a stable code, what happened, what to do, and details that hold no secret."""

    code: str
    what: str
    next_step: str
    detail: str = ""


class Done(Reply):
    """It was done; there is nothing to report."""
