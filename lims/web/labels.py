"""Print these labels: whose, from which template, on which printer, from where on a used sheet, and why again. Then one button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import SubjectKind
from lims.errors import LimsError
from lims.http_context import allow, read
from lims.kits.labels import wanted_for
from lims.labels.drawing import known_templates
from lims.labels.layout import plan_label
from lims.labels.pages import paginate
from lims.labels.queries import get_binding
from lims.labels.renderers import formats_of, render
from lims.labels.renderers.svg import write_svg
from lims.labels.templates import RESOLUTIONS, Template, get_template
from lims.printing.copies import NewLabel, plan_copies
from lims.printing.drawing import values_of
from lims.printing.errors import OtherStockLoaded
from lims.printing.queries import list_printers
from lims.printing.rules import check_printer
from lims.printing.vocabulary import LabelState, Printer, PrinterState
from lims.scanning.void_labels import void_label_remarks
from lims.specimens.vocabulary import Remark
from lims.web.codes_taken import void_labels_note
from lims.web.frame import page, web
from lims.web.label_gallery import usual_dpi
from lims.web.label_history import Printed, history_of
from lims.web.label_sources import MOST, Source, source_of_request
from lims.web.messages import _, later, plural
from lims.web.problem_words import sentence_of
from lims.web.statuses import status_of

PREVIEWED, PREVIEWED_OF_A_SHEET = 3, 1
_USUAL = {"specimen": "cryo-wrap", "container": "box"}
_TYPES = {"pdf": "application/pdf", "zpl": "text/plain", "png": "image/png", "svg": "image/svg+xml"}
_TITLES = (
    later("Box"),
    later("Cap dot"),
    later("Cryovial, wrapped, with cap dot"),
    later("Cryovial labels, A4 sheet"),
    later("Cryovial labels, Letter sheet"),
    later("Cryovial, wrapped"),
    later("Requisition form"),
    later("Freezer, shelf or rack"),
    later("Slide"),
    later("Tube, along its axis"),
)
"""What the shipped templates call themselves; a laboratory's own are shown as they are."""
_WIDEST_PX, _PX_PER_MM = 800, 16


@dataclass(frozen=True, slots=True)
class Choice:
    """A printer to choose: whether it can print the template, and if not, why."""

    printer: Printer
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """Something that has a label already: which it would be, and the labels before, the newest first."""

    barcode: str
    copy: int
    before: Sequence[Printed]


@dataclass(frozen=True, slots=True)
class Order:
    """What would be printed: each label as it would come out, and those of which there is one already."""

    new: Sequence[NewLabel]
    again: Sequence[Again]


@web.get("/labels")
@allow(Action.PRINT)
def labels() -> ResponseReturnValue:
    """The labels wanted, and all there is to choose before they are printed."""
    source, order, void, refusal, status = Source(()), Order((), ()), list[Remark](), None, 200
    with read() as (session, _actor):
        choices: list[Choice] = []
        fitting, template = _fitting("specimen")
        try:
            source = source_of_request(session)
            fitting, template = _fitting(_subject(session, source.codes))
            choices = [_choice(printer, template) for printer in list_printers(session) if not printer.retired]
            if source.codes:
                void = list(void_label_remarks(session, source.codes if "codes" in source.address else ()).values())
                order = order_of(session, template, source.codes)
                _draw(template, _previewed(template, order.new), _dpi(template, _chosen(choices)))
        except LimsError as error:
            refusal, status = sentence_of(error), status_of(error)
    chosen = _chosen(choices)
    dpi, asked = _dpi(template, chosen), {**source.address, "template": template.name}
    facts: dict[str, Any] = {"source": source, "order": order, "refusal": refusal, "fitting": fitting, "template": template}
    facts |= {
        "most": MOST,
        "choices": choices,
        "chosen": chosen,
        "dpi": dpi,
        "void": void_labels_note(void) if void else None,
        "start": _start(template),
        "resolutions": RESOLUTIONS,
    }
    facts |= _preview(template, order.new, dpi, asked) if source.codes and not refusal else {"preview": None, "downloads": {}}
    return page("labels.html", status, headline=_headline(source, refusal), **facts)


@web.get("/labels/preview.svg")
@allow(Action.PRINT)
def label_preview() -> ResponseReturnValue:
    """The first labels as they would come out, copies with their mark."""
    with read() as (session, _actor):
        codes = source_of_request(session).codes
        template = get_template(known_templates(), request.args.get("template", ""))
        order = order_of(session, template, codes)
    return Response(_draw(template, _previewed(template, order.new), _dpi(template, None)), mimetype=_TYPES["svg"])


@web.get("/labels/file.<form>")
@allow(Action.PRINT)
def label_file(form: str) -> ResponseReturnValue:
    """The labels as pictures in one file: it counts nothing."""
    template = get_template(known_templates(), request.args.get("template", ""))
    with read() as (session, _actor):
        values = [each.fields for each in wanted_for(session, template, source_of_request(session).codes)]
    dpi = _dpi(template, None)
    answer = Response(render(template, values, format=form, dpi=dpi, start=_start(template)), mimetype=_TYPES[form])
    if form != "svg":
        answer.headers["Content-Disposition"] = f'attachment; filename="labels.{form}"'
    return answer


def order_of(session: Session, template: Template, codes: Sequence[str]) -> Order:
    """What asking for these labels would come to. Three statements for tubes, with one more where there are copies.

    :raises LimsError: a code names nothing, or the template is not for it.
    """
    wanted = wanted_for(session, template, codes)
    history = history_of(session, [each.subject_id for each in wanted])
    former = {subject_id: [one.label for one in printed] for subject_id, printed in history.items()}
    new = plan_copies(session, wanted, former, reason="again")
    again = [_again(each, history[each.wanted.subject_id]) for each in new if each.reason is not None]
    return Order(new, again)


def _again(new: NewLabel, history: Sequence[Printed]) -> Again:
    return Again(new.wanted.barcode, new.copy, [one for one in history if one.label.sent_at or one.label.state is not LabelState.VOID])


def _fitting(subject: str) -> tuple[Mapping[str, Template], Template]:
    """The templates for a kind of thing, and the one asked for or usual."""
    fitting = {name: one for name, one in known_templates().items() if one.subject == subject}
    usual = fitting.get(_USUAL[subject]) or next(iter(fitting.values()))
    return fitting, fitting.get(request.values.get("template", ""), usual)


def _subject(session: Session, codes: Sequence[str]) -> str:
    """What the first code is; a label is of tubes, or of containers, never of both."""
    if not codes:
        asked = known_templates().get(request.values.get("template", ""))
        return asked.subject if asked and asked.subject in _USUAL else "specimen"
    return "container" if get_binding(session, codes[0]).kind is SubjectKind.CONTAINER else "specimen"


def _choice(printer: Printer, template: Template) -> Choice:
    loaded = known_templates().get(printer.stock)
    try:
        check_printer(printer, template, loaded.stock if loaded else None)
    except OtherStockLoaded as error:
        return Choice(printer, _("Loaded: %(stock)s", stock=error.loaded))
    except LimsError as error:
        return Choice(printer, sentence_of(error))
    return Choice(printer, None)


def _chosen(choices: Sequence[Choice]) -> Printer | None:
    """The printer asked for where it can print them, else the readiest that can."""
    able = [choice.printer for choice in choices if choice.why_not is None]
    asked = next((printer for printer in able if printer.name == request.values.get("printer")), None)
    return asked or min(able, key=_readiness, default=None)


def _readiness(printer: Printer) -> tuple[bool, int]:
    order = (PrinterState.READY, PrinterState.BUSY, PrinterState.UNKNOWN, PrinterState.NOT_READY, PrinterState.UNREACHABLE)
    return printer.paused, order.index(printer.state)


def _dpi(template: Template, printer: Printer | None) -> int:
    asked = printer.dpi if printer else request.values.get("dpi", type=int)
    return asked if asked in RESOLUTIONS else usual_dpi(template)


def _start(template: Template) -> int:
    """The first free position of the sheet; always 1 where there is none."""
    start = request.values.get("start", 1, type=int)
    return min(max(start, 1), template.stock.sheet.positions) if template.stock.sheet else 1


def _previewed(template: Template, new: Sequence[NewLabel]) -> Sequence[NewLabel]:
    return new[: PREVIEWED_OF_A_SHEET if template.stock.sheet else PREVIEWED]


def _draw(template: Template, new: Sequence[NewLabel], dpi: int) -> bytes:
    """The labels one under the other, of a sheet too."""
    plan = plan_label(template, dpi)
    values = [values_of(template, each.wanted.fields, each.wanted.barcode, each.symbol, each.copy) for each in new]
    return write_svg(paginate([plan.resolve(each) for each in values], None))


def _preview(template: Template, new: Sequence[NewLabel], dpi: int, asked: Mapping[str, str]) -> dict[str, Any]:
    first = _previewed(template, new)
    shown = {"template": template.name, "dpi": dpi, "codes": "\n".join(each.wanted.barcode for each in first)}
    file = {**asked, "dpi": dpi, "start": _start(template)}
    downloads = {form: f"/labels/file.{form}?{urlencode(file)}" for form in formats_of(template)}
    width = min(_WIDEST_PX, round(template.stock.width_mm * _PX_PER_MM))
    facts = {"downloads": downloads, "width": width, "previewed": len(first)}
    return facts | {"preview": f"/labels/preview.svg?{urlencode(shown)}"}


def _headline(source: Source, refusal: str | None) -> str:
    if refusal:
        return _("These labels cannot be printed")
    if not source.codes:
        return _("No label is wanted") if source.address else _("Which labels?")
    if source.name:
        return plural("Print one label of %(name)s", "Print %(num)d labels of %(name)s", len(source.codes), name=source.name)
    return plural("Print one label", "Print %(num)d labels", len(source.codes))
