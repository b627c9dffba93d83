"""Labels as SVG: millimetres outside, printer dots inside; text as outlines of our own fonts, so no reader's font can change it.

The only text in the file is the symbols' own, which the strict pattern of symbol data keeps free of markup.
"""

from collections.abc import Iterator, Sequence

from lims.labels.fonts import UNITS_PER_EM, advances, outline, runs
from lims.labels.layout import Layout, Line
from lims.labels.pages import Page, stacked
from lims.labels.renderers.ink import rectangles
from lims.labels.symbol_places import Symbol
from lims.labels.typesetting import TextLine


def write_svg(pages: Sequence[Page]) -> bytes:
    """The pages in one picture, one under the other."""
    page = stacked(pages)
    width_mm, height_mm = (f"{dots * 25.4 / page.dpi:.3f}mm" for dots in (page.width, page.height))
    body = "".join(f'<g transform="translate({x} {y})">{"".join(_label(layout))}</g>' for x, y, layout in page.labels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}" height="{height_mm}" '
        f'viewBox="0 0 {page.width} {page.height}" role="img">'
        f'<rect width="{page.width}" height="{page.height}" fill="#fff"/>{body}</svg>\n'
    ).encode()


def _label(layout: Layout) -> Iterator[str]:
    codes = dict.fromkeys(item.text for item in layout.items if isinstance(item, Symbol))
    yield f"<title>{' '.join(codes)}</title>"
    for item in layout.items:
        yield "".join(_outlines(item)) if isinstance(item, TextLine) else f'<path shape-rendering="crispEdges" d="{_solid(item)}"/>'


def _solid(item: Symbol | Line) -> str:
    return "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in rectangles(item))


def _outlines(line: TextLine) -> Iterator[str]:
    widths, along = advances(line.weight), 0
    yield f'<g transform="translate({line.x} {line.baseline}) scale({line.size / UNITS_PER_EM:.6f})">'
    for face, text in runs(line.text, line.weight):
        for character in text:
            if path := outline(face, character):
                yield f'<path transform="translate({along})" d="{path}"/>'
            along += widths[character]
    yield "</g>"
