"""Finished labels: the one layout of each label written as ZPL, PDF, PNG or SVG.

ZPL is for label printers, one ``^XA … ^XZ`` per label. PDF has a page per label, or the pages of a sheet. PNG and SVG are
pictures, true to the printer's dots: several labels (or pages) stand one under the other, :data:`~lims.labels.pages.GAP_MM` apart.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lims.labels.layout import LabelPlan, plan_label
from lims.labels.pages import Page, paginate
from lims.labels.render_errors import FormatNotForTemplate, LabelCountOutOfRange, StartOutOfRange
from lims.labels.renderers.pdf import write_pdf
from lims.labels.renderers.png import write_png
from lims.labels.renderers.svg import write_svg
from lims.labels.renderers.zpl import write_zpl
from lims.labels.template_parts import Template

__all__ = ["FORMATS", "MOST_LABELS", "MOST_PICTURE_DOTS", "check_start", "formats_of", "render"]

FORMATS: Final = ("pdf", "zpl", "png", "svg")
MOST_LABELS: Final = 2000
MOST_PICTURE_DOTS: Final = 80_000_000

Values = Mapping[str, str]


def render(template: Template, labels: Sequence[Values], *, format: str, dpi: int, start: int = 1) -> bytes:
    """All labels in one file. ``start`` is the first free position of a used sheet, counted from 1, row by row.

    Either every label is in the file or none: the first that cannot be printed is raised.

    :raises LabelCountOutOfRange: no label, or more than one file should hold.
    :raises FormatNotForTemplate: no such output, or a sheet as ZPL.
    :raises ResolutionNotForTemplate: the template makes no sense at ``dpi``.
    :raises StartOutOfRange: the sheet has no such position.
    :raises SymbolDataRefused: the code is none a symbol may carry.
    :raises SymbolDoesNotFit: a symbol is larger than its place.
    :raises TextDoesNotFit: a text that must stand in full is too long.
    """
    if format not in formats_of(template):
        raise FormatNotForTemplate(template.name, format, formats_of(template))
    plan = plan_label(template, dpi)
    check_start(template, start)
    _check_count(len(labels), MOST_LABELS)
    if format == "zpl":
        return write_zpl(plan, labels)
    if format == "pdf":
        return write_pdf(_pages(template, plan, labels, start))
    return _picture(template, plan, labels, start, write_png if format == "png" else write_svg)


def formats_of(template: Template) -> tuple[str, ...]:
    """The outputs a template can be had as: a sheet goes through an office printer, never as ZPL."""
    return tuple(name for name in FORMATS if name != "zpl" or template.stock.sheet is None)


def check_start(template: Template, start: int) -> None:
    """
    :raises StartOutOfRange: the sheet has no such position, or there is no sheet.
    """
    last = template.stock.sheet.positions if template.stock.sheet else 1
    if not 1 <= start <= last:
        raise StartOutOfRange(template.name, start, last)


def _picture(template: Template, plan: LabelPlan, labels: Sequence[Values], start: int, write: Callable[[list[Page]], bytes]) -> bytes:
    per_page = template.stock.sheet.positions if template.stock.sheet else 1
    page = _pages(template, plan, labels[:1], start)[0]
    most = max(1, MOST_PICTURE_DOTS // (page.width * page.height)) * per_page - (start - 1)
    _check_count(len(labels), min(MOST_LABELS, most))
    return write(_pages(template, plan, labels, start))


def _pages(template: Template, plan: LabelPlan, labels: Sequence[Values], start: int) -> list[Page]:
    return paginate([plan.resolve(values) for values in labels], template.stock.sheet, start)


def _check_count(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise LabelCountOutOfRange(count, most)
