"""Setting a text into its box: the type size in whole dots, smaller, then shorter, by the template's rule; line breaks."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from lims.labels.fonts import CAP_HEIGHT_UNITS, UNITS_PER_EM, Weight, advances, width_units
from lims.labels.render_errors import TextDoesNotFit
from lims.labels.template_parts import Align, Box, Fit, Type

MM_PER_INCH: Final = 25.4
POINTS_PER_INCH: Final = 72
LINE_PITCH: Final = 1.2
CUT: Final = "…"


class DotBox(NamedTuple):
    """A box in whole dots. Boxes that touch in millimetres touch in dots."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, box: Box, dpi: int) -> "DotBox":
        x, y = in_dots(box.x_mm, dpi), in_dots(box.y_mm, dpi)
        return cls(x, y, max(1, in_dots(box.right_mm, dpi) - x), max(1, in_dots(box.bottom_mm, dpi) - y))


class TextLine(NamedTuple):
    """One line: where it begins, its baseline, its size (the em) and how wide it is."""

    text: str
    x: int
    baseline: int
    size: int
    width: int
    bold: bool

    @property
    def weight(self) -> Weight:
        return Weight.BOLD if self.bold else Weight.REGULAR

    def at(self, x: int, baseline: int) -> "TextLine":
        return self._replace(x=x, baseline=baseline)


def in_dots(length_mm: float, dpi: int) -> int:
    """A length in whole printer dots, the nearest."""
    return round(length_mm * dpi / MM_PER_INCH)


class LineSetter:
    """Sets texts on one line in one box; what does not depend on the text is worked out beforehand."""

    def __init__(self, type_: Type, fit: Fit, box: DotBox, dpi: int) -> None:
        self._type, self._fit, self._box, self._dpi = type_, fit, box, dpi
        self.size, self._least = type_sizes(type_, dpi)
        self._advance = advances(type_.weight).__getitem__
        self.baseline = _baseline(box, self.size)
        self._limit, self._bold = box.width * UNITS_PER_EM, type_.weight is Weight.BOLD
        self._left = box.x if type_.align is Align.LEFT else None

    def set(self, text: str) -> TextLine | None:
        """The text on one line in its box, or None where there is nothing to set.

        :raises TextDoesNotFit: it must stand in full, and does not even in the smallest type.
        """
        if not text:
            return None
        width = self.width_in_full(text)
        if not width:
            return self._set_tight(text)
        return TextLine(text, self.left(width), self.baseline, self.size, width, self._bold)

    def width_in_full(self, text: str) -> int:
        """How wide the text is in its largest type, in dots; 0 where it is too wide."""
        wide = sum(map(self._advance, text)) * self.size
        return -(-wide // UNITS_PER_EM) if wide <= self._limit else 0

    def left(self, width: int) -> int:
        """Where a line that wide begins."""
        return self._box.x + _shift(self._type.align, self._box.width - width) if self._left is None else self._left

    def _set_tight(self, text: str) -> TextLine | None:
        units = width_units(text, self._type.weight)
        size = max(self._least, self._limit // units)
        if units * size > self._limit:
            text = self._cut(text, units)
        return _aligned(text, size, self._type, self._box, _baseline(self._box, size)) if text else None

    def _cut(self, text: str, units: int) -> str:
        if self._fit is Fit.WHOLE:
            mm = MM_PER_INCH / self._dpi
            raise TextDoesNotFit(text, units * self._least / UNITS_PER_EM * mm, self._box.width * mm)
        return _shortened(text, self._type.weight, self._limit // self._least, self._fit)


def fitted_lines(text: str, type_: Type, box: DotBox, dpi: int) -> tuple[TextLine, ...]:
    """The text over as many lines as the box holds, in the largest type in which all of it does; else its end is cut."""
    largest, least = type_sizes(type_, dpi)
    for size in range(largest, least - 1, -1):
        most = 1 + (box.height - size) // _pitch(size)
        limit = box.width * UNITS_PER_EM // size
        lines = list(_broken(text, type_.weight, limit))
        if len(lines) <= most:
            break
    else:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], _shortened(rest, type_.weight, limit, Fit.END)]
    first = box.y + (size + cap_height(size)) // 2
    return tuple(_aligned(line, size, type_, box, first + number * _pitch(size)) for number, line in enumerate(lines))


def type_sizes(type_: Type, dpi: int) -> tuple[int, int]:
    """The largest and the least size of a type, in dots."""
    largest = max(1, math.floor(type_.size_pt * dpi / POINTS_PER_INCH))
    return largest, min(largest, max(1, math.ceil(type_.least_size_pt * dpi / POINTS_PER_INCH)))


def _aligned(text: str, size: int, type_: Type, box: DotBox, baseline: int) -> TextLine:
    width = -(-width_units(text, type_.weight) * size // UNITS_PER_EM)
    return TextLine(text, box.x + _shift(type_.align, box.width - width), baseline, size, width, type_.weight is Weight.BOLD)


def _shift(align: Align, free: int) -> int:
    return 0 if align is Align.LEFT else free // 2 if align is Align.CENTRE else free


def _baseline(box: DotBox, size: int) -> int:
    """Where capitals stand in the middle of the box."""
    return box.y + (box.height + cap_height(size)) // 2


def _shortened(text: str, weight: Weight, limit_units: int, fit: Fit) -> str:
    """As much of the text as the width holds beside a "…" for what was cut; nothing where not one character is left."""

    def keeping(count: int) -> str:
        head = {Fit.END: count, Fit.START: 0}.get(fit, (count + 1) // 2)
        tail = count - head
        return text[:head].rstrip() + CUT + text[len(text) - tail :].lstrip()

    if width_units(text, weight) <= limit_units:
        return text
    kept = bisect_right(range(len(text)), limit_units, key=lambda count: width_units(keeping(count), weight)) - 1
    return keeping(kept) if kept > 0 else ""


def _broken(text: str, weight: Weight, limit_units: int) -> Iterator[str]:
    """The text in lines no wider than the limit, broken at spaces and between hanzi, within a word only where it must be."""
    rest = text.strip()
    while rest:
        fits = bisect_right(range(1, len(rest) + 1), limit_units, key=lambda count: width_units(rest[:count], weight))
        end = max(1, fits)
        if end < len(rest):
            end = next((place for place in range(end, 0, -1) if _may_break(rest, place)), end)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    return after == " " or before == " " or (before >= "\u2e80" and after >= "\u2e80")


def _pitch(size: int) -> int:
    return round(size * LINE_PITCH)


def cap_height(size: int) -> int:
    """How high capitals of this size stand."""
    return size * CAP_HEIGHT_UNITS // UNITS_PER_EM
