"""Later copies of a label: their symbols carry the mark, a person reads it too, and every template has room for it."""

from pathlib import Path

import pytest

from lims.ids import ALPHABET, in_fours, looks_like_copy, normalise_code
from lims.labels.layout import Layout, resolve
from lims.labels.render_errors import SymbolDataRefused, TemplateInvalid
from lims.labels.renderers import render
from lims.labels.symbol_places import Symbol
from lims.labels.template_parts import COPY_MARK
from lims.labels.templates import read_template
from lims.labels.typesetting import TextLine
from tests.golden.labels.reading import PLAUSIBLE, TEMPLATES

CASES = [(name, dpi) for name, template in TEMPLATES.items() for dpi in template.stock.dpi]
# No two digits stand together in it, so that its DataMatrix is as large as one of ours can be.
OWN = "SWKWMWAD"


def laid_out(name: str, dpi: int, symbol: str, copy: int, own: str = OWN) -> Layout:
    template = TEMPLATES[name]
    fields = {**PLAUSIBLE[template.subject], template.symbol_field: own}
    of_copy = {COPY_MARK: symbol.removeprefix(own), "copy": f"copy {copy}"} if copy > 1 else {}
    return resolve(template, fields | of_copy, dpi)


@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_every_label_has_room_for_the_symbol_of_a_copy(name: str, dpi: int) -> None:
    for copy, mark in enumerate(["", *ALPHABET], start=1):
        symbols = [item for item in laid_out(name, dpi, OWN + mark, copy).items if isinstance(item, Symbol)]
        assert {symbol.text for symbol in symbols} == {OWN + mark}
        assert all(symbol.module * 25.4 / dpi >= (0.25 if symbol.symbology == "DataMatrix" else 0.165) for symbol in symbols)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "cap-dot"])
def test_a_copy_says_so_and_the_first_label_says_nothing(name: str) -> None:
    dpi = TEMPLATES[name].stock.dpi[-1]
    assert any("copy 2" in text for text in texts(laid_out(name, dpi, OWN + "2", 2)))
    assert not any("copy" in text for text in texts(laid_out(name, dpi, OWN, 1)))
    assert "SWKW MWAD 2" in texts(laid_out(name, dpi, OWN + "2", 2))


def test_a_cap_dot_shows_the_end_of_the_tubes_own_code_on_every_copy() -> None:
    assert texts(laid_out("cap-dot", 300, OWN + "3", 3)) == texts(laid_out("cap-dot", 300, OWN, 1)) == ["MWAD"]


def test_the_mark_stands_apart_from_a_code_from_elsewhere() -> None:
    layout = laid_out("box", 300, "IL1-3901-92", 2, own="IL1-3901-9")
    assert "IL1-3901-9 2" in texts(layout)
    assert {item.text for item in layout.items if isinstance(item, Symbol)} == {"IL1-3901-92"}


def test_a_printer_is_told_the_code_with_its_mark() -> None:
    zpl = render(TEMPLATES["cryo-wrap"], [{"barcode": OWN, COPY_MARK: "4", "copy": "copy 4"}], format="zpl", dpi=300)
    assert b"^BXN,4,200,16,16,,|^FH_^FDSWKWMWAD4^FS" in zpl
    assert b"^FH_^FDcopy 4^FS" in zpl


def test_a_mark_no_symbol_may_carry_is_refused() -> None:
    for format_ in ("zpl", "pdf", "png", "svg"):
        with pytest.raises(SymbolDataRefused):
            render(TEMPLATES["cryo-wrap"], [{"barcode": OWN, COPY_MARK: "^XZ"}], format=format_, dpi=300)


def test_a_text_that_names_the_code_among_other_words_has_the_mark_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    template = read_template(path)
    assert texts(resolve(template, {"barcode": OWN, COPY_MARK: "2"}, 300)) == [f"Tube {OWN} 2 of nobody"]
    assert texts(resolve(template, {"barcode": OWN}, 300)) == [f"Tube {OWN} of nobody"]
    path.write_text(MINE + "grouped = true\n", encoding="utf-8")
    with pytest.raises(TemplateInvalid, match=r"mine\.toml:18: only \{barcode\} by itself is set in fours"):
        read_template(path)


def test_the_code_of_a_copy_is_shown_and_may_be_typed_in_fours() -> None:
    assert in_fours(OWN + "2") == "SWKW MWAD 2"
    assert normalise_code(" swkw mwad 2\r") == normalise_code("SWKWMWAD 2") == OWN + "2"
    assert not looks_like_copy("SWKWMWAE2")  # one character of the code is wrong
    assert not looks_like_copy(OWN + "0")
    assert normalise_code("SWKW MWAE 2") == "SWKW MWAE 2"


def texts(layout: Layout) -> list[str]:
    return [item.text for item in layout.items if isinstance(item, TextLine)]


MINE = """\
name = "mine"
title = "Mine"
subject = "specimen"
[stock]
name = "Any"
part = "1"
width_mm = 60
height_mm = 10
dpi = [300]
[[element]]
kind = "text"
text = "Tube {barcode} of nobody"
x_mm = 1
y_mm = 1
width_mm = 58
height_mm = 4
size_pt = 8
"""
