"""Who is due, as today's page and the board show it: days left, what is missing, and the window as a line with today on it."""

from dataclasses import dataclass

from lims.pairs.vocabulary import DueVisit
from lims.web.messages import _, plural
from lims.web.wording import day, today

LINE_WIDTH, LINE_BEGIN, LINE_END = 336, 20, 316


@dataclass(frozen=True, slots=True)
class Due:
    """One visit; ``at`` is where today stands on its line of 336."""

    visit: DueVisit
    left: str
    by: str
    closes_today: bool
    at: float | None


def as_due(visit: DueVisit) -> Due:
    """A visit with its days in words."""
    return Due(visit, _left(visit), _by(visit), visit.days_left == 0 and visit.last is not None, _today_on_line(visit))


def _left(visit: DueVisit) -> str:
    if visit.first is not None and visit.first > today():
        return _("in %(days)d d", days=(visit.first - today()).days)
    if visit.days_left is None:
        return _("any time")
    return _("today") if visit.days_left == 0 else _("%(days)d d", days=visit.days_left)


def _by(visit: DueVisit) -> str:
    if visit.first is not None and visit.first > today():
        return _("from %(day)s", day=day(visit.first))
    if visit.last is None:
        return _("no date yet")
    return _("last day") if visit.days_left == 0 else _("by %(day)s", day=day(visit.last))


def _today_on_line(visit: DueVisit) -> float | None:
    if visit.first is None or visit.last is None or visit.last <= visit.first:
        return None
    share = (today() - visit.first).days / (visit.last - visit.first).days
    return round(LINE_BEGIN + min(max(share, -0.05), 1) * (LINE_END - LINE_BEGIN), 1)


def due_headline(dues: list[Due]) -> str:
    """The answer: how many windows close today, how many more are open."""
    closing = sum(due.closes_today for due in dues)
    still_open = sum(_is_open(due) for due in dues)
    if not closing:
        return plural("One window is open", "%(num)d windows are open", still_open) if still_open else _("Nobody is due today")
    closes = plural("One window closes today", "%(num)d windows close today", closing)
    if not still_open:
        return closes
    return _("%(closes)s, %(others)s", closes=closes, others=plural("one more is open", "%(num)d more are open", still_open))


def _is_open(due: Due) -> bool:
    first, last = due.visit.first, due.visit.last
    return first is not None and last is not None and first <= today() < last
