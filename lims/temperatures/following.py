"""Excursions follow the readings and the limits: worked out anew around whatever has changed."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from lims.custody.models import CustodyEvent
from lims.custody.queries import list_events
from lims.custody.vocabulary import Event
from lims.db import table_of, take_ids
from lims.temperatures.models import TemperatureExcursion
from lims.temperatures.queries import is_review_of, limits_in, list_excursions, list_readings, nearest_within, reviews_in
from lims.temperatures.rules import find_excursions
from lims.temperatures.vocabulary import Excursion

_EXCURSION = table_of(TemperatureExcursion)


def recompute(session: Session, container_id: int, first: datetime | None, last: datetime | None) -> None:
    """Let the excursions follow the readings again: those between two readings that are within the limits, around what is new."""
    events = list_events(session, container_id)
    limits, reviews = limits_in(events), reviews_in(events)
    begin = None if first is None else nearest_within(session, container_id, limits, first, before=True)
    end = None if last is None else nearest_within(session, container_id, limits, last, before=False)
    found = find_excursions(list_readings(session, container_id, since=begin, until=end), limits)
    kept = [
        each
        for each in list_excursions(session, container_id)
        if (begin is None or each.excursion.begun_at >= begin) and (end is None or each.excursion.begun_at <= end)
    ]
    known = {(each.excursion.side, each.excursion.begun_at): each for each in kept}
    for excursion in found:
        before = known.pop((excursion.side, excursion.begun_at), None)
        if before is not None and before.excursion == excursion:
            continue
        review = reviews.get((excursion.side.value, excursion.begun_at))
        _write(session, container_id, excursion, None if before is None else before.id, review if is_review_of(review, excursion) else None)
    if known:
        session.execute(delete(_EXCURSION).where(_EXCURSION.c.id.in_([each.id for each in known.values()])))


def _write(session: Session, container_id: int, excursion: Excursion, id_: int | None, review: Event | None) -> None:
    row = {each.name: getattr(excursion, each.name) for each in fields(Excursion)} | {"side": excursion.side.value}
    row |= {"reviewed_at": review and review.recorded_at, "reviewed_by": review and _person(session, review)}
    if id_ is None:
        session.execute(insert(_EXCURSION), row | {"id": take_ids(session)[0], "container_id": container_id})
    else:
        session.execute(update(_EXCURSION).where(_EXCURSION.c.id == id_).values(row))


def _person(session: Session, event: Event) -> int:
    return session.execute(select(CustodyEvent.actor_id).where(CustodyEvent.id == event.id)).scalar_one()
