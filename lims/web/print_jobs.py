"""The print queue: jobs and how far they are; and one job, label by label, as it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.errors import LimsError
from lims.http_context import allow, read
from lims.labels.drawing import known_templates
from lims.labels.layout import plan_label
from lims.labels.pages import paginate
from lims.labels.renderers.svg import write_svg
from lims.labels.templates import Template, get_template
from lims.printing.drawing import values_of
from lims.printing.errors import UnknownLine
from lims.printing.queries import get_job, get_printer, list_jobs, list_printers, list_unproven
from lims.printing.vocabulary import Job, JobState, LabelPrint, LabelState, Printer, PrinterKind
from lims.web.fields import Fields
from lims.web.frame import page, web
from lims.web.happenings import happenings
from lims.web.label_gallery import usual_dpi
from lims.web.messages import _, plural
from lims.web.printers import needs_hand
from lims.web.printing_words import trouble_of

PAGE_LENGTH = 40
OPEN = (JobState.WAITING, JobState.PRINTING, JobState.PAUSED)
FILTERS = ("open", "unproven", "all")
_WAITS = (LabelState.QUEUED, LabelState.SENDING)
_PX_PER_MM, _WIDEST_PX = 14, 620


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands, as its page says it: the answer, what to do, and whether it moves by itself."""

    headline: str
    do: str
    outcome: str
    moves: bool


@web.get("/labels/jobs")
@allow(Action.READ)
def print_jobs() -> ResponseReturnValue:
    """The queue, or what is still to be scanned back, or all jobs."""
    fields = Fields(request.args)
    which = fields.optional_one_of("which", FILTERS) or "open"
    printer, before = fields.optional_text("printer", longest=80), fields.optional_integer("before", least=1, most=2**62)
    fields.check()
    with read() as (session, _actor):
        jobs = _jobs(session, which, printer, before)
        names = [one.name for one in list_printers(session)]
    further, jobs = len(jobs) > PAGE_LENGTH, jobs[:PAGE_LENGTH]
    following = url_for("web.print_jobs", which=which, printer=printer, before=jobs[-1].id) if further else None
    return page(
        "print_jobs.html",
        jobs=jobs,
        which=which,
        printer=printer,
        names=names,
        following=following,
        headline=_headline(which, jobs, further),
    )


@web.get("/labels/jobs/<int:job_id>")
@allow(Action.READ)
def print_job(job_id: int) -> ResponseReturnValue:
    """One job: its labels in their order, and one of them large."""
    with read() as (session, _actor):
        job = get_job(session, job_id)
        printer = get_printer(session, job.printer)
        events = list_events(session, job_id)
    template = known_templates().get(job.template)
    chosen = _chosen(job, request.args.get("line", type=int))
    width = min(_WIDEST_PX, round(template.stock.width_mm * _PX_PER_MM)) if template else _WIDEST_PX
    facts = {"job": job, "printer": printer, "template": template, "chosen": chosen, "width": width, "history": happenings(events)}
    return page("print_job.html", standing=standing_of(job, printer), **facts)


@web.get("/labels/jobs/<int:job_id>/standing")
@allow(Action.READ)
def print_job_standing(job_id: int) -> ResponseReturnValue:
    """The part of a job's page that changes while it is printed."""
    with read() as (session, _actor):
        job = get_job(session, job_id)
        printer = get_printer(session, job.printer)
    chosen = _chosen(job, request.args.get("line", type=int))
    return page("print_job_standing.html", job=job, printer=printer, chosen=chosen, standing=standing_of(job, printer))


@web.get("/labels/jobs/<int:job_id>/lines/<int:line>.svg")
@allow(Action.READ)
def label_of_job(job_id: int, line: int) -> ResponseReturnValue:
    """One label of a job, as it comes out."""
    with read() as (session, _actor):
        job = get_job(session, job_id)
        dpi = get_printer(session, job.printer).dpi
    label = line_of(job, line)
    template = get_template(known_templates(), job.template)
    try:
        drawn = _drawn(template, label, dpi)
    except LimsError:  # the printer's dots were changed since
        drawn = _drawn(template, label, usual_dpi(template))
    return Response(drawn, mimetype="image/svg+xml")


def line_of(job: Job, line: int) -> LabelPrint:
    """
    :raises UnknownLine: the job has no such line.
    """
    found = next((label for label in job.labels if label.line == line), None)
    if found is None:
        raise UnknownLine(job.id, line, len(job.labels))
    return found


def standing_of(job: Job, printer: Printer) -> Standing:
    """What a job's page opens with."""
    match job.state:
        case JobState.PROVEN:
            return Standing(plural("Proven: the one label reads back", "Proven: all %(num)d labels read back", job.total), "", "ok", False)
        case JobState.CANCELLED:
            return Standing(_("Cancelled"), _("What had left the queue before stays as it is."), "info", False)
        case JobState.VOID:
            return Standing(_("No label of this job counts any more"), "", "info", False)
        case JobState.PAUSED:
            return Standing(
                _("Paused at label %(n)s of %(total)s", **_progress(job)), _("Nothing is sent until it is resumed."), "warn", False
            )
        case JobState.PRINTED:
            left = job.total - job.verified
            title = plural("Out, and one label to scan back", "Out, and %(num)d labels to scan back", left)
            return Standing(title, _("A label counts once it was scanned: scan each, in its order."), "info", False)
        case JobState.WAITING | JobState.PRINTING:
            return _on_its_way(job, printer)


def _on_its_way(job: Job, printer: Printer) -> Standing:
    if job.printer_kind is PrinterKind.OFFICE:
        return _by_hand(job)
    if printer.paused:
        return Standing(_("%(name)s is paused", name=printer.name), _("Resume the printer, and the job goes on."), "warn", True)
    if needs_hand(printer):
        title = _("Printing stopped at label %(n)s of %(total)s", **_progress(job))
        return Standing(title, trouble_of(printer.faults), "warn", True)
    if job.state is JobState.WAITING:
        return Standing(
            plural("One label waits", "%(num)d labels wait", job.total), _("It is printed as soon as its turn comes."), "wait", True
        )
    return Standing(_("Printing label %(n)s of %(total)s", **_progress(job)), _("You may leave this page."), "wait", True)


def _by_hand(job: Job) -> Standing:
    if job.counts.get(LabelState.QUEUED):
        title = plural("One label to download", "%(num)d labels to download", job.counts[LabelState.QUEUED])
        return Standing(title, _("Print the file at 100 per cent, without fitting it to the page."), "info", True)
    return Standing(_("Are they printed?"), _("Look at the sheet, then say so, or scan the labels back at once."), "info", False)


def _progress(job: Job) -> dict[str, int]:
    waiting = sum(job.counts.get(state, 0) for state in _WAITS)
    return {"n": min(job.total - waiting + 1, job.total), "total": job.total}


def _chosen(job: Job, line: int | None) -> LabelPrint | None:
    """The label shown large: the one asked for, else the one due next."""
    asked = next((label for label in job.labels if label.line == line), None)
    due = next((label for label in job.labels if label.state not in {LabelState.VERIFIED, LabelState.VOID}), None)
    return asked or due or (job.labels[0] if job.labels else None)


def _drawn(template: Template, label: LabelPrint, dpi: int) -> bytes:
    values = values_of(template, label.fields, label.barcode, label.symbol, label.copy)
    return write_svg(paginate([plan_label(template, dpi).resolve(values)], None))


def _jobs(session: Session, which: str, printer: str | None, before: int | None) -> Sequence[Job]:
    if which == "unproven":
        return list_unproven(session, PAGE_LENGTH + 1, before=before, printer=printer)
    return list_jobs(session, before=before, limit=PAGE_LENGTH + 1, states=OPEN if which == "open" else None, printer=printer)


def _headline(which: str, jobs: Sequence[Job], further: bool) -> str:
    if jobs and (further or request.args.get("before")):
        return _("More jobs than fit on a page")
    if which == "unproven":
        return plural("One job to scan back", "%(num)d jobs to scan back", len(jobs)) if jobs else _("Every label is scanned back")
    if which == "open":
        return plural("One job in the queue", "%(num)d jobs in the queue", len(jobs)) if jobs else _("Nothing waits to be printed")
    return plural("One job so far", "%(num)d jobs so far", len(jobs)) if jobs else _("Nothing was printed yet")
