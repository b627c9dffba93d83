"""Endpoints of temperatures: a freezer's logs, readings, limits and excursions, and what is done because of one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.errors import BadCursor
from lims.api.fields import Code, Instant, Name, Note, Whole, instant_text
from lims.api.files import FileIn, file_body, takes_file
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.remarks import LabelsReadOut, label_warnings
from lims.api.schema import Schema
from lims.clock import from_iso, iso
from lims.http_context import allow, read, transaction
from lims.storage.queries import get_container
from lims.temperatures import queries, service, setting_aside, touched
from lims.temperatures.rules import LONGEST_TOLERATED, check_is_freezer
from lims.temperatures.vocabulary import (
    MILLI,
    ExcursionRecord,
    ImportLog,
    Limits,
    LogReport,
    PairAtStake,
    Reading,
    SetAside,
    SetLimits,
    TouchedTube,
)

temperatures = Blueprint("temperatures", "Temperatures: a freezer's logs, its limits, and its excursions beyond them.")

_MOST_TUBES = 10_000


class Celsius(fields.Field[Decimal]):
    """A temperature in °C: a number with at most three decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **kwargs | {"metadata": {"type": "number", "description": "°C, at most three decimals"} | kwargs.get("metadata", {})}
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("A temperature is wanted: a number of °C.")
        found = Decimal(str(value))
        if not found.is_finite() or abs(found) > 1000 or found != round(found, 3):
            raise ValidationError("A temperature has at most three decimals, and is −200 to 100 °C.")
        return found


class TemperatureLogIn(FileIn):
    """A logger's file, its content as the body."""

    zone = Name(required=True, metadata={"description": "Whose clocks its times are by where they say no offset: Asia/Shanghai"})


class TemperatureReadingsIn(PageIn):
    """Which readings."""

    since = Instant(load_default=None)
    until = Instant(load_default=None)


class TemperatureReadingOut(Schema):
    """How cold it was at an instant."""

    at = Instant(required=True)
    celsius = fields.Float(required=True)


class TemperatureReadingsOut(Schema):
    """A page of readings, by time."""

    items = fields.List(fields.Nested(TemperatureReadingOut), required=True)
    next = fields.String(required=True, allow_none=True)


class TemperatureLimitsIn(Schema):
    """Between what it must be from now on; the first limits hold for what was logged before, too."""

    warm_c = Celsius(load_default=None, allow_none=True)
    cold_c = Celsius(load_default=None, allow_none=True)
    tolerated_minutes = Whole(0, LONGEST_TOLERATED, required=True)
    reason = Note(load_default=None, allow_none=True)


class TemperatureLimitsOut(Schema):
    """Between what it must be; all null where nobody has said."""

    warm_c = fields.Float(required=True, allow_none=True)
    cold_c = fields.Float(required=True, allow_none=True)
    tolerated_minutes = fields.Integer(required=True, allow_none=True)


class ExcursionOut(Schema):
    """A time outside the limits, longer than tolerated."""

    id = fields.Integer(required=True)
    container = fields.String(required=True)
    side = fields.String(required=True, metadata={"description": "warm or cold"})
    begun_at = Instant(required=True)
    ended_at = Instant(required=True)
    lasting = fields.Boolean(required=True, metadata={"description": "The log ends before it is within the limits again"})
    extreme_c = fields.Float(required=True)
    limit_c = fields.Float(required=True)
    tolerated_minutes = fields.Integer(required=True)
    reviewed_by = fields.String(required=True, allow_none=True)
    reviewed_at = Instant(required=True, allow_none=True)


class TemperatureGapOut(Schema):
    """A time of which a log says nothing."""

    begun_at = Instant(required=True)
    ended_at = Instant(required=True)


class TemperatureReportOut(Schema):
    """What came of a log."""

    readings = fields.Integer(required=True)
    new = fields.Integer(required=True)
    already = fields.Integer(required=True)
    without_value = fields.Integer(required=True)
    first_at = Instant(required=True)
    last_at = Instant(required=True)
    lowest_c = fields.Float(required=True)
    highest_c = fields.Float(required=True)
    limits_set = fields.Boolean(required=True)
    gaps = fields.List(fields.Nested(TemperatureGapOut), required=True)
    excursions = fields.List(fields.Nested(ExcursionOut), required=True)


class ExcursionsIn(Schema):
    """Which excursions: of one freezer, or those nobody has decided on."""

    container = Code(load_default=None)


class ExcursionsOut(Schema):
    """Excursions, the newest first."""

    items = fields.List(fields.Nested(ExcursionOut), required=True)


class TouchedOut(Schema):
    """A tube that was in the freezer then, as it is today."""

    barcode = fields.String(required=True)
    label = fields.String(required=True)
    participant = fields.String(required=True)
    timepoint = fields.String(required=True)
    specimen_type = fields.String(required=True)
    state = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    set_aside_for_it = fields.Boolean(required=True)
    in_it_from = Instant(required=True)
    in_it_to = Instant(required=True)


class StakeOut(Schema):
    """A pair that stands on touched tubes; ``lost`` where a side has nothing else."""

    participant = fields.String(required=True)
    assay = fields.String(required=True)
    state = fields.String(required=True)
    lost = fields.Boolean(required=True)
    tubes = fields.List(fields.String(), required=True)


class ExcursionWithTubesOut(ExcursionOut):
    """An excursion with the tubes it touched and the pairs at stake."""

    tubes = fields.List(fields.Nested(TouchedOut), required=True)
    pairs = fields.List(fields.Nested(StakeOut), required=True)


class SetAsideIn(Schema):
    """Which tubes: all that were touched, unless some are named."""

    barcodes = fields.List(
        Code(), load_default=None, allow_none=True, validate=validate.Length(1, _MOST_TUBES, error=f"1 to {_MOST_TUBES} tubes.")
    )
    reason = Note(load_default=None, allow_none=True)


class ExcursionReasonIn(Schema):
    """What was decided."""

    reason = Note(load_default=None, allow_none=True)


class LeftTubeOut(Schema):
    """A tube that was left as it is, and the state it is in."""

    barcode = fields.String(required=True)
    state = fields.String(required=True)


class SetAsideOut(LabelsReadOut):
    """What came of it."""

    done = fields.List(fields.String(), required=True)
    left = fields.List(fields.Nested(LeftTubeOut), required=True)


@temperatures.post("/containers/<barcode>/temperatures")
@temperatures.arguments(TemperatureLogIn, location="query")
@takes_file(temperatures.doc)
@temperatures.response(200, TemperatureReportOut)
@allow(Action.STORE)
def take_log(query: dict[str, Any], barcode: str) -> Any:
    """Take a logger's file in, as the body. What is there already is counted, not doubled; excursions are found at once."""
    command = ImportLog(container=barcode, file_name=query["file_name"], content=file_body(), zone=query["zone"])
    with transaction() as (session, actor):
        return json_answer(_report(service.import_log(session, command, actor=actor, at=clock.now())))


@temperatures.get("/containers/<barcode>/temperatures")
@temperatures.arguments(TemperatureReadingsIn, location="query")
@temperatures.response(200, TemperatureReadingsOut)
@allow(Action.READ)
def show_readings(query: dict[str, Any], barcode: str) -> Any:
    """A freezer's readings, by time."""
    after = _after(query["cursor"])
    with read() as (session, _):
        freezer = get_container(session, barcode)
        check_is_freezer(freezer)
        found = queries.list_readings(
            session, freezer.id, since=query["since"], until=query["until"], after=after, limit=query["limit"] + 1
        )
    return json_answer(page_of(found, query["limit"], _reading, lambda reading: (iso(reading.at),)))


@temperatures.get("/containers/<barcode>/temperature-limits")
@temperatures.response(200, TemperatureLimitsOut)
@allow(Action.READ)
def show_limits(barcode: str) -> Any:
    """Between what a freezer must be."""
    with read() as (session, _):
        limits = queries.limits_of(session, get_container(session, barcode).id)
        return json_answer(_limits(limits[-1].limits if limits else None))


@temperatures.post("/containers/<barcode>/temperature-limits")
@temperatures.arguments(TemperatureLimitsIn)
@temperatures.response(200, TemperatureLimitsOut)
@allow(Action.DECIDE)
def set_limits(body: dict[str, Any], barcode: str) -> Any:
    """Say between what a freezer must be."""
    at = clock.now()
    with transaction() as (session, actor):
        command = SetLimits(container=barcode, occurred_at=at, **body)
        return json_answer(_limits(service.set_limits(session, command, actor=actor, at=at)))


@temperatures.get("/excursions")
@temperatures.arguments(ExcursionsIn, location="query")
@temperatures.response(200, ExcursionsOut)
@allow(Action.READ)
def list_excursions(query: dict[str, Any]) -> Any:
    """The excursions of one freezer, at most 200; without one, those nobody has decided on yet."""
    with read() as (session, _):
        if query["container"] is None:
            found = queries.list_open(session, limit=200)
        else:
            found = queries.list_excursions(session, get_container(session, query["container"]).id, limit=200)
        return json_answer({"items": [_excursion(record) for record in found]})


@temperatures.get("/excursions/<int:excursion_id>")
@temperatures.response(200, ExcursionWithTubesOut)
@allow(Action.READ_PARTICIPANTS)
def show_excursion(excursion_id: int) -> Any:
    """An excursion, the tubes that were in the freezer then, and the pairs at stake."""
    with read() as (session, _):
        record = queries.get_excursion(session, excursion_id)
        tubes = touched.touched_tubes(session, record)
        pairs = touched.pairs_at_stake(session, tubes, at=clock.now())
        told = {"tubes": [_tube(tube) for tube in tubes], "pairs": [_stake(pair) for pair in pairs]}
        return json_answer(_excursion(record) | told)


@temperatures.post("/excursions/<int:excursion_id>/quarantine")
@temperatures.arguments(SetAsideIn)
@temperatures.response(200, SetAsideOut)
@allow(Action.HANDLE)
def quarantine(body: dict[str, Any], excursion_id: int) -> Any:
    """Set its tubes aside, all or some: one event each, whose reason names the excursion."""
    with transaction() as (session, actor):
        warned = label_warnings(session, body["barcodes"] or ())
        done = setting_aside.quarantine_touched(session, excursion_id, body["barcodes"], body["reason"], actor=actor, at=clock.now())
        return json_answer(_set_aside(done) | {"warnings": warned})


@temperatures.post("/excursions/<int:excursion_id>/release")
@temperatures.arguments(SetAsideIn)
@temperatures.response(200, SetAsideOut)
@allow(Action.DECIDE)
def release(body: dict[str, Any], excursion_id: int) -> Any:
    """Let tubes be used again that were set aside because of it."""
    with transaction() as (session, actor):
        warned = label_warnings(session, body["barcodes"] or ())
        done = setting_aside.release_touched(session, excursion_id, body["barcodes"], body["reason"], actor=actor, at=clock.now())
        return json_answer(_set_aside(done) | {"warnings": warned})


@temperatures.post("/excursions/<int:excursion_id>/close")
@temperatures.arguments(ExcursionReasonIn)
@temperatures.response(200, ExcursionOut)
@allow(Action.DECIDE)
def close(body: dict[str, Any], excursion_id: int) -> Any:
    """Close it, with what was decided."""
    with transaction() as (session, actor):
        setting_aside.review_excursion(session, excursion_id, body["reason"], actor=actor, at=clock.now())
        return json_answer(_excursion(queries.get_excursion(session, excursion_id)))


def _after(cursor: str | None) -> datetime | None:
    keys = cursor_keys(cursor, str)
    if keys is None:
        return None
    try:
        return from_iso(keys[0])
    except ValueError:
        raise BadCursor from None


def _report(report: LogReport) -> dict[str, Any]:
    told = {name: getattr(report, name) for name in ("readings", "new", "already", "without_value", "limits_set")}
    told |= {"first_at": instant_text(report.first_at), "last_at": instant_text(report.last_at)}
    told |= {"lowest_c": report.lowest_milli_c / MILLI, "highest_c": report.highest_milli_c / MILLI}
    told["gaps"] = [{"begun_at": instant_text(gap.begun_at), "ended_at": instant_text(gap.ended_at)} for gap in report.gaps]
    return told | {"excursions": [_excursion(record) for record in report.excursions]}


def _reading(reading: Reading) -> dict[str, Any]:
    return {"at": instant_text(reading.at), "celsius": reading.milli_c / MILLI}


def _limits(limits: Limits | None) -> dict[str, Any]:
    if limits is None:
        return {"warm_c": None, "cold_c": None, "tolerated_minutes": None}
    warm, cold = (None if each is None else each / MILLI for each in (limits.warm_milli_c, limits.cold_milli_c))
    return {"warm_c": warm, "cold_c": cold, "tolerated_minutes": limits.tolerated_minutes}


def _excursion(record: ExcursionRecord) -> dict[str, Any]:
    it = record.excursion
    times = {"begun_at": instant_text(it.begun_at), "ended_at": instant_text(it.ended_at), "reviewed_at": instant_text(record.reviewed_at)}
    degrees = {"extreme_c": it.extreme_milli_c / MILLI, "limit_c": it.limit_milli_c / MILLI}
    told = {"id": record.id, "container": record.container, "side": it.side, "lasting": it.lasting}
    return told | times | degrees | {"tolerated_minutes": it.tolerated_minutes, "reviewed_by": record.reviewed_by}


def _tube(tube: TouchedTube) -> dict[str, Any]:
    names = ("barcode", "label", "participant", "timepoint", "specimen_type", "state", "place")
    stay = {"in_it_from": instant_text(tube.stay.begun_at), "in_it_to": instant_text(tube.stay.ended_at)}
    return {name: getattr(tube, name) for name in names} | {"set_aside_for_it": tube.for_it} | stay


def _stake(pair: PairAtStake) -> dict[str, Any]:
    return {name: getattr(pair, name) for name in ("participant", "assay", "state", "lost")} | {"tubes": list(pair.touched)}


def _set_aside(outcome: SetAside) -> dict[str, Any]:
    return {"done": list(outcome.done), "left": [{"barcode": left.barcode, "state": left.state} for left in outcome.left]}
