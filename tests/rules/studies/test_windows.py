"""Days and windows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.studies.protocol import DayRange, Timepoint
from lims.studies.windows import WindowStatus, days_from_target, study_day, target_date, window_dates, window_flags, window_status

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
FRACTION = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
POST = Timepoint(code="POST", name="", name_zh="", order=0, target_day=21, window=DayRange(14, 28))
EOT = Timepoint(code="EOT", name="", name_zh="", order=1, latest_day=730)
PD = Timepoint(code="PD", name="", name_zh="", order=2)

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC")])
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def on_day(day: int, hour: int = 9, zone: ZoneInfo = SHANGHAI) -> datetime:
    """That hour of that study day."""
    here = FRACTION.astimezone(zone)
    return here.replace(hour=hour) + timedelta(days=day)


def test_the_day_of_the_fraction_is_day_zero_from_midnight_to_midnight() -> None:
    assert study_day(datetime(2026, 3, 9, 16, 0, tzinfo=UTC), FRACTION, SHANGHAI) == 0
    assert study_day(datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC), FRACTION, SHANGHAI) == 0
    assert study_day(datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC), FRACTION, SHANGHAI) == -1
    assert study_day(datetime(2026, 3, 10, 16, 0, tzinfo=UTC), FRACTION, SHANGHAI) == 1


def test_one_minute_past_midnight_is_the_next_day_however_short_the_time_since() -> None:
    late_evening = datetime(2026, 3, 10, 23, 59, tzinfo=SHANGHAI)

    assert study_day(late_evening + timedelta(minutes=2), late_evening, SHANGHAI) == 1


def test_a_day_of_23_hours_is_a_day() -> None:
    before_the_clocks_change = datetime(2026, 3, 28, 23, 30, tzinfo=BERLIN)

    assert study_day(datetime(2026, 3, 29, 23, 30, tzinfo=BERLIN), before_the_clocks_change, BERLIN) == 1
    assert study_day(datetime(2026, 3, 30, 0, 30, tzinfo=BERLIN), before_the_clocks_change, BERLIN) == 2


@given(INSTANTS, INSTANTS, ZONES)
def test_days_count_alike_there_and_back(instant: datetime, anchor: datetime, zone: ZoneInfo) -> None:
    assert study_day(instant, anchor, zone) == -study_day(anchor, instant, zone)


@given(INSTANTS, INSTANTS, ZONES)
def test_a_study_day_is_within_a_day_of_the_hours_gone_by(instant: datetime, anchor: datetime, zone: ZoneInfo) -> None:
    """Apia left out a whole day in 2011, so two."""
    assert abs(study_day(instant, anchor, zone) - (instant - anchor) / timedelta(days=1)) < 2.1


@given(INSTANTS, INSTANTS, INSTANTS, ZONES)
def test_days_add_up(first: datetime, second: datetime, third: datetime, zone: ZoneInfo) -> None:
    assert study_day(second, first, zone) + study_day(third, second, zone) == study_day(third, first, zone)


@given(INSTANTS, INSTANTS, ZONES, st.sampled_from([ZoneInfo(name) for name in ("Asia/Tokyo", "America/New_York")]))
def test_how_an_instant_is_written_does_not_move_it(instant: datetime, anchor: datetime, zone: ZoneInfo, other: ZoneInfo) -> None:
    assert study_day(instant.astimezone(other), anchor.astimezone(other), zone) == study_day(instant, anchor, zone)


@pytest.mark.parametrize(
    ("day", "status"),
    [(13, WindowStatus.EARLY), (14, WindowStatus.IN), (21, WindowStatus.IN), (28, WindowStatus.IN), (29, WindowStatus.LATE)],
)
@pytest.mark.parametrize("hour", [0, 9, 23])
def test_a_window_takes_its_first_and_its_last_day_whole(day: int, hour: int, status: WindowStatus) -> None:
    assert window_status(POST, on_day(day, hour), FRACTION, SHANGHAI) is status


@given(INSTANTS, INSTANTS, ZONES)
def test_a_sample_is_in_its_window_just_when_its_day_is_between_the_window_s_dates(
    instant: datetime, anchor: datetime, zone: ZoneInfo
) -> None:
    dates = window_dates(POST, anchor, zone)
    assert dates is not None
    first, last = dates

    status = window_status(POST, instant, anchor, zone)

    day = instant.astimezone(zone).date()
    assert (status is WindowStatus.EARLY, status is WindowStatus.LATE) == (day < first, day > last)


def test_a_window_is_open_until_the_anchor_and_the_time_are_known() -> None:
    assert window_status(POST, on_day(0), None, SHANGHAI) is WindowStatus.OPEN
    assert window_status(POST, None, FRACTION, SHANGHAI) is WindowStatus.OPEN
    assert window_dates(POST, None, SHANGHAI) is None


def test_an_unscheduled_timepoint_has_no_window() -> None:
    assert window_status(PD, on_day(400), FRACTION, SHANGHAI) is WindowStatus.UNSCHEDULED
    assert window_status(PD, None, None, SHANGHAI) is WindowStatus.UNSCHEDULED
    assert window_dates(PD, FRACTION, SHANGHAI) is None


def test_an_unscheduled_timepoint_may_have_a_latest_day() -> None:
    assert window_status(EOT, on_day(730), FRACTION, SHANGHAI) is WindowStatus.UNSCHEDULED
    assert window_status(EOT, on_day(731), FRACTION, SHANGHAI) is WindowStatus.LATE
    assert window_status(EOT, None, FRACTION, SHANGHAI) is WindowStatus.UNSCHEDULED


def test_the_window_s_dates_are_days_of_the_study_s_zone() -> None:
    just_after_midnight = datetime(2026, 3, 9, 16, 5, tzinfo=UTC)

    assert window_dates(POST, just_after_midnight, SHANGHAI) == (date(2026, 3, 24), date(2026, 4, 7))
    assert target_date(POST, just_after_midnight, SHANGHAI) == date(2026, 3, 31)
    assert target_date(PD, FRACTION, SHANGHAI) is None


def test_the_nearest_to_the_target_day_comes_first() -> None:
    assert days_from_target(POST, on_day(20), FRACTION, SHANGHAI) == 1
    assert days_from_target(POST, on_day(25), FRACTION, SHANGHAI) == 4
    assert days_from_target(POST, None, FRACTION, SHANGHAI) is None


def test_only_outside_the_window_is_a_flag() -> None:
    assert {status: window_flags(status) for status in WindowStatus if window_flags(status)} == {
        WindowStatus.EARLY: ("window-early",),
        WindowStatus.LATE: ("window-late",),
    }
