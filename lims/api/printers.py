"""Endpoints of printers: which there are and how they stand, taken in, changed, paused, resumed, retired."""

from typing import Any

from marshmallow import fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Instant, Name, Note, Whole, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.manifests import NothingIn
from lims.api.schema import Schema
from lims.http_context import allow, house, read, transaction
from lims.printing import printers as verbs
from lims.printing import queries
from lims.printing.hosts import PrinterHosts
from lims.printing.leases import note_standing
from lims.printing.vocabulary import Fault, Printer, PrinterKind, PrinterState

printers = Blueprint("printers", "Printers: which there are and how they stand.")

_LANGUAGES = ("zpl", "pdf")


class PrinterIn(Schema):
    """A printer to take in. Its host is one of those an operator lists in `LIMS_PRINTER_HOSTS`."""

    name = Name(verbs.LONGEST_NAME, required=True)
    kind = Choice(*PrinterKind, required=True, metadata={"description": "raw: ZPL over TCP; ipp; office: sheets to download"})
    address = Name(300, load_default="", metadata={"description": "raw: host:port; ipp: ipp://host/path; office: none"})
    dpi = Whole(203, 600, load_default=300)
    stock = Name(load_default="", metadata={"description": "The template whose labels are loaded"})
    language = Choice(*_LANGUAGES, load_default=None, allow_none=True)


class ChangeIn(Schema):
    """What is otherwise about a printer; what is not said stays."""

    address = Name(300, load_default=None, allow_none=True)
    dpi = Whole(203, 600, load_default=None, allow_none=True)
    stock = Name(load_default=None, allow_none=True)
    language = Choice(*_LANGUAGES, load_default=None, allow_none=True)


class StockIn(Schema):
    """Which labels are loaded now."""

    stock = Name(required=True, metadata={"description": "A template that is printed on them"})


class ReasonIn(Schema):
    """Why, if somebody asks later."""

    reason = Note(load_default=None, allow_none=True)


class PrinterOut(Schema):
    """A printer. `state` and `faults` are what it last said itself, at `asked_at`."""

    name = fields.String(required=True)
    kind = Choice(*PrinterKind, required=True)
    address = fields.String(required=True)
    dpi = fields.Integer(required=True)
    stock = fields.String(required=True)
    language = fields.String(required=True)
    paused = fields.Boolean(required=True)
    retired = fields.Boolean(required=True)
    state = Choice(*PrinterState, required=True)
    faults = fields.List(Choice(*Fault), required=True)
    asked_at = Instant(required=True, allow_none=True)


class PrintersOut(Schema):
    """Every printer by name, the retired ones last."""

    items = fields.List(fields.Nested(PrinterOut), required=True)


@printers.get("/labels/printers")
@printers.response(200, PrintersOut)
@allow(Action.READ)
def show_all() -> Any:
    """The printers there are, and how they last stood."""
    with read() as (session, _):
        return json_answer({"items": [printer_row(each) for each in queries.list_printers(session)]})


@printers.post("/labels/printers")
@printers.arguments(PrinterIn)
@printers.response(201, PrinterOut)
@allow(Action.MANAGE_PRINTERS)
def add(body: dict[str, Any]) -> Any:
    """Take a printer in."""
    said = body | {"kind": PrinterKind(body["kind"])}
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.add_printer(session, **said, actor=actor, at=clock.now(), hosts=_hosts())), 201)


@printers.post("/labels/printers/<string:name>/change")
@printers.arguments(ChangeIn)
@printers.response(200, PrinterOut)
@allow(Action.MANAGE_PRINTERS)
def change(body: dict[str, Any], name: str) -> Any:
    """Say that a printer has another address, resolution or language, or other labels loaded."""
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.change_printer(session, name, **body, actor=actor, at=clock.now(), hosts=_hosts())))


@printers.post("/labels/printers/<string:name>/stock")
@printers.arguments(StockIn)
@printers.response(200, PrinterOut)
@allow(Action.PRINT)
def load(body: dict[str, Any], name: str) -> Any:
    """Say which labels are loaded now; jobs for others wait until theirs are."""
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.load_stock(session, name, body["stock"], actor=actor, at=clock.now())))


@printers.post("/labels/printers/<string:name>/pause")
@printers.arguments(ReasonIn)
@printers.response(200, PrinterOut)
@allow(Action.PRINT)
def pause(body: dict[str, Any], name: str) -> Any:
    """Send nothing to a printer until it is resumed."""
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.pause_printer(session, name, reason=body["reason"], actor=actor, at=clock.now())))


@printers.post("/labels/printers/<string:name>/resume")
@printers.arguments(NothingIn, required=False)
@printers.response(200, PrinterOut)
@allow(Action.PRINT)
def resume(body: dict[str, Any], name: str) -> Any:
    """Let a paused printer go on."""
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.resume_printer(session, name, actor=actor, at=clock.now())))


@printers.post("/labels/printers/<string:name>/retire")
@printers.arguments(ReasonIn)
@printers.response(200, PrinterOut)
@allow(Action.MANAGE_PRINTERS)
def retire(body: dict[str, Any], name: str) -> Any:
    """Let a printer print nothing more; what it printed stays in the books."""
    with transaction() as (session, actor):
        return json_answer(printer_row(verbs.retire_printer(session, name, reason=body["reason"], actor=actor, at=clock.now())))


@printers.post("/labels/printers/<string:name>/ask")
@printers.arguments(NothingIn, required=False)
@printers.response(200, PrinterOut)
@allow(Action.PRINT)
def ask(body: dict[str, Any], name: str) -> Any:
    """Ask a printer how it stands now; takes seconds where it is silent."""
    with read() as (session, _):
        printer = queries.get_printer(session, name)
    standing = verbs.ask_printer(printer, _hosts())
    with transaction() as (session, _):
        note_standing(session, printer.id, standing, clock.now())
        return json_answer(printer_row(queries.get_printer(session, name)))


def printer_row(printer: Printer) -> dict[str, Any]:
    """A printer as it is answered."""
    return {
        "name": printer.name,
        "kind": printer.kind,
        "address": printer.address,
        "dpi": printer.dpi,
        "stock": printer.stock,
        "language": printer.language,
        "paused": printer.paused,
        "retired": printer.retired,
        "state": printer.state,
        "faults": list(printer.faults),
        "asked_at": instant_text(printer.asked_at),
    }


def _hosts() -> PrinterHosts:
    return PrinterHosts.of(house().settings.printer_hosts)
