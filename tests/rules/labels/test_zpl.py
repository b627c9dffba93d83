"""ZPL: one label each, whatever is in the fields."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.labels.layout import Item, plan_label
from lims.labels.renderers import render, zpl
from lims.labels.template_parts import TEMPLATE_FIELDS
from tests.golden.labels.hostile import ATTACKS, check_one_label
from tests.golden.labels.reading import TEMPLATES, our_codes, values_for

CODE = our_codes(1, seed=1)[0]
NAMES = [name for name, template in TEMPLATES.items() if template.stock.sheet is None]


@settings(max_examples=200)
@given(st.sampled_from(NAMES), st.data())
def test_no_text_makes_a_second_label_or_a_command(name: str, data: st.DataObject) -> None:
    template = TEMPLATES[name]
    hostile = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=60), st.text("^~_XAZFDSH>|\\,JU0", max_size=30))
    texts = {field: data.draw(hostile) for field in TEMPLATE_FIELDS[template.subject]}
    check_one_label(render(template, [{**texts, template.symbol_field: CODE}], format="zpl", dpi=300))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_known_attacks_stay_text(name: str, attack: str) -> None:
    template = TEMPLATES[name]
    texts = dict.fromkeys(TEMPLATE_FIELDS[template.subject], attack)
    check_one_label(render(template, [{**texts, template.symbol_field: CODE}], format="zpl", dpi=300))


@given(st.text("ABCLW019-. /", max_size=60) | st.text(max_size=40))
def test_the_short_way_to_a_line_ends_where_the_layout_does(text: str) -> None:
    for name in NAMES:
        plan = plan_label(TEMPLATES[name], 300)
        values = {**dict.fromkeys(TEMPLATE_FIELDS[TEMPLATES[name].subject], text), TEMPLATES[name].symbol_field: CODE}
        laid_out = "".join(_field_of(item) for item in plan.resolve(values).items)
        assert laid_out in render(TEMPLATES[name], [values], format="zpl", dpi=300).decode("ascii")


def test_labels_stand_one_after_the_other() -> None:
    template = TEMPLATES["cryo-wrap"]
    codes = our_codes(5, seed=2)
    text = render(template, [values_for(template, code) for code in codes], format="zpl", dpi=300).decode("ascii")
    assert re.findall(r"\^BXN,4,200,14,14,,\|\^FH_\^FD(.*?)\^FS", text) == codes
    assert (text.count("^XA"), text.count("^XZ"), text.count("^PQ1,0,1,Y")) == (5, 5, 5)


def test_a_micro_sign_goes_to_the_printers_font_as_utf_8_in_hex() -> None:
    text = zpl_of(specimen_type="Plasma", amount="500 µL", collected_on="80 °C")
    assert "^FDPlasma _C2_B7 500 _C2_B5L^FS" in text
    assert "^FD80 _C2_B0C^FS" in text


def test_chinese_goes_as_a_bitmap_of_our_font() -> None:
    ((total, again, row, dots),) = re.findall(r"\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", zpl_of(specimen_type="粪便"))
    assert total == again
    assert len(dots) == 2 * int(total)
    assert int(total) % int(row) == 0
    assert "1" in f"{int(dots, 16):b}"


def test_a_code_128_names_its_code_set_and_keeps_its_digits() -> None:
    assert "^FH_^FD>;9900000001^FS" in render(TEMPLATES["box"], [{"barcode": "9900000001"}], format="zpl", dpi=300).decode()
    assert "^FH_^FD>:A_23B_2B1^FS" in render(TEMPLATES["box"], [{"barcode": "A#B+1"}], format="zpl", dpi=300).decode()


def _field_of(item: Item) -> str:
    return zpl._FIELD[type(item)](item)


def zpl_of(**values: str) -> str:
    return render(TEMPLATES["cryo-wrap"], [{"barcode": CODE, **values}], format="zpl", dpi=300).decode("ascii")
