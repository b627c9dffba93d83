"""Reading CSV as it comes: with or without byte-order mark, parted by comma, semicolon or tab."""

import csv
import io
from collections.abc import Iterable, Iterator

from lims.imports.errors import FileUnreadable
from lims.imports.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, folded
from lims.imports.vocabulary import Cell, Row, Sheet
from lims.sentences import Sentence

DELIMITERS = ",;\t"
_QUOTES: dict[str, Sentence] = {each: each for each in (Sentence("unexpected end of data"), Sentence("',' expected after '\"'"))}
"""What the reader says of quotation marks, so that it can be said in another language; a delimiter of another kind is rare."""
_OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_csv(content: bytes, name: str, known: Iterable[str], encoding: str = "utf-8") -> Sheet:
    """A CSV file as a table, its delimiter the one under which the header holds most of the ``known`` columns.

    :raises FileUnreadable: another encoding, NUL bytes, broken quotes, or more than any list has.
    """
    text = decoded(content, name, encoding)
    wanted = {folded(column) for column in known}
    delimiter = max(DELIMITERS, key=lambda each: _fit(text, each, wanted))
    lines = _lines(text, delimiter, name)
    header = next(lines, [])
    if not any(cell.strip() for cell in header):
        raise FileUnreadable(name, Sentence("its first line holds no header. Put the names of the columns there."))
    return Sheet(tuple(cell.strip() for cell in header), tuple(_rows(lines, name)))


def decoded(content: bytes, name: str, encoding: str = "utf-8") -> str:
    """The text of a file, without its byte-order mark.

    :raises FileUnreadable: another encoding, or NUL bytes.
    """
    for mark, called in _OTHER_MARKS.items():
        if content.startswith(mark):
            raise FileUnreadable(name, Sentence("it is %(encoding)s. Save it as CSV UTF-8.", encoding=called))
    if b"\x00" in content:
        raise FileUnreadable(name, Sentence("it holds NUL bytes, so it is no text. Save it as CSV UTF-8 or XLSX."))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(name, _in_another(line, encoding.upper(), content)) from None
    return text.removeprefix("\ufeff")


def _in_another(line: int, encoding: str, content: bytes) -> Sentence:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return Sentence("line %(line)s is not %(encoding)s. Save it as CSV UTF-8.", line=line, encoding=encoding)
    return Sentence(
        "line %(line)s is not %(encoding)s (it may be GB18030, as Excel in Chinese writes CSV). Save it as CSV UTF-8.",
        line=line,
        encoding=encoding,
    )


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
        why = Sentence(
            "line %(line)s: %(error)s. Look for a quotation mark that is not closed.",
            line=reader.line_num,
            error=_QUOTES.get(str(error), str(error)),
        )
        raise FileUnreadable(name, why) from None


def _rows(lines: Iterator[list[str]], name: str) -> Iterator[Row]:
    for line, cells in enumerate(lines, start=2):
        if line > MOST_ROWS + 1:
            raise FileUnreadable(name, Sentence("it has more than %(most)s rows. Part it into several files.", most=MOST_ROWS))
        if len(cells) > MOST_COLUMNS:
            why = Sentence("line %(line)s has %(columns)s columns; %(most)s are allowed.", line=line, columns=len(cells), most=MOST_COLUMNS)
            raise FileUnreadable(name, why)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            why = Sentence(
                "line %(line)s has a cell of more than %(most)s characters. Look for a quotation mark too many.",
                line=line,
                most=LONGEST_CELL,
            )
            raise FileUnreadable(name, why)
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(Cell(cell) for cell in cells))
