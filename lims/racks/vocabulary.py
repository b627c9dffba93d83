"""Words of rack scans: what a scanner says of a hole, how that stands against the record, and what may be asked to be done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lims.custody.vocabulary import EventType
from lims.specimens.vocabulary import SpecimenState
from lims.storage.vocabulary import Position


class Said(StrEnum):
    """What a scanner says of one hole."""

    CODE = "code"
    EMPTY = "empty"
    """No tube is there."""
    UNREAD = "unread"
    """A tube is there, and its code could not be read."""


class RackFormat(StrEnum):
    """Whose file it is, as far as it can be told."""

    VISIONMATE = "visionmate"
    FLUIDX = "fluidx"
    ZIATH = "ziath"
    MICRONIC = "micronic"
    TRAXCER = "traxcer"
    TRAKMATE = "trakmate"
    PLAIN = "plain"


class Turn(StrEnum):
    """How the rack lay under the scanner, in degrees. A quarter turn fits a square box only."""

    NONE = "0"
    QUARTER = "90"
    HALF = "180"
    THREE_QUARTERS = "270"


@dataclass(frozen=True, slots=True)
class Entry:
    """One hole as a file has it: ``place`` in the file's own words, ``A01`` or ``12``; ``line`` is where it stands in the file."""

    line: int
    place: str
    said: Said
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RackFile:
    """A file as it was read, before anybody looked at the box. ``rack`` is the code of the rack, where the file says one."""

    format: RackFormat
    rack: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the scanner says of one hole of the box."""

    said: Said
    code: str | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTube:
    """A tube that has a hole in the box by the record; ``away`` while it is out."""

    specimen_id: int
    barcode: str
    label: str
    position: Position
    away: bool
    state: SpecimenState
    quarantined: bool
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTube:
    """A tube that a code in the file names: where it is by the record."""

    specimen_id: int
    barcode: str
    label: str
    state: SpecimenState
    quarantined: bool
    study_id: int
    specimen_type: str
    container_id: int | None = None
    place: str | None = None
    position: Position | None = None
    away: bool = False
    missing: bool = False


class Standing(StrEnum):
    """How one tube, or one hole, stands against the record."""

    SAME = "same"
    OUT = "out"
    """Taken out by the record, and its hole is empty: as it should be."""
    LOST = "lost"
    """Missing by the record, and not seen this time either."""
    BACK = "back"
    """Taken out by the record, and it is in its hole again."""
    FOUND = "found"
    """Missing by the record, and it is in its hole after all."""
    MOVED = "moved"
    """It was in another hole of this box."""
    FROM_ELSEWHERE = "from-elsewhere"
    NEW = "new"
    """It was in no container."""
    GONE = "gone"
    """By the record it is here; the scanner did not see it."""
    UNSAID = "unsaid"
    """By the record it is here; the file does not mention its hole."""
    UNREAD = "unread"
    UNKNOWN = "unknown"
    """No tube has that code."""
    IMPOSSIBLE = "impossible"
    """It cannot be here: destroyed, sent out, of another study, or not of the kinds the box is kept for."""


class Decision(StrEnum):
    """What became of a tube that is gone."""

    CHECKED_OUT = "checked_out"
    """Somebody has it; its hole is kept."""
    REMOVED = "removed"
    """Taken out for good."""
    MISSING = "missing"
    """Nobody knows. Its last place is kept: its hole, or where another tube is in that, the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One tube or hole of the difference. ``may_be`` are the decisions that can be taken of it; without any, none is asked for.

    ``kept`` says that an unread hole may be left as it is recorded, since one tube is recorded there.
    """

    position: Position
    standing: Standing
    code: str | None = None
    specimen_id: int | None = None
    barcode: str | None = None
    label: str | None = None
    place: str | None = None
    why: str | None = None
    may_be: tuple[Decision, ...] = ()
    kept: bool = False

    @property
    def decides(self) -> bool:
        """Whether nothing can be accepted before somebody has decided on it."""
        return self.standing in {Standing.GONE, Standing.UNREAD, Standing.UNKNOWN, Standing.IMPOSSIBLE}

    @property
    def changes(self) -> bool:
        """Whether accepting writes an event for its tube."""
        return self.standing in ACTS


ACTS: Mapping[Standing, EventType] = {
    Standing.BACK: EventType.RETURNED,
    Standing.FOUND: EventType.AUDITED,
    Standing.MOVED: EventType.MOVED,
    Standing.FROM_ELSEWHERE: EventType.MOVED,
    Standing.NEW: EventType.PLACED,
}
"""What accepting does to a tube that was seen."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A scan against the record: every line in the order of the holes. ``better`` is a turn under which far more tubes fit."""

    turn: Turn
    lines: tuple[Line, ...]
    fits: int
    better: Turn | None = None
    better_fits: int = 0

    def of(self, *standings: Standing) -> tuple[Line, ...]:
        """The lines that stand so."""
        return tuple(line for line in self.lines if line.standing in standings)


@dataclass(frozen=True, slots=True)
class OfferScan:
    """Here is a scanner's file of this box."""

    container: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptScan:
    """Take a scan over. ``seen`` is what was shown (see :func:`lims.racks.rules.seen_of`): where the record has changed since, nothing
    is done. ``gone`` decides by hole, ``kept`` names unread holes that stay as recorded.
    """

    scan_id: int
    turn: Turn = Turn.NONE
    seen: Mapping[str, str]
    gone: Mapping[str, Decision] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    leave_unknown: bool = False
    occurred_at: datetime
    reason: str | None = None


class ScanState(StrEnum):
    """What became of a scan."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    """Put aside; nothing was changed by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecord:
    """A file of a box as it was given, and what became of it."""

    id: int
    container_id: int
    container: str
    container_name: str
    file_name: str
    sha256: str
    file: RackFile
    scanned_by: str
    scanned_at: datetime
    state: ScanState = ScanState.WAITING
    ended_by: str | None = None
    ended_at: datetime | None = None
