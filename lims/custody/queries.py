"""Reads of the ledger: one thing's history, and the trail over everything."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.custody.chain import read_text
from lims.custody.models import CustodyEvent, CustodySubject
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.prepared import PreparedRead

_COLUMNS = (
    CustodyEvent.id,
    CustodyEvent.subject_id,
    CustodyEvent.canonical,
    CustodyEvent.previous_hash,
    CustodyEvent.hash,
)
_HISTORY = PreparedRead(select(*_COLUMNS).where(CustodyEvent.subject_id == bindparam("subject_id")).order_by(CustodyEvent.sequence))


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which acts of the trail are wanted; None asks for all."""

    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    type: EventType | None = None
    kind: SubjectKind | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An act of the trail, with the kind of thing it happened to."""

    kind: SubjectKind
    event: Event


def list_events(session: Session, subject_id: int) -> list[Event]:
    """One thing's whole history, first act first."""
    return [as_event(row) for row in _HISTORY.all(session, {"subject_id": subject_id})]


def find_latest(session: Session, subject_id: int, types: Collection[EventType] = frozenset(EventType)) -> Event | None:
    """The last act of these types on one thing."""
    wanted = select(*_COLUMNS).where(CustodyEvent.subject_id == subject_id, CustodyEvent.type.in_(list(types)))
    row = session.execute(wanted.order_by(CustodyEvent.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else as_event(row)


def list_trail(session: Session, wanted: TrailFilter, *, before_id: int | None = None, limit: int = 100) -> list[TrailEntry]:
    """The newest acts first, whoever did them to whatever; by keyset, so that no page costs more than the first."""
    statement = _trail(wanted).order_by(CustodyEvent.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(CustodyEvent.id < before_id)
    return [TrailEntry(SubjectKind(row.kind), as_event(row)) for row in session.execute(statement)]


def stream_trail(session: Session, wanted: TrailFilter) -> Iterator[TrailEntry]:
    """The whole trail in the order it was recorded, a thousand rows at a time."""
    statement = _trail(wanted).order_by(CustodyEvent.id).execution_options(yield_per=1000)
    for row in session.execute(statement):
        yield TrailEntry(SubjectKind(row.kind), as_event(row))


def _trail(wanted: TrailFilter) -> Select[*tuple[Any, ...]]:
    statement = select(*_COLUMNS, CustodySubject.kind).join(CustodySubject, CustodySubject.id == CustodyEvent.subject_id)
    if wanted.actor is not None:
        statement = statement.join(UserAccount, UserAccount.id == CustodyEvent.actor_id).where(UserAccount.username == wanted.actor)
    if wanted.since is not None:
        statement = statement.where(CustodyEvent.recorded_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(CustodyEvent.recorded_at < wanted.until)
    if wanted.type is not None:
        statement = statement.where(CustodyEvent.type == wanted.type)
    if wanted.kind is not None:
        statement = statement.where(CustodySubject.kind == wanted.kind)
    return statement


def as_event(row: Any) -> Event:
    """An event from its canonical text, which is what was hashed; the other columns only help to find it."""
    written = read_text(row.canonical)
    return Event(
        id=row.id,
        subject_id=row.subject_id,
        sequence=written.sequence,
        type=written.type,
        occurred_at=written.occurred_at,
        recorded_at=written.recorded_at,
        actor=written.actor,
        device=written.device,
        reason=written.reason,
        corrects=written.corrects,
        facts=written.facts,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def count_subjects(session: Session) -> int:
    """How many things have a history; for a progress bar, not for a page."""
    return session.execute(select(func.count()).select_from(CustodySubject)).scalar_one()
