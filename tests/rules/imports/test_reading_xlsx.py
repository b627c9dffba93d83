"""Excel's types are kept: a number is no code, a date is a date, a formula is text; a workbook made to do harm is refused."""

import io
import random
import zipfile
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lims.errors import LimsError
from lims.imports.errors import FileUnreadable
from lims.imports.reading import read_sheet
from lims.imports.vocabulary import Cell, CellKind, Sheet

INVENTORY = Path(__file__).parents[2] / "data" / "trial" / "legacy_inventory.xlsx"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # what it finds odd, it reads all the same
AT = datetime.fromisoformat  # Excel knows no zone


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for title, of_sheet in sheets.items():
        sheet = book.create_sheet(title)
        for row in of_sheet:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(content: bytes, sheet: str | None = None) -> Sheet:
    return read_sheet(content, "list.xlsx", (), sheet=sheet)


def cells(*row: Any) -> list[Cell]:
    return list(read(workbook([f"c{place}" for place in range(len(row))], list(row))).rows[0].cells)


def test_the_old_inventory_is_read_with_its_zeros() -> None:
    sheet = read(INVENTORY.read_bytes())
    assert sheet.header[0] == "Sample code"
    assert len(sheet.rows) == 224
    assert [cell.text for cell in sheet.rows[0].cells][:3] == ["003671747", "ILDR01-601L", "baseline"]
    assert (sheet.rows[-1].line, sheet.rows[0].cells[4]) == (225, Cell("200", CellKind.NUMBER, Decimal(200)))


def test_texts_stay_texts_and_numbers_are_as_excel_shows_them() -> None:
    text, whole, parts, noisy, yes = cells("003671747", 3671747, 9.1, 0.1 + 0.2, True)
    assert text == Cell("003671747")
    assert whole == Cell("3671747", CellKind.NUMBER, Decimal(3671747))
    assert parts == Cell("9.1", CellKind.NUMBER, Decimal("9.1"))
    assert noisy.text == "0.3"
    assert yes == Cell("TRUE")


def test_dates_and_times_are_told_apart() -> None:
    moment, day, midnight, noisy = cells(AT("2026-05-03 11:02"), date(2026, 5, 3), AT("2026-05-03"), AT("2026-05-03 11:01:59.999900"))
    assert (moment.kind, moment.text) == (CellKind.MOMENT, "2026-05-03 11:02")
    assert (day.kind, day.text) == (CellKind.DAY, "2026-05-03")
    assert midnight.kind is CellKind.MOMENT
    assert noisy.value == AT("2026-05-03 11:02")


def test_a_formula_is_the_text_it_is_written_as() -> None:
    assert cells('=HYPERLINK("http://example.invalid")', "x")[0] == Cell('=HYPERLINK("http://example.invalid")', CellKind.FORMULA)


def test_empty_rows_and_columns_at_the_end_are_no_rows() -> None:
    sheet = read(workbook(["code", "note", None], ["A", None, None], [None, None, None], ["B", "x", " "]))
    assert sheet.header == ("code", "note")
    assert [(row.line, len(row.cells)) for row in sheet.rows] == [(2, 2), (4, 2)]


def test_the_first_sheet_that_holds_something_is_read_or_the_one_that_is_named() -> None:
    content = workbook(second=[["a"], ["1"]], third=[["b"], ["2"]])
    assert read(content).header == ("a",)
    assert read(content, "Third").header == ("b",)
    with pytest.raises(FileUnreadable, match="it has no sheet 'fourth' with rows"):
        read(content, "fourth")


def test_a_workbook_without_rows_is_said_so() -> None:
    with pytest.raises(FileUnreadable, match="its sheets are empty"):
        read(workbook())


def test_a_broken_workbook_is_said_so() -> None:
    with pytest.raises(FileUnreadable, match="it is no whole XLSX workbook"):
        read(INVENTORY.read_bytes()[:5000])
    with pytest.raises(FileUnreadable, match="it is no whole XLSX workbook"):
        read(b"PK\x03\x04" + b"nothing of the kind")


def test_a_file_that_unpacks_to_something_enormous_is_refused_before_it_does() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(201 * 2**20))
    with pytest.raises(FileUnreadable, match="it unpacks to more than any list needs"):
        read(content.getvalue())


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_entities_that_grow_without_end_are_refused(part: str) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    with pytest.raises(FileUnreadable, match="it is no whole XLSX workbook"):
        read(_with_part(workbook(["code"], ["A"]), part, laughs))


def test_whatever_byte_is_changed_it_is_a_table_or_one_sentence(how_many: Any) -> None:
    good, chance = workbook(["code", "day"], ["A", date(2026, 5, 3)], ["B", 1.5]), random.Random(1)
    for _ in range(how_many(150, 5000)):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        with suppress(LimsError):
            read(bytes(bad))


def test_whatever_is_changed_inside_it_is_a_table_or_one_sentence(how_many: Any) -> None:
    good, chance = workbook(["code", "day"], ["A", date(2026, 5, 3)], ["B", 1.5]), random.Random(2)
    parts = [name for name in zipfile.ZipFile(io.BytesIO(good)).namelist() if name.endswith(".xml")]
    for _ in range(how_many(150, 5000)):
        part = chance.choice(parts)
        content = bytearray(zipfile.ZipFile(io.BytesIO(good)).read(part))
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice(b'<>/"=&019AZaz ')
        with suppress(LimsError):
            read(_with_part(good, part, bytes(content), whole=True))


def _with_part(content: bytes, changed: str, new: bytes, *, whole: bool = False) -> bytes:
    """The same workbook, one part put in the place of another, or (not ``whole``) a document type before it."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    names = [*source.namelist(), *([] if changed in source.namelist() else [changed])]
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            old = source.read(name) if name in source.namelist() else b"<x/>"
            archive.writestr(name, (new if whole else new + old.partition(b"?>")[2]) if name == changed else old)
    return target.getvalue()
