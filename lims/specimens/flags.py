"""Flags that follow from times and treatments, worked out whenever they are asked for, so that a corrected time corrects them."""

from dataclasses import dataclass
from datetime import date, datetime

from lims.sentences import Sentence
from lims.specimens.vocabulary import Remark
from lims.studies.protocol import ComputedFlag, Protocol
from lims.studies.rules import Doses, Times, is_before_enrolment, processing_flags, treatment_flags
from lims.studies.windows import study_day, window_dates, window_flags, window_status


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFacts:
    """What flags follow from: where a collection belongs, when it passed each milestone, the doses given so far."""

    timepoint: str
    specimen_type: str
    times: Times
    enrolled_on: date
    withdrawn_on: date | None
    doses: Doses


def computed_flags(protocol: Protocol, facts: CollectionFacts, specimen_type: str | None = None) -> tuple[str, ...]:
    """The flags of a collection, or of one type made of it; in a fixed order, each once.

    :param protocol: the version the collection was made under.
    """
    timepoint = protocol.find_timepoint(facts.timepoint)
    zone = protocol.study.zone
    flags: list[str] = []
    if timepoint is not None:
        flags += window_flags(window_status(timepoint, facts.times.collected_at, anchor_of(protocol, facts.doses), zone))
        flags += treatment_flags(timepoint, facts.times.collected_at, facts.doses)
    flags += processing_flags(protocol.find_collection_plan(facts.specimen_type), facts.times, specimen_type)
    if is_before_enrolment(facts.times.collected_at, facts.enrolled_on, zone):
        flags.append(ComputedFlag.BEFORE_ENROLMENT)
    if facts.withdrawn_on is not None:
        flags.append(ComputedFlag.CONSENT_WITHDRAWN)
    return tuple(dict.fromkeys(flags))


def anchor_of(protocol: Protocol, doses: Doses) -> datetime | None:
    """When the anchor treatment was given, or None."""
    given = doses.get(protocol.anchor.kind, ())
    return min(given) if given else None


def remarks_on(protocol: Protocol, facts: CollectionFacts) -> tuple[Remark, ...]:
    """The computed flags in words, for whoever registers the collection."""
    return tuple(Remark(flag, _sentence(flag, protocol, facts)) for flag in computed_flags(protocol, facts))


def _sentence(flag: str, protocol: Protocol, facts: CollectionFacts) -> str:
    if flag in {ComputedFlag.WINDOW_EARLY, ComputedFlag.WINDOW_LATE}:
        return _window_sentence(protocol, facts)
    named = protocol.find_nonconformance(flag)
    return f"{named.name if named else flag}. Kept, and marked."


def _window_sentence(protocol: Protocol, facts: CollectionFacts) -> str:
    anchor, zone = anchor_of(protocol, facts.doses), protocol.study.zone
    timepoint = protocol.get_timepoint(facts.timepoint)
    window = window_dates(timepoint, anchor, zone)
    if facts.times.collected_at is None or anchor is None or timepoint.window is None or window is None:
        return Sentence("Out of the window. Kept, and marked.")
    day = study_day(facts.times.collected_at, anchor, zone)
    if day < timepoint.window.first:
        return Sentence(
            "Collected on day %(day)s, the window begins on day %(first)s (%(on)s). Kept, and marked.",
            day=day,
            first=timepoint.window.first,
            on=window[0],
        )
    return Sentence(
        "Collected on day %(day)s, the window ends on day %(last)s (%(on)s). Kept, and marked.",
        day=day,
        last=timepoint.window.last,
        on=window[1],
    )
