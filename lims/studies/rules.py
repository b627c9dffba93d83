"""What a protocol decides about samples and doses: before or after a treatment, handled in time or too late.

Pure: instants are aware datetimes, doses are the instants at which each kind of treatment was given. An unknown time decides
nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from lims.clock import in_utc
from lims.errors import Finding
from lims.sentences import Sentence
from lims.studies.protocol_errors import TreatedAlready
from lims.studies.protocol_words import (
    RESERVE,
    Assay,
    CollectionPlan,
    ComputedFlag,
    DoseFlag,
    Milestone,
    ProcessingLimit,
    Timepoint,
    Treatment,
)
from lims.studies.windows import local_day

Doses: TypeAlias = Mapping[str, Sequence[datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When a primary specimen passed each milestone, as far as it is known."""

    collected_at: datetime | None = None
    received_at: datetime | None = None
    processed_at: datetime | None = None
    frozen_at: datetime | None = None

    def at(self, milestone: Milestone) -> datetime | None:
        """When it passed this one."""
        match milestone:
            case Milestone.COLLECTED:
                return self.collected_at
            case Milestone.RECEIVED:
                return self.received_at
            case Milestone.PROCESSED:
                return self.processed_at
            case Milestone.FROZEN:
                return self.frozen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A processing limit that is running: what must be done, and until when."""

    limit: ProcessingLimit
    due_at: datetime

    @property
    def to(self) -> Milestone:
        """What must have happened by then."""
        return self.limit.to


def is_late_antibody(followed_at: datetime | None, first_dose_at: datetime | None, treatment: Treatment) -> bool:
    """Whether the first dose came later after the treatment it must follow than the protocol allows ("treatments")."""
    if treatment.within_hours is None or followed_at is None or first_dose_at is None:
        return False
    return _elapsed(followed_at, first_dose_at) > timedelta(hours=treatment.within_hours)


def check_before_fraction(timepoint: Timepoint, collected_at: datetime | None, anchor: datetime | None, zone: ZoneInfo) -> None:
    """A sample of a timepoint before the anchor treatment was not taken after it ("timepoints", ``before_anchor_act``).

    :raises TreatedAlready: it was; half a pair cannot be made of it.
    """
    if timepoint.before_anchor_act and collected_at is not None and anchor is not None and collected_at > anchor:
        raise TreatedAlready(timepoint.code, collected_at.astimezone(zone), anchor.astimezone(zone))


def is_before_enrolment(collected_at: datetime | None, enrolled_on: date, zone: ZoneInfo) -> bool:
    """Whether a sample was taken on a day before enrolment: legal, and flagged."""
    return collected_at is not None and local_day(collected_at, zone) < enrolled_on


def is_after_withdrawal(collected_at: datetime, withdrawn_on: date | None, zone: ZoneInfo) -> bool:
    """Whether a sample was taken on a day after consent was withdrawn ("consent"): on that day itself it still may be entered."""
    return withdrawn_on is not None and local_day(collected_at, zone) > withdrawn_on


def treatment_flags(timepoint: Timepoint, collected_at: datetime | None, doses: Doses) -> tuple[str, ...]:
    """The flags of a sample taken before a dose it should follow, or after one it should precede ("timepoints").

    A dose not recorded decides nothing: nobody knows whether it was given.
    """
    if collected_at is None:
        return ()
    before, after = timepoint.flag_before, timepoint.flag_after
    flags: list[str] = []
    if before is not None and (dose_at := _dose_at(before, doses)) is not None and collected_at < dose_at:
        flags.append(before.flag)
    if after is not None and (dose_at := _dose_at(after, doses)) is not None and collected_at > dose_at:
        flags.append(after.flag)
    return tuple(flags)


def processing_flags(plan: CollectionPlan | None, times: Times, specimen_type: str | None = None) -> tuple[str, ...]:
    """The flags of times at the bench: too late, too early, received after it was processed ("collections").

    Without ``specimen_type`` every limit of the collection counts, as for the primary tube; with it, those that protect that
    type: a spin after three hours spoils plasma, not PBMC. Exactly at the limit is in time.
    """
    limits = plan.limits if plan is not None else ()
    flags = [flag for limit in limits if _protects(limit, specimen_type) for flag in _limit_flags(limit, times)]
    if times.received_at is not None and times.processed_at is not None and times.received_at > times.processed_at:
        flags.append(ComputedFlag.RECEIVED_AFTER_PROCESSED)
    return tuple(dict.fromkeys(flags))


def time_order_findings(times: Times) -> tuple[Finding, ...]:
    """What cannot be: a sample handled before it was collected. Received after processed can, and is a flag."""
    if times.collected_at is None:
        return ()
    return tuple(
        Finding(f"{milestone}_at", Sentence("%(milestone)s before it was collected", milestone=milestone), at.isoformat())
        for milestone in Milestone
        if (at := times.at(milestone)) is not None and at < times.collected_at
    )


def running_limits(plan: CollectionPlan | None, times: Times) -> tuple[Due, ...]:
    """The limits whose clock is running, the soonest first; also those that ran out and nobody has acted on."""
    running = (_due(limit, times) for limit in (plan.limits if plan is not None else ()))
    return tuple(sorted((due for due in running if due is not None), key=lambda due: due.due_at))


def processing_due(plan: CollectionPlan | None, times: Times, *, after: datetime | None = None) -> Due | None:
    """The next limit to run out; with ``after``, the next that has not run out by then."""
    return next((due for due in running_limits(plan, times) if after is None or due.due_at >= after), None)


def serves(assay: Assay, specimen_type: str, purpose: str | None) -> bool:
    """Whether an aliquot made for this purpose may go to this assay ("collections", "assays").

    One made for no stated purpose serves every assay its type feeds, and so does the reserve.
    """
    return specimen_type in assay.fed_by and purpose in (None, RESERVE, assay.code)


def _elapsed(began: datetime, ended: datetime) -> timedelta:
    """Time gone by, whatever the clocks on the wall were set to meanwhile."""
    return in_utc(ended) - in_utc(began)


def _dose_at(flag: DoseFlag, doses: Doses) -> datetime | None:
    given = sorted(doses.get(flag.treatment, ()))
    return given[flag.dose - 1] if len(given) >= flag.dose else None


def _protects(limit: ProcessingLimit, specimen_type: str | None) -> bool:
    return specimen_type is None or not limit.concerns or specimen_type in limit.concerns


def _limit_flags(limit: ProcessingLimit, times: Times) -> Iterator[str]:
    began, ended = times.at(limit.from_), times.at(limit.to)
    if began is None or ended is None:
        return
    took = _elapsed(began, ended)
    if limit.within_minutes is not None and limit.late_flag and took > timedelta(minutes=limit.within_minutes):
        yield limit.late_flag
    if limit.at_least_minutes is not None and limit.early_flag and took < timedelta(minutes=limit.at_least_minutes):
        yield limit.early_flag


def _due(limit: ProcessingLimit, times: Times) -> Due | None:
    """A limit runs from its first milestone until its last, or any after that, has been passed."""
    began = times.at(limit.from_)
    order = list(Milestone)
    passed = any(times.at(milestone) is not None for milestone in order[order.index(limit.to) :])
    if began is None or passed or limit.within_minutes is None:
        return None
    return Due(limit=limit, due_at=in_utc(began) + timedelta(minutes=limit.within_minutes))
