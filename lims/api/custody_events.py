"""The stream of acts at the bench: one or many, each with its own operation id and its own fate (:mod:`lims.acts_once`)."""

import json
from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy.orm import Session

from lims.accounts.operations import check_key, fingerprint
from lims.accounts.vocabulary import Action
from lims.acts_once import Answering, Row, Said, check_may, record_once
from lims.api.errors import InvalidRequest
from lims.api.events import EventOut, event_row
from lims.api.fields import Amount, Choice, Code, Instant, Name, Note, Unit, Whole
from lims.api.frame import Blueprint, findings_of, json_answer, json_body
from lims.api.pointers import Place, places
from lims.api.problems import Problem, problem_of, status_of
from lims.api.remarks import LABEL_WARNINGS, WarningOut, warnings_of
from lims.api.schema import Schema
from lims.custody.vocabulary import Event, EventType
from lims.db import LARGEST_INTEGER
from lims.errors import Finding, LimsError
from lims.http_context import allow
from lims.specimens.vocabulary import Remark
from lims.storage.vocabulary import RecordAct

custody_events = Blueprint("custody-events", "What happens to tubes, as scanners and offline devices report it.")

MOST_ROWS = 500
_LABEL_WARNINGS = f"{LABEL_WARNINGS}; only of acts sent together, as offline devices do: `GET /scans` warns of a scan by itself"


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


@custody_events.post("/custody-events")
@custody_events.response(200, ResultsOut)
@custody_events.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"oneOf": [ActIn, {"type": "array", "items": ActIn}]}}}}
)
@allow(Action.HANDLE)
def record() -> Any:
    """Record one act, or a list of them; each row has its own fate."""
    body = json_body()
    results = record_once([_read(row) for row in _rows_of(body)], _ANSWERING)
    return json_answer({"results": [_at(index, result) for index, result in enumerate(results)] if isinstance(body, list) else results})


def _at(index: int, result: dict[str, Any]) -> dict[str, Any]:
    """A result whose refusal points into the list that was sent; it is kept as if its row had come alone."""
    found = result.get("problem", {}).get("errors")
    if not found:
        return result
    moved = [each | {"pointer": f"/{index}{each['pointer']}"} for each in found]
    return result | {"problem": result["problem"] | {"errors": moved}}


def _rows_of(body: Any) -> list[Any]:
    rows = body if isinstance(body, list) else [body] if body != {} else []
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidRequest((Finding("", f"Send 1 to {MOST_ROWS} rows at once."),))
    return rows


def _read(given: Any) -> Row | Said:
    """A row; or, where it cannot be read or this person may not do it, its refusal."""
    try:
        act = _loaded(given)
        key, device, type_ = check_key(act.pop("op_id")), act.pop("device"), EventType(act.pop("type"))
        check_may(type_)
    except LimsError as refusal:
        return _refused(given.get("op_id") if isinstance(given, dict) else None, refusal, list(places(given)))
    return Row(key, _fingerprint(given), RecordAct(type=type_, **act | {"changes": act["changes"] or {}}), device, given)


def _loaded(given: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _ACT.load(given)
    except ValidationError as error:
        raise InvalidRequest(findings_of({"json": error.messages})) from error
    changes = loaded["changes"] or {}
    if "amount" in changes and isinstance(changes.get("unit"), str):  # an amount and its unit are one value
        loaded |= {"unit": changes["unit"], "changes": {name: value for name, value in changes.items() if name != "unit"}}
    return loaded


def _recorded(_session: Session, row: Row, event: Event, remarks: Sequence[Remark]) -> Said:
    said = {"op_id": row.key, "status": "recorded", "event": event_row(event)}
    return said | {"warnings": warnings_of(remarks)} if remarks else said


def _weighed(_session: Session, row: Row, refusal: LimsError) -> Said:
    return _refused(row.key, refusal, list(places(row.sent)))


def _refused(op_id: Any, refusal: LimsError, sent: Sequence[Place]) -> Said:
    return {"op_id": op_id if isinstance(op_id, str) else None, "status": "refused", "problem": problem_of(refusal, sent)}


def _fingerprint(row: Any) -> str:
    return fingerprint("ROW", "/custody-events", json.dumps(row, sort_keys=True, default=str).encode("utf-8"))


_ACT = ActIn()
_ANSWERING = Answering(_recorded, _weighed, status_of)
