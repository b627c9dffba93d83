"""Templates as files: reads the folder ``label_templates/``, and refuses by file and line what could not be printed as it stands.

What a file may say is told to its author in the README of that folder.
"""

import math
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Final

from lims.labels.fonts import Weight
from lims.labels.render_errors import TemplateInvalid, TemplateNotFound
from lims.labels.template_file import Section, TemplateFile
from lims.labels.template_parts import (
    RESOLUTIONS,
    SYMBOL_FIELD,
    TEMPLATE_FIELDS,
    Align,
    Block,
    Box,
    CapDot,
    Circle,
    Code128,
    DataMatrix,
    Element,
    Fit,
    Rule,
    Sheet,
    Stock,
    Template,
    Text,
    Type,
)

__all__ = ["RESOLUTIONS", "TEMPLATE_FIELDS", "Template", "get_template", "load_templates", "read_template"]

MM_PER_POINT: Final = 25.4 / 72
MM_PER_INCH: Final = 25.4
_SMALLEST_TYPE_PT: Final = 3.0
_SMALLEST_MODULE_MM: Final = 0.12
_TABLES: Final = ("stock", "stock.cap_dot", "sheet", "element")


def load_templates(directory: Path) -> dict[str, Template]:
    """Every template of a folder by its name, in the order of their names.

    :raises TemplateInvalid: naming file and line.
    """
    return {path.stem: read_template(path) for path in sorted(directory.glob("*.toml"))}


def get_template(templates: Mapping[str, Template], name: str) -> Template:
    """The template of that name.

    :raises TemplateNotFound: with the names there are.
    """
    if name not in templates:
        raise TemplateNotFound(name, tuple(templates))
    return templates[name]


def read_template(path: Path) -> Template:
    """One template file, checked.

    :raises TemplateInvalid: naming file and line.
    """
    file = TemplateFile(path)
    file.check_tables(_TABLES)
    top, stock_section = file.top(), file.table("stock")
    name = top.text("name")
    if name != path.stem:
        raise top.fault("name", f"the name must be that of the file, {path.stem!r}.")
    title, subject = top.text("title"), top.choice("subject", TEMPLATE_FIELDS)
    top.done()
    if stock_section is None:
        raise TemplateInvalid(path, 1, "the table [stock] is missing.")
    around = _around(stock_section)
    stock = _stock(stock_section, file)
    sections = file.tables("element")
    elements = tuple(_element(section, stock, subject) for section in sections)
    if not elements:
        raise TemplateInvalid(path, 1, "a label without an [[element]] is blank.")
    for section, element in zip(sections, elements, strict=True):
        _check_inside(section, element, stock)
        _check_axis(section, element, around)
    _check_apart(sections, elements, stock)
    return Template(name, title, subject, stock, elements)


def _around(stock: Section) -> tuple[str, float] | None:
    """Which side of the label runs round a tube, and the tube's diameter."""
    if not stock.has("around"):
        return None
    return stock.choice("around", ("width", "height")), stock.number("tube_diameter_mm", least=4)


def _stock(stock: Section, file: TemplateFile) -> Stock:
    width, height = stock.number("width_mm", least=5), stock.number("height_mm", least=5)
    shape = stock.choice("shape", ("rectangle", "circle"), "rectangle")
    if shape == "circle" and width != height:
        raise stock.fault("shape", "a circle is as wide as it is high.")
    name, part, dpi = stock.text("name"), stock.text("part"), stock.numbers("dpi", RESOLUTIONS)
    stock.done()
    dot_section, sheet_section = file.table("stock.cap_dot"), file.table("sheet")
    dot = _cap_dot(dot_section, width, height) if dot_section else None
    sheet = _sheet(sheet_section, width, height) if sheet_section else None
    return Stock(name, part, width, height, dpi, shape == "circle", dot, sheet)


def _cap_dot(section: Section, width_mm: float, height_mm: float) -> Circle:
    circle = Circle(section.number("x_mm"), section.number("y_mm"), section.number("diameter_mm", least=5))
    section.done()
    if not _inside(circle.box, Box(0, 0, width_mm, height_mm)):
        raise section.fault("", "the cap dot does not lie on the stock.")
    return circle


def _sheet(section: Section, width_mm: float, height_mm: float) -> Sheet:
    sheet = Sheet(
        section.text("page"),
        section.number("page_width_mm", least=50),
        section.number("page_height_mm", least=50),
        section.count("columns"),
        section.count("rows"),
        section.number("left_mm"),
        section.number("top_mm"),
        section.number("pitch_x_mm", least=width_mm),
        section.number("pitch_y_mm", least=height_mm),
    )
    section.done()
    right = sheet.left_mm + (sheet.columns - 1) * sheet.pitch_x_mm + width_mm
    bottom = sheet.top_mm + (sheet.rows - 1) * sheet.pitch_y_mm + height_mm
    if right > sheet.width_mm + 0.01 or bottom > sheet.height_mm + 0.01:
        raise section.fault(
            "columns", f"the labels reach {right:.1f} × {bottom:.1f} mm, the page has {sheet.width_mm:g} × {sheet.height_mm:g} mm."
        )
    return sheet


def _element(section: Section, stock: Stock, subject: str) -> Element:
    kind = section.choice("kind", _READERS)
    element = _READERS[kind](section, stock, subject)
    section.done()
    return element


def _text(section: Section, stock: Stock, subject: str) -> Text:
    box, type_ = _box(section), _type(section)
    _check_type_fits(section, box, type_)
    fit, words, grouped = Fit(section.choice("fit", tuple(Fit), "end")), _words(section, subject), section.flag("grouped")
    if grouped and words != f"{{{SYMBOL_FIELD[subject]}}}":
        raise section.fault("grouped", f"only {{{SYMBOL_FIELD[subject]}}} by itself is set in fours.")
    return Text(box, words, type_, fit, grouped)


def _block(section: Section, stock: Stock, subject: str) -> Block:
    box, type_ = _box(section), _type(section)
    _check_type_fits(section, box, type_)
    return Block(box, _words(section, subject), type_)


def _code128(section: Section, stock: Stock, subject: str) -> Code128:
    return Code128(_box(section), *_module(section, stock), section.flag("upright"))


def _datamatrix(section: Section, stock: Stock, subject: str) -> DataMatrix:
    return DataMatrix(_box(section), *_module(section, stock))


def _cap_dot_element(section: Section, stock: Stock, subject: str) -> CapDot:
    middle = Circle(stock.width_mm / 2, stock.height_mm / 2, stock.width_mm) if stock.round else stock.cap_dot
    if middle is None:
        raise section.fault("kind", "this stock has no cap dot: give [stock.cap_dot], or a round stock.")
    words, last = _words(section, subject), section.count("last", 4, most=12)
    return CapDot(middle, words, last, _type(section), *_module(section, stock))


def _rule(section: Section, stock: Stock, subject: str) -> Rule:
    return Rule(_box(section))


_READERS: Final[Mapping[str, Callable[[Section, Stock, str], Element]]] = {
    "text": _text,
    "block": _block,
    "code128": _code128,
    "datamatrix": _datamatrix,
    "cap-dot": _cap_dot_element,
    "rule": _rule,
}


def _box(section: Section) -> Box:
    return Box(
        section.number("x_mm"), section.number("y_mm"), section.number("width_mm", least=0.05), section.number("height_mm", least=0.05)
    )


def _type(section: Section) -> Type:
    size = section.number("size_pt", least=_SMALLEST_TYPE_PT, most=200)
    least = section.number("least_size_pt", size, least=_SMALLEST_TYPE_PT, most=size)
    return Type(
        size,
        least,
        Weight(section.choice("weight", tuple(Weight), Weight.REGULAR)),
        Align(section.choice("align", tuple(Align), Align.LEFT)),
    )


def _module(section: Section, stock: Stock) -> tuple[float, float]:
    module = section.number("module_mm", least=_SMALLEST_MODULE_MM, most=2)
    least = section.number("least_module_mm", least=_SMALLEST_MODULE_MM, most=module)
    for dpi in stock.dpi:
        if math.floor(module * dpi / MM_PER_INCH + 1e-6) < least * dpi / MM_PER_INCH - 1e-6:
            raise section.fault("module_mm", f"at {dpi} dpi no whole number of dots lies between least_module_mm and module_mm.")
    return module, least


def _words(section: Section, subject: str) -> str:
    words, fields = section.text("text"), TEMPLATE_FIELDS[subject]
    try:
        pieces = list(Formatter().parse(words))
    except ValueError as fault:
        raise section.fault("text", f"the braces of text do not match: {fault}.") from fault
    for _, field, form, conversion in pieces:
        if field is not None and (field not in fields or form or conversion):
            raise section.fault("text", f"{{{field}}} is no field of a {subject}; there are {', '.join(fields)}.")
    return words


def _check_type_fits(section: Section, box: Box, type_: Type) -> None:
    if box.height_mm < type_.size_pt * MM_PER_POINT - 0.01:
        raise section.fault("height_mm", f"type of {type_.size_pt:g} pt needs {type_.size_pt * MM_PER_POINT:.2f} mm of height.")


def _check_inside(section: Section, element: Element, stock: Stock) -> None:
    box = element.box
    if not _inside(box, Box(0, 0, stock.width_mm, stock.height_mm)):
        raise section.fault("x_mm", f"the {section.text('kind')} does not lie within {stock.width_mm:g} × {stock.height_mm:g} mm.")
    if stock.round and not isinstance(element, CapDot):
        centre = stock.width_mm / 2
        corners = [(x, y) for x in (box.x_mm, box.right_mm) for y in (box.y_mm, box.bottom_mm)]
        if any(math.hypot(x - centre, y - centre) > centre + 1e-6 for x, y in corners):
            raise section.fault("x_mm", f"the {section.text('kind')} does not lie within the circle.")


def _check_axis(section: Section, element: Element, around: tuple[str, float] | None) -> None:
    """A scanner sees 60° of a tube at once (GS1 asks for the ladder beyond that): longer bars-in-a-row must run along its axis."""
    if around is None or not isinstance(element, Code128):
        return
    side, diameter = around
    runs_along_width = not element.upright
    length = element.box.width_mm if runs_along_width else element.box.height_mm
    if runs_along_width == (side == "width") and length > math.pi * diameter / 6:
        raise section.fault("kind", f"a Code 128 {length:g} mm long cannot be read round a tube of {diameter:g} mm: run it along the tube.")


def _check_apart(sections: list[Section], elements: tuple[Element, ...], stock: Stock) -> None:
    for (_, first), (section, second) in combinations(zip(sections, elements, strict=True), 2):
        if first.box.overlaps(second.box):
            raise section.fault("x_mm", f"this {section.text('kind')} lies over another element.")
    if stock.cap_dot is None:
        return
    for section, element in zip(sections, elements, strict=True):
        if not isinstance(element, CapDot) and element.box.overlaps(stock.cap_dot.box):
            raise section.fault("x_mm", f"this {section.text('kind')} lies over the cap dot.")


def _inside(inner: Box, outer: Box) -> bool:
    slack = 1e-6
    return inner.right_mm <= outer.right_mm + slack and inner.bottom_mm <= outer.bottom_mm + slack and inner.x_mm >= outer.x_mm
