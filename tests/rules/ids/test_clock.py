"""Instants: one text for one instant, which sorts as time does."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims import clock

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001  # given zones


@given(INSTANTS)
def test_what_is_written_is_read_again(instant: datetime) -> None:
    assert clock.from_iso(clock.iso(instant)) == instant


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_instants_do(one: datetime, other: datetime) -> None:
    assert (clock.iso(one) < clock.iso(other)) == (one < other)


def test_one_instant_has_one_text_whatever_the_zone() -> None:
    shantou = datetime(2026, 8, 24, 15, 0, tzinfo=timezone(timedelta(hours=8)))
    assert clock.iso(shantou) == clock.iso(shantou.astimezone(UTC)) == "2026-08-24T07:00:00.000000Z"


def test_a_time_without_an_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        clock.in_utc(datetime(2026, 8, 24, 15, 0))  # noqa: DTZ001  # that is the point


def test_now_is_aware_and_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)
