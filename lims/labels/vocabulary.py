"""Words of labels: in which way a code names a thing."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A code that says who somebody is. ``replaced``: they have a newer one, and this one counts no more; ``closed``: their account is."""

    code: str
    person_id: int
    username: str
    role: str
    given_at: datetime
    replaced: bool
    closed: bool
