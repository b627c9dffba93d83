"""Endpoints that bring tubes into the register: collections, aliquots and derivatives, and what is wrong with a tube."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.events import EventOut, event_row
from lims.api.fields import Amount, Code, Instant, Name, Note, Unit, Whole
from lims.api.frame import Blueprint, json_answer
from lims.api.pointers import pointing
from lims.api.remarks import LabelsReadOut, WarningOut, label_warnings, warnings_of
from lims.api.schema import Schema
from lims.http_context import allow, transaction
from lims.kits.collecting import derive_aliquots, register_collection
from lims.specimens import amounts, service
from lims.specimens.division import MOST_ALIQUOTS
from lims.specimens.registration import MOST_TUBES, record_not_collected
from lims.specimens.vocabulary import DeriveAliquots, NewTube, PrimaryTube, RecordNotCollected, RegisterCollection, Registered

collections = Blueprint("collections", "What is taken from participants, and the tubes made of it.")

_OF_TUBE = ("container", "amount", "unit", "barcode")
_OF_TAKEN = (*_OF_TUBE, "specimens", "collected_at", "received_at", "processed_at", "frozen_at", "flags")


class TubeIn(Schema):
    """A primary tube as it comes from the participant. What is not known is left out."""

    container = Name(load_default=None, allow_none=True, metadata={"description": "A kind of tube or fixative of the protocol"})
    amount = Amount(load_default=None, allow_none=True)
    unit = Unit(load_default=None, allow_none=True)
    barcode = Code(load_default=None, allow_none=True, metadata={"description": "Of a kit's tube, pre-printed, or an older one"})


class CollectionIn(TubeIn):
    """What was taken at a timepoint: one tube, or several as ``specimens``; or, with ``not_collected``, why nothing was."""

    participant = Name(required=True)
    timepoint = Name(required=True)
    specimen_type = Name(required=True)
    collected_at = Instant(metadata={"description": "Required, unless nothing was collected"})
    specimens = fields.List(fields.Nested(TubeIn), validate=validate.Length(1, MOST_TUBES, error=f"1 to {MOST_TUBES} tubes."))
    received_at = Instant(load_default=None, allow_none=True)
    processed_at = Instant(load_default=None, allow_none=True)
    frozen_at = Instant(load_default=None, allow_none=True)
    flags = fields.List(Name(), load_default=list, validate=validate.Length(max=20, error="At most 20 flags."))
    note = Note(load_default=None, allow_none=True)
    not_collected = Name(load_default=None, allow_none=True, metadata={"description": "The reason's code in the protocol"})
    study = Name(load_default=None, allow_none=True)

    @validates_schema
    def check_together(self, body: dict[str, Any], **_: Any) -> None:
        """One tube or several; taken or not."""
        if body["not_collected"] is not None:
            given = [name for name in _OF_TAKEN if body.get(name)]
            if given:
                raise ValidationError({name: ["Nothing was collected, so leave this out."] for name in given})
        elif "collected_at" not in body:
            raise ValidationError({"collected_at": ["Say when it was collected."]})
        elif "specimens" in body and (given := [name for name in _OF_TUBE if body[name] is not None]):
            raise ValidationError({name: ["Say this of each of the specimens."] for name in given})


class NewTubeOut(Schema):
    """A tube just registered: what to print, and what to stick it on."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    specimen_type = fields.String(required=True)
    amount = Amount(required=True, allow_none=True)
    unit = fields.String(required=True)
    purpose = fields.String(required=True, allow_none=True)


class CollectionOut(Schema):
    """A collection as registered."""

    id = fields.Integer(required=True)
    specimens = fields.List(fields.Nested(NewTubeOut), required=True)
    warnings = fields.List(fields.Nested(WarningOut), required=True)


class AliquotsIn(Schema):
    """How to divide a tube, or what to make of it. ``amount`` is per new tube."""

    count = Whole(1, MOST_ALIQUOTS, required=True)
    amount = Amount(required=True)
    unit = Unit(required=True)
    specimen_type = Name(load_default=None, allow_none=True, metadata={"description": "Another than the parent's makes derivatives"})
    parents = fields.List(Code(), load_default=list, validate=validate.Length(max=50, error="At most 50."))
    parent_amount = Amount(
        load_default=None, allow_none=True, metadata={"description": "What each parent gives to derivatives, in its unit"}
    )
    purpose = Name(load_default=None, allow_none=True, metadata={"description": "An assay's code, or reserve"})
    occurred_at = Instant(load_default=None, allow_none=True)
    barcodes = fields.List(
        Code(),
        load_default=list,
        validate=validate.Length(max=MOST_ALIQUOTS, error=f"At most {MOST_ALIQUOTS}."),
        metadata={"description": "The codes that stand on the new tubes, one for each in order: of a kit's tubes, or pre-printed"},
    )


class AliquotsOut(LabelsReadOut):
    """The tubes made."""

    aliquots = fields.List(fields.Nested(NewTubeOut), required=True)


class NonconformanceIn(Schema):
    """What is wrong with a tube."""

    code = Name(required=True, metadata={"description": "A nonconformance of the protocol"})
    note = Note(load_default=None, allow_none=True)


class FlaggedOut(EventOut, LabelsReadOut):
    """The act that was written down."""


@collections.post("/collections")
@collections.arguments(CollectionIn)
@collections.response(201, CollectionOut)
@allow(Action.REGISTER)
def register(body: dict[str, Any]) -> Any:
    """Register what was taken, or that nothing was. Lateness and the like flag what is kept; only what cannot be is refused."""
    with pointing(reason="not_collected", nonconformance="flags", collection_of="specimen_type"), transaction() as (session, actor):
        if body["not_collected"] is not None:
            done = record_not_collected(session, _not_collected(body), actor=actor, at=clock.now())
            return json_answer(collection_row(done), 201)
        command = _collected(body)
        warned = label_warnings(session, [tube.barcode for tube in command.tubes])
        row = collection_row(register_collection(session, command, actor=actor, at=clock.now()))
        return json_answer(row | {"warnings": [*row["warnings"], *warned]}, 201)


@collections.post("/specimens/<barcode>/aliquots")
@collections.arguments(AliquotsIn)
@collections.response(201, AliquotsOut)
@allow(Action.REGISTER)
def divide(body: dict[str, Any], barcode: str) -> Any:
    """Divide a specimen (or a pool of several), or make another material of it."""
    command = DeriveAliquots(**body | {"parents": (barcode, *body["parents"]), "barcodes": tuple(body["barcodes"])})
    with pointing(assay="purpose"), transaction() as (session, actor):
        warned = label_warnings(session, [*command.parents, *command.barcodes])
        tubes = derive_aliquots(session, command, actor=actor, at=clock.now())
        return json_answer({"aliquots": [new_tube(tube) for tube in tubes], "warnings": warned}, 201)


@collections.post("/specimens/<barcode>/nonconformances")
@collections.arguments(NonconformanceIn)
@collections.response(201, FlaggedOut)
@allow(Action.HANDLE)
def flag(body: dict[str, Any], barcode: str) -> Any:
    """Say what is wrong with a tube, by a code of its protocol. It travels into every manifest."""
    with pointing(nonconformance="code"), transaction() as (session, actor):
        warned = label_warnings(session, [barcode])
        event = service.flag_specimen(session, barcode, body["code"], body["note"], actor=actor, at=clock.now())
        return json_answer(event_row(event) | {"warnings": warned}, 201)


def new_tube(tube: NewTube) -> dict[str, Any]:
    """A tube just registered, as its answer shows it; agrees with :class:`NewTubeOut`."""
    return {
        "barcode": tube.barcode,
        "label": tube.label,
        "specimen_type": tube.specimen_type,
        "amount": amounts.as_json(tube.amount, tube.unit),
        "unit": tube.unit,
        "purpose": tube.purpose,
    }


def _collected(body: dict[str, Any]) -> RegisterCollection:
    tubes = body.get("specimens") or [{name: body[name] for name in _OF_TUBE}]
    same = ("participant", "timepoint", "specimen_type", "collected_at", "received_at", "processed_at", "frozen_at", "note", "study")
    return RegisterCollection(
        tubes=tuple(PrimaryTube(**tube) for tube in tubes), flags=tuple(body["flags"]), **{name: body[name] for name in same}
    )


def _not_collected(body: dict[str, Any]) -> RecordNotCollected:
    same = ("participant", "timepoint", "specimen_type", "note", "study")
    return RecordNotCollected(reason=body["not_collected"], **{name: body[name] for name in same})


def collection_row(done: Registered) -> dict[str, Any]:
    """A collection as its answer shows it; agrees with :class:`CollectionOut`."""
    return {"id": done.id, "specimens": [new_tube(tube) for tube in done.specimens], "warnings": warnings_of(done.warnings)}
