"""What is laid out stays where it belongs, in whole dots, whatever the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.labels.layout import Layout, resolve
from lims.labels.render_errors import ResolutionNotForTemplate, SymbolDataRefused, SymbolDoesNotFit, TextDoesNotFit
from lims.labels.rules import GIVEN_CODE
from lims.labels.symbol_places import Symbol
from lims.labels.template_parts import TEMPLATE_FIELDS
from lims.labels.typesetting import TextLine
from tests.golden.labels.reading import TEMPLATES, our_codes, values_for

CODE = our_codes(1, seed=0)[0]
CASES = [(name, dpi) for name, template in TEMPLATES.items() for dpi in template.stock.dpi]
CHARACTERS = st.characters() | st.sampled_from("粪便µ°^~\\_>{}%\u202e\u200b\n\t \u0301W")


@pytest.mark.parametrize(("name", "dpi"), CASES)
@given(data=st.data())
def test_nothing_leaves_the_label_and_no_text_lies_over_a_symbol(name: str, dpi: int, data: st.DataObject) -> None:
    template = TEMPLATES[name]
    texts = {field: data.draw(st.text(CHARACTERS, max_size=120)) for field in TEMPLATE_FIELDS[template.subject]}
    layout = resolve(template, {**texts, template.symbol_field: CODE}, dpi)
    boxes = [box_of(item) for item in layout.items]
    assert all(min(left, top) >= 0 and right <= layout.width and bottom <= layout.height for left, top, right, bottom in boxes)
    symbols = [quiet_box(item) for item in layout.items if isinstance(item, Symbol)]
    lines = [box_of(item) for item in layout.items if isinstance(item, TextLine)]
    assert symbols
    assert not any(overlap(symbol, line) for symbol in symbols for line in lines)


@given(st.from_regex(GIVEN_CODE, fullmatch=True))
def test_a_code_from_elsewhere_stands_in_full_or_is_refused(code: str) -> None:
    try:
        layout = resolve(TEMPLATES["cryo-wrap"], values_for(TEMPLATES["cryo-wrap"], code), 300)
    except (SymbolDoesNotFit, TextDoesNotFit):
        return
    assert [item.text for item in layout.items if isinstance(item, Symbol)] == [code]
    assert any(" ".join(code.split()) == item.text.replace(" ", " ") or code[:4] + " " + code[4:] == item.text for item in lines_of(layout))


def test_modules_are_whole_dots_and_the_largest_the_template_allows() -> None:
    sizes = {dpi: symbols_of(resolve(TEMPLATES["cryo-wrap"], {"barcode": CODE}, dpi))[0].module for dpi in (203, 300, 600)}
    assert sizes == {203: 3, 300: 4, 600: 8}


def test_a_symbol_that_does_not_fit_is_refused_with_the_numbers() -> None:
    with pytest.raises(SymbolDoesNotFit) as refusal:
        resolve(TEMPLATES["tube-axial"], {"barcode": "ABCDEFGHJKMN"}, 300)
    assert refusal.value.symbol == "Code 128"
    assert refusal.value.needs_mm[0] == pytest.approx((11 * 15 + 2 + 20) * 2 * 25.4 / 300, abs=0.01)
    assert refusal.value.has_mm[0] == pytest.approx(29.0, abs=0.1)
    assert "it needs 31.7 × 5.8 mm, the label has 29.0 × 5.8 mm" in refusal.value.sentence


def test_a_cap_dot_too_small_for_a_long_code_is_refused() -> None:
    with pytest.raises(SymbolDoesNotFit, match=r"the label has 9\.5 × 9\.5 mm"):
        resolve(TEMPLATES["cap-dot"], {"barcode": "A" * 30}, 203)


def test_a_code_that_must_stand_in_full_is_never_shortened() -> None:
    with pytest.raises(TextDoesNotFit):
        resolve(TEMPLATES["cryo-wrap"], {"barcode": "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"}, 600)


def test_a_label_without_a_code_is_refused() -> None:
    with pytest.raises(SymbolDataRefused):
        resolve(TEMPLATES["cryo-wrap"], {"label": "ILDR02-L13-PRE-STL-01"}, 300)


def test_a_resolution_the_stock_makes_no_sense_for_is_refused() -> None:
    with pytest.raises(ResolutionNotForTemplate, match="Choose one of 300, 600 dpi"):
        resolve(TEMPLATES["tube-axial"], {"barcode": CODE}, 203)


def test_a_long_label_loses_its_middle_and_keeps_both_ends() -> None:
    text = "ILDR02-EXTENSION-L13-POSTTREATMENT-STL-ALIQUOT-02"
    shown = [item.text for item in lines_of(laid("cryo-wrap", label=text))][-1]
    head, tail = shown.split("…")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert abs(len(head) - len(tail)) <= 1


def test_a_long_text_gets_smaller_before_it_gets_shorter() -> None:
    short, longer = (lines_of(laid("cryo-wrap", participant=name))[0] for name in ("L13", "ILDR01-LUNG-601L"))
    assert (short.text, longer.text) == ("L13", "ILDR01-LUNG-601L")
    assert short.size > longer.size


def test_a_blank_field_leaves_no_separator_behind() -> None:
    assert "Stool" in [item.text for item in lines_of(laid("cryo-wrap", specimen_type="Stool"))]


def test_our_codes_are_set_in_fours_and_others_as_they_are() -> None:
    assert "SJE7 P7R2" in [item.text for item in lines_of(resolve(TEMPLATES["cryo-wrap"], {"barcode": "SJE7P7R2"}, 300))]
    assert "IL1-3901-9" in [item.text for item in lines_of(resolve(TEMPLATES["cryo-wrap"], {"barcode": "IL1-3901-9"}, 300))]


def test_what_no_font_has_is_shown_as_missing_and_what_turns_the_line_is_dropped() -> None:
    assert "a�b cd" in [item.text for item in lines_of(laid("cryo-wrap", specimen_type="a\U0001f9eab\n\u202ec\u200bd"))]


def test_a_block_breaks_at_spaces_and_between_hanzi() -> None:
    title = "采样申请单 of the participant L13 after treatment with low-dose radiotherapy"
    lines = [item.text for item in lines_of(resolve(TEMPLATES["form"], {"code": "REQ-1", "title": title}, 300))]
    assert " ".join(lines[:-1]) == title


def laid(name: str, **values: str) -> Layout:
    return resolve(TEMPLATES[name], {TEMPLATES[name].symbol_field: CODE, **values}, 300)


def symbols_of(layout: Layout) -> list[Symbol]:
    return [item for item in layout.items if isinstance(item, Symbol)]


def lines_of(layout: Layout) -> list[TextLine]:
    return [item for item in layout.items if isinstance(item, TextLine)]


def box_of(item: object) -> tuple[int, int, int, int]:
    """Left, top, right, bottom; of a text, its capitals."""
    if isinstance(item, TextLine):
        return item.x, item.baseline - round(item.size * 0.711), item.x + item.width, item.baseline
    x, y, width, height = item.x, item.y, item.width, item.height  # type: ignore[attr-defined]  # a symbol or a line
    return x, y, x + width, y + height


def quiet_box(symbol: Symbol) -> tuple[int, int, int, int]:
    """The symbol with its quiet zone."""
    x, y, right, bottom = box_of(symbol)
    if symbol.symbology == "DataMatrix":
        return x - symbol.module, y - symbol.module, right + symbol.module, bottom + symbol.module
    return x - 10 * symbol.module, y, right + 10 * symbol.module, bottom


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
