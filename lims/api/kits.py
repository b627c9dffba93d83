"""Endpoints of kits: tubes labelled before the patient comes, for a participant or as a stock, and collecting from them."""

from typing import Any

from marshmallow import fields, validate

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.collections import CollectionOut, NewTubeOut, collection_row, new_tube
from lims.api.fields import Amount, Choice, Code, Day, Instant, Name, Note, Unit, Whole, Yes, instant_text
from lims.api.filters import check_filters
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.pointers import pointing
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.kits import queries, service
from lims.kits.collecting import collect_from_kit
from lims.kits.queries import KitFilter
from lims.kits.vocabulary import STOPPED, Collected, CollectFromKit, FilledTube, Kit, KitState, KitSummary, KitTubeRecord, MakeKits
from lims.specimens.amounts import as_json

kits = Blueprint("kits", "Kits: the tubes of a timepoint, labelled before the patient comes.")

_MOST_TUBES = 500
_types = validate.Length(max=100, error="At most 100 types.")


class KitsIn(Schema):
    """Kits to make: for a participant and timepoint, or, without a participant, for the stock; its timepoint may be open."""

    participant = Name(load_default=None, allow_none=True)
    timepoint = Name(load_default=None, allow_none=True)
    specimen_types = fields.List(
        Name(), load_default=list, validate=_types, metadata={"description": "The primaries wanted; without it, all that is planned then"}
    )
    count = Whole(1, service.MOST_KITS, load_default=1)
    study = Name(load_default=None, allow_none=True)


class BindingIn(Schema):
    """To whom a kit of the stock is given."""

    participant = Name(required=True)
    timepoint = Name(load_default=None, allow_none=True, metadata={"description": "Where the kit's own is open"})


class FilledTubeIn(Schema):
    """A tube of the kit that was filled."""

    barcode = Code(required=True)
    amount = Amount(load_default=None, allow_none=True, metadata={"description": "Unknown without it; of an aliquot, as planned"})
    unit = Unit(load_default=None, allow_none=True)


class CollectingIn(Schema):
    """The tubes that were filled: taken from the participant, made of what was taken, or both. The others are void."""

    tubes = fields.List(
        fields.Nested(FilledTubeIn), required=True, validate=validate.Length(1, _MOST_TUBES, error=f"1 to {_MOST_TUBES} tubes.")
    )
    collected_at = Instant(load_default=None, allow_none=True, metadata={"description": "Required where something was taken"})
    received_at = Instant(load_default=None, allow_none=True)
    processed_at = Instant(load_default=None, allow_none=True)
    frozen_at = Instant(load_default=None, allow_none=True)
    flags = fields.List(Name(), load_default=list, validate=validate.Length(max=20, error="At most 20 flags."))
    note = Note(load_default=None, allow_none=True)
    participant = Name(load_default=None, allow_none=True, metadata={"description": "Required for a kit of the stock"})
    timepoint = Name(load_default=None, allow_none=True, metadata={"description": "Required where the kit's own is open"})
    more_to_come = Yes(load_default=False, metadata={"description": "The other tubes wait on, and are not void"})


class VoidingIn(Schema):
    """That a kit, or what was not used of it, is not wanted."""

    reason = Note(load_default=None, allow_none=True)


class KitTubeOut(Schema):
    """A tube of a kit. ``label`` is that of the specimen it became."""

    line = fields.Integer(required=True, metadata={"description": "The order of the work, from 1"})
    barcode = fields.String(required=True)
    specimen_type = fields.String(required=True)
    form = fields.String(required=True, metadata={"description": "primary, or aliquot: made of another"})
    made_of = fields.String(required=True, allow_none=True)
    purpose = fields.String(required=True, allow_none=True)
    container = fields.String(required=True, allow_none=True)
    amount = Amount(required=True, allow_none=True, metadata={"description": "What the plan wants in it"})
    unit = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "ready, used or void"})
    label = fields.String(required=True, allow_none=True)


class KitSummaryOut(Schema):
    """A kit without its tubes."""

    barcode = fields.String(required=True)
    study = fields.String(required=True)
    participant = fields.String(required=True, allow_none=True)
    timepoint = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "made, used, void; stopped where consent was withdrawn"})
    withdrawn_on = Day(required=True, allow_none=True)
    made_at = Instant(required=True)
    ready = fields.Integer(required=True)
    used = fields.Integer(required=True)
    void = fields.Integer(required=True)


class KitOut(KitSummaryOut):
    """A kit with its tubes, in the order of the work."""

    tubes = fields.List(fields.Nested(KitTubeOut), required=True)


class MadeKitsOut(Schema):
    """The kits made."""

    kits = fields.List(fields.Nested(KitOut), required=True)


class HandledKitOut(KitOut, LabelsReadOut):
    """A kit after its slip was scanned."""


class CollectedOut(LabelsReadOut):
    """What was collected, what was made of it, and the kit as it stands now."""

    collections = fields.List(fields.Nested(CollectionOut), required=True)
    aliquots = fields.List(fields.Nested(NewTubeOut), required=True)
    kit = fields.Nested(KitOut, required=True)


class KitsWantedIn(PageIn):
    """Which kits."""

    study = Name(load_default=None)
    participant = Name(load_default=None)
    timepoint = Name(load_default=None)
    state = Choice(*KitState, STOPPED, load_default=None)
    whose = Choice("stock", "participant", load_default=None, metadata={"description": "Those that are nobody's yet, or somebody's"})


class KitsOut(Schema):
    """A page of kits, the newest first."""

    items = fields.List(fields.Nested(KitSummaryOut), required=True)
    next = fields.String(required=True, allow_none=True)


@kits.post("/kits")
@kits.arguments(KitsIn)
@kits.response(201, MadeKitsOut)
@allow(Action.REGISTER)
def make(body: dict[str, Any]) -> Any:
    """Make kits: every tube has its code from now on. Print their labels by the kit's code."""
    command = MakeKits(**body | {"specimen_types": tuple(body["specimen_types"])})
    with pointing(collection_of="specimen_types"), transaction() as (session, actor):
        return json_answer({"kits": [kit_row(kit) for kit in service.make_kits(session, command, actor=actor, at=clock.now())]}, 201)


@kits.get("/kits")
@kits.arguments(KitsWantedIn, location="query")
@kits.response(200, KitsOut)
@allow(Action.READ)
def show_all(query: dict[str, Any]) -> Any:
    """Kits, the newest first."""
    (before,) = cursor_keys(query["cursor"], int) or (None,)
    whose = query["whose"]
    same = {name: query[name] for name in ("study", "participant", "timepoint", "state")}
    wanted = KitFilter(**same, stock=None if whose is None else whose == "stock")
    with read() as (session, _):
        found = queries.list_kits(session, wanted, before=before, limit=query["limit"] + 1)
        if not found:
            check_filters(session, query)
    return json_answer(page_of(found, query["limit"], summary_row, lambda kit: (kit.id,)))


@kits.get("/kits/<barcode>")
@kits.response(200, KitOut)
@allow(Action.READ)
def show(barcode: str) -> Any:
    """A kit with its tubes."""
    with read() as (session, _):
        return json_answer(kit_row(queries.get_kit(session, barcode)))


@kits.post("/kits/<barcode>/bind")
@kits.arguments(BindingIn)
@kits.response(200, HandledKitOut)
@allow(Action.REGISTER)
def bind(body: dict[str, Any], barcode: str) -> Any:
    """Give a kit of the stock to a participant."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode])
        kit = service.bind_kit(session, barcode, body["participant"], body["timepoint"], actor=actor, at=clock.now())
        return json_answer(kit_row(kit) | {"warnings": warned})


@kits.post("/kits/<barcode>/collect")
@kits.arguments(CollectingIn)
@kits.response(201, CollectedOut)
@allow(Action.REGISTER)
def collect(body: dict[str, Any], barcode: str) -> Any:
    """Register what was filled of a kit; the other labels are void."""
    tubes = tuple(FilledTube(**tube) for tube in body["tubes"])
    command = CollectFromKit(kit=barcode, **body | {"tubes": tubes, "flags": tuple(body["flags"])})
    with pointing(nonconformance="flags"), transaction() as (session, actor):
        warned = label_warnings(session, [barcode, *(tube.barcode for tube in tubes)])
        done = collect_from_kit(session, command, actor=actor, at=clock.now())
        return json_answer(_collected(done) | {"warnings": warned}, 201)


@kits.post("/kits/<barcode>/void")
@kits.arguments(VoidingIn)
@kits.response(200, HandledKitOut)
@allow(Action.REGISTER)
def void(body: dict[str, Any], barcode: str) -> Any:
    """Take back what was not used of a kit: its labels count no more."""
    with transaction() as (session, actor):
        warned = label_warnings(session, [barcode])
        kit = service.void_kit(session, barcode, reason=body["reason"], actor=actor, at=clock.now())
        return json_answer(kit_row(kit) | {"warnings": warned})


def kit_row(kit: Kit) -> dict[str, Any]:
    """A kit with its tubes as an answer shows it; agrees with :class:`KitOut`."""
    return summary_row(kit.summary) | {"tubes": [_tube(tube) for tube in kit.tubes]}


def summary_row(kit: KitSummary) -> dict[str, Any]:
    """A kit as a list shows it; agrees with :class:`KitSummaryOut`."""
    same = {name: getattr(kit, name) for name in ("barcode", "study", "participant", "timepoint", "ready", "used", "void")}
    withdrawn_on = kit.withdrawn_on.isoformat() if kit.withdrawn_on else None
    return same | {"state": kit.shown_state, "withdrawn_on": withdrawn_on, "made_at": instant_text(kit.made_at)}


def _tube(tube: KitTubeRecord) -> dict[str, Any]:
    same = ("line", "barcode", "specimen_type", "form", "made_of", "purpose", "unit", "state", "label")
    shown = {name: getattr(tube, name) for name in same}
    return shown | {"container": tube.container_kind, "amount": as_json(tube.amount, tube.unit)}


def _collected(done: Collected) -> dict[str, Any]:
    return {
        "collections": [collection_row(each) for each in done.collections],
        "aliquots": [new_tube(tube) for tube in done.made],
        "kit": kit_row(done.kit),
    }
