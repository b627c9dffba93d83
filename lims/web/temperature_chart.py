"""A chart of a freezer's temperatures, worked out here and drawn as SVG by the page: no script, no style attribute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lims.temperatures.rules import find_gaps
from lims.temperatures.vocabulary import ExcursionRecord, Gap, Limits, Reading, celsius
from lims.web.wording import local, moment

WIDTH, HEIGHT = 1000, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 34
MOST_POINTS = 460
_STEPS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart with its words: of an axis, or a limit."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """A time that is shaded: an excursion (with its number) or a gap."""

    x: float
    width: float
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn, in the chart's own units."""

    lines: tuple[str, ...]
    degrees: tuple[Mark, ...]
    times: tuple[Mark, ...]
    limits: tuple[Mark, ...]
    excursions: tuple[Band, ...]
    gaps: tuple[Band, ...]
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def chart_of(readings: Sequence[Reading], limits: Limits | None, excursions: Sequence[ExcursionRecord]) -> Chart | None:
    """The chart of some readings, by time; None where there are fewer than two."""
    if len(readings) < 2:
        return None
    begin, end = readings[0].at, readings[-1].at
    of_limits = [] if limits is None else [each for each in (limits.warm_milli_c, limits.cold_milli_c) if each is not None]
    low, high = _range([*(each.milli_c for each in readings), *of_limits])

    def x(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((at - begin) / (end - begin)), 1)

    def y(milli_c: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - milli_c) / (high - low), 1)

    gaps = find_gaps(readings)
    shaded = [each for each in excursions if each.excursion.begun_at <= end and each.excursion.ended_at >= begin]
    return Chart(
        lines=tuple(
            " ".join(f"{x(each.at)},{y(each.milli_c)}" for each in _thinned(part, len(readings))) for part in _parted(readings, gaps)
        ),
        degrees=tuple(Mark(y(each), celsius(each)) for each in _ticks(low, high)),
        times=tuple(Mark(x(each), _time(each, end - begin)) for each in _hours(begin, end)),
        limits=tuple(Mark(y(each), f"{celsius(each)} °C") for each in of_limits),
        excursions=tuple(_band(x, max(each.excursion.begun_at, begin), min(each.excursion.ended_at, end), each.id) for each in shaded),
        gaps=tuple(_band(x, gap.begun_at, gap.ended_at) for gap in gaps),
        said=f"{moment(begin)} – {moment(end)}: {celsius(min(each.milli_c for each in readings))} °C – "
        f"{celsius(max(each.milli_c for each in readings))} °C",
    )


def _band(x: Callable[[datetime], float], begun_at: datetime, ended_at: datetime, number: int | None = None) -> Band:
    return Band(x(begun_at), max(round(x(ended_at) - x(begun_at), 1), 2.0), number)


def _range(milli: Sequence[int]) -> tuple[int, int]:
    """A little more than what is there, and never so little that noise looks like weather."""
    low, high = min(milli), max(milli)
    room = max((high - low) // 10, (4_000 - (high - low)) // 2, 500)
    return low - room, high + room


def _parted(readings: Sequence[Reading], gaps: Sequence[Gap]) -> list[list[Reading]]:
    """The readings between the gaps: nothing is drawn over a time of which nothing is known."""
    after = {gap.ended_at for gap in gaps}
    parts: list[list[Reading]] = [[]]
    for reading in readings:
        if reading.at in after:
            parts.append([])
        parts[-1].append(reading)
    return parts


def _thinned(part: Sequence[Reading], of: int) -> list[Reading]:
    """Of so many that they would lie over each other, of each few the lowest and the highest: no peak is lost."""
    each = -(-of // MOST_POINTS) * 2
    if each <= 2:
        return list(part)
    kept = []
    for begin in range(0, len(part), each):
        some = part[begin : begin + each]
        low, high = min(some, key=lambda one: one.milli_c), max(some, key=lambda one: one.milli_c)
        kept += sorted({low, high})
    return kept


def _ticks(low: int, high: int) -> list[int]:
    step = next((each for each in _STEPS if (high - low) / each <= 6), _STEPS[-1])
    return list(range(-(-low // step) * step, high + 1, step))


def _hours(begin: datetime, end: datetime) -> list[datetime]:
    """Full hours or days by the clocks of the study, at most eight of them."""
    hours = next((each for each in _HOURS if (end - begin) / timedelta(hours=each) <= 8), _HOURS[-1])
    first = local(begin).replace(minute=0, second=0, microsecond=0)
    first = first.replace(hour=0) if hours >= 24 else first.replace(hour=first.hour - first.hour % hours)
    found, at = [], first
    while at <= end:
        if at >= begin:
            found.append(at)
        at += timedelta(hours=hours)
    return found or [begin]


def _time(at: datetime, span: timedelta) -> str:
    there = local(at)
    return f"{there:%H:%M}" if span < timedelta(hours=24) else f"{there:%m-%d}" if there.hour == 0 else f"{there:%m-%d %H:%M}"
