"""Verifying: read the whole ledger again, and name what differs from what was written.

The chain shows an event changed, removed from the middle or put in; the head on the subject's row shows a cut tail. What the
projections should be is asked of the rooms that keep them: each lends a check. Last, every row that another one names must be
there, whatever became of the constraint that says so.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Row, Select, exists, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.custody.chain import chain_hash, read_text
from lims.custody.models import CustodyEvent, CustodySubject
from lims.custody.queries import as_event
from lims.custody.vocabulary import NO_HASH, Event, SubjectKind
from lims.db import Base

CHUNK = 500

_KINDS = frozenset(SubjectKind)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was written: which thing, and how."""

    kind: str
    subject_id: int | str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.sentence}"


ProjectionCheck = Callable[[Session, dict[int, list[Event]]], Iterator[Difference]]
"""Given the histories of some things of one kind, compares what a room keeps of them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far verifying has come."""

    subjects: int
    events: int


def verify(
    session: Session,
    checks: dict[SubjectKind, Sequence[ProjectionCheck]],
    report: Callable[[Progress], None] = lambda _progress: None,
) -> Iterator[Difference]:
    """Every difference in the ledger and its projections, in the order of the subjects' ids.

    :param session: a snapshot, so that nobody's writing is taken for a difference.
    """
    subjects = events = after = 0
    while rows := session.execute(_subjects_after(after)).all():
        histories: dict[SubjectKind, dict[int, list[Event]]] = {}
        chains = _chains(session, [row.id for row in rows])
        for row in rows:
            chain = chains.get(row.id, [])
            yield from _chain_differences(row, chain)
            if row.kind in _KINDS:
                histories.setdefault(SubjectKind(row.kind), {})[row.id] = _readable(chain)
            else:
                yield Difference(row.kind, row.id, "nothing of that kind has a history")
            events += len(chain)
        for kind, of_kind in histories.items():
            for check in checks.get(kind, ()):
                yield from check(session, of_kind)
        after = rows[-1].id
        subjects += len(rows)
        report(Progress(subjects, events))
    yield from _names_nobody(session)


def _subjects_after(after: int) -> Any:
    columns = (CustodySubject.id, CustodySubject.kind, CustodySubject.sequence, CustodySubject.head, CustodySubject.latest_occurred_at)
    return select(*columns).where(CustodySubject.id > after).order_by(CustodySubject.id).limit(CHUNK)


def _chains(session: Session, subject_ids: list[int]) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    wanted = (
        select(CustodyEvent.__table__, UserAccount.username)
        .outerjoin(UserAccount, UserAccount.id == CustodyEvent.actor_id)
        .where(CustodyEvent.subject_id.in_(subject_ids))
        .order_by(CustodyEvent.subject_id, CustodyEvent.sequence)
    )
    chains: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in session.execute(wanted):
        chains.setdefault(row.subject_id, []).append(row)
    return chains


def _chain_differences(subject: Row[*tuple[Any, ...]], chain: list[Row[*tuple[Any, ...]]]) -> Iterator[Difference]:
    previous = NO_HASH
    for expected, row in enumerate(chain, start=1):
        if row.sequence != expected:
            yield Difference(subject.kind, subject.id, f"event {expected} of its history is missing")
            return
        if row.previous_hash != previous or row.hash != chain_hash(previous, row.canonical):
            yield Difference(
                subject.kind, subject.id, f"event {row.id} (number {row.sequence}) is not what was written: its hash does not fit"
            )
            return
        if column := _column_that_differs(subject, row):
            yield Difference(subject.kind, subject.id, f"event {row.id} (number {row.sequence}): column {column} is not what was written")
        previous = row.hash
    if len(chain) != subject.sequence or previous != subject.head:
        yield Difference(subject.kind, subject.id, _end_differs(subject, len(chain)))
    elif max((row.occurred_at for row in chain), default=None) != subject.latest_occurred_at:
        yield Difference(subject.kind, subject.id, "the latest time anything happened to it is not that of its events")


def _end_differs(subject: Row[*tuple[Any, ...]], length: int) -> str:
    if length != subject.sequence:
        return f"the history ends at event {length}, and {subject.sequence} were written"
    return f"the hash of its last event (number {length}) is not the one its row remembers"


def _column_that_differs(subject: Row[*tuple[Any, ...]], row: Row[*tuple[Any, ...]]) -> str | None:
    try:
        written = read_text(row.canonical)
    except ValueError:
        return "canonical"
    kept = {
        "id": (written.id, row.id),
        "subject_id": (written.subject_id, subject.id),
        "kind": (written.kind, subject.kind),
        "sequence": (written.sequence, row.sequence),
        "type": (written.type, row.type),
        "occurred_at": (written.occurred_at, row.occurred_at),
        "recorded_at": (written.recorded_at, row.recorded_at),
        "actor_id": (written.actor, row.username),
    }
    return next((column for column, (said, found) in kept.items() if said != found), None)


def _readable(chain: list[Row[*tuple[Any, ...]]]) -> list[Event]:
    """The events whose text can still be read; the others are named already."""
    events = []
    for row in chain:
        try:
            events.append(as_event(row))
        except ValueError:
            continue
    return events


def _names_nobody(session: Session) -> Iterator[Difference]:
    """Rows that name a row that is not there: what a foreign key forbids, as long as nobody switches it off."""
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            for value in session.execute(_lost(key)).scalars():
                yield Difference(table.name, value, f"{key.parent.name} {value} names a {key.column.table.name} that is not there")


@functools.cache
def _lost(key: ForeignKey) -> Select[tuple[Any]]:
    """The first value of a column that names nothing."""
    named = key.column.table.alias("named")
    is_there = exists().where(named.c[key.column.name] == key.parent)
    return select(key.parent).where(key.parent.is_not(None), ~is_there).order_by(key.parent).limit(1)
