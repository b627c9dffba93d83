"""Labels as PDF: vector, our own fonts embedded, each symbol one path on the grid of the printer's dots."""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lims.labels.fonts import UNITS_PER_EM, Face, runs, width_units
from lims.labels.layout import Layout
from lims.labels.pages import Page
from lims.labels.renderers.ink import Rectangle, rectangles
from lims.labels.typesetting import TextLine

POINTS_PER_INCH = 72


def write_pdf(pages: Sequence[Page]) -> bytes:
    """The pages, one after the other. The same pages give the same bytes."""
    _register_fonts()
    file = BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=1)
    canvas.setTitle("Labels")
    for page in pages:
        point = POINTS_PER_INCH / page.dpi
        canvas.setPageSize((page.width * point, page.height * point))
        for x, y, layout in page.labels:
            _draw(layout, canvas, x, page.height - y, point)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(layout: Layout, canvas: Canvas, x: int, y: int, point: float) -> None:
    """Draw one label with its upper left corner at x, y, in dots from the lower left of the page."""
    for item in layout.items:
        if isinstance(item, TextLine):
            _draw_text(item, canvas, x, y, point)
        else:
            canvas.addLiteral(_path(rectangles(item), x, y, point))


def _path(black: Sequence[Rectangle], x: int, y: int, point: float) -> str:
    """One filled path, its numbers whole dots."""
    path = "".join([f"{x + left} {y - top - height} {width} {height} re " for left, top, width, height in black])
    return f"q {point:.6f} 0 0 {point:.6f} 0 0 cm 0 g {path}f Q"


def _draw_text(line: TextLine, canvas: Canvas, x: int, y: int, point: float) -> None:
    along = 0
    for face, text in runs(line.text, line.weight):
        canvas.setFont(face.value, line.size * point)
        canvas.drawString((x + line.x + along * line.size / UNITS_PER_EM) * point, (y - line.baseline) * point, text)
        along += width_units(text, line.weight)


@lru_cache
def _register_fonts() -> None:
    for face in Face:
        pdfmetrics.registerFont(TTFont(face.value, str(face.path)))
