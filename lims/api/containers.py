"""Endpoints of storage: containers, where they stand, and what is in their holes."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.events import EventOut, event_row
from lims.api.fields import Code, Instant, Name, Note, Whole
from lims.api.frame import Blueprint, json_answer
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.storage import containers as verbs
from lims.storage import queries
from lims.storage.audit_ages import audit_age_days
from lims.storage.reboxing import rebox
from lims.storage.records import ContainerMap, ContainerRecord, MappedHole
from lims.storage.vocabulary import CloseContainer, CreateContainer, MoveContainer, ReboxContainer, ReboxedTube
from lims.storage.ways import container_path

containers = Blueprint("containers", "Freezers, racks, boxes and their holes.")


MOST_TUBES = 1_000


class ContainerIn(Schema):
    """A container to make known."""

    type = Name(required=True, metadata={"description": "Its type's code: freezer, shelf, rack, box-9x9 …"})
    name = Name(required=True)
    parent = Code(load_default=None, allow_none=True, metadata={"description": "The barcode of what it stands in"})
    position = Name(32, load_default=None, allow_none=True, metadata={"description": "Where in the parent, in the laboratory's words"})
    barcode = Code(load_default=None, allow_none=True, metadata={"description": "The code it came with; else it gets one of ours"})
    temperature_c = Whole(-273, 100, load_default=None, allow_none=True)
    study = Name(load_default=None, allow_none=True, metadata={"description": "Keeps it for one study"})
    holds = fields.List(Name(), load_default=list, metadata={"description": "Keeps it for these specimen types; none: any"})


class MoveIn(Schema):
    """Where a container goes; without a parent onto the bench."""

    parent = Code(load_default=None, allow_none=True)
    position = Name(32, load_default=None, allow_none=True)
    occurred_at = Instant(load_default=None, allow_none=True)
    reason = Note(load_default=None, allow_none=True)


class CloseIn(Schema):
    """That a container is used no more."""

    occurred_at = Instant(load_default=None, allow_none=True)
    reason = Note(load_default=None, allow_none=True)


class ReboxedTubeIn(Schema):
    """A tube that lies in the box: in that hole, or the next one."""

    barcode = Code(required=True)
    position = Name(32, load_default=None, allow_none=True)


class ReboxIn(Schema):
    """Every tube that is in a box now, in the order they were scanned."""

    tubes = fields.List(fields.Nested(ReboxedTubeIn), required=True, validate=validate.Length(1, MOST_TUBES, error="Too many at once."))
    occurred_at = Instant(load_default=None, allow_none=True)
    reason = Note(load_default=None, allow_none=True)


class ReboxedOut(LabelsReadOut):
    """What was written down: one act a tube, that of the box last."""

    events = fields.List(fields.Nested(EventOut), required=True)


class StepOut(Schema):
    """One container of a way, outermost first."""

    barcode = fields.String(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)


class ContainerOut(Schema):
    """A container and where it stands."""

    barcode = fields.String(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    position = fields.String(required=True, allow_none=True)
    rows = fields.Integer(required=True, allow_none=True)
    columns = fields.Integer(required=True, allow_none=True)
    temperature_c = fields.Integer(required=True, allow_none=True)
    holds = fields.List(fields.String(), required=True, metadata={"description": "The specimen types it is kept for; none: any"})
    closed_at = Instant(required=True, allow_none=True)
    audited_at = Instant(required=True, allow_none=True, metadata={"description": "When it was last counted through"})
    audit_age_days = fields.Integer(required=True, allow_none=True, metadata={"description": "Whole days since; null: never"})
    path = fields.List(fields.Nested(StepOut), required=True, metadata={"description": "What it stands in, outermost first"})


class HandledContainerOut(ContainerOut, LabelsReadOut):
    """A container after its label, or that of what it stands in, was scanned."""


class HoleOut(Schema):
    """A hole of a box, or a tube lying loose in a bag."""

    position = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "free, here, or away: out, and the hole kept for it"})
    barcode = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    specimen_type = fields.String(required=True, allow_none=True)


class MapOut(Schema):
    """Every hole of a container, along the rows."""

    barcode = fields.String(required=True)
    name = fields.String(required=True)
    rows = fields.Integer(required=True, allow_none=True)
    columns = fields.Integer(required=True, allow_none=True)
    positions = fields.List(fields.Nested(HoleOut), required=True)


class ContainersIn(Schema):
    """Which containers."""

    parent = Code(load_default=None, metadata={"description": "Those that stand in this one; else those that stand in none"})


class ContainersOut(Schema):
    """Containers standing side by side."""

    items = fields.List(fields.Nested(ContainerOut), required=True)


@containers.post("/containers")
@containers.arguments(ContainerIn)
@containers.response(201, HandledContainerOut)
@allow(Action.STORE)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Make a container known."""
    command = CreateContainer(**body | {"holds": tuple(body["holds"])})
    with transaction() as (session, actor):
        warned = label_warnings(session, [command.parent])
        return _container(session, verbs.create_container(session, command, actor=actor, at=clock.now())) | {"warnings": warned}


@containers.get("/containers")
@containers.arguments(ContainersIn, location="query")
@containers.response(200, ContainersOut)
@allow(Action.READ)
def list_containers(query: dict[str, Any]) -> dict[str, Any]:
    """What stands in a container, or in none."""
    with read() as (session, _):
        parent = queries.get_container(session, query["parent"]) if query["parent"] else None
        path = container_path(session, parent.id) if parent else ()
        return {"items": [_shown(one, path) for one in queries.list_containers(session, parent.id if parent else None)]}


@containers.get("/containers/<barcode>")
@containers.response(200, ContainerOut)
@allow(Action.READ)
def show(barcode: str) -> dict[str, Any]:
    """A container and where it stands."""
    with read() as (session, _):
        return _container(session, queries.get_container(session, barcode))


@containers.get("/containers/<barcode>/map")
@containers.response(200, MapOut)
@allow(Action.READ)
def show_map(barcode: str) -> Any:
    """Every hole of a container and who is in it."""
    with read() as (session, _):
        return json_answer(map_row(queries.container_map(session, barcode)))


@containers.post("/containers/<barcode>/move")
@containers.arguments(MoveIn)
@containers.response(200, HandledContainerOut)
@allow(Action.STORE)
def move(body: dict[str, Any], barcode: str) -> dict[str, Any]:
    """Put a container, with all that is in it, into another."""
    at = clock.now()
    command = MoveContainer(container=barcode, **body | {"occurred_at": body["occurred_at"] or at})
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode, command.parent])
        verbs.move_container(session, command, actor=actor, at=at)
        return _container(session, queries.get_container(session, barcode)) | {"warnings": warned}


@containers.post("/containers/<barcode>/close")
@containers.arguments(CloseIn)
@containers.response(200, HandledContainerOut)
@allow(Action.STORE)
def close(body: dict[str, Any], barcode: str) -> dict[str, Any]:
    """Use an empty container no more."""
    at = clock.now()
    command = CloseContainer(container=barcode, **body | {"occurred_at": body["occurred_at"] or at})
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode])
        verbs.close_container(session, command, actor=actor, at=at)
        return _container(session, queries.get_container(session, barcode)) | {"warnings": warned}


@containers.post("/containers/<barcode>/rebox")
@containers.arguments(ReboxIn)
@containers.response(200, ReboxedOut)
@allow(Action.STORE)
def fill_anew(body: dict[str, Any], barcode: str) -> Any:
    """A box that was spilled, or thawed, and filled anew: its tubes in any order, in one act."""
    at = clock.now()
    tubes = tuple(ReboxedTube(specimen=tube["barcode"], position=tube["position"]) for tube in body["tubes"])
    command = ReboxContainer(container=barcode, tubes=tubes, occurred_at=body["occurred_at"] or at, reason=body["reason"])
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode, *(tube.specimen for tube in tubes)])
        events = rebox(session, command, actor=actor, at=at)
        return json_answer({"events": [event_row(event) for event in events], "warnings": warned})


def map_row(found: ContainerMap) -> dict[str, Any]:
    """A map as its answer shows it; agrees with :class:`MapOut`."""
    holes = [_hole(hole) for hole in found.positions]
    of = {"barcode": found.container.barcode, "name": found.container.name}
    return of | {"rows": found.rows, "columns": found.columns, "positions": holes}


def _hole(hole: MappedHole) -> dict[str, Any]:
    return {
        "position": hole.position,
        "state": hole.state,
        "barcode": hole.barcode,
        "label": hole.label,
        "specimen_type": hole.specimen_type,
    }


def _container(session: Session, one: ContainerRecord) -> dict[str, Any]:
    return _shown(one, container_path(session, one.id)[:-1])


def _shown(one: ContainerRecord, path: tuple[Any, ...]) -> dict[str, Any]:
    names = ("barcode", "type", "name", "rows", "columns", "temperature_c", "closed_at")
    audited = {"audited_at": one.audited_at, "audit_age_days": audit_age_days(one.audited_at, clock.now())}
    return (
        {name: getattr(one, name) for name in names}
        | {"holds": list(one.materials)}
        | audited
        | {"parent": path[-1].barcode if path else None, "position": one.slot, "path": path}
    )
