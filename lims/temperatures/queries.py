"""Reads of temperatures: a freezer's limits, logs, readings, and excursions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from lims.accounts.models import UserAccount
from lims.clock import from_iso
from lims.custody.queries import list_events
from lims.custody.vocabulary import Event, EventType
from lims.db import table_of
from lims.storage.models import Container
from lims.temperatures.errors import UnknownExcursion
from lims.temperatures.models import TemperatureExcursion, TemperatureLog, TemperatureReading
from lims.temperatures.rules import within
from lims.temperatures.vocabulary import Beyond, Excursion, ExcursionRecord, Limits, LimitsFrom, LogRecord, Reading

_LOG, _READING, _EXCURSION = table_of(TemperatureLog), table_of(TemperatureReading), table_of(TemperatureExcursion)
_CONTAINER, _WHO = table_of(Container), aliased(UserAccount)
_A_STEP = 500
"""How many readings are looked at together for one that is within the limits."""

_EXCURSIONS = (
    select(*_EXCURSION.c, _CONTAINER.c.barcode, _CONTAINER.c.name, _WHO.username)
    .join(_CONTAINER, _CONTAINER.c.id == _EXCURSION.c.container_id)
    .outerjoin(_WHO, _WHO.id == _EXCURSION.c.reviewed_by)
)
_LOGS = select(*_LOG.c, _WHO.username).join(_WHO, _WHO.id == _LOG.c.recorded_by)


def limits_of(session: Session, container_id: int) -> list[LimitsFrom]:
    """Every limit a freezer had, by time; they stand in its events."""
    return limits_in(list_events(session, container_id))


def limits_in(events: Sequence[Event]) -> list[LimitsFrom]:
    """The same of events that were read already."""
    found = [LimitsFrom(event.occurred_at, _limits(event)) for event in events if event.type is EventType.LIMITS_SET]
    return sorted(found, key=lambda each: each.since)


def list_logs(session: Session, container_id: int, *, limit: int) -> list[LogRecord]:
    """The logs of a freezer, the newest first."""
    wanted = _LOGS.where(_LOG.c.container_id == container_id).order_by(_LOG.c.id.desc()).limit(limit)
    return [_log(row) for row in session.execute(wanted)]


def get_log(session: Session, log_id: int) -> LogRecord:
    """A log by its number."""
    return _log(session.execute(_LOGS.where(_LOG.c.id == log_id)).one())


def list_readings(
    session: Session,
    container_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Reading]:
    """A freezer's readings by time, both ends counting; ``after`` is when the last one of the page before was, which does not."""
    wanted = select(_READING.c.at, _READING.c.milli_c).where(_READING.c.container_id == container_id).order_by(_READING.c.at)
    wanted = wanted if since is None else wanted.where(_READING.c.at >= since)
    wanted = wanted if until is None else wanted.where(_READING.c.at <= until)
    wanted = wanted if after is None else wanted.where(_READING.c.at > after)
    return [Reading(row.at, row.milli_c) for row in session.execute(wanted.limit(limit))]


def last_reading(session: Session, container_id: int) -> Reading | None:
    """The newest reading of a freezer."""
    wanted = select(_READING.c.at, _READING.c.milli_c).where(_READING.c.container_id == container_id)
    row = session.execute(wanted.order_by(_READING.c.at.desc()).limit(1)).one_or_none()
    return None if row is None else Reading(row.at, row.milli_c)


def nearest_within(session: Session, container_id: int, limits: Sequence[LimitsFrom], at: datetime, *, before: bool) -> datetime | None:
    """The last reading before ``at``, or the first after it, that is within the limits; None where there is none."""
    edge = at
    while True:
        wanted = select(_READING.c.at, _READING.c.milli_c).where(_READING.c.container_id == container_id).limit(_A_STEP)
        wanted = wanted.where(_READING.c.at < edge if before else _READING.c.at > edge)
        rows = session.execute(wanted.order_by(_READING.c.at.desc() if before else _READING.c.at)).all()
        for row in rows:
            if within(limits, Reading(row.at, row.milli_c)):
                found: datetime = row.at
                return found
        if len(rows) < _A_STEP:
            return None
        edge = rows[-1].at


def get_excursion(session: Session, excursion_id: int) -> ExcursionRecord:
    """
    :raises UnknownExcursion: there is none of that number.
    """
    row = session.execute(_EXCURSIONS.where(_EXCURSION.c.id == excursion_id)).one_or_none()
    if row is None:
        raise UnknownExcursion(excursion_id)
    return _record(row)


def list_excursions(session: Session, container_id: int, *, limit: int | None = None) -> list[ExcursionRecord]:
    """The excursions of a freezer, the newest first."""
    wanted = _EXCURSIONS.where(_EXCURSION.c.container_id == container_id).order_by(_EXCURSION.c.begun_at.desc(), _EXCURSION.c.id)
    return [_record(row) for row in session.execute(wanted.limit(limit))]


def list_open(session: Session, *, limit: int) -> list[ExcursionRecord]:
    """Excursions nobody has decided on yet, the newest first."""
    wanted = _EXCURSIONS.where(_EXCURSION.c.reviewed_at.is_(None)).order_by(_EXCURSION.c.begun_at.desc(), _EXCURSION.c.id)
    return [_record(row) for row in session.execute(wanted.limit(limit))]


def reviews_in(events: Sequence[Event]) -> dict[tuple[str, datetime], Event]:
    """The last review of each excursion in a freezer's events, by its side and beginning."""
    return {
        (event.facts["side"], from_iso(event.facts["begun_at"])): event for event in events if event.type is EventType.EXCURSION_REVIEWED
    }


def is_review_of(event: Event | None, excursion: Excursion) -> bool:
    """Whether a review was of the excursion as it is: what a later log has made longer or worse is open again."""
    if event is None:
        return False
    return (from_iso(event.facts["ended_at"]), event.facts["extreme_milli_c"]) == (excursion.ended_at, excursion.extreme_milli_c)


def _limits(event: Event) -> Limits:
    names = ("warm_milli_c", "cold_milli_c", "tolerated_minutes")
    return Limits(**{name: event.facts[name] for name in names})


def _log(row: Row[*tuple[Any, ...]]) -> LogRecord:
    names = ("id", "container_id", "file_name", "sha256", "zone", "readings", "first_at", "last_at", "recorded_at")
    return LogRecord(**{name: row._mapping[name] for name in names}, recorded_by=row.username)


def _record(row: Row[*tuple[Any, ...]]) -> ExcursionRecord:
    names = ("begun_at", "ended_at", "lasting", "extreme_milli_c", "limit_milli_c", "tolerated_minutes")
    return ExcursionRecord(
        id=row.id,
        container_id=row.container_id,
        container=row.barcode,
        container_name=row.name,
        excursion=Excursion(side=Beyond(row.side), **{name: row._mapping[name] for name in names}),
        reviewed_by=row.username,
        reviewed_at=row.reviewed_at,
    )
