"""The black rectangles of a symbol, in dots."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from lims.labels import symbols
from lims.labels.layout import Line
from lims.labels.symbol_places import Symbol

Rectangle = tuple[int, int, int, int]


def rectangles(item: Symbol | Line) -> tuple[Rectangle, ...]:
    """A symbol or a line as ``(x, y, width, height)``."""
    return _symbol_rectangles(item) if isinstance(item, Symbol) else ((item.x, item.y, item.width, item.height),)


@lru_cache(maxsize=2048)
def _symbol_rectangles(symbol: Symbol) -> tuple[Rectangle, ...]:
    """Neighbouring dark modules of a row in one."""
    if symbol.symbology == "DataMatrix":
        rows = enumerate(symbols.datamatrix(symbol.text))
        return tuple(
            (symbol.x + start, symbol.y + number * symbol.module, length, symbol.module)
            for number, row in rows
            for start, length in _dark(row, symbol.module)
        )
    (row,) = symbols.code_128(symbol.text)
    if symbol.upright:
        return tuple((symbol.x, symbol.y + start, symbol.width, length) for start, length in _dark(row, symbol.module))
    return tuple((symbol.x + start, symbol.y, length, symbol.height) for start, length in _dark(row, symbol.module))


def _dark(row: tuple[bool, ...], module: int) -> Iterator[tuple[int, int]]:
    start = 0
    for dark, run in groupby(row):
        length = len(list(run)) * module
        if dark:
            yield start, length
        start += length
