"""What the typesetter cannot do becomes a refusal; its errors hold no data of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ceremony_app.errors import CeremonyError
from ceremony_app.strongroom.refusal import Refusal


@contextmanager
def typesetting() -> Iterator[None]:
    """Turn an error of the family, as the typesetter raises it, into a Refusal of the same code."""
    failure: CeremonyError | None = None
    try:
        yield
    except CeremonyError as error:
        failure = error
    if failure is not None:
        raise Refusal(failure.code, str(failure.what), str(failure.next_step))
