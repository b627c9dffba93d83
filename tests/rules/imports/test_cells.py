"""One cell says one thing, in the form the mapping names; nothing is guessed."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.imports.cells import CellRefused, read_amount, read_code, read_day, read_instant, read_text
from lims.imports.vocabulary import Cell, CellKind

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
INSTANTS, DAYS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"), ("%Y-%m-%d",)


def instant(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return read_instant(Cell(text), INSTANTS, zone, NOW)


def test_a_time_is_by_the_clocks_of_the_zone_the_mapping_names() -> None:
    assert instant(" 2026-05-03  11:02 ") == datetime(2026, 5, 3, 3, 2, tzinfo=UTC)
    assert read_instant(Cell("2026-05-03T11:02+02:00"), ("%Y-%m-%dT%H:%M%z",), SHANGHAI, NOW) == datetime(2026, 5, 3, 9, 2, tzinfo=UTC)
    moment = Cell("2026-05-03 11:02", CellKind.MOMENT, datetime.fromisoformat("2026-05-03 11:02"))
    assert read_instant(moment, INSTANTS, SHANGHAI, NOW) == datetime(2026, 5, 3, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31/10/2025 08:15", "imports.another-date-form"),
        ("05/06/2026 08:15", "imports.another-date-form"),
        ("2026-05-03", "imports.another-date-form"),
        ("2026-02-30 08:15", "imports.another-date-form"),
        ("26-05-03 08:15", "imports.another-date-form"),
        ("0001-01-01 00:00", "imports.another-date-form"),
        ("2026-05-03 25:00", "imports.another-date-form"),
        ("tomorrow", "imports.another-date-form"),
        ("2031-01-05 08:15", "imports.in-the-future"),
        ("9999-12-31 23:59", "imports.in-the-future"),
    ],
)
def test_another_form_or_a_time_to_come_is_refused(text: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        instant(text)
    assert refused.value.code == code


def test_a_time_that_the_clocks_showed_twice_or_skipped_is_not_guessed() -> None:
    for text in ("2025-10-26 02:30", "2026-03-29 02:30"):
        with pytest.raises(CellRefused, match="the clocks of Europe/Berlin changed then"):
            instant(text, ZoneInfo("Europe/Berlin"))
    assert instant("2026-03-29 03:30", ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", [CellKind.NUMBER, CellKind.DAY])
def test_a_bare_number_or_a_day_of_excel_is_no_time(kind: CellKind) -> None:
    text = "46145.4597" if kind is CellKind.NUMBER else "2026-05-03"
    with pytest.raises(CellRefused):
        read_instant(Cell(text, kind, datetime.fromisoformat("2026-05-03")), INSTANTS, SHANGHAI, NOW)


def test_a_day_is_read_as_text_or_as_excels_date() -> None:
    assert read_day(Cell("2025-05-16"), DAYS, NOW.date()) == date(2025, 5, 16)
    assert read_day(Cell("2025-05-16", CellKind.DAY, datetime.fromisoformat("2025-05-16")), DAYS, NOW.date()) == date(2025, 5, 16)
    with pytest.raises(CellRefused, match="it has not come yet"):
        read_day(Cell("2026-11-23"), DAYS, NOW.date())
    with pytest.raises(CellRefused, match="it is a bare number in Excel"):
        read_day(Cell("45793", CellKind.NUMBER, Decimal(45793)), DAYS, NOW.date())


def test_a_number_is_no_code_for_excel_drops_its_zeros() -> None:
    assert read_code(Cell(" 003671747 ")) == "003671747"
    with pytest.raises(CellRefused, match="zeros before it may be lost"):
        read_code(Cell("3671747", CellKind.NUMBER, Decimal(3671747)))
    with pytest.raises(CellRefused, match="it is a formula, not a code"):
        read_code(Cell("=A1", CellKind.FORMULA))


@pytest.mark.parametrize(
    "text", ["two", "", "-5", "1e3", "NaN", "Infinity", "1_000", "１００", "9,1", "1 000", "0x10", "=100*2", "9" * 30, "½"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        read_amount(Cell(text), ".")


def test_an_amount_is_read_with_the_decimal_mark_of_the_mapping() -> None:
    assert read_amount(Cell("9.1"), ".") == Decimal("9.1")
    assert read_amount(Cell("9,1"), ",") == Decimal("9.1")
    assert read_amount(Cell("9.1", CellKind.NUMBER, Decimal("9.1")), ",") == Decimal("9.1")
    with pytest.raises(CellRefused):
        read_amount(Cell("1.000"), ",")


def test_control_characters_are_refused() -> None:
    for text in ("a\x07b", "a\x1bb", "\ud800"):
        with pytest.raises(CellRefused, match="cannot be printed"):
            read_text(Cell(text))
    assert read_text(Cell(" 第二管\n补采 ")) == "第二管 补采"


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in (
        lambda: instant(text),
        lambda: read_day(Cell(text), DAYS, NOW.date()),
        lambda: read_amount(Cell(text), "."),
        lambda: read_code(Cell(text)),
    ):
        with suppress(CellRefused):
            read()
