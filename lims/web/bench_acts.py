"""Acts as the bench page sends them: a list, in the order they were scanned, each once and each with its own fate."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from lims.accounts.operations import check_key, fingerprint
from lims.accounts.vocabulary import Action
from lims.acts_once import Answering, Row, Said, check_may, record_once
from lims.custody.queries import find_latest
from lims.custody.vocabulary import Event, EventType
from lims.errors import Finding, InvalidInput, LimsError
from lims.http_context import allow
from lims.ids import normalise_code
from lims.labels.queries import find_binding
from lims.scanning.queries import find_labelled
from lims.scanning.vocabulary import ScannedTube
from lims.specimens.errors import NotInThisState
from lims.specimens.vocabulary import Remark
from lims.storage.corrections import TAKEN_BACK
from lims.storage.errors import AlreadyThere
from lims.storage.vocabulary import RecordAct
from lims.web import bench_outcomes
from lims.web.bench_known import tube_facts
from lims.web.bench_once import LONGEST, instant
from lims.web.bench_outcomes import First
from lims.web.errors import FormIncomplete
from lims.web.frame import web
from lims.web.messages import _
from lims.web.statuses import status_of

MOST_ACTS = 500
_UNDONE = (TAKEN_BACK | {EventType.CONTAINER_MOVED}) - {EventType.CORRECTED, EventType.DISPOSED, EventType.DISPATCHED}
_TEXTS = ("container", "position", "to", "reason", "seen")


@web.post("/bench/acts")
@allow(Action.HANDLE)
def bench_acts() -> Response:
    """Record what was scanned; what was recorded before is told again."""
    return jsonify(results=record_once([_read(given) for given in _given()], _ANSWERING))


def _given() -> list[Any]:
    body = request.get_json(silent=True)
    acts = body.get("acts") if isinstance(body, dict) else None
    if not isinstance(acts, list) or not 1 <= len(acts) <= MOST_ACTS:
        raise FormIncomplete((Finding("acts", _("Send 1 to %(most)d acts at once.", most=MOST_ACTS)),))
    return acts


def _read(given: Any) -> Row | Said:
    """An act; or, where it cannot be read or this person may not do it, its refusal."""
    try:
        if not isinstance(given, dict):
            raise FormIncomplete((Finding("acts", ""),))
        key, command = check_key(_text(given, "op_id")), _command(given)
        device = None if given.get("device") is None else _text(given, "device")
        check_may(command.type)
    except LimsError as refusal:
        return _said(given.get("op_id") if isinstance(given, dict) else None, refusal)
    return Row(key, _asked(given), command, device, given)


def _command(given: Mapping[str, Any]) -> RecordAct:
    kind, corrects = _text(given, "type"), given.get("corrects")
    if kind not in set(EventType) or not (corrects is None or (type(corrects) is int and 0 < corrects < 2**63)):
        raise FormIncomplete((Finding("type", kind),))
    said: dict[str, Any] = {name: _text(given, name) for name in _TEXTS if given.get(name) is not None}
    if corrects is not None:
        said.setdefault("reason", _("taken back at once"))
    return RecordAct(
        type=EventType(kind),
        barcode=_text(given, "barcode"),
        occurred_at=instant(_text(given, "occurred_at")),
        corrects=corrects,
        in_turn=given.get("in_turn") is True,
        **said,
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or len(found) > LONGEST or not found.isprintable():
        raise FormIncomplete((Finding(name, ""),))
    return found


def _recorded(session: Session, row: Row, event: Event, _remarks: Sequence[Remark]) -> Said:
    """The label is looked at by itself, for acts that come alone too."""
    code = normalise_code(row.command.barcode)
    found = find_labelled(session, code, code)
    thing, label = found.subject, found.void_label
    return {
        "op_id": row.key,
        "status": "recorded",
        "event": event.id,
        "type": event.type,
        "outcome": bench_outcomes.recorded(event, thing, label).plain,
        "code": code if thing is None else thing.barcode,
        "tube": tube_facts(thing) if isinstance(thing, ScannedTube) else None,
        "undo": event.type in _UNDONE and event.corrects is None,
    }


def _refused(session: Session, row: Row, refusal: LimsError) -> Said:
    return _said(row.key, refusal, _first(session, row, refusal))


def _said(op_id: Any, refusal: LimsError, first: First | None = None) -> Said:
    outcome = bench_outcomes.refused(refusal, first).plain
    return {"op_id": op_id if isinstance(op_id, str) else None, "status": "refused", "code": refusal.code, "outcome": outcome}


def _first(session: Session, row: Row, refusal: LimsError) -> First | None:
    """Who did the last act on a tube that cannot be acted on so any more."""
    if not isinstance(refusal, NotInThisState | AlreadyThere):
        return None
    try:
        binding = find_binding(session, normalise_code(row.command.barcode))
    except InvalidInput:
        return None
    last = None if binding is None else find_latest(session, binding.subject_id)
    return None if last is None else First(last.actor, last.recorded_at)


def _asked(given: Mapping[str, Any]) -> str:
    return fingerprint("ROW", "/bench/acts", json.dumps(given, sort_keys=True).encode("utf-8"))


_ANSWERING = Answering(_recorded, _refused, status_of)
