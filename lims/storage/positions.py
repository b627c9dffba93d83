"""The geometry of a box: how its holes are named and read, and which is the next free one."""

import re
from collections.abc import Collection
from string import ascii_uppercase

from lims.sentences import Sentence
from lims.storage.errors import NoSuchPosition
from lims.storage.vocabulary import Grid, Position, Scheme

_LETTERED = re.compile(r"([A-Z]{1,2})[ :.-]?0*([1-9][0-9]{0,2})", re.ASCII)
_WORDS = re.compile(r"[0-9]+|[^0-9]+", re.ASCII)
_NUMBERED = re.compile(r"0*([1-9][0-9]{0,3})", re.ASCII)


def format_position(position: Position, grid: Grid) -> str:
    """A hole as the box names it: ``A1``, or in a numbered box ``1``."""
    if grid.scheme is Scheme.NUMBERS:
        return str(position.row * grid.columns + position.column + 1)
    return f"{_row_letters(position.row)}{position.column + 1}"


def parse_position(text: str, grid: Grid, box: str) -> Position:
    """The hole that a label, a person or a rack scanner names: ``A1``, ``a01``, ``A:1``; in a numbered box ``1``, ``01``.

    :param box: what the container is, with its article, for the sentence: ``a 9 × 9 box``.
    :raises NoSuchPosition: it is no hole, or the grid does not have it.
    """
    found = _read(text.strip().upper(), grid)
    if found is None or found not in grid:
        raise NoSuchPosition(text.strip(), _what_there_is(found, grid, box))
    return found


def next_free(grid: Grid, taken: Collection[Position]) -> Position | None:
    """The first free hole in the order the box is filled; None where every hole is taken."""
    return next((position for position in grid if position not in taken), None)


def natural_order(name: str) -> list[tuple[int, str]]:
    """By what names of places are sorted as a person walks past them: Shelf 2 before Shelf 10."""
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in _WORDS.findall(name)]


def _read(text: str, grid: Grid) -> Position | None:
    if grid.scheme is Scheme.NUMBERS:
        number = _NUMBERED.fullmatch(text)
        return None if number is None else Position(*divmod(int(number[1]) - 1, grid.columns))
    hole = _LETTERED.fullmatch(text)
    return None if hole is None else Position(_row_number(hole[1]), int(hole[2]) - 1)


def _what_there_is(read: Position | None, grid: Grid, box: str) -> str:
    if grid.scheme is Scheme.LETTERS and read is not None and read.row >= grid.rows:
        return Sentence("%(box)s has rows A to %(last)s.", box=box, last=_row_letters(grid.rows - 1))
    if grid.scheme is Scheme.LETTERS and read is not None:
        return Sentence("%(box)s has columns 1 to %(last)s.", box=box, last=grid.columns)
    first, last = Position(0, 0), Position(grid.rows - 1, grid.columns - 1)
    return Sentence(
        "%(box)s has holes %(first)s to %(last)s.", box=box, first=format_position(first, grid), last=format_position(last, grid)
    )


def _row_letters(row: int) -> str:
    """A … Z, AA, AB …"""
    before, letter = divmod(row, 26)
    return (ascii_uppercase[before - 1] if before else "") + ascii_uppercase[letter]


def _row_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ascii_uppercase.index(letter) + 1
    return number - 1
