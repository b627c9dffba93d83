"""Reading XLSX: the types of Excel are kept, formulas stay text, and a file made to do harm is refused."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from lims.imports.errors import FileUnreadable
from lims.imports.limits import LARGEST_UNPACKED, LONGEST_CELL, MOST_COLUMNS, MOST_PARTS, MOST_ROWS, folded
from lims.imports.vocabulary import Cell, CellKind, Row, Sheet
from lims.sentences import Sentence

ZIP_MARK = b"PK\x03\x04"
OLD_EXCEL_MARK = b"\xd0\xcf\x11\xe0"

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, SyntaxError, EOFError, OSError),
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError),
)
"""What openpyxl, zipfile and the XML parser raise at a broken or hostile file; defusedxml's refusals are ValueErrors."""


def read_xlsx(content: bytes, name: str, sheet: str | None = None) -> Sheet:
    """The sheet of that name, or else the first that holds something, as a table.

    :raises FileUnreadable: no workbook, protected, broken, or more than any list has.
    """
    for lines in _sheets(content, name, sheet):
        if (found := _as_sheet(iter(lines))) is not None:
            return found
    raise FileUnreadable(
        name, Sentence("it has no sheet %(sheet)s with rows.", sheet=repr(sheet)) if sheet else Sentence("its sheets are empty.")
    )


def read_xlsx_lines(content: bytes, name: str) -> list[list[Cell]]:
    """The lines of the first sheet that holds something, whether or not the first of them is a header.

    :raises FileUnreadable: as :func:`read_xlsx` does.
    """
    for lines in _sheets(content, name, None):
        found = list(lines)
        if any(cell.text.strip() for cells in found for cell in cells):
            return found
    raise FileUnreadable(name, Sentence("its sheets are empty."))


def _sheets(content: bytes, name: str, sheet: str | None) -> Iterator[Iterator[list[Cell]]]:
    """The lines of each sheet, or of the one of that name. Whatever breaks while they are read is one refusal."""
    from openpyxl import load_workbook  # by the first workbook, not by every start
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _check_size(content, name)
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except FileUnreadable:
        raise
    except (*_BROKEN, InvalidFileException) as error:
        raise _no_workbook(name) from error
    for worksheet in workbook.worksheets:
        if sheet is None or folded(worksheet.title) == folded(sheet):
            yield _whole_lines(worksheet, name)


def _whole_lines(worksheet: Any, name: str) -> Iterator[list[Cell]]:
    try:
        worksheet.reset_dimensions()
        yield from _lines(worksheet, name)
    except FileUnreadable:
        raise
    except _BROKEN as error:
        raise _no_workbook(name) from error


def _no_workbook(name: str) -> FileUnreadable:
    return FileUnreadable(name, Sentence("it is no whole XLSX workbook, or it is protected. Open it in Excel and save it anew."))


def _check_size(content: bytes, name: str) -> None:
    """A small file may unpack to something enormous; nothing is unpacked before this was asked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise FileUnreadable(name, Sentence("it unpacks to more than any list needs. Save only the sheet you want to import."))


def _as_sheet(lines: Iterator[list[Cell]]) -> Sheet | None:
    header = next(lines, [])
    while header and not header[-1].text:
        header.pop()
    if not header:
        return None
    rows = []
    for line, cells in enumerate(lines, start=2):
        while len(cells) > len(header) and not cells[-1].text.strip():
            cells.pop()
        cells += [Cell("")] * (len(header) - len(cells))
        if any(cell.text.strip() for cell in cells):
            rows.append(Row(line, tuple(cells)))
    return Sheet(tuple(cell.text.strip() for cell in header), tuple(rows))


def _lines(worksheet: Any, name: str) -> Iterator[list[Cell]]:
    for line, cells in enumerate(worksheet.iter_rows(), start=1):
        if line > MOST_ROWS + 1:
            raise FileUnreadable(name, Sentence("it has more than %(most)s rows. Part it into several files.", most=MOST_ROWS))
        if len(cells) > MOST_COLUMNS:
            why = Sentence("line %(line)s has %(columns)s columns; %(most)s are allowed.", line=line, columns=len(cells), most=MOST_COLUMNS)
            raise FileUnreadable(name, why)
        read = [_cell(cell) for cell in cells]
        if any(len(cell.text) > LONGEST_CELL for cell in read):
            why = Sentence("line %(line)s has a cell of more than %(most)s characters.", line=line, most=LONGEST_CELL)
            raise FileUnreadable(name, why)
        yield read


def _cell(cell: Any) -> Cell:
    value = cell.value
    match value:
        case None:
            return Cell("")
        case bool():
            return Cell(str(value).upper())
        case int() | float():
            return _number(Decimal(format(value, ".15g")))
        case datetime():
            return _moment(value, has_hours="h" in str(cell.number_format).lower())
        case date():
            return _moment(datetime.combine(value, time()), has_hours=False)
        case str():
            return Cell(value, CellKind.FORMULA if cell.data_type == "f" else CellKind.TEXT)
        case _:
            return Cell(str(getattr(value, "text", value)), CellKind.FORMULA)


def _number(number: Decimal) -> Cell:
    """As Excel shows it: 15 digits, no more."""
    return Cell(format(number, "f"), CellKind.NUMBER, number)


def _moment(moment: datetime, *, has_hours: bool) -> Cell:
    """Excel keeps a moment as a fraction of days, so that 11:02 may come as 11:01:59.999997."""
    nearest = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    if has_hours or nearest.time() != time():
        return Cell(f"{nearest:%Y-%m-%d %H:%M}", CellKind.MOMENT, nearest)
    return Cell(f"{nearest:%Y-%m-%d}", CellKind.DAY, nearest)
