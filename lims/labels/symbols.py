"""Symbols: the modules of a Code 128 or DataMatrix ECC 200, and which codes they may carry.

A code is checked before it is encoded, by the pattern of what may be bound to a thing, so that no encoder ever meets a character it
would drop, translate or take for a command, and no symbol carries what a scan could not find. Only a command card's code may end in
a full stop besides, which makes it a code that nothing can be called by.

Code 128 is written wholly in set C (an even number of digits) or wholly in set B (everything else), DataMatrix wholly in its
ASCII encodation. That costs a few modules on some codes and makes the size of every symbol a matter of counting: the preview and
the printer's own encoder cannot differ.
"""

import re
from functools import lru_cache
from typing import Final, Literal

from barcode.codex import Code128
from ppf.datamatrix import DataMatrix

from lims.labels.render_errors import SymbolDataRefused
from lims.labels.rules import GIVEN_CODE, LONGEST_CODE, SHORTEST_CODE

Matrix = tuple[tuple[bool, ...], ...]

CODE_128_QUIET_MODULES: Final = 10  # ISO/IEC 15417, on either side
DATAMATRIX_QUIET_MODULES: Final = 1  # ISO/IEC 16022, all round

_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._/+#:-")
_ENDS: Final = _CHARACTERS - frozenset(" ._/+#:-")
_is_code: Final = GIVEN_CODE.fullmatch
_is_command: Final = re.compile(r"[A-Z]+\.[A-Z]+\.").fullmatch
_digit_pairs: Final = re.compile(r"[0-9][0-9]").findall
_ASCII_DIGITS: Final = re.compile(r"(?:[0-9][0-9])+")
# Data codewords and side in modules of the square ECC 200 symbols that 30 characters can need (ISO/IEC 16022, table 7).
_DATAMATRIX_SIZES: Final = ((3, 10), (5, 12), (8, 14), (12, 16), (18, 18), (22, 20), (30, 22))
_DATAMATRIX_SIDE: Final = tuple(
    next(side for capacity, side in _DATAMATRIX_SIZES if words <= capacity) for words in range(LONGEST_CODE + 1)
)


def check_symbol_data(text: str) -> None:
    """Refuse what no symbol of ours may carry.

    :raises SymbolDataRefused: naming the character and its place (counted from 1), or the length.
    """
    if _is_code(text) or (_is_command(text) and len(text) <= LONGEST_CODE):
        return
    for place, character in enumerate(text, start=1):
        if character not in _CHARACTERS:
            raise SymbolDataRefused(text, f"character {place}, {character!r}, is none a label's barcode may hold", character, place)
    if not SHORTEST_CODE <= len(text) <= LONGEST_CODE:
        raise SymbolDataRefused(text, f"it has {len(text)} characters, and a code has {SHORTEST_CODE} to {LONGEST_CODE}")
    place = len(text) if text[0] in _ENDS else 1
    raise SymbolDataRefused(text, f"it may not {'end' if place > 1 else 'begin'} with {text[place - 1]!r}", text[place - 1], place)


def code_128_charset(text: str) -> Literal["B", "C"]:
    """The one code set a checked code is written in: C for an even number of digits, else B."""
    return "C" if _ASCII_DIGITS.fullmatch(text) else "B"


def code_128_modules(text: str) -> int:
    """How many modules wide the Code 128 of a checked code is, quiet zones not counted."""
    characters = len(text) // 2 if code_128_charset(text) == "C" else len(text)
    return 11 * (characters + 2) + 13  # start and check character, 11 modules each; stop, 13


def datamatrix_modules(text: str) -> int:
    """How many modules wide and high the DataMatrix of a checked code is, quiet zone not counted."""
    return _DATAMATRIX_SIDE[len(text) - len(_digit_pairs(text))]


@lru_cache(maxsize=4096)
def code_128(text: str) -> Matrix:
    """The one row of modules of a Code 128, bars true.

    :raises SymbolDataRefused: the code is none a symbol may carry.
    """
    check_symbol_data(text)
    (row,) = _WholeCode128(text).build()
    return (tuple(module == "1" for module in row),)


@lru_cache(maxsize=4096)
def datamatrix(text: str) -> Matrix:
    """The rows of modules of a square DataMatrix ECC 200, dark ones true.

    :raises SymbolDataRefused: the code is none a symbol may carry.
    """
    check_symbol_data(text)
    return tuple(tuple(module == 1 for module in row) for row in DataMatrix(text, codecs=["ascii"]).matrix)


class _WholeCode128(Code128):  # type: ignore[misc]  # python-barcode carries no types
    """Code 128 in a single code set, without the faults of python-barcode 0.16.1.

    There, a code that begins with 99 in set C is taken for "switch to C" and loses those digits under a valid check
    character (python-barcode issue 251), and a second ``build()`` starts from what the first left behind.
    """

    def build(self) -> list[str]:
        self._charset = code_128_charset(self.code)
        self._buffer = ""
        rows: list[str] = super().build()
        return rows

    def _maybe_switch_charset(self, pos: int) -> list[int]:
        return []

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded
