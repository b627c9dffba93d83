"""Symbols in their places: how large a module may be, and where the symbol then stands, in whole dots.

The largest module between the template's two is taken with which the symbol and its quiet zone fit; where none does, the label is
refused with the numbers. Nothing is ever scaled.
"""

import math
from functools import lru_cache
from itertools import product
from typing import Final, Literal, NamedTuple

from lims.labels.fonts import UNITS_PER_EM, Weight, width_units
from lims.labels.render_errors import SymbolDoesNotFit
from lims.labels.symbols import (
    CODE_128_QUIET_MODULES,
    DATAMATRIX_QUIET_MODULES,
    check_symbol_data,
    code_128_modules,
    datamatrix_modules,
)
from lims.labels.template_parts import CapDot, Code128, DataMatrix
from lims.labels.typesetting import MM_PER_INCH, DotBox, TextLine, cap_height, in_dots, type_sizes

CAP_DOT_MARGIN_MM: Final = 0.15
CAP_DOT_GAP_MM: Final = 0.15

Symbology = Literal["Code 128", "DataMatrix"]


class Symbol(NamedTuple):
    """A symbol without its quiet zone: upper left corner, size, and the dots of one module."""

    symbology: Symbology
    text: str
    x: int
    y: int
    width: int
    height: int
    module: int
    upright: bool


class Code128Setter:
    """Sets Code 128 symbols into one box: as high as the box, in the middle of its length."""

    def __init__(self, element: Code128, dpi: int) -> None:
        self._box, self._dpi, self._upright = DotBox.of(element.box, dpi), dpi, element.upright
        self._sizes = _module_sizes(element, dpi)

    def set(self, text: str) -> Symbol:
        """The symbol of a code.

        :raises SymbolDataRefused: the code is none a symbol may carry.
        :raises SymbolDoesNotFit: even its narrowest bars are too many.
        """
        check_symbol_data(text)
        modules, box = code_128_modules(text), self._box
        length = box.height if self._upright else box.width
        module = next((size for size in self._sizes if (modules + 2 * CODE_128_QUIET_MODULES) * size <= length), None)
        if module is None:
            raise self._does_not_fit(text, (modules + 2 * CODE_128_QUIET_MODULES) * self._sizes[-1])
        start = (length - modules * module) // 2
        if self._upright:
            return Symbol("Code 128", text, box.x, box.y + start, box.width, modules * module, module, True)
        return Symbol("Code 128", text, box.x + start, box.y, modules * module, box.height, module, False)

    def _does_not_fit(self, text: str, needs: int) -> SymbolDoesNotFit:
        size = (self._box.width, needs) if self._upright else (needs, self._box.height)
        return _does_not_fit("Code 128", text, size, self._box, self._dpi)


class Spot(NamedTuple):
    """Where a square symbol stands and how large it is, in dots."""

    x: int
    y: int
    side: int
    module: int


class DataMatrixSetter:
    """Sets DataMatrix symbols into the middle of one box."""

    def __init__(self, element: DataMatrix, dpi: int) -> None:
        self._box, self._dpi = DotBox.of(element.box, dpi), dpi
        self._sizes = _module_sizes(element, dpi)
        self._find_spot = lru_cache(self._spot_for)

    def set(self, text: str) -> Symbol:
        """The symbol of a code. Raises as :meth:`spot` does."""
        x, y, side, module = self.spot(text)
        return Symbol("DataMatrix", text, x, y, side, side, module, False)

    def spot(self, text: str) -> Spot:
        """Where the symbol of a code stands.

        :raises SymbolDataRefused: the code is none a symbol may carry.
        :raises SymbolDoesNotFit: even with its smallest modules it is too large.
        """
        check_symbol_data(text)
        modules = datamatrix_modules(text)
        spot = self._find_spot(modules)
        if spot is None:
            needs = _with_quiet_zone(modules, self._sizes[-1])
            raise _does_not_fit("DataMatrix", text, (needs, needs), self._box, self._dpi)
        return spot

    def _spot_for(self, modules: int) -> Spot | None:
        x, y, width, height = self._box
        for module in self._sizes:
            if _with_quiet_zone(modules, module) <= min(width, height):
                side = modules * module
                return Spot(x + (width - side) // 2, y + (height - side) // 2, side, module)
        return None


class _CapDotPlace(NamedTuple):
    """How a cap dot may be set: the module, the type size, and how wide the text may then be."""

    module: int
    size: int
    widest: int


class CapDotSetter:
    """Sets a DataMatrix over a short text, the two as one group in the middle of a circle."""

    def __init__(self, element: CapDot, dpi: int) -> None:
        self._element, self._dpi = element, dpi
        self._modules, self._bold = _module_sizes(element, dpi), element.type.weight is Weight.BOLD
        self._x, self._y = in_dots(element.circle.x_mm, dpi), in_dots(element.circle.y_mm, dpi)
        self._radius = (element.circle.diameter_mm / 2 - CAP_DOT_MARGIN_MM) * dpi / MM_PER_INCH
        self._gap = in_dots(CAP_DOT_GAP_MM, dpi)
        self._places = lru_cache(self._find_places)

    def set(self, code: str, text: str) -> tuple[Symbol | TextLine, ...]:
        """The symbol of the code, and the text below it.

        :raises SymbolDataRefused: the code is none a symbol may carry.
        :raises SymbolDoesNotFit: even with the smallest modules and type they do not both lie in the circle.
        """
        check_symbol_data(code)
        modules, units = datamatrix_modules(code), width_units(text, self._element.type.weight)
        for module, size, widest in self._places(modules):
            width = -(-units * size // UNITS_PER_EM)
            if width <= widest:
                top = self._y - self._height(modules, module, size) // 2
                side = modules * module
                symbol = Symbol("DataMatrix", code, self._x - side // 2, top + module, side, side, module, False)
                baseline = top + self._height(modules, module, size)
                return (symbol, TextLine(text, self._x - width // 2, baseline, size, width, self._bold)) if text else (symbol,)
        raise self._does_not_fit(code, modules, units)

    def _find_places(self, modules: int) -> list[_CapDotPlace]:
        largest, least = type_sizes(self._element.type, self._dpi)
        places = []
        for module, size in product(self._modules, range(largest, least - 1, -1)):
            half = self._height(modules, module, size) / 2
            widest = math.floor(2 * math.sqrt(max(0.0, self._radius**2 - half**2)))
            if widest >= _with_quiet_zone(modules, module):
                places.append(_CapDotPlace(module, size, widest))
        return places

    def _height(self, modules: int, module: int, size: int) -> int:
        return _with_quiet_zone(modules, module) + self._gap + cap_height(size)

    def _does_not_fit(self, code: str, modules: int, units: int) -> SymbolDoesNotFit:
        module, (_, size) = self._modules[-1], type_sizes(self._element.type, self._dpi)
        width = max(_with_quiet_zone(modules, module), -(-units * size // UNITS_PER_EM))
        needs = math.ceil(math.hypot(width, self._height(modules, module, size)) + 2 * CAP_DOT_MARGIN_MM * self._dpi / MM_PER_INCH)
        return _does_not_fit("DataMatrix", code, (needs, needs), DotBox.of(self._element.box, self._dpi), self._dpi)


def _with_quiet_zone(modules: int, module: int) -> int:
    return (modules + 2 * DATAMATRIX_QUIET_MODULES) * module


def _module_sizes(element: Code128 | DataMatrix | CapDot, dpi: int) -> tuple[int, ...]:
    """Modules in whole dots, largest first, between the template's two."""
    largest = math.floor(element.module_mm * dpi / MM_PER_INCH + 1e-6)
    least = max(1, math.ceil(element.least_module_mm * dpi / MM_PER_INCH - 1e-6))
    return tuple(range(largest, least - 1, -1))


def _does_not_fit(symbology: Symbology, text: str, needs: tuple[int, int], box: DotBox, dpi: int) -> SymbolDoesNotFit:
    dot = MM_PER_INCH / dpi
    return SymbolDoesNotFit(symbology, text, (needs[0] * dot, needs[1] * dot), (box.width * dot, box.height * dot), dpi)
