"""Times as the record writes them and as people read them off a wall."""

from __future__ import annotations

import datetime

from ceremony_app.errors import BadInput

UTC_FORM = "%Y-%m-%dT%H:%M:%SZ"


def utc_text(moment: datetime.datetime) -> str:
    """A time as the record writes it, `2026-11-24T14:31:05Z`."""
    return moment.astimezone(datetime.UTC).strftime(UTC_FORM)


def parse_utc(text: str) -> datetime.datetime:
    """`2026-11-24T14:31:05Z` as a time with zone."""
    return datetime.datetime.strptime(text, UTC_FORM).replace(tzinfo=datetime.UTC)


def parse_wall(text: str) -> datetime.datetime:
    """A wall time in UTC, `2026-11-24 14:31`, with or without seconds; raises `BadInput`."""
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", UTC_FORM):
        try:
            return datetime.datetime.strptime(text.strip(), form).replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
    raise BadInput(
        "wall-time-unusable",
        "{text} is not a time.",
        next_step="Type date and time in UTC as 2026-11-24 14:31, read from the clock on the wall.",
        text=repr(text),
    )
