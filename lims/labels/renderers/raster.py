"""Drawing in dots: text and symbols as the printer's own dots, black or nothing."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from lims.labels.fonts import UNITS_PER_EM, Face, advances, runs
from lims.labels.layout import Layout
from lims.labels.renderers.ink import rectangles
from lims.labels.typesetting import TextLine


def draw_layout(layout: Layout, draw: ImageDraw.ImageDraw, x: int, y: int, ink: int) -> None:
    """Draw one label with its upper left corner at x, y."""
    for item in layout.items:
        if isinstance(item, TextLine):
            draw_text(item, draw, x, y, ink)
        else:
            for left, top, width, height in rectangles(item):
                draw.rectangle((x + left, y + top, x + left + width - 1, y + top + height - 1), fill=ink)


def draw_text(line: TextLine, draw: ImageDraw.ImageDraw, x: int, y: int, ink: int) -> None:
    """Draw one line character by character, each at the dot nearest its place, so that it ends where the layout says."""
    draw.fontmode = "1"
    widths = advances(line.weight)
    along = 0
    for face, text in runs(line.text, line.weight):
        font = _font(face, line.size)
        for character in text:
            left = x + line.x + round(along * line.size / UNITS_PER_EM)
            draw.text((left, y + line.baseline), character, fill=ink, font=font, anchor="ls")
            along += widths[character]


def line_bitmap(line: TextLine) -> tuple[Image.Image, int, int]:
    """One line as a bitmap of its black dots (ink is 1), and where its upper left corner stands on the label."""
    above, below = line.size * 9 // 8, line.size * 3 // 8
    image = Image.new("1", (line.width + 2, above + below), 0)
    draw_text(line.at(1, above), ImageDraw.Draw(image), 0, 0, 1)
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    return image.crop((left, top, right, bottom)), line.x - 1 + left, line.baseline - above + top


@lru_cache(maxsize=128)
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.BASIC)
