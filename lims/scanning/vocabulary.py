"""Words of scanning: what a code may turn out to be, and what may be done with it next."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import EventType
from lims.printing.vocabulary import VoidReason
from lims.specimens.vocabulary import Remark, SpecimenState
from lims.storage.records import Location


class ScanKind(StrEnum):
    """What was scanned."""

    SPECIMEN = "specimen"
    CONTAINER = "container"
    PARTICIPANT = "participant"
    BATCH = "batch"
    MANIFEST = "manifest"
    PICK_LIST = "pick-list"
    KIT = "kit"
    HOLE = "hole"
    """One hole of a box, by the box's code and the hole's name."""
    KIT_TUBE = "kit-tube"
    """A tube of a kit that is not filled."""
    BADGE = "badge"
    """Somebody's badge."""


class NextAct(StrEnum):
    """What may follow a scan; for a tube, the type of the event that does it."""

    RETURNED = EventType.RETURNED.value
    PLACED = EventType.PLACED.value
    CHECKED_OUT = EventType.CHECKED_OUT.value
    MOVED = EventType.MOVED.value
    RECEIVED = EventType.RECEIVED.value
    ALIQUOTED = EventType.ALIQUOTED.value
    THAWED = EventType.THAWED.value
    CONSUMED = EventType.CONSUMED.value
    DISPATCHED = EventType.DISPATCHED.value
    RELEASED = EventType.RELEASED.value
    QUARANTINED = EventType.QUARANTINED.value
    REMOVED = EventType.REMOVED.value
    DISPOSED = EventType.DISPOSED.value
    FILLED = "filled"
    """Tubes are put into it, one scan each."""
    CLOSED = "closed"
    COLLECTED = "collected"
    BOUND = "bound"
    """A kit of the stock is given to a participant."""
    VOIDED = "voided"
    """What was not used of a kit counts no more."""
    TREATED = "treated"
    ISSUED = "issued"
    """A manifest of the batch is issued."""
    PULLED = "pulled"


NEEDS: dict[NextAct, Action] = {
    NextAct.RETURNED: Action.STORE,
    NextAct.PLACED: Action.STORE,
    NextAct.CHECKED_OUT: Action.STORE,
    NextAct.MOVED: Action.STORE,
    NextAct.RECEIVED: Action.HANDLE,
    NextAct.ALIQUOTED: Action.HANDLE,
    NextAct.THAWED: Action.HANDLE,
    NextAct.CONSUMED: Action.HANDLE,
    NextAct.DISPATCHED: Action.HANDLE,
    NextAct.RELEASED: Action.DECIDE,
    NextAct.QUARANTINED: Action.HANDLE,
    NextAct.REMOVED: Action.STORE,
    NextAct.DISPOSED: Action.DECIDE,
    NextAct.FILLED: Action.STORE,
    NextAct.CLOSED: Action.STORE,
    NextAct.COLLECTED: Action.REGISTER,
    NextAct.BOUND: Action.REGISTER,
    NextAct.VOIDED: Action.REGISTER,
    NextAct.TREATED: Action.ENROL,
    NextAct.ISSUED: Action.ISSUE_MANIFEST,
    NextAct.PULLED: Action.PULL_MANIFEST,
}
"""What somebody must be allowed, to be offered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedTube:
    """A tube, as far as whoever scans it needs to know. Amounts in base units.

    ``state`` is what people are told; ``beneath`` what it is, quarantined or not.
    """

    id: int
    barcode: str
    label: str
    specimen_type: str
    form: str
    participant: str
    timepoint: str
    state: str
    beneath: SpecimenState
    quarantined: bool
    amount: int | None
    unit: str
    thaw_count: int | None
    flags: tuple[str, ...]
    withdrawn_on: date | None
    location: Location | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedContainer:
    """A container, its way, and how full it is with all that stands in it."""

    id: int
    barcode: str
    type: str
    name: str
    path: str
    temperature_c: int | None
    tubes: int
    away: int
    holes: int
    free: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedHole:
    """A hole of a box: ``occupant`` is the tube that is in it, or that it is kept for while the tube is ``away``."""

    id: int
    barcode: str
    """Of the box."""
    name: str
    position: str
    occupant: str | None
    away: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedParticipant:
    """A participant by their pseudonymous code."""

    id: int
    code: str
    study: str
    cohort: str
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedBatch:
    """A batch."""

    id: int
    code: str
    assay: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedManifest:
    """An issued manifest."""

    id: int
    number: str
    batch: str
    line_count: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPickList:
    """A pick list, and how it stands."""

    id: int
    code: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedKit:
    """A kit: whose it is, how it stands, and how many of its tubes wait, are used, are void."""

    id: int
    barcode: str
    title: str
    study: str
    participant: str | None
    timepoint: str | None
    withdrawn_on: date | None
    state: str
    ready: int
    used: int
    void: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedKitTube:
    """A tube of a kit that is not filled: what it is labelled for."""

    id: int
    barcode: str
    kit: str
    line: int
    specimen_type: str
    form: str
    participant: str | None
    timepoint: str | None
    withdrawn_on: date | None
    state: str
    kit_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedBadge:
    """Somebody's badge. ``replaced``: they have a newer one; ``closed``: they are shut out. Either way it names nobody any more."""

    id: int
    """Of the person."""
    username: str
    role: str
    given_at: datetime
    replaced: bool
    closed: bool


Subject = (
    ScannedTube
    | ScannedContainer
    | ScannedHole
    | ScannedKit
    | ScannedKitTube
    | ScannedParticipant
    | ScannedBatch
    | ScannedManifest
    | ScannedPickList
    | ScannedBadge
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidLabel:
    """The label a code was read from, where it counts no more: why, since which day, and which copy counts instead, if one does.

    ``successor_out`` says whether that copy has left the queue of its printer.
    """

    why: VoidReason
    on: date
    successor: int | None
    successor_out: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code means here and now. ``code`` is what was read, normalised; ``actions`` begin with the likeliest.

    ``warnings`` speak of the label itself that was scanned.
    """

    kind: ScanKind
    code: str
    title: str
    explanation: str
    subject: Subject
    actions: tuple[NextAct, ...]
    warnings: tuple[Remark, ...] = ()
