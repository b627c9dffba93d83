"""Two thousand hostile texts through every text field of every template in every output: one label each, and nothing but text."""

import re
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image

from lims.labels.layout import plan_label
from lims.labels.renderers import formats_of, render
from lims.labels.template_parts import TEMPLATE_FIELDS, Template
from tests.golden.labels.hostile import check_one_label, hostile_texts
from tests.golden.labels.reading import TEMPLATES, Values, our_codes

CASES = [(name, format_) for name, template in TEMPLATES.items() for format_ in formats_of(template)]
(CODE,) = our_codes(1, seed=8)
AT_ONCE = 100
ACTIVE = re.compile(rb"/(JavaScript|JS|OpenAction|AA|Launch|URI|Annots|EmbeddedFile)\b")


def labels(template: Template, texts: list[str]) -> Iterator[Sequence[Values]]:
    """As many labels as there are texts, a hundred at a time, so that each text comes once into each field."""
    fields = [field for field in TEMPLATE_FIELDS[template.subject] if field != template.symbol_field]
    step = max(1, len(texts) // len(fields))
    made = [
        {template.symbol_field: CODE} | {field: texts[(number + place * step) % len(texts)] for place, field in enumerate(fields)}
        for number in range(len(texts))
    ]
    for first in range(0, len(made), AT_ONCE):
        yield made[first : first + AT_ONCE]


@pytest.mark.parametrize(("name", "format_"), CASES)
def test_each_label_is_one_label_and_nothing_is_executed(name: str, format_: str, how_many: Callable[[int, int], int]) -> None:
    template, dpi = TEMPLATES[name], TEMPLATES[name].stock.dpi[0]
    for some in labels(template, hostile_texts(how_many(60, 2000))):
        CHECKS[format_](template, some, dpi)


def check_zpl(template: Template, some: Sequence[Values], dpi: int) -> None:
    file = render(template, some, format="zpl", dpi=dpi)
    each = file.split(b"^XZ\n")
    assert len(each) == len(some) + 1
    assert each.pop() == b""
    for label in each:
        check_one_label(label + b"^XZ\n")


def check_pdf(template: Template, some: Sequence[Values], dpi: int) -> None:
    file = render(template, some, format="pdf", dpi=dpi)
    positions = template.stock.sheet.positions if template.stock.sheet else 1
    document = pypdfium2.PdfDocument(file)
    assert len(document) == -(-len(some) // positions)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert (text.count(f"{CODE[:4]} {CODE[4:]}") or text.count(CODE[-4:])) == len(some)
    outside_streams = re.sub(rb"stream\r?\n.*?endstream", b"", file, flags=re.DOTALL)
    assert not ACTIVE.search(outside_streams)


def check_png(template: Template, some: Sequence[Values], dpi: int) -> None:
    for values in some[:: max(1, len(some) // 25)]:
        plan, sheet = plan_label(template, dpi), template.stock.sheet
        picture = Image.open(BytesIO(render(template, [values], format="png", dpi=dpi)))
        whole = (round(sheet.width_mm * dpi / 25.4), round(sheet.height_mm * dpi / 25.4)) if sheet else (plan.width, plan.height)
        assert picture.size == whole


def check_svg(template: Template, some: Sequence[Values], dpi: int) -> None:
    for values in some:
        root = ElementTree.fromstring(render(template, [values], format="svg", dpi=dpi))
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "rect", "g", "title", "path"}
        assert not any(key.endswith("href") or key.startswith("on") for element in root.iter() for key in element.attrib)
        assert [element.text for element in root.iter() if element.text] == [CODE]


CHECKS = {"zpl": check_zpl, "pdf": check_pdf, "png": check_png, "svg": check_svg}
