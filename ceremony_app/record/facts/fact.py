"""What all facts have in common. A fact is in the past tense, frozen, and true when it is written."""

from __future__ import annotations

from typing import ClassVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True)
class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=False):
    """Base of all facts. The class name is the `fact` field of a record line; class names and fields are therefore part of the format.

    No field of any fact is a secret or a digest of a low-entropy secret.
    """

    withholdable: ClassVar[bool] = True
    """False for facts whose body must stay readable in a public edition (openings, deviations, closings)."""


@dataclass_transform(frozen_default=True)
class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the small structs inside facts."""
