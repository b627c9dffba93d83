"""Reading CSV as it comes: with or without byte-order mark, parted by comma, semicolon or tab."""

import csv
import io
from collections.abc import Iterable, Iterator

from lims.imports.errors import FileUnreadable
from lims.imports.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, folded
from lims.imports.vocabulary import Cell, Row, Sheet

DELIMITERS = ",;\t"
_OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_csv(content: bytes, name: str, known: Iterable[str], encoding: str = "utf-8") -> Sheet:
    """A CSV file as a table, its delimiter the one under which the header holds most of the ``known`` columns.

    :raises FileUnreadable: another encoding, NUL bytes, broken quotes, or more than any list has.
    """
    text = _decoded(content, name, encoding)
    wanted = {folded(column) for column in known}
    delimiter = max(DELIMITERS, key=lambda each: _fit(text, each, wanted))
    lines = _lines(text, delimiter, name)
    header = next(lines, [])
    if not any(cell.strip() for cell in header):
        raise FileUnreadable(name, "its first line holds no header. Put the names of the columns there.")
    return Sheet(tuple(cell.strip() for cell in header), tuple(_rows(lines, name)))


def _decoded(content: bytes, name: str, encoding: str) -> str:
    for mark, called in _OTHER_MARKS.items():
        if content.startswith(mark):
            raise FileUnreadable(name, f"it is {called}. Save it as CSV UTF-8.")
    if b"\x00" in content:
        raise FileUnreadable(name, "it holds NUL bytes, so it is no text. Save it as CSV UTF-8 or XLSX.")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(name, f"line {line} is not {encoding.upper()}{_perhaps(content)}. Save it as CSV UTF-8.") from None
    return text.removeprefix("\ufeff")


def _perhaps(content: bytes) -> str:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (it may be GB18030, as Excel in Chinese writes CSV)"


def _fit(text: str, delimiter: str, wanted: set[str]) -> tuple[int, int]:
    """How many wanted columns the first line holds, then how many columns at all."""
    first = text[: text.find("\n") + 1] or text
    try:
        cells = next(csv.reader(io.StringIO(first[:100_000]), delimiter=delimiter), [])
    except csv.Error:
        return 0, 0
    return len(wanted & {folded(cell) for cell in cells}), len(cells)


def _lines(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise FileUnreadable(name, f"line {reader.line_num}: {error}. Look for a quotation mark that is not closed.") from None


def _rows(lines: Iterator[list[str]], name: str) -> Iterator[Row]:
    for line, cells in enumerate(lines, start=2):
        if line > MOST_ROWS + 1:
            raise FileUnreadable(name, f"it has more than {MOST_ROWS} rows. Part it into several files.")
        if len(cells) > MOST_COLUMNS:
            raise FileUnreadable(name, f"line {line} has {len(cells)} columns; {MOST_COLUMNS} are allowed.")
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise FileUnreadable(
                name, f"line {line} has a cell of more than {LONGEST_CELL} characters. Look for a quotation mark too many."
            )
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(Cell(cell) for cell in cells))
