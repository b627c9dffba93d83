"""The gallery of label templates: each at its true size with real data, on which stock, for which printers."""

from dataclasses import dataclass

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.errors import LimsError
from lims.http_context import allow, read
from lims.labels.drawing import known_templates
from lims.labels.layout import plan_label
from lims.labels.pages import paginate
from lims.labels.renderers.svg import write_svg
from lims.labels.templates import Template, get_template
from lims.web.frame import page, web
from lims.web.label_samples import made_up, sample_of
from lims.web.study_here import study_here

_USUAL_DPI = 300
_LARGE_PX_PER_MM = 16
_WIDEST_PX = 640


@dataclass(frozen=True, slots=True)
class Shown:
    """A template in the gallery; without a width its picture stands at its true size."""

    template: Template
    picture: str
    width_px: int | None


@web.get("/labels/templates")
@allow(Action.PRINT)
def label_templates() -> ResponseReturnValue:
    """Every template there is, at true size or enlarged."""
    large = request.args.get("size") == "large"
    templates = sorted(known_templates().values(), key=lambda one: (one.stock.height_mm, one.stock.width_mm))
    return page("label_templates.html", shown=[_shown(one, large) for one in templates], large=large)


@web.get("/labels/templates/<name>.svg")
@allow(Action.PRINT)
def template_picture(name: str) -> ResponseReturnValue:
    """One label of a template, in millimetres and the printer's own dots."""
    template = get_template(known_templates(), name)
    with read() as (session, _actor):
        values = sample_of(session, template, study_here())
    try:
        drawn = _drawn(template, values)
    except LimsError:  # a code from an older inventory may be too long for this label
        drawn = _drawn(template, made_up(template))
    return Response(drawn, mimetype="image/svg+xml")


def usual_dpi(template: Template) -> int:
    """The resolution a template is shown at."""
    return _USUAL_DPI if _USUAL_DPI in template.stock.dpi else template.stock.dpi[0]


def _drawn(template: Template, values: dict[str, str]) -> bytes:
    """One label alone, also of a template whose labels stand on a sheet."""
    return write_svg(paginate([plan_label(template, usual_dpi(template)).resolve(values)], None))


def _shown(template: Template, large: bool) -> Shown:
    width = min(_WIDEST_PX, round(template.stock.width_mm * _LARGE_PX_PER_MM)) if large else None
    return Shown(template, url_for("web.template_picture", name=template.name), width)
