"""Words of imports: a file as somebody hands it over, its cells, and what is said of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from lims.sentences import Fact
from lims.specimens.vocabulary import RegisterCollection, RegisterExistingTube
from lims.studies.vocabulary import EnrolParticipant, RecordTreatment, TakeOffStudy


class ImportKind(StrEnum):
    """What a file lists."""

    ROSTER = "roster"
    COLLECTIONS = "collections"
    INVENTORY = "inventory"


class Outcome(StrEnum):
    """What a finding means for its row."""

    REFUSED = "refused"
    """The row was not loaded."""
    FLAGGED = "flagged"
    """Loaded, and marked for good."""
    WARNED = "warned"
    """Loaded; somebody should look."""
    ALREADY = "already"
    """Loaded before; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """Take this file in. ``mapping`` is the text of a mapping file; None: the one that comes with the service.

    With ``dry_run`` everything is tried and nothing is kept.
    """

    kind: ImportKind
    name: str
    content: bytes
    mapping: str | None = None
    mapping_name: str = "the mapping file"
    dry_run: bool = False


class CellKind(StrEnum):
    """What a cell is to the program that wrote it; of a CSV file all are text."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what it shows, and what it is."""

    text: str
    kind: CellKind = CellKind.TEXT
    value: datetime | Decimal | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet; line 1 is the header."""

    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as a table."""

    header: tuple[str, ...]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One thing found in one row: in which column, which value, and in a sentence what it means.

    ``reason`` is English, as the report has it. ``template`` and ``facts`` are what it is made of; where there is no template, the
    code and the facts say as much.
    """

    line: int
    outcome: Outcome
    column: str
    value: str
    code: str
    reason: str
    template: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """A participant with all that the roster says of them."""

    enrolment: EnrolParticipant
    doses: tuple[RecordTreatment, ...] = ()
    withdrawn_on: date | None = None
    leaving: TakeOffStudy | None = None


@dataclass(frozen=True, slots=True)
class PlaceStep:
    """One container on the way to a tube."""

    type: str
    name: str
    temperature_c: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """A tube and where it is; ``participant_system`` is the study whose id ``tube.participant`` is, if not our code."""

    tube: RegisterExistingTube
    participant_system: str | None
    places: tuple[PlaceStep, ...]
    position: str | None


Command: TypeAlias = RosterEntry | RegisterCollection | InventoryEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedRow:
    """A row understood: what it asks for, and where each field came from (column, value). ``says`` is what it means, in canonical words."""

    line: int
    command: Command
    cells: Mapping[str, tuple[str, str]]
    says: Mapping[str, str]
    findings: tuple[RowFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class FingerprintedRow:
    """A row with the hash that the same row always has, by which it is known when it comes again."""

    fingerprint: str
    mapped: MappedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that cannot be understood, and why."""

    line: int
    findings: tuple[RowFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of a file, counted in rows. ``run_id`` is None after a dry run."""

    kind: ImportKind
    name: str
    dry_run: bool
    rows: int
    loaded: int
    refused: int
    already: int
    flagged: int
    warned: int
    findings: tuple[RowFinding, ...]
    run_id: int | None = None
