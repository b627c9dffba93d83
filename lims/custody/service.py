"""The verbs of the ledger: begin a history, lock it, append to it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.bulk import insert_rows
from lims.custody.chain import canonical_text, chain_hash
from lims.custody.models import CustodyEvent, CustodySubject
from lims.custody.rules import check_has_happened
from lims.custody.vocabulary import Act, Event, History, SubjectKind
from lims.db import for_update, table_of, take_ids

_SUBJECTS, _EVENTS = table_of(CustodySubject), table_of(CustodyEvent)
_SUBJECT = _SUBJECTS.c
_HISTORIES = (
    select(_SUBJECT.id, _SUBJECT.kind, _SUBJECT.sequence, _SUBJECT.head, _SUBJECT.latest_occurred_at)
    .where(_SUBJECT.id.in_(bindparam("ids", expanding=True)))
    .order_by(_SUBJECT.id)
)
_LOCKED_HISTORIES = _HISTORIES.with_for_update()


def begin_histories(session: Session, kind: SubjectKind, subject_ids: Sequence[int]) -> list[History]:
    """Make the rows that new things are locked by. One statement, however many."""
    return begin_all(session, [(kind, subject_id) for subject_id in subject_ids])


def begin_all(session: Session, subjects: Sequence[tuple[SubjectKind, int]]) -> list[History]:
    """The same for things of several kinds made in one act."""
    histories = [History(subject_id, kind) for kind, subject_id in subjects]
    rows = [{"id": each.subject_id, "kind": each.kind, "sequence": 0, "head": each.head} for each in histories]
    insert_rows(session, _SUBJECTS, rows)
    return histories


def lock_histories(session: Session, subject_ids: Iterable[int]) -> dict[int, History]:
    """Lock things before looking at them, in the order of their ids, so that two acts never wait for each other."""
    rows = session.execute(_LOCKED_HISTORIES if for_update(session) else _HISTORIES, {"ids": sorted(set(subject_ids))})
    return {row.id: History(row.id, SubjectKind(row.kind), row.sequence, row.head, row.latest_occurred_at) for row in rows}


def append(session: Session, history: History, act: Act, *, actor: Actor, at: datetime, event_id: int | None = None) -> Event:
    """Write one act down. ``at`` is the server's time; ``act.occurred_at`` the bench's.

    :raises InTheFuture: the act has not happened yet.
    """
    return append_all(session, [(history, act)], actor=actor, at=at, event_ids=None if event_id is None else [event_id])[0]


def append_all(
    session: Session, acts: Sequence[tuple[History, Act]], *, actor: Actor, at: datetime, event_ids: Sequence[int] | None = None
) -> list[Event]:
    """Write many acts down, in this order, in one statement (and one for their ids, where none are given)."""
    ids = event_ids if event_ids is not None else take_ids(session, len(acts))
    rows, events = [], []
    for (history, act), event_id in zip(acts, ids, strict=True):
        check_has_happened(act.occurred_at, at)
        act = _marked_when_out_of_order(history, act)
        canonical = canonical_text(act, event_id, history.kind, history.subject_id, history.sequence + 1, at, actor.username, actor.device)
        event = Event(
            id=event_id,
            subject_id=history.subject_id,
            sequence=history.sequence + 1,
            type=act.type,
            occurred_at=act.occurred_at,
            recorded_at=at,
            actor=actor.username,
            device=actor.device,
            reason=act.reason,
            corrects=act.corrects,
            facts=act.facts,
            previous_hash=history.head,
            hash=chain_hash(history.head, canonical),
        )
        history.sequence, history.head = event.sequence, event.hash
        history.latest_occurred_at = max(act.occurred_at, history.latest_occurred_at or act.occurred_at)
        rows.append(_row(event, canonical, actor))
        events.append(event)
    insert_rows(session, _EVENTS, rows)
    return events


def _marked_when_out_of_order(history: History, act: Act) -> Act:
    """A time before that of an earlier act is taken, and marked: the chain follows the order of recording."""
    if history.latest_occurred_at is None or act.occurred_at >= history.latest_occurred_at:
        return act
    return replace(act, facts={**act.facts, "out_of_order": True})


def _row(event: Event, canonical: str, actor: Actor) -> dict[str, object]:
    return {
        "id": event.id,
        "subject_id": event.subject_id,
        "sequence": event.sequence,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor_id": actor.id,
        "canonical": canonical,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
