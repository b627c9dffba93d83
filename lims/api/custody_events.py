"""The stream of acts at the bench: one or many, each with its own operation id and its own fate.

A row is done in a savepoint, so that one that is refused leaves the others be. What the laboratory answered to a row is kept with the
row's operation id, refusals too: sent again, it is told again and not weighed again. What cannot be read at all, or not by this
person, was never weighed, and is not kept.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.errors import AlreadyAnswered, NotAllowed
from lims.accounts.operations import Answer, check_key, check_same, find_answers, fingerprint, keep_answer
from lims.accounts.vocabulary import Action, Actor
from lims.api.errors import InvalidRequest
from lims.api.events import EventOut, event_row
from lims.api.fields import Amount, Choice, Code, Instant, Name, Note, Unit, Whole
from lims.api.frame import Blueprint, findings_of, json_answer, json_body
from lims.api.problems import Problem, problem_of, status_of
from lims.api.schema import Schema
from lims.custody.vocabulary import EventType
from lims.db import LARGEST_INTEGER, DatabaseBusy
from lims.errors import Finding, LimsError, OutcomeUnknown
from lims.http_context import allow, transaction
from lims.storage.acts import record_act
from lims.storage.vocabulary import RecordAct

custody_events = Blueprint("custody-events", "What happens to tubes, as scanners and offline devices report it.")

MOST_ROWS = 500
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
    problem = fields.Nested(Problem)


class ResultsOut(Schema):
    """What became of each row, in their order."""

    results = fields.List(fields.Nested(ResultOut), required=True)


@dataclass(slots=True)
class _Bulk:
    """The rows of one request, on their way through one transaction."""

    session: Session
    actor: Actor
    at: datetime
    answers: dict[str, Answer] = field(default_factory=dict)


@custody_events.post("/custody-events")
@custody_events.response(200, ResultsOut)
@custody_events.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"oneOf": [ActIn, {"type": "array", "items": ActIn}]}}}}
)
@allow(Action.HANDLE)
def record() -> Any:
    """Record one act, or a list of them; each row has its own fate."""
    rows = _rows_of(json_body())
    with transaction() as (session, actor):
        bulk = _Bulk(session, actor, clock.now())
        if len(rows) > 1:
            bulk.answers = find_answers(session, actor.id, {key for row in rows if isinstance(key := _op_id(row), str)})
        return json_answer({"results": [_result(bulk, row) for row in rows]})


def _rows_of(body: Any) -> list[Any]:
    rows = body if isinstance(body, list) else [body]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidRequest((Finding("", f"Send 1 to {MOST_ROWS} rows at once."),))
    return rows


def _result(bulk: _Bulk, row: Any) -> dict[str, Any]:
    try:
        act = _read(row)
        key = check_key(act.pop("op_id"))
        _check_may(bulk.actor, EventType(act["type"]))
        return _once(bulk, key, _fingerprint(row), act)
    except (DatabaseBusy, OutcomeUnknown):
        raise
    except LimsError as refusal:
        return {"op_id": _op_id(row), "status": "refused", "problem": problem_of(refusal)}


def _once(bulk: _Bulk, key: str, asked: str, act: dict[str, Any]) -> dict[str, Any]:
    kept = bulk.answers.get(key)
    if kept is None:
        try:
            return _weigh(bulk, key, asked, act)
        except AlreadyAnswered:
            kept = find_answers(bulk.session, bulk.actor.id, [key])[key]
    said: dict[str, Any] = json.loads(check_same(kept, asked, key).text)
    return said | {"status": "repeated"} if said["status"] == "recorded" else said


def _weigh(bulk: _Bulk, key: str, asked: str, act: dict[str, Any]) -> dict[str, Any]:
    """Do it, and keep what came of it.

    :raises AlreadyAnswered: it was done before; what this try did is taken back.
    """
    device, status = act.pop("device"), 200
    who = Actor(bulk.actor.id, bulk.actor.username, bulk.actor.role, bulk.actor.scopes, device) if device else bulk.actor
    command = RecordAct(**act | {"type": EventType(act["type"]), "changes": act["changes"] or {}})
    said: dict[str, Any]
    try:
        with bulk.session.begin_nested():
            event = record_act(bulk.session, command, actor=who, at=bulk.at)
            said = {"op_id": key, "status": "recorded", "event": event_row(event)}
            answer = _keep(bulk, key, Answer(asked, status, json.dumps(said)))
    except (DatabaseBusy, OutcomeUnknown, AlreadyAnswered):
        raise
    except LimsError as refusal:
        status = status_of(refusal)
        said = {"op_id": key, "status": "refused", "problem": problem_of(refusal)}
        with bulk.session.begin_nested():
            answer = _keep(bulk, key, Answer(asked, status, json.dumps(said)))
    bulk.answers[key] = answer
    return said


def _keep(bulk: _Bulk, key: str, answer: Answer) -> Answer:
    keep_answer(bulk.session, bulk.actor.id, key, answer, at=bulk.at)
    return answer


def _read(row: Any) -> dict[str, Any]:
    try:
        read: dict[str, Any] = _ACT.load(row)
    except ValidationError as error:
        raise InvalidRequest(findings_of({"json": error.messages})) from error
    return read


def _check_may(actor: Actor, type_: EventType) -> None:
    needed = _NEEDS.get(type_, Action.HANDLE)
    if not actor.may(needed):
        raise NotAllowed(actor, needed)


def _op_id(row: Any) -> str | None:
    given = row.get("op_id") if isinstance(row, dict) else None
    return given if isinstance(given, str) else None


def _fingerprint(row: Any) -> str:
    return fingerprint("ROW", "/custody-events", json.dumps(row, sort_keys=True, default=str).encode("utf-8"))


_ACT = ActIn()
