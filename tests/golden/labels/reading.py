"""Reads labels back by ways that know nothing of how they were made: other people's renderers and decoder."""

import random
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pypdfium2
import resvg_py
import zxingcpp
from PIL import Image

from lims.ids import ALPHABET, check_character
from lims.labels.pages import GAP_MM
from lims.labels.renderers import render
from lims.labels.template_parts import CapDot, Code128, DataMatrix, Template
from lims.labels.templates import load_templates

TEMPLATES = load_templates(Path(__file__).parents[3] / "label_templates")
READABLE = {"code128": zxingcpp.BarcodeFormat.Code128, "datamatrix": zxingcpp.BarcodeFormat.DataMatrix}
MOST_DOTS_AT_ONCE = 30_000_000
MM_PER_INCH = 25.4

Values = Mapping[str, str]


def our_codes(count: int, seed: int, prefix: str = "S") -> list[str]:
    """Codes of ours, the same for the same seed."""
    chance = random.Random(seed)
    bodies = (prefix + "".join(chance.choices(ALPHABET, k=6)) for _ in range(count))
    return [body + check_character(body) for body in bodies]


def values_for(template: Template, code: str) -> Values:
    """Plausible values of a label that carries this code."""
    return {template.symbol_field: code, **PLAUSIBLE[template.subject]}


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
        found = zxingcpp.read_barcodes(_around_symbols(picture, template), formats=zxingcpp.BarcodeFormats(list(READABLE.values())))
        yield code, {(str(barcode.format), barcode.text) for barcode in found}


def expected(template: Template, code: str) -> set[tuple[str, str]]:
    """What a decoder must find on a label of this template."""
    return {(str(READABLE[symbology]), code) for symbology in template.symbols}


def pictures(template: Template, codes: list[str], format_: str, dpi: int) -> Iterator[tuple[str, Image.Image]]:
    """One picture per label, in grey. Labels of a sheet are cut out of it."""
    together = _labels_at_once(template, dpi)
    for first in range(0, len(codes), together):
        some = codes[first : first + together]
        file = render(template, [values_for(template, code) for code in some], format=format_, dpi=dpi)
        # A large drawing at 600 dpi says nothing that it doesn't at 300, and costs a second.
        pages = rasterise(file, format_, 300 if format_ == "svg" and template.stock.width_mm > 60 else dpi)
        yield from zip(some, _cut_out(pages, template, len(some)), strict=True)


def rasterise(file: bytes, format_: str, dpi: int) -> list[Image.Image]:
    """The pages of a PDF, or the one picture of a PNG or SVG."""
    if format_ == "pdf":
        document = pypdfium2.PdfDocument(file)
        return [page.render(scale=dpi / 72 * (1 if dpi >= 600 else 2)).to_pil().convert("L") for page in document]
    if format_ == "svg":
        file = bytes(resvg_py.svg_to_bytes(svg_string=file.decode(), dpi=dpi, skip_system_fonts=True))
    return [Image.open(BytesIO(file)).convert("L")]


def _labels_at_once(template: Template, dpi: int) -> int:
    stock = template.stock
    if stock.sheet is not None:
        return stock.sheet.positions
    return max(1, int(MOST_DOTS_AT_ONCE // (stock.width_mm * stock.height_mm * (dpi / MM_PER_INCH) ** 2)))


def _cut_out(pages: list[Image.Image], template: Template, count: int) -> Iterator[Image.Image]:
    """Every label, by where the stock says it stands."""
    stock, sheet = template.stock, template.stock.sheet
    for number in range(count):
        if sheet is not None:
            row, column = divmod(number, sheet.columns)
            x, y = sheet.left_mm + column * sheet.pitch_x_mm, sheet.top_mm + row * sheet.pitch_y_mm
            yield _cut(pages[0], pages[0].width / sheet.width_mm, (x, y, stock.width_mm, stock.height_mm))
        elif len(pages) == count:
            yield pages[number]
        else:
            top = number * (stock.height_mm + GAP_MM)
            yield _cut(pages[0], pages[0].width / stock.width_mm, (0, top, stock.width_mm, stock.height_mm))


def _around_symbols(picture: Image.Image, template: Template) -> Image.Image:
    """The part of the label with its symbols and what stands within 3 mm of them: the rest would only cost time."""
    boxes = [element.box for element in template.elements if isinstance(element, Code128 | DataMatrix | CapDot)]
    left, top = min(box.x_mm for box in boxes) - 3, min(box.y_mm for box in boxes) - 3
    right, bottom = max(box.right_mm for box in boxes) + 3, max(box.bottom_mm for box in boxes) + 3
    return _cut(picture, picture.width / template.stock.width_mm, (left, top, right - left, bottom - top))


def _cut(picture: Image.Image, dots_per_mm: float, box_mm: tuple[float, float, float, float]) -> Image.Image:
    left, top, width, height = box_mm
    right, bottom = min((left + width) * dots_per_mm, picture.width), min((top + height) * dots_per_mm, picture.height)
    return picture.crop((max(0, round(left * dots_per_mm)), max(0, round(top * dots_per_mm)), round(right), round(bottom)))
