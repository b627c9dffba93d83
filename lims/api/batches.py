"""Endpoints of batches: aliquots of one assay worked together, both sides of a pair side by side."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Code, Instant, Name, Note, Whole, instant_text
from lims.api.filters import check_filters
from lims.api.frame import Blueprint, json_answer
from lims.api.manifests import ManifestOut, manifest_row
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.remarks import WarningOut, label_warnings, warnings_of
from lims.api.schema import Schema
from lims.batches import queries, service
from lims.batches.vocabulary import BatchRecord, BatchState, BatchView, CreateBatch, Member, PairSelection
from lims.http_context import allow, read, transaction
from lims.sequencing.queries import list_manifests

batches = Blueprint("batches", "Batches: aliquots of one assay worked together.")

_MOST_MEMBERS = 2000
_codes = validate.Length(1, _MOST_MEMBERS, error=f"1 to {_MOST_MEMBERS} codes.")


class SelectionIn(Schema):
    """What is free: every complete pair not batched before."""

    cohort = Name(load_default=None, allow_none=True)
    participants = fields.List(Name(), load_default=list, validate=validate.Length(max=_MOST_MEMBERS, error="Too many at once."))


class BatchIn(Schema):
    """A batch to begin, with the tubes named, or with what is free."""

    assay = Name(required=True)
    name = Name(200, load_default=None, allow_none=True)
    size = Whole(1, 100_000, load_default=None, allow_none=True, metadata={"description": "Its places, controls included"})
    specimens = fields.List(Code(), load_default=None, allow_none=True, validate=_codes)
    select = fields.Nested(SelectionIn, load_default=None, allow_none=True)
    controls = fields.List(Name(), load_default=list, validate=validate.Length(max=1000, error="At most 1000 controls."))
    study = Name(load_default=None, allow_none=True)


class MembersIn(Schema):
    """Tubes to put into a batch: those named, or what is free."""

    specimens = fields.List(Code(), load_default=None, allow_none=True, validate=_codes)
    select = fields.Nested(SelectionIn, load_default=None, allow_none=True)


class RemovalIn(Schema):
    """A tube to take out of a batch."""

    barcode = Code(required=True)
    reason = Note(load_default=None, allow_none=True)


class ClosingIn(Schema):
    """That a batch is worked."""

    reason = Note(load_default=None, allow_none=True)


class BatchOut(Schema):
    """A batch, without its members."""

    code = fields.String(required=True)
    study = fields.String(required=True)
    assay = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    created_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)


class MemberOut(Schema):
    """A tube in a batch."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    participant = fields.String(required=True)
    timepoint = fields.String(required=True)
    specimen_type = fields.String(required=True)
    pair_id = fields.String(required=True, allow_none=True)
    side = fields.String(required=True, allow_none=True)


class FilledBatchOut(BatchOut):
    """A batch with its members, pairs side by side, and its controls."""

    members = fields.List(fields.Nested(MemberOut), required=True)
    controls = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.Nested(WarningOut), required=True)


class IssuedBatchOut(FilledBatchOut):
    """A batch with its members and the manifests issued of it, the first first."""

    manifests = fields.List(fields.Nested(ManifestOut), required=True)


class BatchesIn(PageIn):
    """Which batches."""

    assay = Name(load_default=None)
    state = Choice(*BatchState, load_default=None)


class BatchesOut(Schema):
    """A page of batches, newest first."""

    items = fields.List(fields.Nested(BatchOut), required=True)
    next = fields.String(required=True, allow_none=True)


@batches.post("/batches")
@batches.arguments(BatchIn)
@batches.response(201, FilledBatchOut)
@allow(Action.BATCH)
def create(body: dict[str, Any]) -> Any:
    """Begin a batch, filled with the tubes named or with what is free."""
    command = CreateBatch(**body | _filling(body) | {"controls": tuple(body["controls"])})
    with transaction() as (session, actor):
        warned = label_warnings(session, command.specimens)
        return json_answer(filled_row(service.create_batch(session, command, actor=actor, at=clock.now()), warned), 201)


@batches.get("/batches")
@batches.arguments(BatchesIn, location="query")
@batches.response(200, BatchesOut)
@allow(Action.READ)
def show_all(query: dict[str, Any]) -> Any:
    """Batches, newest first."""
    state = BatchState(query["state"]) if query["state"] else None
    (before,) = cursor_keys(query["cursor"], int) or (None,)
    with read() as (session, _):
        found = queries.list_batches(session, assay=query["assay"], state=state, before=before, limit=query["limit"] + 1)
        if not found:
            check_filters(session, query)
    return json_answer(page_of(found, query["limit"], batch_row, lambda batch: (batch.id,)))


@batches.get("/batches/<code>")
@batches.response(200, IssuedBatchOut)
@allow(Action.READ)
def show(code: str) -> Any:
    """A batch with its members and its manifests."""
    with read() as (session, _):
        issued = [manifest_row(each) for each in list_manifests(session, code)]
        return json_answer(filled_row(queries.view_batch(session, queries.get_batch(session, code))) | {"manifests": issued})


@batches.post("/batches/<code>/members")
@batches.arguments(MembersIn)
@batches.response(201, FilledBatchOut)
@allow(Action.BATCH)
def add(body: dict[str, Any], code: str) -> Any:
    """Put more tubes into an open batch."""
    with transaction() as (session, actor):
        warned = label_warnings(session, body["specimens"] or ())
        return json_answer(filled_row(service.add_members(session, code, **_filling(body), actor=actor, at=clock.now()), warned), 201)


@batches.post("/batches/<code>/removals")
@batches.arguments(RemovalIn)
@batches.response(201, FilledBatchOut)
@allow(Action.BATCH)
def remove(body: dict[str, Any], code: str) -> Any:
    """Take a tube out of an open batch."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [body["barcode"]])
        left = service.remove_member(session, code, body["barcode"], reason=body["reason"], actor=actor, at=clock.now())
        return json_answer(filled_row(left, warned), 201)


@batches.post("/batches/<code>/close")
@batches.arguments(ClosingIn)
@batches.response(200, FilledBatchOut)
@allow(Action.BATCH)
def close(body: dict[str, Any], code: str) -> Any:
    """The batch is worked: nothing comes in or out any more."""
    with transaction() as (session, actor):
        return json_answer(filled_row(service.close_batch(session, code, reason=body["reason"], actor=actor, at=clock.now())))


def filled_row(view: BatchView, of_labels: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A batch with its members as an answer shows it, and what is warned of the labels scanned; agrees with :class:`FilledBatchOut`."""
    members = [_member(member) for member in view.members]
    return batch_row(view.batch) | {"members": members, "controls": view.controls, "warnings": [*warnings_of(view.warnings), *of_labels]}


def batch_row(batch: BatchRecord) -> dict[str, Any]:
    """A batch as a list shows it; agrees with :class:`BatchOut`."""
    return {
        "code": batch.code,
        "study": batch.study_code,
        "assay": batch.assay,
        "name": batch.name,
        "size": batch.size,
        "state": batch.state,
        "created_at": instant_text(batch.created_at),
        "closed_at": instant_text(batch.closed_at),
    }


def _member(member: Member) -> dict[str, Any]:
    names = ("barcode", "label", "participant", "timepoint", "specimen_type", "pair_id", "side")
    return {name: getattr(member, name) for name in names}


def _filling(body: dict[str, Any]) -> dict[str, Any]:
    chosen = body["select"]
    select = None if chosen is None else PairSelection(cohort=chosen["cohort"], participants=tuple(chosen["participants"]))
    return {"specimens": tuple(body["specimens"] or ()), "select": select}
