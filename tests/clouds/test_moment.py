"""Times as providers and records write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.clouds.moment import from_provider, from_utc_text, utc_text

SECONDS = st.integers(min_value=946684800, max_value=4102444799)


@given(SECONDS)
def test_utc_text_and_back(seconds: int) -> None:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    assert from_utc_text(utc_text(moment)) == moment


@given(SECONDS, st.integers(min_value=-23, max_value=23))
def test_every_form_of_one_time_is_that_time(seconds: int, zone: int) -> None:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    local = moment.astimezone(datetime.timezone(datetime.timedelta(hours=zone)))
    assert from_provider(local.isoformat()) == from_provider(seconds) == from_provider(float(seconds)) == moment


@pytest.mark.parametrize("text", ["", "2026-11-24T14:31:05", "2026-11-24 14:31:05Z", "2026-11-24T14:31:05+00:00", "2026-1-24T14:31:05Z"])
def test_records_have_one_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_utc_text(text)


def test_a_time_without_zone_is_nobody_s() -> None:
    with pytest.raises(ValueError, match="zone"):
        utc_text(datetime.datetime(2026, 11, 24))  # noqa: DTZ001


@given(st.one_of(st.text(), st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.lists(st.integers())))
def test_anything_is_a_time_or_a_value_error(value: object) -> None:
    try:
        assert from_provider(value).tzinfo is not None
    except ValueError:
        return
