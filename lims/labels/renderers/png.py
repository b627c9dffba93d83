"""Labels as a PNG of one bit a dot, true to the printer, tagged with its resolution."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from lims.labels.pages import Page, stacked
from lims.labels.renderers.raster import draw_layout

WHITE, BLACK = 1, 0


def write_png(pages: Sequence[Page]) -> bytes:
    """The pages in one picture, one under the other."""
    page = stacked(pages)
    image = Image.new("1", (page.width, page.height), WHITE)
    draw = ImageDraw.Draw(image)
    for x, y, layout in page.labels:
        draw_layout(layout, draw, x, y, BLACK)
    file = BytesIO()
    image.save(file, "PNG", dpi=(page.dpi, page.dpi))
    return file.getvalue()
