"""A rack scanner's file as lines of text cells, whatever it is parted by. What Excel keeps as a number is no code, and said so."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lims.imports.csv_file import DELIMITERS, decoded
from lims.imports.errors import FileUnreadable
from lims.imports.vocabulary import Cell, CellKind
from lims.imports.xlsx_file import OLD_EXCEL_MARK, ZIP_MARK, read_xlsx_lines
from lims.racks.errors import FileNotUnderstood
from lims.sentences import Sentence

LARGEST_FILE = 2 * 1024 * 1024
MOST_LINES = 2_000
LONGEST_CELL = 200
_SHORTENED = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line that holds something, cells without white space at their ends. ``numbers`` are the cells Excel keeps as numbers."""

    line: int
    cells: tuple[str, ...]
    numbers: frozenset[int] = frozenset()

    @property
    def filled(self) -> tuple[str, ...]:
        """The cells that hold something."""
        return tuple(cell for cell in self.cells if cell)


def check_size(content: bytes, name: str) -> None:
    """
    :raises FileUnreadable: nothing in it, or more than any rack has.
    """
    if not content.strip():
        raise FileUnreadable(name, Sentence("it is empty."))
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(name, Sentence("it is larger than any rack scanner's file. Choose the file of one rack."))
    if content.startswith(OLD_EXCEL_MARK):
        raise FileUnreadable(name, Sentence("it is an old Excel file (XLS), or one with a password. Save it as XLSX without a password."))


def text_lines(content: bytes, name: str) -> list[TextLine]:
    """Every line that holds something.

    :raises FileUnreadable: neither text nor a workbook, or more than any rack has.
    """
    if content.startswith(ZIP_MARK):
        lines = [_of_cells(line, cells) for line, cells in enumerate(read_xlsx_lines(content, name), 1)]
    else:
        lines = list(_of_text(decoded(content, name), name))
    if len(lines) > MOST_LINES:
        raise FileUnreadable(name, Sentence("it has more lines than any rack has holes. Choose the file of one rack."))
    for each in lines:
        if any(len(cell) > LONGEST_CELL for cell in each.cells) and len(each.cells) < 2:
            raise FileUnreadable(name, Sentence("line %(line)s is too long.", line=each.line))
    return [line for line in lines if line.filled]


def check_is_text(name: str, line: TextLine, cell: int) -> str:
    """A code as it is written.

    :raises FileNotUnderstood: Excel made a number of it, so that zeros before it are lost.
    """
    text = line.cells[cell] if cell < len(line.cells) else ""
    if cell in line.numbers or _SHORTENED.fullmatch(text):
        why = Sentence("Excel has made a number of a code, so that zeros before it may be lost. Give the scanner's own file.")
        raise FileNotUnderstood(name, why, line.line)
    return text


def _of_cells(line: int, cells: Sequence[Cell]) -> TextLine:
    numbers = frozenset(at for at, cell in enumerate(cells) if cell.kind in {CellKind.NUMBER, CellKind.FORMULA})
    return TextLine(line, tuple(cell.text.strip() for cell in cells), numbers)


def _of_text(text: str, name: str) -> Iterator[TextLine]:
    delimiter = max(DELIMITERS, key=text.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield TextLine(reader.line_num, tuple(cell.strip() for cell in cells))
            if reader.line_num > MOST_LINES:
                raise FileUnreadable(name, Sentence("it has more lines than any rack has holes. Choose the file of one rack."))
    except csv.Error:
        why = Sentence("a quotation mark is not closed.")
        raise FileNotUnderstood(name, why, reader.line_num) from None
