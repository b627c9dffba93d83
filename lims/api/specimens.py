"""Endpoints that read the register: one tube, many tubes, and a tube's history."""

from typing import Any

from marshmallow import fields

from lims.accounts.vocabulary import Action
from lims.api.events import EventOut, event_row
from lims.api.fields import Amount, Choice, Code, Day, Instant, Name, instant_text
from lims.api.filters import check_filters
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.schema import Schema
from lims.custody.queries import list_events
from lims.custody.vocabulary import SubjectKind
from lims.http_context import allow, read
from lims.labels.queries import get_binding
from lims.specimens.amounts import as_json
from lims.specimens.queries import no_such_specimen
from lims.specimens.vocabulary import QUARANTINED, SpecimenState
from lims.storage.queries import get_container, places_of
from lims.storage.records import Location, TubeFilter
from lims.storage.tubes import Tube, get_tube, list_tubes
from lims.studies.enrolment import split_reference

specimens = Blueprint("specimens", "Tubes: what each is, where it is, and all that ever happened to it.")


class LocationOut(Schema):
    """A tube's place."""

    container = fields.String(required=True, metadata={"description": "The container's barcode"})
    name = fields.String(required=True)
    position = fields.String(required=True, allow_none=True)
    path = fields.String(required=True, metadata={"description": "The whole way to it: F2 / R3 / B5 / C4"})
    away = fields.Boolean(required=True, metadata={"description": "It is out, and the hole is kept for it"})


class SpecimenOut(Schema):
    """A tube as the register knows it; what is unknown is null."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    specimen_type = fields.String(required=True)
    form = fields.String(required=True)
    study = fields.String(required=True)
    participant = fields.String(required=True)
    timepoint = fields.String(required=True)
    side = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    amount = Amount(required=True, allow_none=True)
    unit = fields.String(required=True)
    location = fields.Nested(LocationOut, required=True, allow_none=True)
    thaw_count = fields.Integer(required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)
    missing = fields.Boolean(required=True, metadata={"description": "Nobody found it where it was last recorded"})
    container_kind = fields.String(required=True, allow_none=True)
    purpose = fields.String(required=True, allow_none=True)
    collected_at = Instant(required=True, allow_none=True)
    received_at = Instant(required=True, allow_none=True)
    processed_at = Instant(required=True, allow_none=True)
    frozen_at = Instant(required=True, allow_none=True)
    frozen_on = Day(required=True, allow_none=True)
    window = fields.String(required=True, metadata={"description": "How its day stands to the timepoint's window"})


class SpecimenWithKin(SpecimenOut):
    """A tube with what it was made of, and what was made of it."""

    parents = fields.List(fields.String(), required=True)
    children = fields.List(fields.String(), required=True)


class SpecimensIn(PageIn):
    """Which tubes."""

    participant = Name(load_default=None)
    timepoint = Name(load_default=None)
    specimen_type = Name(load_default=None)
    state = Choice(*SpecimenState, QUARANTINED, load_default=None)
    container = Code(load_default=None, metadata={"description": "The box they are in"})
    q = Name(load_default=None, metadata={"description": "The beginning of a barcode, or any part of a label"})


class SpecimensOut(Schema):
    """A page of tubes, in the order they were registered."""

    items = fields.List(fields.Nested(SpecimenOut), required=True)
    next = fields.String(required=True, allow_none=True)


class EventsOut(Schema):
    """A history, first act first."""

    items = fields.List(fields.Nested(EventOut), required=True)


@specimens.get("/specimens/<barcode>")
@specimens.response(200, SpecimenWithKin)
@allow(Action.READ)
def show(barcode: str) -> Any:
    """A tube, by any of its codes."""
    with read() as (session, _):
        tube = get_tube(session, barcode)
        place = places_of(session, [tube.id]).get(tube.id) if tube.place else None
    return json_answer(specimen_row(tube, place) | {"parents": tube.parents, "children": tube.children})


@specimens.get("/specimens")
@specimens.arguments(SpecimensIn, location="query")
@specimens.response(200, SpecimensOut)
@allow(Action.READ)
def list_specimens(query: dict[str, Any]) -> Any:
    """Tubes, page by page."""
    (after,) = cursor_keys(query["cursor"], int) or (0,)
    with read() as (session, _):
        if query["container"]:
            query["container"] = get_container(session, query["container"]).barcode
        tubes = list_tubes(session, tube_filter(query), after=after, limit=query["limit"] + 1)
        if not tubes:
            check_filters(session, query)
        places = places_of(session, [tube.id for tube in tubes if tube.place])
    return json_answer(page_of(tubes, query["limit"], lambda tube: specimen_row(tube, places.get(tube.id)), lambda tube: (tube.id,)))


@specimens.get("/specimens/<barcode>/custody-events")
@specimens.response(200, EventsOut)
@allow(Action.READ)
def list_history(barcode: str) -> Any:
    """All that ever happened to a tube, with the hash of each act and of the one before."""
    with read() as (session, _):
        binding = get_binding(session, barcode)
        if binding.kind is not SubjectKind.SPECIMEN:
            raise no_such_specimen(session, binding.code)
        events = list_events(session, binding.subject_id)
    return json_answer({"items": [event_row(event) for event in events]})


def specimen_row(tube: Tube, place: Location | None) -> dict[str, Any]:
    """A tube as an answer shows it; agrees with :class:`SpecimenOut`."""
    times = tube.times
    return {
        "barcode": tube.barcode,
        "label": tube.label,
        "specimen_type": tube.specimen_type,
        "form": tube.form,
        "study": tube.study,
        "participant": tube.participant,
        "timepoint": tube.timepoint,
        "side": tube.side,
        "state": tube.state,
        "amount": as_json(tube.amount, tube.unit),
        "unit": tube.unit,
        "location": place and location_row(place),
        "thaw_count": tube.thaw_count,
        "flags": tube.flags,
        "missing": tube.missing,
        "container_kind": tube.container_kind,
        "purpose": tube.purpose,
        "collected_at": instant_text(times.collected_at),
        "received_at": instant_text(times.received_at),
        "processed_at": instant_text(times.processed_at),
        "frozen_at": instant_text(times.frozen_at),
        "frozen_on": tube.frozen_on and tube.frozen_on.isoformat(),
        "window": tube.window,
    }


def location_row(place: Location) -> dict[str, Any]:
    """A place as an answer shows it; agrees with :class:`LocationOut`."""
    return {
        "container": place.container,
        "name": place.container_name,
        "position": place.position_text,
        "path": place.text,
        "away": place.away,
    }


def tube_filter(query: dict[str, Any]) -> TubeFilter:
    """The filter that the parameters of the list of tubes ask for."""
    study, participant = split_reference(query["participant"]) if query["participant"] else (None, None)
    same = ("timepoint", "specimen_type", "state", "container")
    return TubeFilter(study=study, participant=participant, text=query["q"], **{name: query[name] for name in same})
