"""Points in time as providers write them and as the record writes them. Nothing here reads the machine's clock."""

from __future__ import annotations

import datetime

UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_FIRST, _LAST = 946684800, 4102444800  # 2000-01-01 and 2100-01-01: an epoch outside is milliseconds, or nonsense


def utc_text(moment: datetime.datetime) -> str:
    """`moment` (which must know its zone) as the record writes it: `2026-11-24T14:31:05Z`, fractions dropped."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(datetime.UTC).strftime(UTC_FORMAT)


def from_utc_text(text: str) -> datetime.datetime:
    """The reverse of `utc_text`, strictly; raises `ValueError`."""
    moment = datetime.datetime.strptime(text, UTC_FORMAT).replace(tzinfo=datetime.UTC)
    if utc_text(moment) != text:
        raise ValueError("not written as 2026-11-24T14:31:05Z")
    return moment


def from_provider(value: object) -> datetime.datetime:
    """A time as a provider prints it: ISO 8601 text with a zone, or seconds since 1970 (AWS CLI v1 prints those). Raises `ValueError`."""
    if isinstance(value, str):
        moment = datetime.datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        try:
            return moment.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ValueError("it is out of range") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it is neither text nor a number")
    if not _FIRST <= value < _LAST:
        raise ValueError("it is not in seconds since 1970")
    return datetime.datetime.fromtimestamp(value, datetime.UTC)
