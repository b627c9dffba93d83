"""Days and windows: on which day of the course a sample was taken, and whether its timepoint was open.

Days are calendar days in the study's time zone, counted from the day of the anchor treatment, which is day 0 (protocol file,
"timepoints"). A sample is on a day by the clock on the wall, however many hours that day has.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lims.studies.protocol_words import ComputedFlag, Timepoint


class WindowStatus(StrEnum):
    """Where a collection falls; ``open`` while the anchor or the time of collection is unknown."""

    IN = "in"
    EARLY = "early"
    LATE = "late"
    OPEN = "open"
    UNSCHEDULED = "unscheduled"


def study_day(instant: datetime, anchor: datetime, zone: ZoneInfo) -> int:
    """Calendar days from the anchor's day to the instant's, both in ``zone``; negative before."""
    return (local_day(instant, zone) - local_day(anchor, zone)).days


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an aware instant in ``zone``."""
    return instant.astimezone(zone).date()


def window_dates(timepoint: Timepoint, anchor: datetime | None, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last day of the window; None where there is no window, or no anchor yet."""
    if timepoint.window is None or anchor is None:
        return None
    day_zero = local_day(anchor, zone)
    return day_zero + timedelta(days=timepoint.window.first), day_zero + timedelta(days=timepoint.window.last)


def target_date(timepoint: Timepoint, anchor: datetime | None, zone: ZoneInfo) -> date | None:
    """The day the protocol aims at; None where it aims at none, or there is no anchor yet."""
    if timepoint.target_day is None or anchor is None:
        return None
    return local_day(anchor, zone) + timedelta(days=timepoint.target_day)


def days_from_target(timepoint: Timepoint, collected_at: datetime | None, anchor: datetime | None, zone: ZoneInfo) -> int | None:
    """How many days from the target a sample was taken: of several usable on a side, the nearest comes first (protocol, "pairs")."""
    if timepoint.target_day is None or collected_at is None or anchor is None:
        return None
    return abs(study_day(collected_at, anchor, zone) - timepoint.target_day)


def window_status(timepoint: Timepoint, collected_at: datetime | None, anchor: datetime | None, zone: ZoneInfo) -> WindowStatus:
    """Where a collection falls in its timepoint's window, both ends included.

    An unscheduled timepoint may have a latest day; after it a collection is late.
    """
    if timepoint.window is None and timepoint.latest_day is None:
        return WindowStatus.UNSCHEDULED
    if collected_at is None or anchor is None:
        return WindowStatus.OPEN if timepoint.window else WindowStatus.UNSCHEDULED
    day = study_day(collected_at, anchor, zone)
    if timepoint.window is None:
        return WindowStatus.LATE if timepoint.latest_day is not None and day > timepoint.latest_day else WindowStatus.UNSCHEDULED
    if day < timepoint.window.first:
        return WindowStatus.EARLY
    return WindowStatus.LATE if day > timepoint.window.last else WindowStatus.IN


def window_flags(status: WindowStatus) -> tuple[str, ...]:
    """The flag that a collection outside its window carries."""
    match status:
        case WindowStatus.EARLY:
            return (ComputedFlag.WINDOW_EARLY,)
        case WindowStatus.LATE:
            return (ComputedFlag.WINDOW_LATE,)
        case WindowStatus.IN | WindowStatus.OPEN | WindowStatus.UNSCHEDULED:
            return ()
