"""What a template is made of: the stock, and the elements on it, in millimetres from its upper left corner.

A template names fields and never computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lims.labels.fonts import Weight

RESOLUTIONS: Final = (203, 300, 600)

TEMPLATE_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "specimen": {
        "barcode": "the tube's code, which the symbols carry",
        "label": "the human label, ILDR02-L07-PRE-STL-03",
        "participant": "the participant's code",
        "timepoint": "the planned timepoint, PRE",
        "side": "pre, post or nothing",
        "specimen_type": "the specimen type in words",
        "amount": "the amount with its unit, 0.5 mL",
        "collected_on": "the day of collection, 2026-11-22",
        "study": "the study's code",
        "ordinal": "which tube it is of its kind, 2; of a kit's, 2/4",
        "copy": "which copy, copy 2; nothing on the first label",
    },
    "container": {
        "barcode": "the container's code, which the symbols carry",
        "name": "its name, Box B1",
        "type": "its type in words, box 9×9",
        "path": "where it stands, Freezer A / shelf 1 / rack 2",
        "copy": "which copy, copy 2; nothing on the first label",
    },
    "form": {
        "code": "the form's code, which the symbols carry",
        "title": "what the form is",
        **{f"line{number}": f"line {number} of its text" for number in range(1, 7)},
        "copy": "which copy, copy 2; nothing on the first label",
    },
}
"""The fields a template of each subject may name, and what they hold."""

SYMBOL_FIELD: Final = {"specimen": "barcode", "container": "barcode", "form": "code"}
"""The one field of each subject that a symbol carries."""

COPY_MARK: Final = "mark"
"""The value that later copies have besides: what the symbols carry after the code, and a person reads behind it. No template names it."""


class Fit(StrEnum):
    """What is done with a text too long for its place, after it was set in its smallest type."""

    WHOLE = "whole"  # the label is refused
    END = "end"  # the end is cut
    START = "start"  # the beginning is cut
    MIDDLE = "middle"  # the middle is cut


class Align(StrEnum):
    """Where a text stands in its box."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the label; x and y are its upper left corner."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float

    @property
    def right_mm(self) -> float:
        return self.x_mm + self.width_mm

    @property
    def bottom_mm(self) -> float:
        return self.y_mm + self.height_mm

    def overlaps(self, other: "Box") -> bool:
        """Whether they share more than an edge."""
        slack = 1e-6
        across = self.x_mm < other.right_mm - slack and other.x_mm < self.right_mm - slack
        return across and self.y_mm < other.bottom_mm - slack and other.y_mm < self.bottom_mm - slack


@dataclass(frozen=True, slots=True)
class Circle:
    """A cap dot, or a round label: its centre and diameter."""

    x_mm: float
    y_mm: float
    diameter_mm: float

    @property
    def box(self) -> Box:
        radius = self.diameter_mm / 2
        return Box(self.x_mm - radius, self.y_mm - radius, self.diameter_mm, self.diameter_mm)


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: from ``size_pt`` down to ``least_size_pt``."""

    size_pt: float
    least_size_pt: float
    weight: Weight
    align: Align


@dataclass(frozen=True, slots=True)
class Text:
    """One line of fields and words. ``grouped`` sets a code of ours as it is read aloud, in fours."""

    box: Box
    text: str
    type: Type
    fit: Fit
    grouped: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Fields and words over as many lines as the box holds."""

    box: Box
    text: str
    type: Type


@dataclass(frozen=True, slots=True)
class Code128:
    """A Code 128 in a box that holds its quiet zones too; ``upright`` turns it a quarter, its bars lying."""

    box: Box
    module_mm: float
    least_module_mm: float
    upright: bool


@dataclass(frozen=True, slots=True)
class DataMatrix:
    """A DataMatrix centred in a box that holds its quiet zone too."""

    box: Box
    module_mm: float
    least_module_mm: float


@dataclass(frozen=True, slots=True)
class CapDot:
    """A DataMatrix over the ``last`` characters of a text, both within a circle."""

    circle: Circle
    text: str
    last: int
    type: Type
    module_mm: float
    least_module_mm: float

    @property
    def box(self) -> Box:
        return self.circle.box


@dataclass(frozen=True, slots=True)
class Rule:
    """A black line, as long and as thick as its box."""

    box: Box


Element = Text | Block | Code128 | DataMatrix | CapDot | Rule


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of labels, filled row by row from the upper left."""

    page: str
    width_mm: float
    height_mm: float
    columns: int
    rows: int
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float

    @property
    def positions(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True, slots=True)
class Stock:
    """What the label is made of: a product, its size and the resolutions it makes sense for."""

    name: str
    part: str
    width_mm: float
    height_mm: float
    dpi: tuple[int, ...]
    round: bool
    cap_dot: Circle | None
    sheet: Sheet | None


@dataclass(frozen=True, slots=True)
class Template:
    """A label: for which kind of subject, on which stock, with what on it."""

    name: str
    title: str
    subject: str
    stock: Stock
    elements: tuple[Element, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbologies on the label, ``code128`` and ``datamatrix``."""
        names = {Code128: "code128", DataMatrix: "datamatrix", CapDot: "datamatrix"}
        return tuple(sorted({names[type(element)] for element in self.elements if type(element) in names}))

    @property
    def symbol_field(self) -> str:
        return SYMBOL_FIELD[self.subject]
