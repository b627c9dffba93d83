"""One layout for every output: what stands where on one label, in whole printer dots.

From a template, a resolution and the values of one label. Symbols have modules of whole dots and keep their quiet zones; the
largest module between the template's two that fits is taken, and a symbol for which none fits is refused with the numbers. Text
gets smaller, then shorter, by the template's rule, and never leaves its box.

What does not change from label to label is worked out once per template and resolution, and what a value led to is kept.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from string import Formatter
from typing import Final, Generic, NamedTuple, TypeVar, cast

from lims.ids import in_fours
from lims.labels.fonts import printable
from lims.labels.render_errors import ResolutionNotForTemplate
from lims.labels.symbol_places import CapDotSetter, Code128Setter, DataMatrixSetter, Symbol
from lims.labels.template_parts import COPY_MARK, Block, CapDot, Code128, DataMatrix, Element, Rule, Template, Text
from lims.labels.typesetting import DotBox, LineSetter, TextLine, fitted_lines, in_dots

_KEPT_PER_ELEMENT: Final = 1024
T = TypeVar("T")
_SPACES: Final = re.compile(r" {2,}")


class Line(NamedTuple):
    """A black rectangle."""

    x: int
    y: int
    width: int
    height: int


Values = Mapping[str, str]
Item = TextLine | Symbol | Line
Items = tuple[Item, ...]


class Layout(NamedTuple):
    """One label: its size and what stands on it, in dots from the upper left corner."""

    width: int
    height: int
    dpi: int
    items: Items


def resolve(template: Template, values: Values, dpi: int) -> Layout:
    """The layout of one label.

    :raises ResolutionNotForTemplate: the template makes no sense at ``dpi``.
    :raises SymbolDataRefused: the code is none a symbol may carry.
    :raises SymbolDoesNotFit: the symbol is larger than its place.
    :raises TextDoesNotFit: a text that must stand in full is too long.
    """
    return plan_label(template, dpi).resolve(values)


@lru_cache(maxsize=64)
def plan_label(template: Template, dpi: int) -> "LabelPlan":
    """What a template comes to at a resolution, before any value is known.

    :raises ResolutionNotForTemplate: the template makes no sense at ``dpi``.
    """
    if dpi not in template.stock.dpi:
        raise ResolutionNotForTemplate(template.name, dpi, template.stock.dpi)
    return LabelPlan(template, dpi)


class LabelPlan:
    """A template at a resolution: turns values into layouts."""

    def __init__(self, template: Template, dpi: int) -> None:
        self.width, self.height = in_dots(template.stock.width_mm, dpi), in_dots(template.stock.height_mm, dpi)
        self.dpi = dpi
        self._places = [_place(element, template.symbol_field, dpi) for element in template.elements]
        self._blank = {name: "" for place in self._places for name in place.fields}
        self.resolve = self._resolver()

    def _resolver(self) -> Callable[[Values], Layout]:
        pieces = self.written_by(lambda place: place.lay)
        return lambda values: Layout(self.width, self.height, self.dpi, sum(pieces(values), ()))

    def written_by(self, writer: Callable[["Place"], Callable[[object], T]]) -> Callable[[Values], list[T]]:
        """What turns the values of a label into what a writer makes of them, place by place.

        ``writer`` gives for each place what turns its values into the result. What a value led to is kept for as long as the
        function is. It raises as :func:`resolve` does.
        """
        kept = [(_values_of(place), _Kept(writer(place))) for place in self._places]

        def pieces(values: Values) -> list[T]:
            known = {**self._blank, **values}
            return [written[values_of(known)] for values_of, written in kept]

        return pieces


class Place(NamedTuple):
    """One element at one resolution: which fields it needs, and what their values lead to.

    The values are one text, or a tuple where there are several fields. ``words`` is the line a text element makes of them.
    """

    fields: tuple[str, ...]
    lay: Callable[[object], Items]
    setter: LineSetter | DataMatrixSetter | Code128Setter | CapDotSetter | None = None
    words: Callable[[object], str] = str


class _Kept(dict[object, T], Generic[T]):
    """What each value led to, forgotten when there is too much of it."""

    def __init__(self, write: Callable[[object], T]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: object) -> T:
        if len(self) >= _KEPT_PER_ELEMENT:
            self.clear()
        written = self[value] = self._write(value)
        return written


def _values_of(place: Place) -> Callable[[Values], object]:
    return itemgetter(*place.fields) if place.fields else lambda _: ()


def _place(element: Element, code: str, dpi: int) -> Place:
    match element:
        case Rule(box):
            line = Line(*DotBox.of(box, dpi))
            return Place((), lambda _: (line,))
        case Code128() | DataMatrix():
            setter = Code128Setter(element, dpi) if isinstance(element, Code128) else DataMatrixSetter(element, dpi)
            return Place((code, COPY_MARK), lambda marked: (setter.set(symbol_data(marked)),), setter)
        case CapDot():
            return _cap_dot(element, code, dpi)
        case Text():
            return _text(element, code, dpi)
        case Block(box, text, type_):
            fields, words = _words(_with_mark(text, code))
            return Place(fields, lambda values: fitted_lines(words(values), type_, DotBox.of(box, dpi), dpi))


def symbol_data(marked: object) -> str:
    """What a symbol carries: the code, with its copy's mark."""
    return "".join(cast(tuple[str, str], marked))


def _text(element: Text, code: str, dpi: int) -> Place:
    alone = element.text == f"{{{code}}}"
    fields, words = ((code, COPY_MARK), _code_alone(element.grouped)) if alone else _words(_with_mark(element.text, code))
    setter = LineSetter(element.type, element.fit, DotBox.of(element.box, dpi), dpi)

    def lay(values: object) -> Items:
        line = setter.set(words(values))
        return (line,) if line else ()

    return Place(fields, lay, setter, words)


def _cap_dot(element: CapDot, code: str, dpi: int) -> Place:
    fields, words = _words(element.text)
    setter = CapDotSetter(element, dpi)

    def lay(values: object) -> Items:
        own, mark, *named = cast(tuple[str, ...], values)
        return setter.set(own + mark, words(tuple(named) if len(named) != 1 else named[0])[-element.last :].strip())

    return Place((code, COPY_MARK, *fields), lay, setter)


def _code_alone(grouped: bool) -> Callable[[object], str]:
    """The code as a person reads it, and behind it the mark of its copy."""

    def words(marked: object) -> str:
        own, mark = cast(tuple[str, str], marked)
        shown = in_fours(printable(own)) if grouped else printable(own)
        return f"{shown} {printable(mark)}" if mark else shown

    return words


def _with_mark(text: str, code: str) -> str:
    return text.replace(f"{{{code}}}", f"{{{code}}} {{{COPY_MARK}}}")


def _words(text: str) -> tuple[tuple[str, ...], Callable[[object], str]]:
    """The fields a text names, and how their values become one printable line."""
    fields = tuple(dict.fromkeys(field for _, field, _, _ in Formatter().parse(text) if field))
    if len(fields) == 1 and text == f"{{{fields[0]}}}":
        return fields, cast(Callable[[object], str], printable)

    def fill(values: object) -> str:
        named = values if isinstance(values, tuple) else (values,)
        filled = text.format_map(dict(zip(fields, named, strict=False)))
        return _SPACES.sub(" ", printable(filled)).strip(" ·")

    return fields, fill
