"""The holes of a file laid over the box: whose size they must have, and how they lie when the rack lay turned. Pure."""

import re
from collections.abc import Iterator, Mapping
from string import ascii_uppercase

from lims.ids import in_fours
from lims.racks.errors import FileNotUnderstood, HasNoHoles, SeenTwice, WrongSize
from lims.racks.vocabulary import Entry, RackFile, Reading, Said, Turn
from lims.sentences import Sentence
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Grid, Position, Scheme

_LETTERED = re.compile(r"([A-Z]{1,2})[ :.-]?0*([1-9][0-9]{0,2})", re.ASCII)
_NUMBERED = re.compile(r"0*([1-9][0-9]{0,3})", re.ASCII)
_SIZES = {24: (4, 6), 48: (6, 8), 81: (9, 9), 96: (8, 12), 100: (10, 10), 384: (16, 24)}
"""Racks and boxes as they are made (ANSI/SLAS 1 to 4, and cryo boxes): how many holes, in how many rows and columns."""


def lay_over(file: RackFile, name: str, box: ContainerRecord) -> dict[Position, Reading]:
    """What the file says of each hole that it names, as it lay under the scanner.

    A VisionMate that is set to another size scatters the tubes without a word: so the size is held against the box's.

    :raises HasNoHoles: tubes lie loose in it.
    :raises WrongSize: the file is of a rack of another size.
    :raises SeenTwice: a hole or a code stands in it twice.
    :raises FileNotUnderstood: a line names no hole.
    """
    grid = box.grid
    if grid is None:
        raise HasNoHoles(box.name)
    holes: dict[Position, Reading] = {}
    codes: dict[str, int] = {}
    for entry in file.entries:
        position = _position(entry, name, grid, len(file.entries), box.name)
        if position in holes:
            raise SeenTwice(entry.place, holes[position].line, entry.line)
        if entry.code is not None and codes.setdefault(entry.code, entry.line) != entry.line:
            raise SeenTwice(in_fours(entry.code), codes[entry.code], entry.line)
        holes[position] = Reading(entry.said, entry.code, entry.line)
    if len({reading.code for reading in holes.values() if reading.code}) < sum(reading.said is Said.CODE for reading in holes.values()):
        line = next(iter(holes.values())).line  # one line holds them all
        raise FileNotUnderstood(name, Sentence("one code stands in it twice."), line)
    _check_size(holes, box.name, grid)
    return holes


def turned(position: Position, grid: Grid, turn: Turn) -> Position:
    """Where a hole of the box is that the scanner saw at ``position``, if the rack lay turned."""
    last_row, last_column = grid.rows - 1, grid.columns - 1
    match turn:
        case Turn.NONE:
            return position
        case Turn.QUARTER:
            return Position(position.column, last_row - position.row)
        case Turn.HALF:
            return Position(last_row - position.row, last_column - position.column)
        case Turn.THREE_QUARTERS:
            return Position(last_column - position.column, position.row)


def turns_of(grid: Grid) -> Iterator[Turn]:
    """The ways in which a rack of this size can lie: a quarter turn only where it is square."""
    yield from Turn if grid.rows == grid.columns else (Turn.NONE, Turn.HALF)


def _position(entry: Entry, name: str, grid: Grid, entries: int, box: str) -> Position:
    place = entry.place.upper()
    if place.startswith("#"):  # the n-th of a list along the rows
        if entries != len(grid):
            rows, columns = _SIZES.get(entries, (1, entries))
            raise WrongSize(box, grid.rows, grid.columns, rows, columns)
        return Position(*divmod(int(place[1:]) - 1, grid.columns))
    if lettered := _LETTERED.fullmatch(place):
        return Position(_row(lettered[1]), int(lettered[2]) - 1)
    numbered = _NUMBERED.fullmatch(place)
    if numbered is None or grid.scheme is not Scheme.NUMBERS:
        raise FileNotUnderstood(name, Sentence("“%(place)s” is no hole of this box.", place=entry.place[:20]), entry.line)
    return Position(*divmod(int(numbered[1]) - 1, grid.columns))


def _check_size(holes: Mapping[Position, Reading], box: str, grid: Grid) -> None:
    rows, columns = max(hole.row for hole in holes) + 1, max(hole.column for hole in holes) + 1
    outside = rows > grid.rows or columns > grid.columns
    whole = len(holes) == rows * columns and (rows, columns) in _SIZES.values()
    if outside or (whole and (rows, columns) != (grid.rows, grid.columns)):
        raise WrongSize(box, grid.rows, grid.columns, rows, columns)


def _row(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ascii_uppercase.index(letter) + 1
    return number - 1
