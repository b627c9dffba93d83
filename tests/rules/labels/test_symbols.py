"""Symbols carry the code they were given, or refuse it."""

from collections.abc import Callable

import pytest
import zxingcpp
from barcode.codex import Code128
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from lims.errors import LimsError
from lims.ids import WrongCheckCharacter
from lims.labels import symbols
from lims.labels.render_errors import SymbolDataRefused
from lims.labels.rules import GIVEN_CODE, check_given_code
from lims.labels.symbols import Matrix

FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix])
CARRIED = st.one_of(
    st.from_regex(r"[SCK][2-9A-HJKMNP-Z]{7,8}", fullmatch=True),
    st.from_regex(GIVEN_CODE, fullmatch=True),
    st.from_regex(r"(99|0)[0-9]{1,28}", fullmatch=True),
)


@given(CARRIED)
def test_a_code_128_reads_back_as_the_code(code: str) -> None:
    assert decoded(symbols.code_128(code) * 40, quiet=10) == code


@given(CARRIED)
def test_a_datamatrix_reads_back_as_the_code(code: str) -> None:
    assert decoded(symbols.datamatrix(code), quiet=2) == code


@given(CARRIED)
def test_the_size_of_a_symbol_is_known_before_it_is_made(code: str) -> None:
    assert [len(row) for row in symbols.code_128(code)] == [symbols.code_128_modules(code)]
    matrix = symbols.datamatrix(code)
    assert {len(matrix), *map(len, matrix)} == {symbols.datamatrix_modules(code)}


@given(st.text(max_size=40))
def test_any_other_text_is_refused_or_read_back_as_it_is(text: str) -> None:
    try:
        matrix = symbols.datamatrix(text)
    except SymbolDataRefused:
        return
    assert decoded(matrix, quiet=2) == text


def test_the_fault_we_guard_against_is_still_in_the_library() -> None:
    """When this fails, python-barcode has mended its loss of a leading 99 and the guard may go."""
    faulty = Code128("9900000001").build()
    assert faulty == Code128("00000001").build()
    assert symbols.code_128("9900000001") != symbols.code_128("00000001")


def test_a_second_build_gives_the_first_ones_bars() -> None:
    symbol = symbols._WholeCode128("9912345")
    assert symbol.build() == symbol.build()


@pytest.mark.parametrize(
    ("code", "character", "place"),
    [
        ("ABC^XZ", "^", 4),
        ("A>5B", ">", 2),
        ("TÜBE", "Ü", 2),
        ("AB\xf1C", "\xf1", 3),
        ("AB\x00", "\x00", 3),
        ("AB|C", "|", 3),
        ("粪便12", "粪", 1),
        ("-AB1", "-", 1),
        ("AB1 ", " ", 4),
        ("AB1-", "-", 4),
        ("AB1a", "a", 4),
        ("AB(1", "(", 3),
        ("A\ud800", "\ud800", 2),
    ],
)
def test_a_refusal_names_the_character_and_its_place(code: str, character: str, place: int) -> None:
    with pytest.raises(SymbolDataRefused) as refusal:
        symbols.check_symbol_data(code)
    assert (refusal.value.character, refusal.value.place) == (character, place)


@given(st.text(max_size=33) | st.from_regex(r"[A-Za-z0-9 ._:/+#()*>-]{0,31}[A-Za-z0-9 _:/+#()*>-]", fullmatch=True))
def test_what_may_be_bound_is_what_a_symbol_may_carry(code: str) -> None:
    assume(not code.endswith("."))
    assert accepts(check_given_code, code) == accepts(symbols.check_symbol_data, code)


def test_a_command_cards_code_may_be_carried_and_never_bound() -> None:
    assert accepts(symbols.check_symbol_data, "LIMS.MOVE.")
    assert not accepts(check_given_code, "LIMS.MOVE.")
    assert not accepts(symbols.check_symbol_data, "LIMS." + "M" * 30 + ".")


def accepts(check: Callable[[str], None], code: str) -> bool:
    try:
        check(code)
    except WrongCheckCharacter:
        return True
    except LimsError:
        return False
    return True


@pytest.mark.parametrize("code", ["", "A", "A" * 31, "1" * 31])
def test_a_code_too_short_or_too_long_is_refused_by_its_length(code: str) -> None:
    with pytest.raises(SymbolDataRefused, match=f"it has {len(code)} characters"):
        symbols.check_symbol_data(code)


def decoded(matrix: Matrix, quiet: int) -> str:
    """The text zxing reads from modules drawn four dots wide."""
    width, height = len(matrix[0]), len(matrix)
    picture = Image.new("L", (width, height))
    picture.putdata([0 if module else 255 for row in matrix for module in row])
    paper = Image.new("L", (4 * (width + 2 * quiet), 4 * (height + 2 * quiet)), 255)
    paper.paste(picture.resize((4 * width, 4 * height)), (4 * quiet, 4 * quiet))
    (barcode,) = zxingcpp.read_barcodes(paper, formats=FORMATS)
    return barcode.text
