"""Reading one row field by field, and noting every fault with its column and value. Pure.

As with a protocol file, every faulty field is told at once: a reader always gets an answer, None where there is no good one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from lims import clock
from lims.errors import LimsError
from lims.imports.cells import CellRefused, read_amount, read_code, read_day, read_instant, read_text
from lims.imports.errors import ColumnsMissing, FileUnreadable
from lims.imports.fields import NEEDED
from lims.imports.findings import finding, refused_by
from lims.imports.limits import folded
from lims.imports.mapping import FileMapping
from lims.imports.vocabulary import Cell, Outcome, Row, RowFinding
from lims.sentences import Sentence

ValueT = TypeVar("ValueT")
CANNOT_BE_EMPTY = Sentence("this cannot be empty.")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field and each column of the mapping stands in this file. ``unread`` are columns it says nothing about."""

    header: tuple[str, ...]
    fields: Mapping[str, int]
    columns: Mapping[str, int]
    unread: tuple[str, ...]


def find_layout(header: tuple[str, ...], mapping: FileMapping, name: str) -> Layout:
    """
    :raises ColumnsMissing: a column that every row needs is not there.
    :raises FileUnreadable: a column is there twice.
    """
    places: dict[str, int] = {}
    known = {folded(column) for column in mapping.known_columns()}
    for place, column in enumerate(header):
        if folded(column) in places and folded(column) in known:
            raise FileUnreadable(name, Sentence('it has two columns "%(column)s". Rename one.', column=column))
        places.setdefault(folded(column), place)
    fields = {of: next((places[folded(each)] for each in names if folded(each) in places), -1) for of, names in mapping.columns.items()}
    missing = [mapping.columns[of][0] for of in mapping.columns if of in NEEDED[mapping.kind] and fields[of] < 0]
    named = [each.column for each in mapping.doses] + [each.column for each in mapping.places]
    missing += [column for column in (each.column for each in mapping.places) if folded(column) not in places]
    if missing:
        raise ColumnsMissing(name, missing, header)
    unread = tuple(column for column in header if column and folded(column) not in known)
    columns = {column: places[folded(column)] for column in named if folded(column) in places}
    return Layout(header, {of: place for of, place in fields.items() if place >= 0}, columns, unread)


class RowReader:
    """One row, read by the mapping. ``cells`` are the (column, value) asked for, ``says`` what they mean, ``findings`` the faults."""

    def __init__(self, row: Row, layout: Layout, mapping: FileMapping, now: datetime) -> None:
        self.row, self.layout, self.mapping, self.now = row, layout, mapping, now
        self.cells: dict[str, tuple[str, str]] = {}
        self.says: dict[str, str] = {}
        self.findings: list[RowFinding] = []
        if len(row.cells) != len(layout.header):
            sentence = Sentence(
                "The row has %(cells)s cells, the header %(header)s. Look for a missing or a needless separator.",
                cells=len(row.cells),
                header=len(layout.header),
            )
            self.findings.append(finding(row.line, Outcome.REFUSED, "", "", "imports.cells-do-not-fit", sentence))

    @property
    def is_refused(self) -> bool:
        return any(each.outcome is Outcome.REFUSED for each in self.findings)

    def is_empty(self, of: str) -> bool:
        """Whether nothing stands there, or there is no such column."""
        return not self._cell(of).text.strip()

    def code(self, of: str) -> str | None:
        return self._read(of, read_code, str)

    def text(self, of: str) -> str | None:
        return self._read(of, read_text, str)

    def instant(self, of: str, column: str | None = None) -> datetime | None:
        zone, patterns = self.mapping.zone, self.mapping.instants
        return self._read(of, lambda cell: read_instant(cell, patterns, zone, self.now), clock.iso, column)

    def day(self, of: str) -> date | None:
        today = self.now.astimezone(self.mapping.zone).date()
        return self._read(of, lambda cell: read_day(cell, self.mapping.days, today), date.isoformat)

    def amount(self, of: str) -> Decimal | None:
        return self._read(of, lambda cell: read_amount(cell, self.mapping.decimal_mark), lambda number: format(number.normalize(), "f"))

    def known(self, of: str, known: Callable[[str], str]) -> str | None:
        """A word as the mapping translates it, or as it stands; ``known`` gives its code or raises in words."""

        def translated(cell: Cell) -> str:
            word = read_text(cell)
            meaning = self.mapping.meaning(of, word)
            return known(meaning if isinstance(meaning, str) else word)

        return self._read(of, translated, str)

    def place(self, column: str) -> str | None:
        """A column of the way to a tube; such a column has no field of its own."""
        return self._read(f"place {column}", read_text, str, column)

    def refuse(self, of: str, code: str, sentence: str) -> None:
        """Note a fault of a field, in words."""
        self.note(of, Outcome.REFUSED, code, sentence)

    def refuse_by(self, of: str, error: LimsError) -> None:
        """Note that a field's value is none that the laboratory knows."""
        self.findings.append(refused_by(self.row.line, *self._column_and_value(of), error))

    def note(self, of: str, outcome: Outcome, code: str, sentence: str) -> None:
        self.findings.append(finding(self.row.line, outcome, *self._column_and_value(of), code, sentence))

    def _read(self, of: str, read: Callable[[Cell], ValueT], text: Callable[[ValueT], str], column: str | None = None) -> ValueT | None:
        cell = self._cell(of, column)
        if not cell.text.strip():
            if of in NEEDED[self.mapping.kind]:
                self.refuse(of, "imports.empty", CANNOT_BE_EMPTY)
            return None
        try:
            value = read(cell)
        except CellRefused as refused:
            self.refuse(of, refused.code, refused.sentence)
        except LimsError as error:
            self.refuse_by(of, error)
        else:
            self.says[of] = text(value)
            return value
        return None

    def _cell(self, of: str, column: str | None = None) -> Cell:
        place = self.layout.fields.get(of, -1) if column is None else self.layout.columns.get(column, -1)
        cell = self.row.cells[place] if 0 <= place < len(self.row.cells) else Cell("")
        if place >= 0:
            self.cells[of] = (self.layout.header[place], cell.text)
        return cell

    def _column_and_value(self, of: str) -> tuple[str, str]:
        place = self.layout.fields.get(of, -1)
        return self.cells.get(of) or (self.layout.header[place] if place >= 0 else of, "")
