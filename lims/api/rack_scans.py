"""Endpoints of rack scanners: a file of a box, what it shows against the record, and taking it over."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Instant, Name, Note, Yes, instant_text
from lims.api.files import FileIn, file_body, takes_file
from lims.api.frame import Blueprint, json_answer
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.racks import queries, service
from lims.racks.formats import MOST_HOLES
from lims.racks.rules import seen_of
from lims.racks.vocabulary import AcceptScan, Decision, Line, OfferScan, ScanRecord, ScanState, Turn
from lims.storage.queries import get_container
from lims.storage.records import ContainerRecord

rack_scans = Blueprint("rack-scans", "Rack scanners: what one saw of a box, tube by tube, before it is accepted.")

SHOWN = 50
_holes = validate.Length(max=MOST_HOLES, error=f"At most {MOST_HOLES} holes.")


class TurnIn(Schema):
    """How the rack lay under the scanner."""

    turn = Choice(*Turn, load_default=Turn.NONE.value, metadata={"description": "In degrees; a quarter turn fits a square box only"})


class RackAcceptIn(TurnIn):
    """Decisions on what the scan shows. ``seen`` is that of the answer they were made by."""

    seen = fields.Dict(keys=Name(), values=Name(), required=True, validate=_holes, metadata={"description": "As the scan's answer had it"})
    gone = fields.Dict(
        keys=Name(20), values=Choice(*Decision), load_default=dict, validate=_holes, metadata={"description": "By hole: what became of it"}
    )
    kept = fields.List(Name(20), load_default=list, validate=_holes, metadata={"description": "Unread holes that stay as recorded"})
    leave_unknown = Yes(load_default=False, metadata={"description": "Codes of no tube here are written down, and nothing is put there"})
    occurred_at = Instant(load_default=None, allow_none=True)
    reason = Note(load_default=None, allow_none=True)


class RackDropIn(Schema):
    """That a scan is put aside."""

    reason = Note(load_default=None, allow_none=True)


class RackLineOut(Schema):
    """One tube or hole."""

    position = fields.String(required=True)
    standing = fields.String(
        required=True,
        metadata={
            "description": "same, out, lost (missing by the record), back, found, moved, from-elsewhere, new, gone, "
            "unsaid (not in the file), unread, unknown or impossible"
        },
    )
    code = fields.String(required=True, allow_none=True, metadata={"description": "As it was read"})
    barcode = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True, metadata={"description": "Where it is recorded"})
    why = fields.String(required=True, allow_none=True)
    may_be = fields.List(fields.String(), required=True, metadata={"description": "What can be decided of it"})
    may_be_kept = fields.Boolean(required=True)


class RackScanSummaryOut(Schema):
    """A scan without what it shows."""

    id = fields.Integer(required=True)
    container = fields.String(required=True)
    file_name = fields.String(required=True)
    sha256 = fields.String(required=True)
    format = fields.String(required=True)
    rack = fields.String(required=True, allow_none=True)
    scanned_by = fields.String(required=True)
    scanned_at = Instant(required=True)
    state = fields.String(required=True, metadata={"description": "waiting, accepted or dropped"})
    ended_by = fields.String(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class RackScanOut(RackScanSummaryOut):
    """A scan against what is recorded now; once it is closed, nothing is compared any more."""

    turn = fields.String(required=True)
    fits = fields.Integer(required=True, allow_none=True, metadata={"description": "Tubes that are where they are recorded"})
    better_turn = fields.String(required=True, allow_none=True, metadata={"description": "Under which far more would be"})
    better_fits = fields.Integer(required=True, allow_none=True)
    lines = fields.List(fields.Nested(RackLineOut), required=True)
    seen = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class RackScansOut(Schema):
    """Scans of a box, the newest first."""

    items = fields.List(fields.Nested(RackScanSummaryOut), required=True)


class RackAcceptedOut(Schema):
    """The events written, the box's own last, and the scan."""

    events = fields.List(fields.Integer(), required=True)
    scan = fields.Nested(RackScanSummaryOut, required=True)


@rack_scans.post("/containers/<barcode>/rack-scans")
@rack_scans.arguments(FileIn, location="query")
@takes_file(rack_scans.doc)
@rack_scans.response(201, RackScanOut)
@allow(Action.STORE)
def offer(query: dict[str, Any], barcode: str) -> Any:
    """Give a scanner's file of this box, as the body: nothing changes before it is accepted. The same file again is the same scan."""
    command = OfferScan(barcode, query["file_name"], file_body())
    with transaction() as (session, actor):
        scan = service.offer_scan(session, command, actor=actor, at=clock.now())
        return json_answer(_shown(session, scan, Turn.NONE), 201)


@rack_scans.get("/containers/<barcode>/rack-scans")
@rack_scans.response(200, RackScansOut)
@allow(Action.READ)
def list_of_box(barcode: str) -> Any:
    """The last scans of a box."""
    with read() as (session, _):
        found = queries.list_scans(session, get_container(session, barcode).id, limit=SHOWN)
        return json_answer({"items": [_summary(scan) for scan in found]})


@rack_scans.get("/rack-scans/<int:scan_id>")
@rack_scans.arguments(TurnIn, location="query")
@rack_scans.response(200, RackScanOut)
@allow(Action.READ)
def show(query: dict[str, Any], scan_id: int) -> Any:
    """What a scan shows against the record as it is now."""
    with read() as (session, _):
        return json_answer(_shown(session, queries.get_scan(session, scan_id), Turn(query["turn"])))


@rack_scans.post("/rack-scans/<int:scan_id>/accept")
@rack_scans.arguments(RackAcceptIn)
@rack_scans.response(200, RackAcceptedOut)
@allow(Action.STORE)
def accept(body: dict[str, Any], scan_id: int) -> Any:
    """Let the record follow the scan: every tube that must change, or none."""
    at = clock.now()
    command = AcceptScan(
        scan_id=scan_id,
        turn=Turn(body["turn"]),
        seen=body["seen"],
        gone={hole: Decision(decision) for hole, decision in body["gone"].items()},
        kept=frozenset(body["kept"]),
        leave_unknown=body["leave_unknown"],
        occurred_at=body["occurred_at"] or at,
        reason=body["reason"],
    )
    with transaction() as (session, actor):
        events = service.accept_scan(session, command, actor=actor, at=at)
        return json_answer({"events": [event.id for event in events], "scan": _summary(queries.get_scan(session, scan_id))})


@rack_scans.post("/rack-scans/<int:scan_id>/drop")
@rack_scans.arguments(RackDropIn)
@rack_scans.response(200, RackScanSummaryOut)
@allow(Action.STORE)
def drop(body: dict[str, Any], scan_id: int) -> Any:
    """Put a scan aside; nothing is changed by it."""
    with transaction() as (session, actor):
        service.drop_scan(session, scan_id, reason=body["reason"], actor=actor, at=clock.now())
        return json_answer(_summary(queries.get_scan(session, scan_id)))


def _shown(session: Session, scan: ScanRecord, turn: Turn) -> dict[str, Any]:
    if scan.state is not ScanState.WAITING:
        nothing: dict[str, Any] = {"turn": turn, "fits": None, "better_turn": None, "better_fits": None, "lines": [], "seen": {}}
        return _summary(scan) | nothing
    box, difference = queries.difference_of(session, scan, turn)
    return _summary(scan) | {
        "turn": difference.turn,
        "fits": difference.fits,
        "better_turn": difference.better,
        "better_fits": difference.better_fits if difference.better else None,
        "lines": [_line(box, line) for line in difference.lines],
        "seen": seen_of(box, difference),
    }


def _line(box: ContainerRecord, line: Line) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in ("standing", "code", "barcode", "label", "place", "why")}
    return {"position": box.position_text(line.position)} | told | {"may_be": list(line.may_be), "may_be_kept": line.kept}


def _summary(scan: ScanRecord) -> dict[str, Any]:
    told = {name: getattr(scan, name) for name in ("id", "container", "file_name", "sha256", "scanned_by", "state", "ended_by")}
    times = {"scanned_at": instant_text(scan.scanned_at), "ended_at": instant_text(scan.ended_at)}
    return told | times | {"format": scan.file.format, "rack": scan.file.rack}
