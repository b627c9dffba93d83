"""Reading a temperature logger's file: which column is the time, which the temperature, and whose clocks it is by.

Nothing is guessed: a date that may be two days, a degree that may be Fahrenheit, a time that the clocks showed twice are refused by line.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from lims.imports.cells import CellRefused, read_instant
from lims.imports.csv_file import DELIMITERS, decoded
from lims.imports.errors import FileUnreadable
from lims.imports.vocabulary import Cell, CellKind
from lims.imports.xlsx_file import OLD_EXCEL_MARK, ZIP_MARK, read_xlsx_lines
from lims.sentences import Sentence
from lims.temperatures.errors import LogNotUnderstood
from lims.temperatures.vocabulary import MILLI, LogFile, Reading, celsius

LARGEST_FILE = 16 * 1024 * 1024
MOST_READINGS = 300_000
HEADER_WITHIN = 60
"""How many lines may stand before the header: serial number, alarms, summaries."""
_TIMES = {
    "time",
    "datetime",
    "date/time",
    "timestamp",
    "dateandtime",
    "logtime",
    "recordtime",
    "时间",
    "日期时间",
    "记录时间",
    "测量时间",
    "采集时间",
}
_DATES, _HOURS = {"date", "日期"}, {"time", "时间", "hour"}
_DEGREES = re.compile(
    r"^(temp(erature)?|celsius|温度|probe|ch(annel)?[ _-]?1|value|t1?|sensor)([ _-]?1)?\s*[\(\[]?\s*(°?\s*c|℃|celsius|deg\s*c)?\s*[\)\]]?$",
    re.IGNORECASE,
)
_FAHRENHEIT = re.compile(r"°\s*f|℉|fahrenheit", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,3}([.,]\d{1,6})?", re.ASCII)
_UNIT = re.compile(r"\s*(°\s*c|℃|c)$", re.IGNORECASE)
_NOTHING = {"", "-", "--", "---", "n/a", "na", "nan", "null", "open", "err", "error", "fault"}
_BEYOND = {"hi", "lo", "high", "low", "over", "under", "ol", "ofl", ">max", "<min"}
_PLAIN = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
_WITH_OFFSET = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M:%S%z")
_ISO = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})[/-]\d{4}\b", re.ASCII)
_HOUR_FORMS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a line has what: ``time`` holds day and hour, unless ``hour`` is a column of its own."""

    time: int
    hour: int | None
    degrees: int


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file, and its number in it."""

    number: int
    cells: Sequence[Cell]

    def at(self, column: int) -> Cell:
        """A cell; an empty one where the line is too short."""
        return self.cells[column] if column < len(self.cells) else Cell("")


def read_log(content: bytes, name: str, zone: ZoneInfo, now: datetime) -> LogFile:
    """Every reading of a file, by time.

    :param zone: whose clocks the times are by, where they say no offset.
    :raises FileUnreadable: it is neither text nor a workbook, or too large.
    :raises LogNotUnderstood: it has no column of times or temperatures, or a line cannot be read; the line is named.
    """
    if not content.strip():
        raise FileUnreadable(name, Sentence("it is empty."))
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(name, Sentence("it is larger than any logger's file. Export a shorter time."))
    if content.startswith(OLD_EXCEL_MARK):
        raise FileUnreadable(name, Sentence("it is an old Excel file (XLS), or one with a password. Save it as XLSX without a password."))
    lines, columns = _table(content, name)
    patterns = _patterns(name, [line.at(columns.time).text.strip() for line in lines])
    seen: dict[datetime, int] = {}
    without = 0
    for line in lines:
        milli_c = _degrees(name, line, columns)
        if milli_c is None:
            without += 1
            continue
        at = _instant(name, line, columns, patterns, zone, now)
        if seen.setdefault(at, milli_c) != milli_c:
            why = Sentence(
                "at that time it says %(first)s °C already, and now %(second)s °C.", first=celsius(seen[at]), second=celsius(milli_c)
            )
            raise LogNotUnderstood(name, why, line.number)
    if not seen:
        raise LogNotUnderstood(name, Sentence("it holds no reading."))
    return LogFile(tuple(Reading(at, seen[at]) for at in sorted(seen)), without)


def _table(content: bytes, name: str) -> tuple[list[_Line], _Columns]:
    """The lines under the header, and its columns; a text by the delimiter under which there is a header."""
    refused: LogNotUnderstood | None = None
    for lines in _ways_to_read(content, name):
        try:
            for at, line in enumerate(lines[:HEADER_WITHIN]):
                if (columns := _columns(name, line)) is not None:
                    below = [each for each in lines[at + 1 :] if any(cell.text.strip() for cell in each.cells)]
                    if len(below) > MOST_READINGS:
                        raise FileUnreadable(name, Sentence("it is larger than any logger's file. Export a shorter time."))
                    return below, columns
        except LogNotUnderstood as error:
            refused = error
    raise refused or LogNotUnderstood(
        name, Sentence("no line of it names a column of times and one of temperatures, such as “Time” and “Temperature (°C)”.")
    )


def _ways_to_read(content: bytes, name: str) -> Iterator[list[_Line]]:
    if content.startswith(ZIP_MARK):
        yield [_Line(number, cells) for number, cells in enumerate(read_xlsx_lines(content, name), 1)]
        return
    text = decoded(content, name)
    for delimiter in sorted(DELIMITERS, key=text.count, reverse=True):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            yield [_Line(reader.line_num, [Cell(cell) for cell in cells]) for cells in reader]
        except csv.Error:
            raise FileUnreadable(name, Sentence("line %(line)s is too long.", line=reader.line_num)) from None


def _columns(name: str, line: _Line) -> _Columns | None:
    """What a header names; None for a line that is none."""
    heads = [cell.text.strip().removeprefix("\ufeff") for cell in line.cells]
    plain = [re.sub(r"[\s_]|\(.*\)|\[.*\]", "", head).casefold() for head in heads]
    degrees = [at for at, head in enumerate(heads) if _DEGREES.match(head)]
    day = next((at for at, head in enumerate(plain) if head in _DATES), None)
    hour = next((at for at, head in enumerate(plain) if head in _HOURS and at != day), None) if day is not None else None
    time = day if hour is not None else next((at for at, head in enumerate(plain) if head in _TIMES | _DATES), None)
    if time is None:
        return None
    if not degrees:
        if any(_FAHRENHEIT.search(head) for head in heads):
            raise LogNotUnderstood(name, Sentence("it is in °F. Set the logger to °C, and export again."), line.number)
        return None
    return _Columns(time, hour, degrees[0])


def _degrees(name: str, line: _Line, columns: _Columns) -> int | None:
    """A temperature in thousandths of a degree; None where the logger had none."""
    cell = line.at(columns.degrees)
    text = _UNIT.sub("", cell.text.strip().replace("−", "-")).strip()
    if text.casefold() in _NOTHING:
        return None
    if len(line.cells) > columns.degrees + 1 and line.cells[-1] is not cell and _is_split(line, columns):
        why = Sentence("a decimal comma parts it in two. Export with a point, or parted by semicolons.")
        raise LogNotUnderstood(name, why, line.number)
    if text.casefold() in _BEYOND:
        why = Sentence("“%(text)s”: it was beyond what the logger measures. Write the end of its range there, and import again.", text=text)
        raise LogNotUnderstood(name, why, line.number)
    if not _NUMBER.fullmatch(text) or cell.kind is CellKind.FORMULA:
        raise LogNotUnderstood(name, Sentence("“%(text)s” is no temperature.", text=text[:30]), line.number)
    milli = (Decimal(text.replace(",", ".")) * MILLI).to_integral_value()
    if not -273_150 <= milli <= 200_000:
        raise LogNotUnderstood(name, Sentence("%(text)s °C cannot be.", text=text[:30]), line.number)
    return int(milli)


def _is_split(line: _Line, columns: _Columns) -> bool:
    """Whether the cell after the degrees is what a decimal comma has cut off: one to three bare digits, and the last of the line."""
    after = columns.degrees + 1
    whole = re.fullmatch(r"-?\d{1,3}", line.cells[columns.degrees].text.strip().replace("−", "-"))
    return whole is not None and after == len(line.cells) - 1 and re.fullmatch(r"\d{1,3}", line.cells[after].text.strip()) is not None


def _patterns(name: str, days: Sequence[str]) -> tuple[str, ...]:
    """The forms a time may have in this file; of days such as 11/20/2026 the whole file tells which number is the month."""
    slashed = [found for day in days if (found := _SLASHED.match(day))]
    if not slashed:
        return (*_PLAIN, *_ISO, *_WITH_OFFSET)
    first, second = any(int(found[1]) > 12 for found in slashed), any(int(found[3]) > 12 for found in slashed)
    if first == second:
        why = Sentence("nobody can tell its days from its months (%(day)s). Export dates as 2026-11-28.", day=slashed[0][0])
        raise LogNotUnderstood(name, why)
    mark = slashed[0][2]
    day = f"%d{mark}%m{mark}%Y" if first else f"%m{mark}%d{mark}%Y"
    return tuple(f"{day} {hours}" for hours in _HOUR_FORMS)


def _instant(name: str, line: _Line, columns: _Columns, patterns: Sequence[str], zone: ZoneInfo, now: datetime) -> datetime:
    cell = line.at(columns.time)
    if columns.hour is not None and cell.kind is CellKind.TEXT:
        cell = Cell(f"{cell.text.strip()} {line.at(columns.hour).text.strip()}")
    if cell.text.strip().endswith(("Z", "z")):
        cell = Cell(cell.text.strip()[:-1] + "+00:00")
    try:
        return read_instant(cell, patterns, zone, now)
    except CellRefused as error:
        why = Sentence("“%(text)s”: %(why)s", text=cell.text.strip()[:40], why=error.sentence)
        raise LogNotUnderstood(name, why, line.number) from error
