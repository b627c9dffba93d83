"""A freezer's temperatures: the chart, its limits, its excursions, its logs; and what is done there."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.storage.queries import get_container
from lims.storage.ways import container_path
from lims.temperatures.queries import last_reading, limits_of, list_excursions, list_logs, list_readings
from lims.temperatures.rules import check_is_freezer, find_gaps
from lims.temperatures.service import import_log, set_limits
from lims.temperatures.vocabulary import ExcursionRecord, ImportLog, LogReport, SetLimits
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural
from lims.web.temperature_chart import chart_of
from lims.web.wording import figure, lasting

SPANS = (1, 7, 30, 90, 365)
"""How many days the chart may show."""
SHOWN_EXCURSIONS, SHOWN_LOGS, SHOWN_GAPS = 50, 20, 12


@web.get("/containers/<code>/temperatures")
@allow(Action.READ)
def temperatures(code: str) -> ResponseReturnValue:
    """How cold it was of late, and when it was not."""
    days = next((each for each in SPANS if request.args.get("days") == str(each)), 7)
    with read() as (session, _actor):
        freezer = get_container(session, code)
        check_is_freezer(freezer)
        way, newest = container_path(session, freezer.id), last_reading(session, freezer.id)
        limits = limits_of(session, freezer.id)
        readings = [] if newest is None else list_readings(session, freezer.id, since=newest.at - timedelta(days=days))
        excursions = list_excursions(session, freezer.id, limit=SHOWN_EXCURSIONS)
        logs = list_logs(session, freezer.id, limit=SHOWN_LOGS)
    now = limits[-1].limits if limits else None
    return page(
        "temperatures.html",
        freezer=freezer,
        way=way,
        newest=newest,
        limits=now,
        chart=chart_of(readings, now, excursions),
        gaps=find_gaps(readings)[-SHOWN_GAPS:],
        excursions=excursions,
        logs=logs,
        days=days,
        spans=SPANS,
        headline=_headline(freezer.name, excursions),
    )


@web.post("/containers/<code>/temperatures")
@allow(Action.STORE)
@act(temperatures)
def take_temperatures(code: str) -> ResponseReturnValue:
    """Take a logger's file in."""
    fields, upload = Fields(request.form), request.files.get("file")
    zone = fields.text("zone", longest=60)
    if upload is None or not upload.filename:
        fields.refuse("file", _("Choose a file."))
    fields.check()
    assert upload is not None
    upload.stream.seek(0)  # the view is run again when the database was busy
    command = ImportLog(container=code, file_name=upload.filename or "", content=upload.stream.read(), zone=zone)
    with transaction() as (session, actor):
        report = import_log(session, command, actor=actor, at=clock.now())
    _tell_report(report)
    return go(f"/containers/{code}/temperatures")


@web.post("/containers/<code>/temperatures/limits")
@allow(Action.DECIDE)
@act(temperatures)
def set_temperature_limits(code: str) -> ResponseReturnValue:
    """Say between what it must be from now on."""
    fields = Fields(request.form)
    command = SetLimits(
        container=code,
        warm_c=_degrees(fields, "warm_c"),
        cold_c=_degrees(fields, "cold_c"),
        tolerated_minutes=fields.integer("tolerated_minutes", least=0, most=7 * 24 * 60),
        occurred_at=clock.now(),
        reason=fields.optional_text("reason"),
    )
    fields.check()
    with transaction() as (session, actor):
        set_limits(session, command, actor=actor, at=clock.now())
    tell("done", _("The limits are set."))
    return go(f"/containers/{code}/temperatures")


def _degrees(fields: Fields, name: str) -> Decimal | None:
    """A temperature, with either minus sign and either decimal mark, or none."""
    text = (fields.optional_text(name, longest=12) or "").replace("−", "-").replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        fields.refuse(name, _("Write a temperature, such as −70."))
        return None
    return found


def _headline(name: str, excursions: list[ExcursionRecord]) -> str:
    waiting = sum(each.reviewed_at is None for each in excursions)
    if waiting:
        return plural(
            "%(name)s: one excursion waits for a decision", "%(name)s: %(num)d excursions wait for a decision", waiting, name=name
        )
    return _("Temperatures of %(name)s", name=name)


def _tell_report(report: LogReport) -> None:
    read_ = plural("One new reading", "%(count)s new readings", report.new, count=figure(report.new))
    already = _("%(count)s were there already", count=figure(report.already)) if report.already else ""
    gaps = plural("the log has one gap", "the log has %(num)d gaps", len(report.gaps)) if report.gaps else ""
    longest = max((gap.length for gap in report.gaps), default=None)
    if longest is not None:
        gaps = _("%(gaps)s, the longest %(length)s", gaps=gaps, length=lasting(longest))
    without = (
        plural("one line without a temperature", "%(num)d lines without a temperature", report.without_value)
        if report.without_value
        else ""
    )
    told = "; ".join(each for each in (already, gaps, without) if each)
    if report.excursions:
        title = plural("It was outside its limits once", "It was outside its limits %(num)d times", len(report.excursions))
        tell("stop", title, "; ".join(each for each in (read_, told) if each) + _("."))
    elif not report.limits_set:
        tell("warn", read_, _("No limits are set, so that nothing can be found outside them.") + (f" {told}" if told else ""))
    else:
        tell("warn" if gaps else "ok", read_, (told + _(".")) if told else _("All within the limits."))
