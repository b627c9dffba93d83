"""Endpoints of the print queue: labels asked for, what became of each, and the proof that each came out right."""

from collections.abc import Callable
from typing import Any

from flask import Response
from marshmallow import fields, validate

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Code, Instant, Name, Whole, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.kits.labels import wanted_and_held
from lims.labels.drawing import known_templates
from lims.labels.templates import get_template
from lims.printing import queries, service
from lims.printing.proof import scan_back
from lims.printing.rules import LONGEST_WORDS, MOST_LABELS
from lims.printing.vocabulary import Job, JobState, LabelPrint, LabelState, ScanBack, ScanOutcome, VoidReason

printing = Blueprint("printing", "Printing: labels asked for, what became of each, and their proof.")


class JobIn(Schema):
    """Labels to print, in this order: all of them, or none."""

    printer = Name(required=True)
    template = Name(required=True, metadata={"description": "As `GET /labels/templates` names them"})
    barcodes = fields.List(Code(), required=True, validate=validate.Length(1, MOST_LABELS, error=f"1 to {MOST_LABELS} codes."))
    reason = Name(LONGEST_WORDS, load_default=None, allow_none=True, metadata={"description": "Why, where one has a label already"})
    start = Whole(1, 1000, load_default=1, metadata={"description": "First free label of a used sheet, row by row"})
    purpose = Name(LONGEST_WORDS, load_default="labels", metadata={"description": "What the labels are for"})


class ReprintIn(Schema):
    """From which line on everything is printed again, and why."""

    line = Whole(1, 2 * MOST_LABELS, required=True)
    reason = Name(LONGEST_WORDS, required=True)


class ScanIn(Schema):
    """A scan of a label; with `tube_code` also of the code the tube had before it was labelled."""

    code = Code(required=True)
    tube_code = Code(load_default=None, allow_none=True)


class LabelOut(Schema):
    """One label of a job. `symbol` is what its bar codes carry: the barcode, or of a later copy the copy's own code."""

    line = fields.Integer(required=True)
    barcode = fields.String(required=True)
    symbol = fields.String(required=True)
    copy = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    state = Choice(*LabelState, required=True)
    sent_at = Instant(required=True, allow_none=True)
    printed_at = Instant(required=True, allow_none=True)
    verified_at = Instant(required=True, allow_none=True)
    voided_at = Instant(required=True, allow_none=True)
    void_reason = Choice(*VoidReason, required=True, allow_none=True)


class JobOut(Schema):
    """A job, and how many of its labels are in each state."""

    id = fields.Integer(required=True)
    printer = fields.String(required=True)
    template = fields.String(required=True)
    start = fields.Integer(required=True)
    purpose = fields.String(required=True)
    requested_by = fields.String(required=True)
    requested_at = Instant(required=True)
    state = Choice(*JobState, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class WholeJobOut(JobOut):
    """A job with its labels, in the order of their lines."""

    labels = fields.List(fields.Nested(LabelOut), required=True)


class NewJobOut(WholeJobOut, LabelsReadOut):
    """A job as it was just asked for."""


class JobsIn(PageIn):
    """Which jobs."""

    state = Choice(*JobState, load_default=None)
    printer = Name(load_default=None)


class JobsOut(Schema):
    """A page of jobs, newest first."""

    items = fields.List(fields.Nested(JobOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ScanBackOut(Schema):
    """What a scan proves: `ok` and `wrong-order` count. `expected` is the label due now, `missing` the lines passed over."""

    outcome = Choice(*ScanOutcome, required=True)
    sentence = fields.String(required=True)
    label = fields.Nested(LabelOut, required=True, allow_none=True)
    expected = fields.Nested(LabelOut, required=True, allow_none=True)
    missing = fields.List(fields.Integer(), required=True)
    left = fields.Integer(required=True)
    proven = fields.Boolean(required=True)


@printing.post("/labels/jobs")
@printing.arguments(JobIn)
@printing.response(201, NewJobOut)
@allow(Action.PRINT)
def create(body: dict[str, Any]) -> Any:
    """Queue labels of tubes or containers, in this order; a kit's code stands for its tubes that wait, or on a form for the kit."""
    with transaction() as (session, actor):
        barcodes = body.pop("barcodes")
        warned = label_warnings(session, barcodes)
        wanted = wanted_and_held(session, get_template(known_templates(), body["template"]), barcodes)
        job_id = service.request_labels(session, **body, wanted=wanted, actor=actor, at=clock.now())
        return json_answer(whole_job_row(queries.get_job(session, job_id)) | {"warnings": warned}, 201)


@printing.get("/labels/jobs")
@printing.arguments(JobsIn, location="query")
@printing.response(200, JobsOut)
@allow(Action.READ)
def show_all(query: dict[str, Any]) -> Any:
    """Print jobs, newest first."""
    states = [JobState(query["state"])] if query["state"] else None
    (before,) = cursor_keys(query["cursor"], int) or (None,)
    with read() as (session, _):
        if query["printer"]:
            queries.get_printer(session, query["printer"])
        found = queries.list_jobs(session, before=before, limit=query["limit"] + 1, states=states, printer=query["printer"])
    return json_answer(page_of(found, query["limit"], job_row, lambda job: (job.id,)))


@printing.get("/labels/jobs/<int:job_id>")
@printing.response(200, WholeJobOut)
@allow(Action.READ)
def show(job_id: int) -> Any:
    """A job with its labels."""
    with read() as (session, _):
        return json_answer(whole_job_row(queries.get_job(session, job_id)))


@printing.post("/labels/jobs/<int:job_id>/pause")
@printing.response(200, WholeJobOut)
@allow(Action.PRINT)
def pause(job_id: int) -> Any:
    """Send nothing of a job until it is resumed."""
    return _done(service.pause_job, job_id)


@printing.post("/labels/jobs/<int:job_id>/resume")
@printing.response(200, WholeJobOut)
@allow(Action.PRINT)
def resume(job_id: int) -> Any:
    """Let a paused job go on."""
    return _done(service.resume_job, job_id)


@printing.post("/labels/jobs/<int:job_id>/cancel")
@printing.response(200, WholeJobOut)
@allow(Action.PRINT)
def cancel(job_id: int) -> Any:
    """Print no more of a job; what left the queue stays as it is."""
    return _done(service.cancel_job, job_id)


@printing.post("/labels/jobs/<int:job_id>/printed")
@printing.response(200, WholeJobOut)
@allow(Action.PRINT)
def printed(job_id: int) -> Any:
    """Say that a downloaded sheet is printed."""
    return _done(service.mark_printed_by_hand, job_id)


@printing.post("/labels/jobs/<int:job_id>/reprint")
@printing.arguments(ReprintIn)
@printing.response(201, WholeJobOut)
@allow(Action.PRINT)
def reprint(body: dict[str, Any], job_id: int) -> Any:
    """After a jam: print again, as copies, what came out from a line on. Answers with the new job."""
    with transaction() as (session, actor):
        new_id = service.reprint_from(session, job_id, body["line"], body["reason"], actor=actor, at=clock.now())
        return json_answer(whole_job_row(queries.get_job(session, new_id)), 201)


@printing.post("/labels/jobs/<int:job_id>/proof")
@printing.arguments(ScanIn)
@printing.response(200, ScanBackOut)
@allow(Action.PRINT)
def prove(body: dict[str, Any], job_id: int) -> Any:
    """Scan a label back."""
    with transaction() as (session, actor):
        return json_answer(scan_row(scan_back(session, job_id, body["code"], body["tube_code"], actor=actor, at=clock.now())))


@printing.get("/labels/jobs/<int:job_id>/file")
@printing.response(
    200, content_type="application/pdf", description="The labels, for a printer of one's own; that they were taken is written down"
)
@allow(Action.PRINT)
def take(job_id: int) -> Response:
    """Download the labels of an office printer's job. They count as sent from the first time on."""
    with transaction() as (session, actor):
        file = service.take_file(session, job_id, actor=actor, at=clock.now())
    answer = Response(file, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="labels-{job_id}.pdf"'
    return answer


def job_row(job: Job) -> dict[str, Any]:
    """A job as a list shows it; agrees with :class:`JobOut`."""
    of = {name: getattr(job, name) for name in ("id", "printer", "template", "start", "purpose", "requested_by", "state")}
    counts = {state: job.counts[state] for state in LabelState if state in job.counts}
    return of | {"requested_at": instant_text(job.requested_at), "counts": counts}


def whole_job_row(job: Job) -> dict[str, Any]:
    """A job with its labels; agrees with :class:`WholeJobOut`."""
    return job_row(job) | {"labels": [label_row(label) for label in job.labels]}


def label_row(label: LabelPrint) -> dict[str, Any]:
    """A label; agrees with :class:`LabelOut`."""
    plain = {name: getattr(label, name) for name in ("line", "barcode", "symbol", "copy", "reason", "state", "void_reason")}
    return plain | {name: instant_text(getattr(label, name)) for name in ("sent_at", "printed_at", "verified_at", "voided_at")}


def scan_row(scan: ScanBack) -> dict[str, Any]:
    """What a scan proves; agrees with :class:`ScanBackOut`."""
    plain = {"outcome": scan.outcome, "sentence": scan.sentence, "left": scan.left, "proven": scan.proven}
    found = {"label": scan.label, "expected": scan.expected}
    named = {name: None if label is None else label_row(label) for name, label in found.items()}
    return plain | named | {"missing": [label.line for label in scan.missing]}


def _done(verb: Callable[..., None], job_id: int) -> Response:
    """One act on a job, and how the job stands after it."""
    with transaction() as (session, actor):
        verb(session, job_id, actor=actor, at=clock.now())
        return json_answer(whole_job_row(queries.get_job(session, job_id)))
