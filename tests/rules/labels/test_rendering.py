"""One file of labels: which outputs, how many, where on the sheet, and that the files are what they say."""

from io import BytesIO
from xml.etree import ElementTree

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lims.labels.render_errors import FormatNotForTemplate, LabelCountOutOfRange, StartOutOfRange
from lims.labels.renderers import MOST_LABELS, formats_of, render
from lims.labels.template_parts import TEMPLATE_FIELDS, Template
from tests.golden.labels.reading import PLAUSIBLE, TEMPLATES, values_for

WRAP, SHEET = TEMPLATES["cryo-wrap"], TEMPLATES["cryo-sheet-a4"]
ONE = values_for(WRAP, "SJE7P7R2")


def test_the_same_labels_give_the_same_pdf() -> None:
    assert render(WRAP, [ONE], format="pdf", dpi=300) == render(WRAP, [ONE], format="pdf", dpi=300)


def test_a_pdf_page_is_as_large_as_the_label_and_carries_its_text() -> None:
    document = pypdfium2.PdfDocument(render(WRAP, [ONE, ONE], format="pdf", dpi=300))
    assert len(document) == 2
    assert document[0].get_size() == pytest.approx((384 * 0.24, 150 * 0.24))
    text = document[0].get_textpage().get_text_range()
    assert "SJE7 P7R2" in text
    assert "粪便" in text
    assert "200 µL" in text


def test_a_png_has_one_bit_a_dot_and_names_its_resolution() -> None:
    picture = Image.open(BytesIO(render(WRAP, [ONE], format="png", dpi=203)))
    assert (picture.mode, picture.size) == ("1", (260, 102))
    assert picture.info["dpi"] == pytest.approx((203, 203), abs=0.1)


def test_several_labels_stand_two_millimetres_apart_in_a_picture() -> None:
    picture = Image.open(BytesIO(render(WRAP, [ONE] * 3, format="png", dpi=300)))
    assert picture.size == (384, 3 * 150 + 2 * 24)


@given(st.dictionaries(st.sampled_from(sorted(TEMPLATE_FIELDS["specimen"])), st.text(max_size=60)))
def test_no_text_gets_into_the_markup_of_an_svg(texts: dict[str, str]) -> None:
    svg = render(WRAP, [{**texts, "barcode": "SJE7P7R2"}], format="svg", dpi=300)
    root = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "rect", "g", "title", "path"}
    assert [element.text for element in root.iter() if element.text] == ["SJE7P7R2"]


@given(st.dictionaries(st.sampled_from(sorted(TEMPLATE_FIELDS["specimen"])), st.text(max_size=60)))
def test_any_text_gives_one_page_and_one_picture(texts: dict[str, str]) -> None:
    values = {**texts, "barcode": "SJE7P7R2"}
    assert len(pypdfium2.PdfDocument(render(WRAP, [values], format="pdf", dpi=300))) == 1
    assert Image.open(BytesIO(render(WRAP, [values], format="png", dpi=300))).size == (384, 150)


def test_a_sheet_goes_through_an_office_printer_only() -> None:
    assert formats_of(SHEET) == ("pdf", "png", "svg")
    with pytest.raises(FormatNotForTemplate, match="Choose one of pdf, png, svg"):
        render(SHEET, [ONE], format="zpl", dpi=300)


def test_a_used_sheet_is_filled_from_its_first_free_position() -> None:
    picture = Image.open(BytesIO(render(SHEET, [ONE], format="png", dpi=300, start=7)))
    ink = picture.convert("L").point(lambda dot: 255 - dot).getbbox()
    assert ink is not None
    left, top = ink[0] * 25.4 / 300, ink[1] * 25.4 / 300
    assert 4.75 + 40.6 < left < 4.75 + 40.6 + 5
    assert 10.7 + 21.2 < top < 10.7 + 21.2 + 5


@pytest.mark.parametrize(("template", "start"), [(SHEET, 0), (SHEET, 66), (SHEET, -1), (WRAP, 2)])
def test_a_start_the_sheet_does_not_have_is_refused(template: Template, start: int) -> None:
    with pytest.raises(StartOutOfRange):
        render(template, [ONE], format="pdf", dpi=300, start=start)


@pytest.mark.parametrize(("count", "format_"), [(0, "pdf"), (MOST_LABELS + 1, "zpl"), (1500, "png"), (1500, "svg")])
def test_too_many_labels_for_one_file_are_refused(count: int, format_: str) -> None:
    with pytest.raises(LabelCountOutOfRange):
        render(TEMPLATES["location"] if count == 1500 else WRAP, [{**ONE, **PLAUSIBLE["container"]}] * count, format=format_, dpi=600)


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(FormatNotForTemplate, match="Choose one of pdf, zpl, png, svg"):
        render(WRAP, [ONE], format="docx", dpi=300)
