"""The label's own type: which font has a character, how wide it is, and its outline.

Latin, Greek and signs come from Roboto Condensed in two weights, Chinese from a subset of Droid Sans Fallback (see the README
beside the files). Widths are counted in 1/2048 em and kerning is never used, so that every renderer sets a text equally wide.
"""

import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from threading import RLock
from typing import Final

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

UNITS_PER_EM: Final = 2048
CAP_HEIGHT_UNITS: Final = 1456
NO_SUCH_GLYPH: Final = "\ufffd"
LONGEST_TEXT: Final = 400
_FOLDER: Final = Path(__file__).parent
_READING: Final = RLock()
"""A font reads its tables and its glyphs when they are first asked for, and breaks for good when two threads ask at once."""
_SPELT_OUT: Final = str.maketrans({"℃": "°C", "℉": "°F", "\u2028": " ", "\u2029": " "})


class Weight(StrEnum):
    """How heavy a text is set."""

    REGULAR = "regular"
    BOLD = "bold"


class Face(StrEnum):
    """A font file of ours; the value is its name without ``.ttf``."""

    REGULAR = "RobotoCondensed-Regular"
    BOLD = "RobotoCondensed-Bold"
    HAN = "DroidSansFallback-GB2312"

    @property
    def path(self) -> Path:
        return _FOLDER / f"{self.value}.ttf"


LATIN_FACE: Final = {Weight.REGULAR: Face.REGULAR, Weight.BOLD: Face.BOLD}


def printable(value: str) -> str:
    """A value as one line a label can show: white space is a space, none at the ends; what no font of ours has is a ``\\ufffd`` sign.

    Never longer than :data:`LONGEST_TEXT` characters; no layout reaches that far.
    """
    if value.isascii() and value.isprintable() and len(value) <= LONGEST_TEXT:
        return value.strip()
    text = unicodedata.normalize("NFC", value[:LONGEST_TEXT].translate(_SPELT_OUT))
    spaced = "".join(" " if character.isspace() else character for character in text if not _is_silent(character))
    return "".join(character if character in _known() else NO_SUCH_GLYPH for character in spaced.strip())


def width_units(text: str, weight: Weight) -> int:
    """How wide a printable text is, in 1/2048 of its type size."""
    return sum(map(advances(weight).__getitem__, text))


def runs(text: str, weight: Weight) -> Iterator[tuple[Face, str]]:
    """The text in pieces, each set in one font."""
    latin = LATIN_FACE[weight]
    if text.isascii():
        yield latin, text
        return
    has = _cmap(latin)
    for in_latin, characters in groupby(text, key=lambda character: ord(character) in has):
        yield (latin if in_latin else Face.HAN), "".join(characters)


@lru_cache
def advances(weight: Weight) -> dict[str, int]:
    """The width of every character we can print in this weight, in 1/2048 em."""
    widths: dict[str, int] = {}
    with _READING:
        for face in (Face.HAN, LATIN_FACE[weight]):
            font = _open(face)
            scale = UNITS_PER_EM // font["head"].unitsPerEm
            metrics = font["hmtx"]
            widths |= {chr(point): metrics[glyph][0] * scale for point, glyph in _cmap(face).items()}
    return widths


@lru_cache(maxsize=4096)
def outline(face: Face, character: str) -> str:
    """The SVG path of one character, in 1/2048 em, y downwards from the baseline."""
    with _READING:
        font = _open(face)
        glyphs = font.getGlyphSet()
        scale = UNITS_PER_EM // font["head"].unitsPerEm
        pen = SVGPathPen(glyphs, ntos=lambda number: f"{number:.0f}")
        glyphs[_cmap(face)[ord(character)]].draw(TransformPen(pen, (scale, 0, 0, -scale, 0, 0)))
        return str(pen.getCommands())


def _is_silent(character: str) -> bool:
    """Control, format and surrogate characters: they have no shape of their own, and some turn the line round."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and not character.isspace()


@lru_cache
def _known() -> frozenset[str]:
    return frozenset(advances(Weight.REGULAR))


@lru_cache
def _open(face: Face) -> TTFont:
    return TTFont(BytesIO(face.path.read_bytes()), lazy=True)  # no file stays open


@lru_cache
def _cmap(face: Face) -> dict[int, str]:
    with _READING:
        return dict(_open(face).getBestCmap())
