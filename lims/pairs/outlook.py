"""What can still come at a timepoint, and until when: windows, treatments, collections said not to happen, people who left.

Days are calendar days in the study's zone. "Days left" are those after today: on the last day of a window none is left.
"""

from dataclasses import dataclass
from datetime import date, datetime

from lims.pairs.vocabulary import Course, PairState, Reason, ReasonCode, because
from lims.studies.protocol import Protocol, Timepoint
from lims.studies.windows import local_day, window_dates


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Whether a sample of a timepoint can still be taken: waiting, possible, at risk, or broken; why; and in which days."""

    state: PairState
    reason: Reason
    first: date | None = None
    last: date | None = None


def outlook(timepoint: Timepoint, specimen_types: tuple[str, ...], protocol: Protocol, course: Course) -> Outlook:
    """What can still come at this timepoint of any of these primary types.

    A collection recorded as not done is final. After the anchor treatment nothing of a timepoint before it can come, even on
    the same day. Of a participant taken off study nothing comes whose window was still open, or not open yet.
    """
    window = window_dates(timepoint, course.anchor_at, course.zone)
    first, last = window or (None, None)
    why_not = {course.not_collected.get((timepoint.code, each)) for each in specimen_types}
    if why_not and None not in why_not:
        reason = because(ReasonCode.NOT_COLLECTED, timepoint=timepoint.code, why=", ".join(sorted(filter(None, why_not))))
        return Outlook(state=PairState.BROKEN, reason=reason, first=first, last=last)
    closed = _closed(timepoint, protocol, course, last)
    if closed is not None:
        return Outlook(state=PairState.BROKEN, reason=closed, first=first, last=last)
    state, reason = _open(timepoint, protocol, course, first, last)
    return Outlook(state=state, reason=reason, first=first, last=last)


def _closed(timepoint: Timepoint, protocol: Protocol, course: Course, last: date | None) -> Reason | None:
    """Why nothing can come any more, if so. Whoever left after the window had closed missed it as anybody would."""
    treated = course.anchor_at if course.anchor_at is not None and course.anchor_at <= course.now else None
    gone_by = min(filter(None, (last, _treated_on(timepoint, treated, course))), default=None)
    if course.participant.off_study_on is not None and (gone_by is None or course.participant.off_study_on <= gone_by):
        return because(ReasonCode.OFF_STUDY, timepoint=timepoint.code, on=course.participant.off_study_on)
    if last is not None and course.today > last:
        return because(ReasonCode.WINDOW_CLOSED, timepoint=timepoint.code, last=last)
    if timepoint.before_anchor_act and treated is not None:
        given_on = local_day(treated, course.zone)
        return because(ReasonCode.TREATED_ALREADY, timepoint=timepoint.code, treatment=protocol.anchor.code, on=given_on)
    return None


def _treated_on(timepoint: Timepoint, treated_at: datetime | None, course: Course) -> date | None:
    return local_day(treated_at, course.zone) if timepoint.before_anchor_act and treated_at is not None else None


def _open(timepoint: Timepoint, protocol: Protocol, course: Course, first: date | None, last: date | None) -> tuple[PairState, Reason]:
    if timepoint.window is None:
        return PairState.POSSIBLE, because(ReasonCode.UNSCHEDULED, timepoint=timepoint.code)
    if first is None or last is None:
        named = {"timepoint": timepoint.code, "treatment": protocol.anchor.code}
        if timepoint.before_anchor_act:
            return PairState.POSSIBLE, because(ReasonCode.BEFORE_TREATMENT, **named)
        return PairState.WAITING, because(ReasonCode.NOT_DATED, **named)
    if course.today < first:
        return PairState.WAITING, because(ReasonCode.WINDOW_NOT_OPEN, timepoint=timepoint.code, first=first, last=last)
    days_left = (last - course.today).days
    if days_left <= protocol.pairs.at_risk_days:
        return PairState.AT_RISK, because(ReasonCode.WINDOW_CLOSING, timepoint=timepoint.code, last=last, days=days_left)
    return PairState.POSSIBLE, because(ReasonCode.WINDOW_OPEN, timepoint=timepoint.code, first=first, last=last)
