"""Reads labels back by ways that know nothing of how they were made: other people's renderers and decoder."""

import random
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import pypdfium2
import resvg_py
import zxingcpp
from PIL import Image

from lims.ids import ALPHABET, check_character, looks_like_copy
from lims.labels.layout import plan_label
from lims.labels.pages import GAP_MM
from lims.labels.renderers import render
from lims.labels.template_parts import COPY_MARK, CapDot, Code128, DataMatrix, Template
from lims.labels.template_parts import Box as Place
from lims.labels.templates import load_templates
from lims.labels.typesetting import in_dots
from tests.support.zpl_drawing import ZplDrawer

TEMPLATES = load_templates(Path(__file__).parents[3] / "label_templates")
READABLE = {"code128": zxingcpp.BarcodeFormat.Code128, "datamatrix": zxingcpp.BarcodeFormat.DataMatrix}
MOST_DOTS_AT_ONCE = 30_000_000
ZPL_AT_ONCE = 20
MM_PER_INCH = 25.4
LARGE_MM = 60

# Codes of other people's tubes, which we have to print as they are.
LEGACY = (
    "9900000001",
    "99",
    "0099",
    "990099",
    "003671747",
    "9995914560",
    "007",
    "00",
    "IL1-3901-9",
    "ILDR01-601L",
    "A99",
    "99A",
    "TUBE_001",
)
# A label of no kind that we ship: its Code 128 runs down it.
LADDER = """
name = "ladder"
title = "Ladder"
subject = "specimen"
[stock]
name = "Any"
part = "1"
width_mm = 13
height_mm = 38
dpi = [300]
around = "width"
tube_diameter_mm = 13
[[element]]
kind = "code128"
upright = true
x_mm = 1
y_mm = 1
width_mm = 6
height_mm = 30
module_mm = 0.17
least_module_mm = 0.16
[[element]]
kind = "text"
text = "{barcode}"
x_mm = 1
y_mm = 32
width_mm = 11
height_mm = 4
size_pt = 7
least_size_pt = 5
"""

Values = Mapping[str, str]
Box = tuple[float, float, float, float]


def our_codes(count: int, seed: int, prefix: str = "S") -> list[str]:
    """Codes of ours, the same for the same seed."""
    chance = random.Random(seed)
    bodies = (prefix + "".join(chance.choices(ALPHABET, k=6)) for _ in range(count))
    return [body + check_character(body) for body in bodies]


def random_codes(template: Template, count: int, seed: int) -> list[str]:
    """Codes of ours, of their later copies, and of others, a third each; others' begin with 99, with noughts, or as chance has it."""
    chance = random.Random(seed)
    others = [start + "".join(chance.choices("0123456789", k=8 - len(start))) for start in islice(cycle(("99", "00", "")), count // 3)]
    ours = our_codes(count - len(others), seed, "C" if template.subject == "container" else "S")
    return [code + chance.choice(ALPHABET) if number % 2 else code for number, code in enumerate(ours)] + others


def carrying(template: Template, code: str) -> Values:
    """What makes the symbols of a label carry this code: that of a later copy is the tube's own and a mark."""
    own, mark = (code[:-1], code[-1]) if looks_like_copy(code) else (code, "")
    return {template.symbol_field: own, COPY_MARK: mark}


def values_for(template: Template, code: str) -> Values:
    """Plausible values of a label that carries this code."""
    return {**PLAUSIBLE[template.subject], **carrying(template, code), "copy": "copy 2" if looks_like_copy(code) else ""}


PLAUSIBLE: dict[str, Values] = {
    "specimen": {
        "label": "ILDR02-L13-POST-STL-02",
        "participant": "L13",
        "timepoint": "POST",
        "side": "post",
        "specimen_type": "Stool 粪便",
        "amount": "200 µL",
        "collected_on": "2026-11-22",
        "study": "ILDR-02",
        "ordinal": "2/4",
    },
    "container": {"name": "Box B1 血浆", "type": "box 9×9", "path": "Freezer A −80 °C / shelf 2 / rack 3"},
    "form": {"title": "Requisition 采样申请单", **{f"line{number}": f"Blood EDTA 10 mL × {number}" for number in range(1, 7)}},
}


def read_back(template: Template, codes: list[str], format_: str, dpi: int) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Each code with the ``(symbology, text)`` pairs a decoder finds on its label."""
    for code, picture in pictures(template, codes, format_, dpi):
        dots_per_mm = picture.width / template.stock.width_mm
        yield code, decoded(from_afar(cut(picture, dots_per_mm, around_symbols(template)), dots_per_mm, template, dpi))


def read_back_zpl(template: Template, codes: list[str], dpi: int, drawer: ZplDrawer) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """The same of what a label printer draws. The labels bear nothing else, for drawing text takes longer than all the rest."""
    x, y, width, height = around_symbols(template)
    dots_per_mm, plan = dpi / MM_PER_INCH, plan_label(template, dpi)
    right, bottom = min(plan.width, round((x + width) * dots_per_mm)), min(plan.height, round((y + height) * dots_per_mm))
    for first in range(0, len(codes), ZPL_AT_ONCE):
        some = codes[first : first + ZPL_AT_ONCE]
        zpl = render(template, [carrying(template, code) for code in some], format="zpl", dpi=dpi)
        for code, picture in zip(some, drawer.draw(zpl, right, bottom), strict=True):
            yield code, decoded(from_afar(cut(picture, dots_per_mm, (x, y, width, height)), dots_per_mm, template, dpi))


def from_afar(picture: Image.Image, dots_per_mm: float, template: Template, dpi: int) -> Image.Image:
    """A large label of 600 dots an inch, as one of 300: its modules are of six dots and more, and what is seen in a quarter of the
    pixels is seen in all of them; looking at all takes three times as long."""
    close = dots_per_mm * MM_PER_INCH > 500
    return picture.reduce(2) if close and dpi >= 600 and template.stock.width_mm > LARGE_MM else picture


def decoded(picture: Image.Image, *, coarsely: bool = False) -> set[tuple[str, str]]:
    """The symbols a decoder finds in a picture: symbology and text.

    ``coarsely`` lets it look at a picture of a third the size too, as it does by default: that finds more in a photograph. Bars of four
    pixels are then of one and a third, and now and then such a Code 128 is read, besides as what it is, as another with the right check
    character. Drawings true to the dot need no such second look.
    """
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(list(READABLE.values())), try_downscale=coarsely)
    return {(str(barcode.format), barcode.text) for barcode in found}


def expected(template: Template, code: str) -> set[tuple[str, str]]:
    """What a decoder must find on a label of this template."""
    return {(str(READABLE[symbology]), code) for symbology in template.symbols}


def pictures(template: Template, codes: list[str], format_: str, dpi: int) -> Iterator[tuple[str, Image.Image]]:
    """One picture per label, in grey. Labels of a sheet are cut out of it."""
    looked_at = _enough_for_svg(template, dpi) if format_ == "svg" else dpi
    together = _labels_at_once(template, max(dpi, looked_at))
    for first in range(0, len(codes), together):
        some = codes[first : first + together]
        file = render(template, [values_for(template, code) for code in some], format=format_, dpi=dpi)
        pages = rasterise(file, format_, looked_at)
        yield from zip(some, _cut_out(pages, template, len(some), dpi), strict=True)


def rasterise(file: bytes, format_: str, dpi: int) -> list[Image.Image]:
    """The pages of a PDF, or the one picture of a PNG or SVG."""
    if format_ == "pdf":
        document = pypdfium2.PdfDocument(file)
        return [page.render(scale=dpi / 72 * (1 if dpi >= 600 else 2), grayscale=True).to_pil() for page in document]
    if format_ == "svg":
        file = bytes(resvg_py.svg_to_bytes(svg_string=file.decode(), dpi=dpi, skip_system_fonts=True))
    return [Image.open(BytesIO(file)).convert("L")]


def _enough_for_svg(template: Template, dpi: int) -> int:
    """Dots per inch to look at a drawing with. It has no dots; more say nothing else, and cost half a minute in all.

    A small label for a coarse printer is looked at twice as closely: hundreds stand one under the other, and where a pixel is a dot, a
    module of two that falls between pixels is lost.
    """
    if template.stock.width_mm > LARGE_MM:
        return 203
    return 2 * dpi if dpi == 203 else 300


def _labels_at_once(template: Template, dpi: int) -> int:
    stock = template.stock
    if stock.sheet is not None:
        return stock.sheet.positions
    return max(1, int(MOST_DOTS_AT_ONCE // (stock.width_mm * stock.height_mm * (dpi / MM_PER_INCH) ** 2)))


def _cut_out(pages: list[Image.Image], template: Template, count: int, dpi: int) -> Iterator[Image.Image]:
    """Every label, by where the stock says it stands; those one under the other, by the printer's whole dots."""
    stock, sheet = template.stock, template.stock.sheet
    height, gap = plan_label(template, dpi).height, in_dots(GAP_MM, dpi)
    scale = pages[0].height / (count * (height + gap) - gap)
    for number in range(count):
        if sheet is not None:
            row, column = divmod(number, sheet.columns)
            x, y = sheet.left_mm + column * sheet.pitch_x_mm, sheet.top_mm + row * sheet.pitch_y_mm
            yield cut(pages[0], pages[0].width / sheet.width_mm, (x, y, stock.width_mm, stock.height_mm))
        elif len(pages) == count:
            yield pages[number]
        else:
            top = round(number * (height + gap) * scale)
            yield pages[0].crop((0, top, pages[0].width, top + round(height * scale)))


def around_symbols(template: Template) -> Box:
    """The part of the label with its symbols and what stands within 3 mm of them: the rest would only cost time."""
    boxes = [element.box for element in template.elements if isinstance(element, Code128 | DataMatrix | CapDot)]
    left, top = max(0, min(box.x_mm for box in boxes) - 3), max(0, min(box.y_mm for box in boxes) - 3)
    return left, top, max(box.right_mm for box in boxes) + 3 - left, max(box.bottom_mm for box in boxes) + 3 - top


def symbols_alone(picture: Image.Image, dots_per_mm: float, template: Template) -> list[Image.Image]:
    """Each symbol of a label by itself, with its quiet zone."""
    boxes = [element.box for element in template.elements if isinstance(element, Code128 | DataMatrix)]
    return [cut(picture, dots_per_mm, (box.x_mm, box.y_mm, box.width_mm, box.height_mm)) for box in boxes]


def aimed_at_each(picture: Image.Image, dots_per_mm: float, template: Template) -> list[Image.Image]:
    """Each symbol in the middle of what is seen, as one who reads it holds the camera, with all within 3 mm of it; where the label ends
    it is white."""
    return [_aimed_at(picture, dots_per_mm, element.box) for element in template.elements if isinstance(element, Code128 | DataMatrix)]


def _aimed_at(picture: Image.Image, dots_per_mm: float, box: Place) -> Image.Image:
    left, top, width, height = box.x_mm - 3, box.y_mm - 3, box.width_mm + 6, box.height_mm + 6
    seen = Image.new("L", (round(width * dots_per_mm), round(height * dots_per_mm)), 255)
    seen.paste(picture, (-round(left * dots_per_mm), -round(top * dots_per_mm)))
    return seen


def cut(picture: Image.Image, dots_per_mm: float, box_mm: Box) -> Image.Image:
    """The part of a picture, given in millimetres: left, top, width, height."""
    left, top, width, height = box_mm
    right, bottom = min((left + width) * dots_per_mm, picture.width), min((top + height) * dots_per_mm, picture.height)
    return picture.crop((max(0, round(left * dots_per_mm)), max(0, round(top * dots_per_mm)), round(right), round(bottom)))
