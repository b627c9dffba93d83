"""Where labels stand on paper: one to a page, or row by row on a sheet, from a starting position."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lims.labels.layout import Layout
from lims.labels.template_parts import Sheet
from lims.labels.typesetting import in_dots

GAP_MM: Final = 2.0
"""How far apart labels stand in a picture of several."""


class Placed(NamedTuple):
    """A label on a page; x and y are its upper left corner, in dots."""

    x: int
    y: int
    layout: Layout


class Page(NamedTuple):
    """A page in dots, and the labels on it."""

    width: int
    height: int
    dpi: int
    labels: tuple[Placed, ...]


def paginate(layouts: Sequence[Layout], sheet: Sheet | None, start: int = 1) -> list[Page]:
    """The pages the labels fill. ``start`` is the first free position of the first sheet, counted from 1, row by row."""
    if sheet is None:
        return [Page(layout.width, layout.height, layout.dpi, (Placed(0, 0, layout),)) for layout in layouts]
    pages, dpi = [], layouts[0].dpi
    width, height = in_dots(sheet.width_mm, dpi), in_dots(sheet.height_mm, dpi)
    rest, first = list(layouts), start - 1
    while rest:
        taken, rest = rest[: sheet.positions - first], rest[sheet.positions - first :]
        placed = tuple(_placed(layout, sheet, first + number) for number, layout in enumerate(taken))
        pages.append(Page(width, height, dpi, placed))
        first = 0
    return pages


def stacked(pages: Sequence[Page]) -> Page:
    """The pages one under the other, as one."""
    gap = in_dots(GAP_MM, pages[0].dpi)
    labels: list[Placed] = []
    top = 0
    for page in pages:
        labels += (placed._replace(y=placed.y + top) for placed in page.labels)
        top += page.height + gap
    return Page(max(page.width for page in pages), top - gap, pages[0].dpi, tuple(labels))


def _placed(layout: Layout, sheet: Sheet, position: int) -> Placed:
    row, column = divmod(position, sheet.columns)
    x = in_dots(sheet.left_mm + column * sheet.pitch_x_mm, layout.dpi)
    return Placed(x, in_dots(sheet.top_mm + row * sheet.pitch_y_mm, layout.dpi), layout)
