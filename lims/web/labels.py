"""Labels: what they will look like, and the file a printer takes. A picture or a file, not a print: it counts nothing."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import SubjectKind
from lims.errors import LimsError
from lims.http_context import allow, read
from lims.labels.queries import get_binding
from lims.labels.renderers import formats_of, render
from lims.labels.templates import Template, get_template, load_templates
from lims.settings import resource_dir
from lims.storage.label_fields import label_fields
from lims.web.frame import page, web
from lims.web.messages import _, later, plural
from lims.web.problem_words import sentence_of

PREVIEWED = 6
MOST = 500
_DPI = (203, 300, 600)
_TYPES = {"pdf": "application/pdf", "zpl": "text/plain", "png": "image/png", "svg": "image/svg+xml"}
_USUAL = {"specimen": "cryo-wrap", "container": "box"}
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


@cache
def templates() -> Mapping[str, Template]:
    """The templates that are drawn from barcodes."""
    return {name: template for name, template in load_templates(resource_dir("label_templates")).items() if template.subject in _USUAL}


@web.get("/labels")
@allow(Action.PRINT)
def labels() -> ResponseReturnValue:
    """The labels of the codes in the address, as the chosen template draws them."""
    codes = _codes()
    kind = _subject(codes)
    fitting = {name: one for name, one in templates().items() if one.subject == kind}
    usual = fitting.get(_USUAL[kind], next(iter(fitting.values()), None))
    template = fitting.get(request.args.get("template", ""), usual)
    refusal = _refusal(template, codes) if template and codes else None
    facts: dict[str, Any] = {"fitting": fitting, "codes": codes, "dpi": _dpi(), "choices": _DPI, "refusal": refusal}
    preview = None if refusal or not codes or not template else _address("svg", codes[:PREVIEWED], template)
    facts |= {"preview": preview, "previewed": min(len(codes), PREVIEWED), "headline": _headline(codes, refusal)}
    facts["width"] = min(_WIDEST_PX, round(template.stock.width_mm * _PX_PER_MM)) if template else _WIDEST_PX
    downloads = {each: _address(each, codes, template) for each in formats_of(template)} if template and codes and not refusal else {}
    return page("labels.html", template=template, downloads=downloads, **facts)


@web.get("/labels/file.<form>")
@allow(Action.PRINT)
def label_file(form: str) -> ResponseReturnValue:
    """The labels in one file."""
    codes = _codes()
    template = get_template(templates(), request.args.get("template", ""))
    with read() as (session, _actor):
        values = label_fields(session, template.subject, codes)
    answer = Response(
        render(template, values, format=form, dpi=_dpi(), start=request.args.get("start", 1, type=int)), mimetype=_TYPES[form]
    )
    if form != "svg":
        answer.headers["Content-Disposition"] = f'attachment; filename="labels.{form}"'
    return answer


def _codes() -> list[str]:
    given = [code.strip() for code in request.args.getlist("code") if code.strip()]
    typed = [code for code in request.args.get("codes", "").split() if code]
    return list(dict.fromkeys([*given, *typed]))[:MOST]


def _subject(codes: Sequence[str]) -> str:
    """What the first code is; a label is of tubes, or of containers, never of both."""
    if not codes:
        return "specimen"
    with read() as (session, _actor):
        kind = get_binding(session, codes[0]).kind
    return "container" if kind is SubjectKind.CONTAINER else "specimen"


def _refusal(template: Template, codes: Sequence[str]) -> str | None:
    """Why these labels cannot be drawn, if they cannot."""
    try:
        with read() as (session, _actor):
            render(template, label_fields(session, template.subject, codes[:PREVIEWED]), format="svg", dpi=_dpi())
    except LimsError as error:
        return sentence_of(error)
    return None


def _dpi() -> int:
    asked = request.args.get("dpi", 300, type=int)
    return asked if asked in _DPI else 300


def _address(form: str, codes: Sequence[str], template: Template) -> str:
    return url_for("web.label_file", form=form, template=template.name, dpi=_dpi(), code=list(codes))


def _headline(codes: Sequence[str], refusal: str | None) -> str:
    if not codes:
        return _("Which labels?")
    if refusal:
        return _("These labels cannot be drawn")
    return plural("One label is ready", "%(num)d labels are ready", len(codes))
