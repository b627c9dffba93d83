"""Verifying: read the whole ledger again, and name what differs from what was written.

The chain shows an event changed, removed from the middle or put in; the head on the subject's row shows a cut tail. What the
projections should be is asked of the rooms that keep them: each lends a check.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.custody.chain import chain_hash, read_text
from lims.custody.models import CustodyEvent, CustodySubject
from lims.custody.queries import as_event
from lims.custody.vocabulary import NO_HASH, Event, SubjectKind

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was written: which thing, and how."""

    kind: str
    subject_id: int
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
        histories: dict[str, dict[int, list[Event]]] = {}
        chains = _chains(session, [row.id for row in rows])
        for row in rows:
            chain = chains.get(row.id, [])
            yield from _chain_differences(row, chain)
            histories.setdefault(row.kind, {})[row.id] = _readable(chain)
            events += len(chain)
        for kind, of_kind in histories.items():
            for check in checks.get(SubjectKind(kind), ()):
                yield from check(session, of_kind)
        after = rows[-1].id
        subjects += len(rows)
        report(Progress(subjects, events))


def _subjects_after(after: int) -> Any:
    columns = (CustodySubject.id, CustodySubject.kind, CustodySubject.sequence, CustodySubject.head)
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
        yield Difference(subject.kind, subject.id, f"the history ends at event {len(chain)}, and {subject.sequence} were written")


def _column_that_differs(subject: Row[*tuple[Any, ...]], row: Row[*tuple[Any, ...]]) -> str | None:
    try:
        written = read_text(row.canonical)
    except ValueError:
        return "canonical"
    kept = {
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
