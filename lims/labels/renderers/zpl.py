"""Labels as ZPL II: one ``^XA … ^XZ`` each, and no data that could end one.

Symbols are the printer's own (``^BX``, ``^BC``), held to the size the layout gave them. Text is the printer's font 0 where that
has the characters, else a bitmap of our fonts. Every byte of data outside a short safe list is written in hex behind ``^FH``,
and symbol data have passed their strict pattern, because ``>`` and ``|`` would mean something to the symbols' own encoders.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from lims.labels.layout import Item, Items, LabelPlan, Line, Place, symbol_data
from lims.labels.renderers.raster import line_bitmap
from lims.labels.symbol_places import DataMatrixSetter, Spot, Symbol
from lims.labels.symbols import code_128_charset
from lims.labels.typesetting import LineSetter, TextLine

# How wide font 0, a bold condensed face, sets its characters, in 1/1000 of its width parameter. Measured from a rendering; only
# characters that stand here are given to it.
_FONT_0_WIDTHS: Final = {
    250: " '\\|¦",
    275: "{}",
    278: "/:;IfijltÌÍÎÏìíîï",
    300: "ª²³¹º",
    333: '!"(),.[]`r¡¨¯´·¸',
    390: "z",
    400: "°",
    445: "Jcksvxyçýÿ",
    500: "#$*+0123456789<=>?EFLTZ^_abdeghnopqu~¢£¤¥§«¬±µ»¿ÈÉÊË×ßàáâãäåèéêëðñòóôõö÷øùúûüþ",
    550: "¶",
    556: "ABCKPSVXYÀÁÂÃÄÅÇÝÞ",
    611: "DGHNOQRUÐÑÒÓÔÕÖØÙÚÛÜ",
    668: "&w",
    723: "æ",
    750: "¼½¾",
    778: "MmÆ",
    800: "-",
    830: "©®",
    833: "%@W",
}
_font_0_width: Final = {character: width for width, characters in _FONT_0_WIDTHS.items() for character in characters}.__getitem__
# Capitals are 0.77 of font 0's height and 0.71 of our em, so that at this ratio both are equally high.
_HEIGHT_PERCENT: Final = 92
_WIDEST_PERCENT: Final = 112

_is_safe: Final = re.compile(r"[A-Za-z0-9 .:/()-]*").fullmatch
_SAFE_BYTES: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .:/()-")
_START: Final = {"B": ">:", "C": ">;"}


def write_zpl(plan: LabelPlan, labels: Sequence[Mapping[str, str]]) -> bytes:
    """The labels, one after the other."""
    head = f"^XA^CI28^PW{plan.width}^LL{plan.height}^LH0,0^LS0\n"
    tail = "^PQ1,0,1,Y^XZ\n"
    fields = plan.written_by(_writer)
    return "".join([f"{head}{''.join(fields(values))}{tail}" for values in labels]).encode("ascii")


def _writer(place: Place) -> Callable[[object], str]:
    """What writes one place of the label."""
    if isinstance(place.setter, LineSetter):
        return _line_writer(place, place.setter)
    if isinstance(place.setter, DataMatrixSetter):
        return _datamatrix_writer(place.setter)
    return lambda values: _fields(place.lay(values))


def _line_writer(place: Place, setter: LineSetter) -> Callable[[object], str]:
    """Writes one line; plain text that fits as it is, without laying it out first, to the same result in a third of the time."""
    height = setter.size * _HEIGHT_PERCENT // 100
    widest = height * _WIDEST_PERCENT // 100
    where = f",{setter.baseline}^A0N,{height},"
    words, width_in_full, left = place.words, setter.width_in_full, setter.left

    def write(values: object) -> str:
        text = words(values)
        if _is_safe(text) and (width := width_in_full(text)):
            across = width * 1000 // sum(map(_font_0_width, text))
            return f"^FT{left(width)}{where}{across if across < widest else widest}^FH_^FD{text}^FS\n"
        return _fields(place.lay(values))

    return write


def _datamatrix_writer(setter: DataMatrixSetter) -> Callable[[object], str]:
    @lru_cache
    def announced(spot: Spot) -> str:
        side = spot.side // spot.module
        return f"^FO{spot.x},{spot.y}^BXN,{spot.module},200,{side},{side},,|^FH_^FD"

    def write(marked: object) -> str:
        text = symbol_data(marked)
        return f"{announced(setter.spot(text))}{text if _is_safe(text) else _escaped(text)}^FS\n"

    return write


def _fields(items: Items) -> str:
    return "".join([_FIELD[type(item)](item) for item in items])


def _symbol(symbol: Symbol) -> str:
    symbology, text, x, y, width, height, module, upright = symbol
    data = text if _is_safe(text) else _escaped(text)
    if symbology == "DataMatrix":
        side = width // module
        return f"^FO{x},{y}^BXN,{module},200,{side},{side},,|^FH_^FD{data}^FS\n"
    turn, length = ("R", width) if upright else ("N", height)
    return f"^FO{x},{y}^BY{module}^BC{turn},{length},N,N,N,N^FH_^FD{_START[code_128_charset(text)]}{data}^FS\n"


def _line(line: Line) -> str:
    return f"^FO{line.x},{line.y}^GB{line.width},{line.height},{min(line.width, line.height)}^FS\n"


def _text(line: TextLine) -> str:
    """The line in font 0, as wide as the layout has it, or nearly; never wider."""
    text, x, baseline, size, width, _ = line
    try:
        units = sum(map(_font_0_width, text))
    except KeyError:
        return _bitmap(line)
    height = size * _HEIGHT_PERCENT // 100
    across = min(height * _WIDEST_PERCENT // 100, width * 1000 // units)
    return f"^FT{x},{baseline}^A0N,{height},{across}^FH_^FD{text if _is_safe(text) else _escaped(text)}^FS\n"


def _bitmap(line: TextLine) -> str:
    image, x, y = line_bitmap(line)
    dots = image.tobytes()
    return f"^FO{max(0, x)},{max(0, y)}^GFA,{len(dots)},{len(dots)},{len(dots) // image.height},{dots.hex().upper()}^FS\n"


def _escaped(text: str) -> str:
    return "".join(chr(byte) if byte in _SAFE_BYTES else f"_{byte:02X}" for byte in text.encode("utf-8"))


_FIELD: Final[Mapping[type[Item], Callable[[Any], str]]] = {Symbol: _symbol, TextLine: _text, Line: _line}
