"""The stream of acts at the bench: one or many, each with its own operation id and its own fate.

A row is done in a savepoint, so that one that is refused leaves the others be; a row that comes alone has the transaction to itself.
What the laboratory answered to a row is kept with the row's operation id, refusals too: sent again, it is told again and not weighed
again. What cannot be read at all, or not by this person, was never weighed, and is not kept.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.errors import AlreadyAnswered, NotAllowed, OperationReused
from lims.accounts.operations import Answer, check_key, check_same, find_answers, fingerprint, keep_answer
from lims.accounts.vocabulary import Action, Actor
from lims.api.errors import InvalidRequest
from lims.api.events import EventOut, event_row
from lims.api.fields import Amount, Choice, Code, Instant, Name, Note, Unit, Whole
from lims.api.frame import Blueprint, findings_of, json_answer, json_body
from lims.api.pointers import Place, places
from lims.api.problems import Problem, problem_of, status_of
from lims.api.remarks import LABEL_WARNINGS, WarningOut, warnings_of
from lims.api.schema import Schema
from lims.custody.vocabulary import EventType
from lims.db import LARGEST_INTEGER, DatabaseBusy
from lims.errors import Finding, LimsError, OutcomeUnknown
from lims.http_context import actor, allow, is_held, read, transaction
from lims.scanning.void_labels import void_label_remarks
from lims.specimens.vocabulary import Remark
from lims.storage.acts import hold_all, record_act
from lims.storage.vocabulary import RecordAct

custody_events = Blueprint("custody-events", "What happens to tubes, as scanners and offline devices report it.")

MOST_ROWS = 500
_LABEL_WARNINGS = f"{LABEL_WARNINGS}; only of acts sent together, as offline devices do: `GET /scans` warns of a scan by itself"
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


class ActIn(Schema):
    """One act on one tube. ``placed`` without ``position`` takes the next free hole."""

    op_id = Name(255, required=True, metadata={"description": "Your own id of this act: sent again, it is done once"})
    type = Choice(*EventType, required=True)
    barcode = Code(required=True)
    occurred_at = Instant(required=True)
    container = Code(load_default=None, allow_none=True)
    position = Name(32, load_default=None, allow_none=True)
    amount = Amount(load_default=None, allow_none=True)
    unit = Unit(load_default=None, allow_none=True)
    to = Name(200, load_default=None, allow_none=True, metadata={"description": "Who has it now"})
    reason = Note(load_default=None, allow_none=True)
    device = Name(100, load_default=None, allow_none=True)
    corrects = Whole(1, LARGEST_INTEGER, load_default=None, allow_none=True)
    changes = fields.Dict(keys=fields.String(), load_default=dict, allow_none=True, metadata={"description": "New values by name"})


class ResultOut(Schema):
    """What became of one row."""

    op_id = fields.String(required=True, allow_none=True)
    status = Choice("recorded", "repeated", "refused", required=True)
    event = fields.Nested(EventOut)
    warnings = fields.List(fields.Nested(WarningOut), metadata={"description": _LABEL_WARNINGS})
    problem = fields.Nested(Problem)


class ResultsOut(Schema):
    """What became of each row, in their order."""

    results = fields.List(fields.Nested(ResultOut), required=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that could be read: its operation id, the fingerprint of what was asked, the act, and the row as sent."""

    key: str
    asked: str
    command: RecordAct
    device: str | None
    sent: Any


@dataclass(slots=True)
class _Bulk:
    """The rows of one request, on their way through one transaction."""

    session: Session
    actor: Actor
    at: datetime
    answers: dict[str, Answer] = field(default_factory=dict)
    void_labels: dict[str, Remark] = field(default_factory=dict)


@custody_events.post("/custody-events")
@custody_events.response(200, ResultsOut)
@custody_events.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"oneOf": [ActIn, {"type": "array", "items": ActIn}]}}}}
)
@allow(Action.HANDLE)
def record() -> Any:
    """Record one act, or a list of them; each row has its own fate."""
    body = json_body()
    results = _results([_read(row) for row in _rows_of(body)])
    return json_answer({"results": [_at(index, result) for index, result in enumerate(results)] if isinstance(body, list) else results})


def _results(rows: list[_Row | dict[str, Any]]) -> list[dict[str, Any]]:
    """What becomes of each row; of those that could be read, in one transaction."""
    readable = [row for row in rows if isinstance(row, _Row)]
    if len(rows) == len(readable) == 1 and not is_held():
        return [_alone(readable[0])]
    if not readable:
        return [row for row in rows if isinstance(row, dict)]
    with transaction() as (session, who):
        bulk = _Bulk(session, who, clock.now())
        if len(readable) > 1:
            hold_all(session, [row.command for row in readable])
            bulk.answers = find_answers(session, who.id, {row.key for row in readable})
            bulk.void_labels = void_label_remarks(session, [read for row in readable for read in _codes_of(row)])
        return [_once(bulk, row) if isinstance(row, _Row) else row for row in rows]


def _at(index: int, result: dict[str, Any]) -> dict[str, Any]:
    """A result whose refusal points into the list that was sent; it is kept as if its row had come alone."""
    found = result.get("problem", {}).get("errors")
    if not found:
        return result
    moved = [each | {"pointer": f"/{index}{each['pointer']}"} for each in found]
    return result | {"problem": result["problem"] | {"errors": moved}}


def _alone(row: _Row) -> dict[str, Any]:
    """A row by itself, its refusal kept in a second transaction: the scanner's usual call, which two savepoints would slow down."""
    at = clock.now()
    try:
        with transaction() as (session, who):
            return _do(_Bulk(session, who, at), row)
    except (DatabaseBusy, OutcomeUnknown):
        raise
    except AlreadyAnswered:
        pass
    except LimsError as refusal:
        with suppress(AlreadyAnswered), transaction() as (session, who):
            return _refuse(_Bulk(session, who, at), row, refusal)
    with read() as (session, who):
        return _answered(find_answers(session, who.id, [row.key])[row.key], row)


def _rows_of(body: Any) -> list[Any]:
    rows = body if isinstance(body, list) else [body] if body != {} else []
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidRequest((Finding("", f"Send 1 to {MOST_ROWS} rows at once."),))
    return rows


def _read(given: Any) -> _Row | dict[str, Any]:
    """A row; or, where it cannot be read or this person may not do it, its refusal."""
    try:
        act = _loaded(given)
        key, device, type_ = check_key(act.pop("op_id")), act.pop("device"), EventType(act.pop("type"))
        _check_may(type_)
    except LimsError as refusal:
        return _refused(given.get("op_id") if isinstance(given, dict) else None, refusal, list(places(given)))
    return _Row(key, _fingerprint(given), RecordAct(type=type_, **act | {"changes": act["changes"] or {}}), device, given)


def _loaded(given: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _ACT.load(given)
    except ValidationError as error:
        raise InvalidRequest(findings_of({"json": error.messages})) from error
    changes = loaded["changes"] or {}
    if "amount" in changes and isinstance(changes.get("unit"), str):  # an amount and its unit are one value
        loaded |= {"unit": changes["unit"], "changes": {name: value for name, value in changes.items() if name != "unit"}}
    return loaded


def _check_may(type_: EventType) -> None:
    needed = _NEEDS.get(type_, Action.HANDLE)
    if not actor().may(needed):
        raise NotAllowed(actor(), needed)


def _once(bulk: _Bulk, row: _Row) -> dict[str, Any]:
    kept = bulk.answers.get(row.key)
    if kept is None:
        try:
            return _weigh(bulk, row)
        except AlreadyAnswered:
            kept = find_answers(bulk.session, bulk.actor.id, [row.key])[row.key]
    return _answered(kept, row)


def _answered(kept: Answer, row: _Row) -> dict[str, Any]:
    """What was answered before; or, where something else was asked, a refusal."""
    try:
        said: dict[str, Any] = json.loads(check_same(kept, row.asked, row.key).text)
    except OperationReused as refusal:
        return _refused(row.key, refusal, list(places(row.sent)))
    return said | {"status": "repeated"} if said["status"] == "recorded" else said


def _weigh(bulk: _Bulk, row: _Row) -> dict[str, Any]:
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


def _do(bulk: _Bulk, row: _Row) -> dict[str, Any]:
    who = replace(bulk.actor, device=row.device) if row.device else bulk.actor
    event = record_act(bulk.session, row.command, actor=who, at=bulk.at)
    said: dict[str, Any] = {"op_id": row.key, "status": "recorded", "event": event_row(event)}
    remarks = [bulk.void_labels[read] for read in _codes_of(row) if read in bulk.void_labels]
    if remarks:
        said["warnings"] = warnings_of(remarks)
    _keep(bulk, row, 200, said)
    return said


def _codes_of(row: _Row) -> list[str]:
    """What was scanned for this row."""
    return [read for read in (row.command.barcode, row.command.container) if read]


def _refuse(bulk: _Bulk, row: _Row, refusal: LimsError) -> dict[str, Any]:
    said = _refused(row.key, refusal, list(places(row.sent)))
    _keep(bulk, row, status_of(refusal), said)
    return said


def _keep(bulk: _Bulk, row: _Row, status: int, said: dict[str, Any]) -> None:
    answer = Answer(row.asked, status, json.dumps(said))
    keep_answer(bulk.session, bulk.actor.id, row.key, answer, at=bulk.at)
    bulk.answers[row.key] = answer


def _refused(op_id: Any, refusal: LimsError, sent: Sequence[Place]) -> dict[str, Any]:
    return {"op_id": op_id if isinstance(op_id, str) else None, "status": "refused", "problem": problem_of(refusal, sent)}


def _fingerprint(row: Any) -> str:
    return fingerprint("ROW", "/custody-events", json.dumps(row, sort_keys=True, default=str).encode("utf-8"))


_ACT = ActIn()
