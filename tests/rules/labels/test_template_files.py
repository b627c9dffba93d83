"""A template file that could not be printed as it stands is refused by file and line."""

from pathlib import Path

import pytest

from lims.labels.render_errors import TemplateInvalid, TemplateNotFound
from lims.labels.templates import get_template, load_templates, read_template

SHIPPED = Path(__file__).parents[3] / "label_templates"

GOOD = """\
name = "mine"
title = "Mine"
subject = "specimen"
[stock]
name = "Any"
part = "1"
width_mm = 40
height_mm = 20
dpi = [203, 300]
[[element]]
kind = "datamatrix"
x_mm = 1
y_mm = 1
width_mm = 8
height_mm = 8
module_mm = 0.4
least_module_mm = 0.24
[[element]]
kind = "text"
text = "{label} {amount}" # of the tube
x_mm = 10
y_mm = 1
width_mm = 20
height_mm = 3
size_pt = 8
"""


def test_the_shipped_templates_are_those_a_laboratory_needs() -> None:
    templates = load_templates(SHIPPED)
    assert {"cryo-wrap", "cryo-dot", "cap-dot", "tube-axial", "slide", "box", "location", "form", "cryo-sheet-a4"} <= set(templates)
    assert templates["cryo-wrap"].symbols == ("datamatrix",)
    assert (templates["cryo-wrap"].stock.width_mm, templates["cryo-wrap"].stock.height_mm) == (32.5, 12.7)
    assert templates["tube-axial"].symbols == ("code128", "datamatrix")


def test_a_good_file_is_read(tmp_path: Path) -> None:
    template = read_template(written(tmp_path, GOOD))
    assert (template.name, template.stock.dpi, len(template.elements)) == ("mine", (203, 300), 2)


@pytest.mark.parametrize(
    ("was", "is_", "line", "why"),
    [
        ('name = "mine"', 'name = "yours"', 1, "must be that of the file"),
        ('title = "Mine"', "", 1, "title is missing"),
        ('subject = "specimen"', 'subject = "mouse"', 3, "must be one of specimen, container, form"),
        ("[stock]", "[stoc]", 4, "no table stoc"),
        ("width_mm = 40", 'width_mm = "40"', 7, "must be a number"),
        ("width_mm = 40", "width_mm = nan", 7, "must be a number"),
        ("width_mm = 40", "width_mm = 25", 21, "does not lie within"),
        ("dpi = [203, 300]", "dpi = [204]", 9, "a list of 203, 300, 600"),
        ("dpi = [203, 300]", "dpi = [203, 300]\ncolour = 1", 10, "stock has no key colour"),
        ('kind = "datamatrix"', 'kind = "qr"', 11, "must be one of"),
        ('kind = "datamatrix"', 'kind = "cap-dot"', 11, "no cap dot"),
        ("least_module_mm = 0.24", "least_module_mm = 0.38", 16, "no whole number of dots"),
        ("{label} {amount}", "{label} {patient}", 20, "{patient} is no field of a specimen; there are barcode, label"),
        ("{label} {amount}", "{label.__class__}", 20, "is no field"),
        ("{label} {amount}", "{label!r}", 20, "is no field"),
        ("{label} {amount}", "{label", 20, "braces"),
        ("x_mm = 10", "x_mm = 8.5", 21, "lies over another element"),
        ("height_mm = 3", "height_mm = 2", 24, "type of 8 pt needs 2.82 mm"),
        ("size_pt = 8", "size_pt = 8\nfit = 'squeeze'", 26, "fit must be one of whole, end, start, middle"),
        ("size_pt = 8", "size_pt = ", 25, "not TOML"),
    ],
)
def test_a_fault_is_named_by_file_and_line(tmp_path: Path, was: str, is_: str, line: int, why: str) -> None:
    assert GOOD.count(was) >= 1
    with pytest.raises(TemplateInvalid) as fault:
        read_template(written(tmp_path, GOOD.replace(was, is_, 1)))
    assert (fault.value.file.name, fault.value.line) == ("mine.toml", line)
    assert why in fault.value.why


def test_a_code_128_round_a_tube_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("dpi =", 'around = "width"\ntube_diameter_mm = 12.5\ndpi =').replace('kind = "datamatrix"', 'kind = "code128"')
    with pytest.raises(TemplateInvalid, match="cannot be read round a tube"):
        read_template(written(tmp_path, text))


def test_the_same_code_128_along_the_tube_is_taken(tmp_path: Path) -> None:
    text = GOOD.replace("dpi =", 'around = "width"\ntube_diameter_mm = 12.5\ndpi =').replace(
        'kind = "datamatrix"', 'kind = "code128"\nupright = true'
    )
    assert read_template(written(tmp_path, text)).symbols == ("code128",)


def test_labels_that_reach_beyond_their_sheet_are_refused(tmp_path: Path) -> None:
    sheet = """[sheet]
page = "A4"
page_width_mm = 210
page_height_mm = 297
columns = 6
rows = 2
left_mm = 0
top_mm = 0
pitch_x_mm = 40
pitch_y_mm = 20
"""
    with pytest.raises(TemplateInvalid, match=r"the labels reach 240\.0"):
        read_template(written(tmp_path, GOOD + sheet))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateInvalid, match="not UTF-8"):
        read_template(path)


def test_an_unknown_template_is_answered_with_those_there_are() -> None:
    with pytest.raises(TemplateNotFound, match="Choose one of box, cap-dot"):
        get_template(load_templates(SHIPPED), "cryo-wrapp")


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path
