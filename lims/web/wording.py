"""How codes, instants, days and amounts are written on a page, in the language of the page and the zone of the study."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import g

from lims import clock
from lims.ids import in_fours
from lims.specimens.amounts import from_base
from lims.web.languages import language
from lims.web.messages import _, plural
from lims.web.words import unit_word

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_ZH = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


def zone() -> ZoneInfo:
    """The zone this page's times are written in: the study's, or UTC where no study is known yet."""
    found: ZoneInfo = g.get("zone") or ZoneInfo("UTC")
    return found


def local(instant: datetime) -> datetime:
    """An instant as the clock on the study's wall shows it."""
    return instant.astimezone(zone())


def today() -> date:
    """The calendar day it is where the study is."""
    return local(clock.now()).date()


def day(when: date | datetime | None) -> str:
    """``2 Sep`` or ``9月2日``; with the year when it is not this one; a dash where it is not known."""
    if when is None:
        return "–"
    if isinstance(when, datetime):
        when = local(when).date()
    this_year = when.year == today().year
    if language() == "zh_Hans_CN":
        return f"{when.month}月{when.day}日" if this_year else f"{when.year}年{when.month}月{when.day}日"
    words = f"{when.day} {_MONTHS[when.month - 1]}"
    return words if this_year else f"{words} {when.year}"


def long_day(when: date) -> str:
    """``Thursday 27 August 2026`` in short form, with its weekday."""
    if language() == "zh_Hans_CN":
        return f"{when.year}年{when.month}月{when.day}日 {_WEEKDAYS_ZH[when.weekday()]}"
    return f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def time_of_day(instant: datetime) -> str:
    """``09:42``, 24 hours, local."""
    return local(instant).strftime("%H:%M")


def moment(instant: datetime | None) -> str:
    """``2 Sep 09:42``."""
    return "–" if instant is None else f"{day(instant)} {time_of_day(instant)}"


def field_moment(instant: datetime | None) -> str:
    """An instant as a browser's date-and-time field holds it, local."""
    return "" if instant is None else local(instant).strftime("%Y-%m-%dT%H:%M")


def field_day(when: date | None) -> str:
    """A day as a browser's date field holds it."""
    return "" if when is None else when.isoformat()


def utc_moment(instant: datetime) -> str:
    """ISO 8601 in UTC, for what must be exact."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def lasting(span: timedelta) -> str:
    """``4 min``, ``2 h 44 min``, ``3 d``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(minutes)d min", minutes=minutes)
    if minutes < 48 * 60:
        return _("%(hours)d h %(minutes)d min", hours=minutes // 60, minutes=minutes % 60)
    return plural("%(num)d day", "%(num)d days", minutes // (24 * 60))


def minutes(count: int) -> str:
    """``30 min``, ``2 h``, ``6 h 30 min``."""
    if count % 60 == 0:
        return _("%(hours)d h", hours=count // 60)
    return lasting(timedelta(minutes=count))


def amount(base: int | None, unit: str) -> str:
    """An amount in base units, as a person reads it: ``9.1 mL``, ``5 × 10⁶``; a word where it is not known."""
    if base is None:
        return _("unknown")
    return f"{from_base(base, unit):,f} {unit_word(unit)}"


def figure(number: int) -> str:
    """``2,239``."""
    return f"{number:,}"


def minus(number: int) -> str:
    """A day number with a real minus sign."""
    return f"−{-number}" if number < 0 else str(number)


FILTERS = {
    "day": day,
    "long_day": long_day,
    "time_of_day": time_of_day,
    "moment": moment,
    "field_moment": field_moment,
    "field_day": field_day,
    "utc_moment": utc_moment,
    "lasting": lasting,
    "figure": figure,
    "minus": minus,
    "fours": in_fours,
}
