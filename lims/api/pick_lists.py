"""Endpoints of pick lists: tubes somebody wants, in the order one walks past them, taken one scan at a time."""

from typing import Any

from marshmallow import fields, validate

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Amount, Choice, Code, Instant, Name, Note, Whole, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.api.specimens import tube_filter
from lims.http_context import allow, read, transaction
from lims.picking import queries, service, taking
from lims.picking.rules import MOST_LINES, MOST_MINUTES
from lims.picking.vocabulary import (
    LineState,
    MakePickList,
    PickLine,
    PickListRecord,
    PickListState,
    PickListView,
    Substitute,
    WantedCode,
)
from lims.specimens.amounts import as_json
from lims.specimens.vocabulary import QUARANTINED, SpecimenState
from lims.storage.queries import get_container

pick_lists = Blueprint("pick-lists", "Pick lists: tubes somebody wants, in the order one walks past them.")


class WantedIn(Schema):
    """What a query finds: the filters of the list of specimens."""

    participant = Name(load_default=None, allow_none=True)
    timepoint = Name(load_default=None, allow_none=True)
    specimen_type = Name(load_default=None, allow_none=True)
    state = Choice(*SpecimenState, QUARANTINED, load_default=None, allow_none=True)
    container = Code(load_default=None, allow_none=True)
    q = Name(load_default=None, allow_none=True)


class PickListIn(Schema):
    """A list to make: of a batch, of what a query finds, or of codes."""

    batch = Name(load_default=None, allow_none=True)
    query = fields.Nested(WantedIn, load_default=None, allow_none=True)
    codes = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_LINES, error=f"1 to {MOST_LINES} codes."),
    )
    name = Name(100, load_default=None, allow_none=True)
    into = Code(load_default=None, allow_none=True, metadata={"description": "The box they are picked into; else they are checked out"})
    minutes_out = Whole(1, MOST_MINUTES, load_default=None, allow_none=True)


class PickIn(Schema):
    """A tube in the hand."""

    barcode = Code(required=True)
    occurred_at = Instant(load_default=None, allow_none=True)


class UndoPickIn(Schema):
    """A tube taken by mistake."""

    barcode = Code(required=True)
    reason = Note(required=True)


class NotThereIn(Schema):
    """A line whose tube is not in its hole."""

    line = Whole(1, MOST_LINES * 2, required=True)
    occurred_at = Instant(load_default=None, allow_none=True)


class InsteadIn(Schema):
    """A tube to take instead of the one of a line nobody found."""

    line = Whole(1, MOST_LINES * 2, required=True)
    barcode = Code(required=True)


class CancelIn(Schema):
    """Why nothing more is taken."""

    reason = Note(load_default=None, allow_none=True)


class PickLineOut(Schema):
    """A tube of a list."""

    line = fields.Integer(required=True)
    barcode = fields.String(required=True)
    label = fields.String(required=True)
    participant = fields.String(required=True)
    timepoint = fields.String(required=True)
    specimen_type = fields.String(required=True)
    state = Choice(*LineState, required=True)
    where = fields.String(required=True, metadata={"description": "The whole way to it: F2 / R3 / B5 / C4"})
    container = fields.String(required=True, allow_none=True)
    position = fields.String(required=True, allow_none=True)
    instead_of = fields.Integer(required=True, allow_none=True)
    picked_at = Instant(required=True, allow_none=True)
    picked_by = fields.String(required=True, allow_none=True)


class PickListOut(Schema):
    """A list, without its lines."""

    code = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    state = Choice(*PickListState, required=True)
    batch = fields.String(required=True, allow_none=True)
    into = fields.String(required=True, allow_none=True)
    minutes_out = fields.Integer(required=True, allow_none=True)
    made_at = Instant(required=True)
    made_by = fields.String(required=True)
    ended_at = Instant(required=True, allow_none=True)


class WholePickListOut(PickListOut):
    """A list with its lines, in the order of the walk."""

    lines = fields.List(fields.Nested(PickLineOut), required=True)
    out_since = Instant(required=True, allow_none=True, metadata={"description": "When the first tube left the freezer one stands before"})


class NotListedOut(Schema):
    """A code that did not come onto the list, by its place among those given."""

    line = fields.Integer(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    detail = fields.String(required=True)


class PickedOut(WholePickListOut, LabelsReadOut):
    """A list after a tube was scanned for it."""


class MadePickListOut(WholePickListOut, LabelsReadOut):
    """A list just made, and what did not come onto it."""

    not_listed = fields.List(fields.Nested(NotListedOut), required=True)


class SubstituteOut(Schema):
    """A tube that could stand in for one nobody found."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    amount = Amount(required=True)
    unit = fields.String(required=True)
    thaw_count = fields.Integer(required=True, allow_none=True)
    where = fields.String(required=True)


class NotFoundOut(Schema):
    """A line given up, and what could be taken instead."""

    line = fields.Nested(PickLineOut, required=True)
    substitute = fields.Nested(SubstituteOut, required=True, allow_none=True)


class PickListsIn(PageIn):
    """Which lists."""

    state = Choice(*PickListState, load_default=None)


class PickListsOut(Schema):
    """A page of lists, newest first."""

    items = fields.List(fields.Nested(PickListOut), required=True)
    next = fields.String(required=True, allow_none=True)


@pick_lists.post("/pick-lists")
@pick_lists.arguments(PickListIn)
@pick_lists.response(201, MadePickListOut)
@allow(Action.STORE)
def create(body: dict[str, Any]) -> Any:
    """Make a list; what cannot be taken out comes back with a reason."""
    codes = tuple(WantedCode(line, code) for line, code in enumerate(body["codes"] or (), 1))
    same = {name: body[name] for name in ("batch", "name", "into", "minutes_out")}
    with transaction() as (session, actor):
        query = body["query"]
        warned = label_warnings(session, [*(body["codes"] or ()), body["into"]])
        if query is not None and query["container"]:
            query = query | {"container": get_container(session, query["container"]).barcode}
        command = MakePickList(codes=codes, wanted=None if query is None else tube_filter(query), **same)
        made = service.make_pick_list(session, command, actor=actor, at=clock.now())
    not_listed = [{"line": each.line, "code": each.code, "reason": each.reason, "detail": each.sentence} for each in made.not_listed]
    return json_answer(whole_row(made.view) | {"not_listed": not_listed, "warnings": warned}, 201)


@pick_lists.get("/pick-lists")
@pick_lists.arguments(PickListsIn, location="query")
@pick_lists.response(200, PickListsOut)
@allow(Action.READ)
def show_all(query: dict[str, Any]) -> Any:
    """Pick lists, newest first."""
    state = PickListState(query["state"]) if query["state"] else None
    (before,) = cursor_keys(query["cursor"], int) or (None,)
    with read() as (session, _):
        found = queries.list_pick_lists(session, state=state, before=before, limit=query["limit"] + 1)
    return json_answer(page_of(found, query["limit"], list_row, lambda each: (each.id,)))


@pick_lists.get("/pick-lists/<code>")
@pick_lists.response(200, WholePickListOut)
@allow(Action.READ)
def show(code: str) -> Any:
    """A list with its lines, in the order of the walk."""
    with read() as (session, _):
        return json_answer(whole_row(queries.view_pick_list(session, queries.get_pick_list(session, code))))


@pick_lists.post("/pick-lists/<code>/picks")
@pick_lists.arguments(PickIn)
@pick_lists.response(201, PickedOut)
@allow(Action.STORE)
def pick(body: dict[str, Any], code: str) -> Any:
    """Take a tube; a wrong one is explained, and nothing is recorded."""
    at = clock.now()
    with transaction() as (session, actor):
        warned = label_warnings(session, [body["barcode"]])
        view = taking.pick_tube(session, code, body["barcode"], occurred_at=body["occurred_at"] or at, actor=actor, at=at)
        return json_answer(whole_row(view) | {"warnings": warned}, 201)


@pick_lists.post("/pick-lists/<code>/picks/undo")
@pick_lists.arguments(UndoPickIn)
@pick_lists.response(200, PickedOut)
@allow(Action.CORRECT)
def undo(body: dict[str, Any], code: str) -> Any:
    """A tube taken by mistake is as if it had not been, and is wanted again."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [body["barcode"]])
        view = service.undo_pick(session, code, body["barcode"], reason=body["reason"], actor=actor, at=clock.now())
        return json_answer(whole_row(view) | {"warnings": warned})


@pick_lists.post("/pick-lists/<code>/not-found")
@pick_lists.arguments(NotThereIn)
@pick_lists.response(201, NotFoundOut)
@allow(Action.STORE)
def not_found(body: dict[str, Any], code: str) -> Any:
    """A tube is not in its hole: it is missing, its place stays recorded, and another may stand in for it."""
    at = clock.now()
    with transaction() as (session, actor):
        found = taking.mark_not_found(session, code, body["line"], occurred_at=body["occurred_at"] or at, actor=actor, at=at)
        return json_answer({"line": line_row(found.line), "substitute": found.substitute and substitute_row(found.substitute)}, 201)


@pick_lists.post("/pick-lists/<code>/substitutes")
@pick_lists.arguments(InsteadIn)
@pick_lists.response(201, PickedOut)
@allow(Action.STORE)
def take_instead(body: dict[str, Any], code: str) -> Any:
    """Another tube stands in for the one of a line nobody found."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [body["barcode"]])
        view = taking.take_instead(session, code, body["line"], body["barcode"], actor=actor, at=clock.now())
        return json_answer(whole_row(view) | {"warnings": warned}, 201)


@pick_lists.post("/pick-lists/<code>/done")
@pick_lists.response(200, WholePickListOut)
@allow(Action.STORE)
def finish(code: str) -> Any:
    """The list is done; what was not taken is still on it."""
    with transaction() as (session, actor):
        return json_answer(whole_row(service.finish_pick_list(session, code, occurred_at=clock.now(), actor=actor, at=clock.now())))


@pick_lists.post("/pick-lists/<code>/cancel")
@pick_lists.arguments(CancelIn)
@pick_lists.response(200, WholePickListOut)
@allow(Action.STORE)
def cancel(body: dict[str, Any], code: str) -> Any:
    """Nothing more is taken for it."""
    with transaction() as (session, actor):
        return json_answer(whole_row(service.cancel_pick_list(session, code, reason=body["reason"], actor=actor, at=clock.now())))


def list_row(pick_list: PickListRecord) -> dict[str, Any]:
    """A list as the list of lists shows it; agrees with :class:`PickListOut`."""
    names = ("code", "name", "state", "batch", "into", "minutes_out", "made_by")
    times = {"made_at": instant_text(pick_list.made_at), "ended_at": instant_text(pick_list.ended_at)}
    return {name: getattr(pick_list, name) for name in names} | times


def whole_row(view: PickListView) -> dict[str, Any]:
    """A list with its lines; agrees with :class:`WholePickListOut`."""
    return list_row(view.list) | {"lines": [line_row(line) for line in view.lines], "out_since": instant_text(view.out_since)}


def line_row(line: PickLine) -> dict[str, Any]:
    """A line; agrees with :class:`PickLineOut`."""
    names = ("line", "barcode", "label", "participant", "timepoint", "specimen_type", "state", "where", "instead_of", "picked_by")
    hole = {"container": line.place and line.place.container, "position": line.place and line.place.position_text}
    return {name: getattr(line, name) for name in names} | hole | {"picked_at": instant_text(line.picked_at)}


def substitute_row(substitute: Substitute) -> dict[str, Any]:
    """A tube that could stand in; agrees with :class:`SubstituteOut`."""
    names = ("barcode", "label", "unit", "thaw_count", "where")
    return {name: getattr(substitute, name) for name in names} | {"amount": as_json(substitute.amount, substitute.unit)}
