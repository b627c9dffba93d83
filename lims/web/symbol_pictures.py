"""Symbols as pictures inside a page: one path in modules, drawn at whatever size the page gives it."""

from dataclasses import dataclass

from lims.labels.symbols import CODE_128_QUIET_MODULES, DATAMATRIX_QUIET_MODULES, Matrix, code_128, datamatrix

_CODE_128_MODULE_MM = 0.33
_CODE_128_HEIGHT_MM = 14
_DATAMATRIX_MODULE_MM = 1.0


@dataclass(frozen=True, slots=True)
class SymbolPicture:
    """A symbol with its quiet zones: the path of its dark modules, its size in modules, and its size on paper."""

    path: str
    columns: int
    rows: int
    width_mm: float
    height_mm: float


def datamatrix_picture(code: str) -> SymbolPicture:
    """A DataMatrix of a code, large enough for any reader."""
    matrix = datamatrix(code)
    side = len(matrix) + 2 * DATAMATRIX_QUIET_MODULES
    return SymbolPicture(
        _path(matrix, DATAMATRIX_QUIET_MODULES, DATAMATRIX_QUIET_MODULES),
        side,
        side,
        side * _DATAMATRIX_MODULE_MM,
        side * _DATAMATRIX_MODULE_MM,
    )


def code_128_picture(code: str) -> SymbolPicture:
    """A Code 128 of a code: one row of modules, stretched to its height."""
    matrix = code_128(code)
    columns = len(matrix[0]) + 2 * CODE_128_QUIET_MODULES
    return SymbolPicture(_path(matrix, CODE_128_QUIET_MODULES, 0), columns, 1, columns * _CODE_128_MODULE_MM, _CODE_128_HEIGHT_MM)


def _path(matrix: Matrix, left: int, top: int) -> str:
    """Dark modules in a row are one rectangle, so that no seam shows between them."""
    return "".join(f"M{left + start} {top + y}h{length}v1h-{length}z" for y, row in enumerate(matrix) for start, length in _runs(row))


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs
