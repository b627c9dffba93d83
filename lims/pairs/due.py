"""Who is due: participants with an open window at whose timepoint something planned has not come."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.pairs.outlook import Outlook, outlook
from lims.pairs.queries import CHUNK, protocols_of
from lims.pairs.tubes import courses_of
from lims.pairs.vocabulary import Course, DueVisit, MissingCollection, PairState
from lims.specimens.models import Collection
from lims.studies.protocol import Protocol, Timepoint
from lims.studies.queries import ParticipantFilter, list_participants
from lims.studies.vocabulary import ParticipantFacts

_COLLECTED = (
    select(table_of(Collection).c.participant_id, table_of(Collection).c.timepoint, table_of(Collection).c.specimen_type)
    .where(table_of(Collection).c.participant_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)

_OPEN = frozenset({PairState.POSSIBLE, PairState.AT_RISK})


def due_list(session: Session, *, at: datetime, study: str | None = None, ahead_days: int = 0) -> list[DueVisit]:
    """Who is due, the window that closes first at the top; those not dated yet at the end.

    Every timepoint with a window counts, not only those that are a side. What was taken, or recorded as not done, is due no more.

    :param ahead_days: also windows that open within so many days.
    """
    protocols = protocols_of(session, study)
    visits: list[DueVisit] = []
    for people in _people(session, study):
        courses = courses_of(session, people, protocols, at)
        taken: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for row in session.execute(_COLLECTED, {"ids": list(courses)}):
            taken[row.participant_id].add((row.timepoint, row.specimen_type))
        for person in people:
            visits.extend(_visits(protocols[person.study_id], courses[person.id], taken[person.id], ahead_days))
    return sorted(visits, key=lambda visit: (visit.last or date.max, visit.participant.code, visit.timepoint))


def _people(session: Session, study: str | None) -> Iterator[list[ParticipantFacts]]:
    """Participants still in a study, in chunks."""
    position = None
    chosen = ParticipantFilter(study=study, withdrawn=False)
    while people := list_participants(session, chosen, after=position, limit=CHUNK):
        if staying := [person for person in people if person.off_study_on is None]:
            yield staying
        position = (people[-1].code, people[-1].id)


def _visits(protocol: Protocol, course: Course, taken: set[tuple[str, str]], ahead_days: int) -> Iterator[DueVisit]:
    for timepoint in protocol.timepoints:
        if timepoint.window is None:
            continue
        seen = outlook(timepoint, (), protocol, course)
        missing = tuple(_missing(timepoint, protocol, taken))
        if missing and _is_due(timepoint, seen, course, ahead_days):
            yield _visit(timepoint, seen, course, missing)


def _is_due(timepoint: Timepoint, seen: Outlook, course: Course, ahead_days: int) -> bool:
    soon = seen.first is not None and seen.first <= course.today + timedelta(days=ahead_days)
    return seen.state in _OPEN or (seen.state is PairState.WAITING and soon)


def _missing(timepoint: Timepoint, protocol: Protocol, taken: set[tuple[str, str]]) -> Iterator[MissingCollection]:
    for plan in protocol.plans_at(timepoint.code):
        if (timepoint.code, plan.specimen_type) not in taken:
            made = {plan.specimen_type, *(aliquot.specimen_type for aliquot in plan.aliquots_at(timepoint.code))}
            assays = [assay.code for assay in protocol.assays if assay.paired and timepoint.side and made & set(assay.fed_by)]
            yield MissingCollection(plan.specimen_type, tuple(assays))


def _visit(timepoint: Timepoint, seen: Outlook, course: Course, missing: Sequence[MissingCollection]) -> DueVisit:
    return DueVisit(
        participant=course.participant,
        timepoint=timepoint.code,
        side=timepoint.side,
        first=seen.first,
        last=seen.last,
        days_left=None if seen.last is None else (seen.last - course.today).days,
        missing=tuple(missing),
        at_risk=seen.state is PairState.AT_RISK and timepoint.side is not None,
    )
