"""Acts at the bench as devices report them, one or many: each with its own operation id and its own fate, the same at every door.

A row is done in a savepoint, so that one that is refused leaves the others be; a row that comes alone has the transaction to itself.
What the laboratory answered to a row is kept with the row's operation id, refusals too: sent again, it is told again and not weighed
again. What cannot be read at all, or not by this person, was never weighed, and is not kept.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.errors import AlreadyAnswered, NotAllowed, OperationReused
from lims.accounts.operations import Answer, check_same, find_answers, keep_answer
from lims.accounts.vocabulary import Action, Actor
from lims.custody.vocabulary import Event, EventType
from lims.db import DatabaseBusy
from lims.errors import LimsError, OutcomeUnknown
from lims.http_context import actor, is_held, read, transaction
from lims.scanning.void_labels import void_label_remarks
from lims.specimens.vocabulary import Remark
from lims.storage.acts import hold_all, record_act
from lims.storage.vocabulary import RecordAct

_NEEDS = {
    EventType.CORRECTED: Action.CORRECT,
    EventType.PLACED: Action.STORE,
    EventType.MOVED: Action.STORE,
    EventType.CHECKED_OUT: Action.STORE,
    EventType.RETURNED: Action.STORE,
    EventType.REMOVED: Action.STORE,
    EventType.RELEASED: Action.DECIDE,
    EventType.DISPOSED: Action.DECIDE,
}

Said = dict[str, Any]
"""What is answered to a row, as JSON can carry it; its ``status`` is ``recorded``, ``repeated`` or ``refused``."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read: its operation id, the fingerprint of what was asked, the act, and the row as sent."""

    key: str
    asked: str
    command: RecordAct
    device: str | None
    sent: Any


@dataclass(frozen=True, slots=True)
class Answering:
    """How a door answers: what it says of an act that was recorded (and of the labels scanned for it, where several acts came together),
    and of one that was refused, and the refusal's HTTP status."""

    recorded: Callable[[Session, Row, Event, Sequence[Remark]], Said]
    refused: Callable[[Session, Row, LimsError], Said]
    status_of: Callable[[LimsError], int]


@dataclass(slots=True)
class _Bulk:
    """The rows of one request, on their way through one transaction."""

    session: Session
    actor: Actor
    at: datetime
    door: Answering
    answers: dict[str, Answer] = field(default_factory=dict)
    void_labels: dict[str, Remark] = field(default_factory=dict)


def check_may(type_: EventType) -> None:
    """
    :raises NotAllowed: whoever asks may not do such an act.
    """
    needed = _NEEDS.get(type_, Action.HANDLE)
    if not actor().may(needed):
        raise NotAllowed(actor(), needed)


def record_once(rows: Sequence[Row | Said], door: Answering) -> list[Said]:
    """What becomes of each row, in their order; of those that could be read, in one transaction. The others are answered already."""
    readable = [row for row in rows if isinstance(row, Row)]
    if len(rows) == len(readable) == 1 and not is_held():
        return [_alone(readable[0], door)]
    if not readable:
        return [row for row in rows if isinstance(row, dict)]
    with transaction() as (session, who):
        bulk = _Bulk(session, who, clock.now(), door)
        if len(readable) > 1:
            hold_all(session, [row.command for row in readable])
            bulk.answers = find_answers(session, who.id, {row.key for row in readable})
            bulk.void_labels = void_label_remarks(session, [read for row in readable for read in _codes_of(row)])
        return [_once(bulk, row) if isinstance(row, Row) else row for row in rows]


def _alone(row: Row, door: Answering) -> Said:
    """A row by itself, its refusal kept in a second transaction: the scanner's usual call, which two savepoints would slow down."""
    at = clock.now()
    try:
        with transaction() as (session, who):
            return _do(_Bulk(session, who, at, door), row)
    except (DatabaseBusy, OutcomeUnknown):
        raise
    except AlreadyAnswered:
        pass
    except LimsError as refusal:
        with suppress(AlreadyAnswered), transaction() as (session, who):
            return _refuse(_Bulk(session, who, at, door), row, refusal)
    with read() as (session, who):
        bulk = _Bulk(session, who, at, door)
        return _answered(bulk, find_answers(session, who.id, [row.key])[row.key], row)


def _once(bulk: _Bulk, row: Row) -> Said:
    kept = bulk.answers.get(row.key)
    if kept is None:
        try:
            return _weigh(bulk, row)
        except AlreadyAnswered:
            kept = find_answers(bulk.session, bulk.actor.id, [row.key])[row.key]
    return _answered(bulk, kept, row)


def _answered(bulk: _Bulk, kept: Answer, row: Row) -> Said:
    """What was answered before; or, where something else was asked, a refusal."""
    try:
        said: Said = json.loads(check_same(kept, row.asked, row.key).text)
    except OperationReused as refusal:
        return bulk.door.refused(bulk.session, row, refusal)
    return said | {"status": "repeated"} if said["status"] == "recorded" else said


def _weigh(bulk: _Bulk, row: Row) -> Said:
    """Do it, and keep what came of it.

    :raises AlreadyAnswered: it was done before; what this try did is taken back.
    """
    try:
        with bulk.session.begin_nested():
            return _do(bulk, row)
    except (DatabaseBusy, OutcomeUnknown, AlreadyAnswered):
        raise
    except LimsError as refusal:
        with bulk.session.begin_nested():
            return _refuse(bulk, row, refusal)


def _do(bulk: _Bulk, row: Row) -> Said:
    who = replace(bulk.actor, device=row.device) if row.device else bulk.actor
    event = record_act(bulk.session, row.command, actor=who, at=bulk.at)
    remarks = [bulk.void_labels[read] for read in _codes_of(row) if read in bulk.void_labels]
    said = bulk.door.recorded(bulk.session, row, event, remarks)
    _keep(bulk, row, 200, said)
    return said


def _codes_of(row: Row) -> list[str]:
    """What was scanned for this row."""
    return [read for read in (row.command.barcode, row.command.container) if read]


def _refuse(bulk: _Bulk, row: Row, refusal: LimsError) -> Said:
    said = bulk.door.refused(bulk.session, row, refusal)
    _keep(bulk, row, bulk.door.status_of(refusal), said)
    return said


def _keep(bulk: _Bulk, row: Row, status: int, said: Said) -> None:
    answer = Answer(row.asked, status, json.dumps(said))
    keep_answer(bulk.session, bulk.actor.id, row.key, answer, at=bulk.at)
    bulk.answers[row.key] = answer
