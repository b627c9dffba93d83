"""Endpoints of audits: a box counted through tube by tube, or a sample drawn from a freezer; nothing changes until it is accepted."""

from typing import Any

from marshmallow import fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Code, Instant, Name, Note, Whole, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.audits import queries, service
from lims.audits.rules import LARGEST_SAMPLE, LARGEST_SEED
from lims.audits.vocabulary import AuditLine, AuditRecord, AuditState, AuditView, BeginAudit, Scanned, ScanOutcome, ScanTube, Stale
from lims.http_context import allow, read, transaction
from lims.storage.queries import get_container
from lims.storage.records import Hole
from lims.storage.vocabulary import Found

audits = Blueprint("audits", "Audits: boxes counted through tube by tube, and samples drawn from freezers.")


class BeginIn(Schema):
    """How a container is counted: all of its tubes, or as many as are drawn."""

    size = Whole(1, LARGEST_SAMPLE, load_default=None, allow_none=True, metadata={"description": "Draw so many tubes at random"})
    seed = Whole(0, LARGEST_SEED, load_default=None, allow_none=True, metadata={"description": "Makes an earlier draw again"})


class AuditScanIn(Schema):
    """A tube scanned, with the hole (and of a sample the box) it lies in where that was scanned too."""

    code = Code(required=True)
    position = Name(32, load_default=None, allow_none=True)
    container = Code(load_default=None, allow_none=True)
    occurred_at = Instant(load_default=None, allow_none=True)


class TakenBackIn(Schema):
    """A tube whose scan is taken back."""

    code = Code(required=True)


class AcceptIn(Schema):
    """That it is accepted."""

    occurred_at = Instant(load_default=None, allow_none=True)


class AbandonIn(Schema):
    """That nothing of it counts."""

    reason = Note(load_default=None, allow_none=True)


class HoleNamedOut(Schema):
    """A hole of a container."""

    container = fields.String(required=True)
    name = fields.String(required=True)
    position = fields.String(required=True, allow_none=True)


class AuditLineOut(Schema):
    """A tube of an audit."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    participant = fields.String(required=True)
    timepoint = fields.String(required=True)
    specimen_type = fields.String(required=True)
    expected = fields.Boolean(required=True, metadata={"description": "It was looked for; else it turned up"})
    recorded = fields.Nested(HoleNamedOut, required=True, allow_none=True)
    lies = fields.Nested(HoleNamedOut, required=True, allow_none=True, metadata={"description": "Where it lies, if elsewhere"})
    out = fields.Boolean(required=True, metadata={"description": "Taken out: nobody misses it"})
    found = Choice(*Found, required=True, allow_none=True)
    scanned_at = Instant(required=True, allow_none=True)
    scanned_by = fields.String(required=True, allow_none=True)


class AuditOut(Schema):
    """An audit, without its tubes."""

    code = fields.String(required=True)
    kind = fields.String(required=True)
    container = fields.String(required=True)
    state = Choice(*AuditState, required=True)
    seed = fields.Integer(required=True, allow_none=True)
    begun_at = Instant(required=True)
    begun_by = fields.String(required=True)
    ended_at = Instant(required=True, allow_none=True)


class WholeAuditOut(AuditOut):
    """An audit with its tubes, and the codes that name nothing."""

    lines = fields.List(fields.Nested(AuditLineOut), required=True)
    unknown_codes = fields.List(fields.String(), required=True)
    to_scan = fields.Integer(required=True)
    concordance = fields.Integer(required=True, allow_none=True, metadata={"description": "Of a hundred looked for, so many were right"})


class LookedAtOut(WholeAuditOut, LabelsReadOut):
    """An audit after a label was scanned for it."""


class ScannedOut(LabelsReadOut):
    """What came of a scan."""

    outcome = Choice(*ScanOutcome, required=True)
    code = fields.String(required=True)
    line = fields.Nested(AuditLineOut, required=True, allow_none=True)


class StaleOut(Schema):
    """A tube somebody did something with meanwhile: that stands."""

    barcode = fields.String(required=True)
    was = fields.Nested(HoleNamedOut, required=True, allow_none=True)
    is_ = fields.Nested(HoleNamedOut, required=True, allow_none=True, data_key="is")


class AcceptedOut(WholeAuditOut):
    """An audit as it was accepted, and the tubes that were left out."""

    stale = fields.List(fields.Nested(StaleOut), required=True)


class AuditsIn(PageIn):
    """Which audits."""

    container = Code(load_default=None)
    state = Choice(*AuditState, load_default=None)


class AuditsOut(Schema):
    """A page of audits, newest first."""

    items = fields.List(fields.Nested(AuditOut), required=True)
    next = fields.String(required=True, allow_none=True)


@audits.post("/containers/<barcode>/audits")
@audits.arguments(BeginIn)
@audits.response(201, LookedAtOut)
@allow(Action.STORE)
def begin(body: dict[str, Any], barcode: str) -> Any:
    """Begin to count a container, or go on with the audit somebody began."""
    command = BeginAudit(container=barcode, size=body["size"], seed=body["seed"])
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode])
        view = service.begin_audit(session, command, actor=actor, at=clock.now())
        return json_answer(whole_row(view) | {"warnings": warned}, 201)


@audits.get("/audits")
@audits.arguments(AuditsIn, location="query")
@audits.response(200, AuditsOut)
@allow(Action.READ)
def show_all(query: dict[str, Any]) -> Any:
    """Audits, newest first."""
    state = AuditState(query["state"]) if query["state"] else None
    (before,) = cursor_keys(query["cursor"], int) or (None,)
    with read() as (session, _):
        container = get_container(session, query["container"]).barcode if query["container"] else None
        found = queries.list_audits(session, container=container, state=state, before=before, limit=query["limit"] + 1)
    return json_answer(page_of(found, query["limit"], audit_row, lambda audit: (audit.id,)))


@audits.get("/audits/<code>")
@audits.response(200, WholeAuditOut)
@allow(Action.READ)
def show(code: str) -> Any:
    """An audit with its tubes."""
    with read() as (session, _):
        return json_answer(whole_row(queries.view_audit(session, queries.get_audit(session, code))))


@audits.post("/audits/<code>/scans")
@audits.arguments(AuditScanIn)
@audits.response(201, ScannedOut)
@allow(Action.STORE)
def scan(body: dict[str, Any], code: str) -> Any:
    """A tube of the audit, one that turned up, or a code that names nothing."""
    at = clock.now()
    command = ScanTube(audit=code, **body | {"occurred_at": body["occurred_at"] or at})
    with transaction() as (session, actor):
        warned = label_warnings(session, [command.container, command.code])
        return json_answer(scanned_row(service.scan_tube(session, command, actor=actor, at=at)) | {"warnings": warned}, 201)


@audits.post("/audits/<code>/scans/undo")
@audits.arguments(TakenBackIn)
@audits.response(200, LookedAtOut)
@allow(Action.STORE)
def take_back(body: dict[str, Any], code: str) -> Any:
    """A tube is as if it had not been scanned."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [body["code"]])
        view = service.take_scan_back(session, code, body["code"], actor=actor, at=clock.now())
        return json_answer(whole_row(view) | {"warnings": warned})


@audits.post("/audits/<code>/accept")
@audits.arguments(AcceptIn)
@audits.response(200, AcceptedOut)
@allow(Action.STORE)
def accept(body: dict[str, Any], code: str) -> Any:
    """Write every outcome down; what somebody did meanwhile stands, and is named."""
    at = clock.now()
    with transaction() as (session, actor):
        accepted = service.accept_audit(session, code, occurred_at=body["occurred_at"] or at, actor=actor, at=at)
        return json_answer(whole_row(accepted.view) | {"stale": [_stale(each) for each in accepted.stale]})


@audits.post("/audits/<code>/abandon")
@audits.arguments(AbandonIn)
@audits.response(200, WholeAuditOut)
@allow(Action.STORE)
def abandon(body: dict[str, Any], code: str) -> Any:
    """Nothing of it counts."""
    with transaction() as (session, actor):
        return json_answer(whole_row(service.abandon_audit(session, code, reason=body["reason"], actor=actor, at=clock.now())))


def audit_row(audit: AuditRecord) -> dict[str, Any]:
    """An audit as a list shows it; agrees with :class:`AuditOut`."""
    return {
        "code": audit.code,
        "kind": audit.kind,
        "container": audit.container,
        "state": audit.state,
        "seed": audit.seed,
        "begun_at": instant_text(audit.begun_at),
        "begun_by": audit.begun_by,
        "ended_at": instant_text(audit.ended_at),
    }


def whole_row(view: AuditView) -> dict[str, Any]:
    """An audit with its tubes; agrees with :class:`WholeAuditOut`."""
    return audit_row(view.audit) | {
        "lines": [line_row(line) for line in view.lines],
        "unknown_codes": view.unknown,
        "to_scan": view.to_scan,
        "concordance": view.concordance,
    }


def line_row(line: AuditLine) -> dict[str, Any]:
    """A tube of an audit; agrees with :class:`AuditLineOut`."""
    names = ("barcode", "label", "participant", "timepoint", "specimen_type", "expected", "found", "scanned_by")
    where = {"recorded": _hole(line.recorded), "lies": _hole(line.lies), "out": line.is_out}
    return {name: getattr(line, name) for name in names} | where | {"scanned_at": instant_text(line.scanned_at)}


def scanned_row(scanned: Scanned) -> dict[str, Any]:
    """What came of a scan; agrees with :class:`ScannedOut` but for its warnings."""
    return {"outcome": scanned.outcome, "code": scanned.code, "line": scanned.line and line_row(scanned.line)}


def _stale(stale: Stale) -> dict[str, Any]:
    return {"barcode": stale.barcode, "was": _hole(stale.was), "is": _hole(stale.is_)}


def _hole(hole: Hole | None) -> dict[str, Any] | None:
    return None if hole is None else {"container": hole.container, "name": hole.container_name, "position": hole.position_text}
