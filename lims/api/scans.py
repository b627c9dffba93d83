"""The endpoint of scans: what a code is, and what may be done with it here and now."""

from collections.abc import Callable
from dataclasses import fields as fields_of
from datetime import date, datetime
from typing import Any, get_args

from marshmallow import fields

from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.remarks import WarningOut, warnings_of
from lims.api.schema import Schema
from lims.api.specimens import location_row
from lims.http_context import allow, read
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import NextAct, Scan, ScannedTube, Subject
from lims.specimens.amounts import as_json
from lims.storage.records import Location

scans = Blueprint("scans", "Scans: from a code to the thing it is on.")

_NOT_SHOWN = {"id", "beneath", "quarantined"}
_SHOWN: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields_of(kind) if field.name not in _NOT_SHOWN) for kind in get_args(Subject)
}
_AS_PLAIN: dict[type, Callable[[Any], Any]] = {datetime: instant_text, date: date.isoformat, Location: location_row}


class ScanIn(Schema):
    """What the technician is about to do."""

    context = Choice(*NextAct, load_default=None, metadata={"description": "An act, as in `actions`: placed, checked_out, returned …"})


class ScanOut(Schema):
    """What a code means here and now."""

    kind = fields.String(
        required=True,
        metadata={"description": "specimen, container, hole, kit, kit-tube, participant, batch, manifest, pick-list or badge"},
    )
    code = fields.String(required=True, metadata={"description": "What was read, normalised"})
    title = fields.String(required=True)
    explanation = fields.String(required=True)
    subject = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "The thing itself, by its kind; a tube's `flags` are those given, without what follows from times"},
    )
    actions = fields.List(fields.String(), required=True, metadata={"description": "What may be done with it, the likeliest first"})
    warnings = fields.List(
        fields.Nested(WarningOut),
        required=True,
        metadata={"description": "Of the label itself: that it counts no more, and why"},
    )


@scans.get("/scans/<path:code>")
@scans.arguments(ScanIn, location="query")
@scans.response(200, ScanOut)
@allow(Action.READ)
def resolve(query: dict[str, Any], code: str) -> Any:
    """What this code is, and what may be done with it."""
    with read() as (session, actor):
        return json_answer(scan_row(resolve_scan(session, code, query["context"], actor=actor)))


def scan_row(scan: Scan) -> dict[str, Any]:
    """A scan as an answer shows it; agrees with :class:`ScanOut`."""
    return {
        "kind": scan.kind,
        "code": scan.code,
        "title": scan.title,
        "explanation": scan.explanation,
        "subject": _subject(scan.subject),
        "actions": scan.actions,
        "warnings": warnings_of(scan.warnings),
    }


def _subject(subject: Subject) -> dict[str, Any]:
    shown = {name: _plain(getattr(subject, name)) for name in _SHOWN[type(subject)]}
    return shown | {"amount": as_json(subject.amount, subject.unit)} if isinstance(subject, ScannedTube) else shown


def _plain(value: Any) -> Any:
    convert = _AS_PLAIN.get(type(value))
    return value if convert is None else convert(value)
