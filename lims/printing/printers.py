"""The verbs of printers: take one in, change, pause, resume and retire it, each an act in its history; and ask one how it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, Json, SubjectKind
from lims.db import table_of, take_ids, violated_constraint
from lims.labels.drawing import known_templates
from lims.labels.render_errors import FormatNotForTemplate, ResolutionNotForTemplate
from lims.labels.renderers import formats_of
from lims.labels.templates import RESOLUTIONS, get_template
from lims.printing.addresses import read_address
from lims.printing.hosts import PrinterHosts
from lims.printing.lines import Standing, open_line
from lims.printing.models import LabelPrintRow, PrinterRow, PrintJob
from lims.printing.printer_errors import BadPrinter, LabelsWaiting, PrinterNameTaken, PrinterRetired
from lims.printing.queries import get_printer
from lims.printing.vocabulary import LabelState, Printer, PrinterKind, PrinterState
from lims.sentences import Sentence

_PRINTERS, _JOBS, _LABELS = table_of(PrinterRow), table_of(PrintJob), table_of(LabelPrintRow)
LONGEST_NAME = 40
LANGUAGES = {PrinterKind.RAW: ("zpl",), PrinterKind.IPP: ("pdf", "zpl"), PrinterKind.OFFICE: ("pdf",)}
"""What each kind of printer may be spoken to in; the first unless said otherwise."""


def add_printer(
    session: Session,
    *,
    name: str,
    kind: PrinterKind,
    address: str = "",
    dpi: int = 300,
    stock: str = "",
    language: str | None = None,
    actor: Actor,
    at: datetime,
    hosts: PrinterHosts,
) -> Printer:
    """Take a printer in. ``stock`` names the template whose labels are loaded; an office printer may go without, for a person feeds it.

    :raises BadPrinter: a name, an address or a language that cannot be.
    :raises PrinterNameTaken: there is, or was, one of that name.
    :raises HostNotAllowed: its machine is not listed, or its name leads to no machine that is.
    :raises TemplateNotFound: as :class:`ResolutionNotForTemplate`, :class:`FormatNotForTemplate`: it cannot print that stock.
    """
    said = _checked(kind, {"address": address, "dpi": dpi, "stock": stock, "language": language or LANGUAGES[kind][0]}, hosts)
    printer_id, event_id = take_ids(session, 2)
    history = custody.begin_histories(session, SubjectKind.PRINTER, [printer_id])[0]
    row = {"id": printer_id, "name": _checked_name(name), "kind": kind, **said}
    try:
        session.execute(insert(_PRINTERS), row | {"paused": False, "state": PrinterState.UNKNOWN, "faults": ""})
    except IntegrityError as error:
        if violated_constraint(error) == "uq_printer_name":
            raise PrinterNameTaken(row["name"]) from error
        raise
    facts: dict[str, Json] = {"name": row["name"], "kind": kind.value, **said}
    custody.append(session, history, Act(type=EventType.PRINTER_ADDED, occurred_at=at, facts=facts), actor=actor, at=at, event_id=event_id)
    return get_printer(session, row["name"])


def change_printer(session: Session, name: str, *, actor: Actor, at: datetime, hosts: PrinterHosts, **changes: Any) -> Printer:
    """Another ``address``, ``dpi``, ``stock`` or ``language``; what is None stays. What changes nothing is no act.

    :raises PrinterRetired: it prints nothing more.
    :raises LimsError: as for :func:`add_printer`.
    """
    printer = _hold(session, name)
    now = {"address": printer.address, "dpi": printer.dpi, "stock": printer.stock, "language": printer.language}
    asked = now | {what: value for what, value in changes.items() if value is not None}
    return _change(session, printer, now, _checked(printer.kind, asked, hosts), actor=actor, at=at)


def load_stock(session: Session, name: str, stock: str, *, actor: Actor, at: datetime) -> Printer:
    """Say which labels are loaded now, by a template that is printed on them. What is loaded already is no act.

    :raises PrinterRetired: it prints nothing more.
    :raises TemplateNotFound: as :class:`ResolutionNotForTemplate`, :class:`FormatNotForTemplate`: it cannot print that stock.
    """
    printer = _hold(session, name)
    _check_stock(printer.kind, stock, printer.dpi, printer.language)
    return _change(session, printer, {"stock": printer.stock}, {"stock": stock}, actor=actor, at=at)


def pause_printer(session: Session, name: str, *, actor: Actor, at: datetime, reason: str | None = None) -> Printer:
    """Nothing is sent to it until it is resumed. Done twice is done once.

    :raises PrinterRetired: it prints nothing more.
    """
    printer = _hold(session, name)
    return _change(session, printer, {"paused": printer.paused}, {"paused": True}, actor=actor, at=at, reason=reason)


def resume_printer(session: Session, name: str, *, actor: Actor, at: datetime) -> Printer:
    """A paused printer goes on. Done twice is done once.

    :raises PrinterRetired: it prints nothing more.
    """
    printer = _hold(session, name)
    return _change(session, printer, {"paused": printer.paused}, {"paused": False}, actor=actor, at=at)


def retire_printer(session: Session, name: str, *, actor: Actor, at: datetime, reason: str | None = None) -> Printer:
    """It prints nothing more; its name and what it printed stay in the books.

    :raises LabelsWaiting: labels wait for it, or are on their way.
    """
    printer = _hold(session, name)
    waiting = session.execute(_waiting_for(printer.id)).scalar_one()
    if waiting:
        raise LabelsWaiting(printer.name, waiting)
    session.execute(update(_PRINTERS).where(_PRINTERS.c.id == printer.id).values(retired_at=at))
    return _change(session, printer, {"retired": False}, {"retired": True}, actor=actor, at=at, reason=reason)


def ask_printer(printer: Printer, hosts: PrinterHosts) -> Standing:
    """How a printer stands at this moment, as it says itself; takes seconds where it is silent. Ask outside of any transaction."""
    line = open_line(printer, hosts)
    if line is None:
        return Standing(PrinterState.UNKNOWN, ())
    try:
        return line.ask()
    finally:
        line.close()


def _hold(session: Session, name: str) -> Printer:
    """
    :raises PrinterRetired: it is retired.
    """
    custody.lock_histories(session, [get_printer(session, name).id])
    printer = get_printer(session, name)
    if printer.retired:
        raise PrinterRetired(printer.name)
    return printer


def _change(
    session: Session,
    printer: Printer,
    was: Mapping[str, Any],
    is_: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> Printer:
    changes: dict[str, Json] = {what: [was[what], value] for what, value in is_.items() if was[what] != value}
    if not changes:
        return printer
    columns = {what: is_[what] for what in changes if what != "retired"}
    if columns:
        session.execute(update(_PRINTERS).where(_PRINTERS.c.id == printer.id).values(**columns))
    history = custody.lock_histories(session, [printer.id])[printer.id]
    act = Act(type=EventType.PRINTER_CHANGED, occurred_at=at, facts={"changes": changes}, reason=reason)
    custody.append(session, history, act, actor=actor, at=at)
    return get_printer(session, printer.name)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or "/" in name:
        raise BadPrinter("name", name, Sentence("give 1 to %(most)s characters on one line, without a slash", most=LONGEST_NAME))
    return name


def _checked(kind: PrinterKind, said: dict[str, Any], hosts: PrinterHosts) -> dict[str, Any]:
    """What is said of a printer, if it can print so."""
    if said["language"] not in LANGUAGES[kind]:
        spoken = ", ".join(LANGUAGES[kind])
        raise BadPrinter(
            "language", said["language"], Sentence("a printer of kind %(kind)s takes %(spoken)s", kind=kind.value, spoken=spoken)
        )
    if said["dpi"] not in RESOLUTIONS:
        raise BadPrinter("dpi", said["dpi"], Sentence("one of %(choices)s", choices=", ".join(map(str, RESOLUTIONS))))
    _check_stock(kind, said["stock"], said["dpi"], said["language"])
    address = read_address(kind, said["address"])
    if address.host:
        hosts.check(address.host, address.port)
    return said | {"address": address.text}


def _check_stock(kind: PrinterKind, stock: str, dpi: int, language: str) -> None:
    """Only an office printer may go without: a person feeds it."""
    if not stock and kind is PrinterKind.OFFICE:
        return
    template = get_template(known_templates(), stock)
    if dpi not in template.stock.dpi:
        raise ResolutionNotForTemplate(template.name, dpi, template.stock.dpi)
    if language not in formats_of(template):
        raise FormatNotForTemplate(template.name, language, formats_of(template))


def _waiting_for(printer_id: int) -> Any:
    return (
        select(func.count())
        .select_from(_LABELS)
        .join(_JOBS, _JOBS.c.id == _LABELS.c.job_id)
        .where(_JOBS.c.printer_id == printer_id, _LABELS.c.state.in_([LabelState.QUEUED, LabelState.SENDING]))
    )
