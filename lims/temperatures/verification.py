"""What is kept of temperatures, compared with the freezer's events: its logs and readings, and the excursions worked out anew."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.temperatures.models import TemperatureExcursion, TemperatureLog, TemperatureReading
from lims.temperatures.queries import is_review_of, limits_in, list_excursions, list_readings, reviews_in
from lims.temperatures.rules import digest_of, find_excursions
from lims.temperatures.vocabulary import Excursion, Reading

_LOG, _READING, _EXCURSION = table_of(TemperatureLog), table_of(TemperatureReading), table_of(TemperatureExcursion)
_OURS = {EventType.LIMITS_SET, EventType.TEMPERATURES_READ, EventType.EXCURSION_REVIEWED}


def check_temperatures(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Logs, readings and excursions of these containers; one statement where none of them has any."""
    tables = (_LOG, _READING, _EXCURSION)
    kept = union(*(select(table.c.container_id).where(table.c.container_id.in_(list(histories))) for table in tables))
    freezers = set(session.execute(kept).scalars())
    freezers |= {id_ for id_, events in histories.items() if any(event.type in _OURS for event in events)}
    for container_id in sorted(freezers):
        try:
            sentences = [*_logs_differ(session, container_id, histories[container_id])]
            sentences += _excursions_differ(session, container_id, histories[container_id])
        except (LookupError, TypeError, ValueError):
            sentences = ["its events do not say how cold it was"]
        yield from (Difference(SubjectKind.CONTAINER, container_id, sentence) for sentence in sentences)


def _logs_differ(session: Session, container_id: int, events: Sequence[Event]) -> Iterator[str]:
    readings: dict[int, list[Reading]] = defaultdict(list)
    wanted = select(_READING.c.log_id, _READING.c.at, _READING.c.milli_c).where(_READING.c.container_id == container_id)
    for row in session.execute(wanted.order_by(_READING.c.at)):
        readings[row.log_id].append(Reading(row.at, row.milli_c))
    kept = {
        row.id: (row.file_name, row.sha256, row.zone, row.readings, len(readings[row.id]), digest_of(readings[row.id]))
        for row in session.execute(select(_LOG).where(_LOG.c.container_id == container_id))
    }
    said: dict[int, Any] = {}
    for event in events:
        if event.type is EventType.TEMPERATURES_READ:
            told = event.facts
            count = told["readings"]
            said[told["log"]] = (told["file"], told["sha256"], told["zone"], count, count, told["readings_sha256"])
    for log_id in sorted(kept.keys() | said.keys()):
        if kept.get(log_id) != said.get(log_id):
            yield f"temperature log {log_id} or its readings are not what its event says"


def _excursions_differ(session: Session, container_id: int, events: Sequence[Event]) -> Iterator[str]:
    reviews = reviews_in(events)
    follows = {
        _key(each): (each, _reviewed_at(reviews.get((each.side.value, each.begun_at)), each))
        for each in find_excursions(list_readings(session, container_id), limits_in(events))
    }
    kept = {_key(each.excursion): (each.excursion, each.reviewed_at) for each in list_excursions(session, container_id)}
    for key in sorted(follows.keys() | kept.keys()):
        if follows.get(key) != kept.get(key):
            yield f"the excursion that began {key[1]} ({key[0]}) is not what its readings and its events say"


def _key(excursion: Excursion) -> tuple[str, str]:
    return excursion.side.value, f"{excursion.begun_at:%Y-%m-%d %H:%M:%S}"


def _reviewed_at(event: Event | None, excursion: Excursion) -> Any:
    return event.recorded_at if event is not None and is_review_of(event, excursion) else None
