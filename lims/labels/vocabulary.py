"""Words of labels: in which way a code names a thing."""

from dataclasses import dataclass
from enum import StrEnum

from lims.custody.vocabulary import SubjectKind


class CodeRole(StrEnum):
    """How a code came to name a thing."""

    OWN = "own"
    """Given by us when the thing was registered."""
    GIVEN = "given"
    """Pre-printed on the tube, or from an older inventory; the tube is called by it."""
    ALIAS = "alias"
    """A further code of a thing that has a name already."""
    COPY = "copy"
    """On a later label of the thing: its code with a mark, so that a label which counts no more is known when it is scanned."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A code and the thing it names."""

    code: str
    kind: SubjectKind
    subject_id: int
    role: CodeRole
