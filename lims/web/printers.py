"""Printers: which there are, how each stands and what to do about it; taken in, changed, paused and retired."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.http_context import allow, house, read, transaction
from lims.labels.drawing import known_templates
from lims.labels.templates import RESOLUTIONS, Template
from lims.printing import printers as verbs
from lims.printing.hosts import PrinterHosts
from lims.printing.leases import note_standing
from lims.printing.queries import get_printer, list_jobs, list_printers
from lims.printing.vocabulary import Job, JobState, LabelState, Printer, PrinterKind, PrinterState
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.happenings import happenings
from lims.web.messages import _, plural
from lims.web.printing_words import printer_word, trouble_of

_OPEN = (JobState.WAITING, JobState.PRINTING, JobState.PAUSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A printer with what waits for it; ``stock`` is the template whose labels are loaded, where it is known."""

    printer: Printer
    jobs: int
    labels: int
    stock: Template | None

    @property
    def needs_hand(self) -> bool:
        """Whether somebody has to walk there."""
        return needs_hand(self.printer)


def needs_hand(printer: Printer) -> bool:
    """Whether somebody has to walk to a printer before it goes on."""
    return not printer.retired and printer.state in {PrinterState.NOT_READY, PrinterState.UNREACHABLE}


@web.get("/printers")
@allow(Action.READ)
def printers() -> ResponseReturnValue:
    """Every printer, those that need a hand first."""
    with read() as (session, _actor):
        known, jobs = list_printers(session), list_jobs(session, states=_OPEN, limit=200)
    shown = sorted((_standing(printer, jobs) for printer in known), key=lambda one: (one.printer.retired, not one.needs_hand))
    return page("printers.html", shown=shown, headline=_headline([one for one in shown if not one.printer.retired]))


@web.get("/printers/new")
@allow(Action.MANAGE_PRINTERS)
def new_printer() -> ResponseReturnValue:
    """The form for a new printer."""
    return page("printer_new.html", **_choices())


@web.post("/printers/new")
@allow(Action.MANAGE_PRINTERS)
@act(new_printer)
def take_printer() -> ResponseReturnValue:
    """Take a printer in."""
    fields = Fields(request.form)
    name, kind = fields.text("name", longest=verbs.LONGEST_NAME), fields.one_of("kind", list(PrinterKind))
    address, language = fields.optional_text("address", longest=300), fields.optional_text("language", longest=8)
    stock, dpi = fields.optional_one_of("stock", known_templates()), fields.integer("dpi", least=203, most=600)
    fields.check()
    with transaction() as (session, actor):
        made = verbs.add_printer(
            session,
            name=name,
            kind=PrinterKind(kind),
            address=address or "",
            dpi=dpi,
            stock=stock or "",
            language=language,
            actor=actor,
            at=clock.now(),
            hosts=_hosts(),
        )
    tell("done", _("%(name)s may be printed on now.", name=made.name))
    return go(f"/printers/{made.name}")


@web.get("/printers/<name>")
@allow(Action.READ)
def printer(name: str) -> ResponseReturnValue:
    """One printer: how it stands, what is loaded, what waits for it, and all that was changed."""
    with read() as (session, _actor):
        found = get_printer(session, name)
        jobs = list_jobs(session, printer=found.name, limit=20)
        history = happenings(list_events(session, found.id))
    waiting = [job for job in jobs if job.state in _OPEN]
    return page("printer.html", one=_standing(found, waiting), jobs=jobs, history=history, **_choices())


@web.post("/printers/<name>/stock")
@allow(Action.PRINT)
@act(printer)
def load_stock(name: str) -> ResponseReturnValue:
    """Say which labels are loaded now."""
    fields = Fields(request.form)
    stock = fields.one_of("stock", known_templates())
    fields.check()
    return _changed(name, stock=stock)


@web.post("/printers/<name>")
@allow(Action.MANAGE_PRINTERS)
@act(printer)
def change_printer(name: str) -> ResponseReturnValue:
    """Another address, resolution or language."""
    fields = Fields(request.form)
    address, language = fields.optional_text("address", longest=300), fields.optional_text("language", longest=8)
    dpi = fields.integer("dpi", least=203, most=600)
    fields.check()
    return _changed(name, address=address, language=language, dpi=dpi)


@web.post("/printers/<name>/pause")
@allow(Action.PRINT)
@act(printer)
def pause_printer(name: str) -> ResponseReturnValue:
    """Send nothing more to it."""
    with transaction() as (session, actor):
        verbs.pause_printer(session, name, actor=actor, at=clock.now())
    tell("done", _("%(name)s is paused: nothing is sent to it.", name=name))
    return go(f"/printers/{name}")


@web.post("/printers/<name>/resume")
@allow(Action.PRINT)
@act(printer)
def resume_printer(name: str) -> ResponseReturnValue:
    """Let it go on."""
    with transaction() as (session, actor):
        verbs.resume_printer(session, name, actor=actor, at=clock.now())
    tell("done", _("%(name)s goes on.", name=name))
    return go(f"/printers/{name}")


@web.post("/printers/<name>/ask")
@allow(Action.PRINT)
@act(printer)
def ask_printer(name: str) -> ResponseReturnValue:
    """Ask it how it stands at this moment, and say it in words; takes seconds where it is silent."""
    with read() as (session, _actor):
        asked = get_printer(session, name)
    standing = verbs.ask_printer(asked, _hosts())
    with transaction() as (session, _actor):
        note_standing(session, asked.id, standing, clock.now())
    title = f"{asked.name}: {printer_word(standing.state)}"
    if standing.state in {PrinterState.NOT_READY, PrinterState.UNREACHABLE}:
        tell("warn", title, trouble_of(standing.faults))
    else:
        tell("ok", title, _("It says so itself, at this moment."))
    return go(f"/printers/{name}")


@web.post("/printers/<name>/retire")
@allow(Action.MANAGE_PRINTERS)
@act(printer)
def retire_printer(name: str) -> ResponseReturnValue:
    """It prints nothing more."""
    fields = Fields(request.form)
    reason = fields.text("reason", longest=200)
    fields.check()
    with transaction() as (session, actor):
        verbs.retire_printer(session, name, actor=actor, at=clock.now(), reason=reason)
    tell("done", _("%(name)s is retired. What it printed stays in the books.", name=name))
    return go("/printers")


def _changed(name: str, **changes: object) -> ResponseReturnValue:
    with transaction() as (session, actor):
        verbs.change_printer(session, name, actor=actor, at=clock.now(), hosts=_hosts(), **changes)
    tell("done", _("It is written down."))
    return go(f"/printers/{name}")


def _hosts() -> PrinterHosts:
    return PrinterHosts.of(house().settings.printer_hosts)


def _standing(printer: Printer, jobs: list[Job]) -> Standing:
    mine = [job for job in jobs if job.printer == printer.name]
    waiting = sum(job.counts.get(LabelState.QUEUED, 0) + job.counts.get(LabelState.SENDING, 0) for job in mine)
    return Standing(printer, len(mine), waiting, known_templates().get(printer.stock))


def _choices() -> Mapping[str, object]:
    return {"stocks": known_templates(), "resolutions": RESOLUTIONS, "kinds": list(PrinterKind), "hosts": house().settings.printer_hosts}


def _headline(shown: list[Standing]) -> str:
    if not shown:
        return _("No printer is here yet")
    stuck = sum(one.needs_hand for one in shown)
    if stuck:
        return plural("One printer needs a hand", "%(num)d printers need a hand", stuck)
    if all(one.printer.paused for one in shown):
        return _("Every printer is paused")
    return plural("One printer, and nothing to do", "%(num)d printers, and nothing to do", len(shown))
