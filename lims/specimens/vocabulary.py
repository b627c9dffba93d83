"""Words of specimens: their forms and states, and what may be asked to be done."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lims.custody.vocabulary import History


class SpecimenForm(StrEnum):
    """How it came to be."""

    PRIMARY = "primary"
    """Taken from the participant."""
    ALIQUOT = "aliquot"
    """Divided from another, unchanged."""
    DERIVATIVE = "derivative"
    """Made of another: plasma of blood, DNA of stool."""


class SpecimenState(StrEnum):
    """Where it stands in its life."""

    COLLECTED = "collected"
    """Taken, not yet in the laboratory."""
    RECEIVED = "received"
    """In the laboratory, in nobody's hole."""
    STORED = "stored"
    CHECKED_OUT = "checked-out"
    """Taken out; its hole is kept."""
    DISPATCHED = "dispatched"
    DEPLETED = "depleted"
    """Nothing is left of it."""
    DISPOSED = "disposed"


QUARANTINED = "quarantined"
"""How a quarantined specimen's state is shown, whatever it is beneath; after the release that shows again."""

MISSING = "missing"
"""How an event says that a tube was looked for and not found."""

AT_HAND = frozenset({SpecimenState.COLLECTED, SpecimenState.RECEIVED, SpecimenState.STORED, SpecimenState.CHECKED_OUT})
"""States in which there is something that can be worked with in the house."""


@dataclass(frozen=True, slots=True)
class PrimaryTube:
    """A tube as it comes from the participant; what is not known is None."""

    container: str | None = None
    amount: Decimal | None = None
    unit: str | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCollection:
    """What was taken from a participant at a timepoint."""

    participant: str
    timepoint: str
    specimen_type: str
    collected_at: datetime
    tubes: tuple[PrimaryTube, ...] = (PrimaryTube(),)
    received_at: datetime | None = None
    processed_at: datetime | None = None
    frozen_at: datetime | None = None
    flags: tuple[str, ...] = ()
    note: str | None = None
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotCollected:
    """What was planned and not taken, and why."""

    participant: str
    timepoint: str
    specimen_type: str
    reason: str
    note: str | None = None
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTimes:
    """Complete, or put right, when a collection passed its milestones. None leaves a time as it is."""

    collection_id: int
    collected_at: datetime | None = None
    received_at: datetime | None = None
    processed_at: datetime | None = None
    frozen_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterExistingTube:
    """A tube of an older inventory: an aliquot as it stands, of which perhaps only the freezing day is known."""

    participant: str
    timepoint: str
    specimen_type: str
    barcode: str
    amount: Decimal | None
    unit: str
    frozen_on: date | None = None
    container: str | None = None
    note: str | None = None
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeriveAliquots:
    """Divide a specimen (or a pool of several) into tubes, or make something else of it.

    ``amount`` is per tube, in ``unit``. For another ``specimen_type``, ``parent_amount`` is what each parent gives, in its own unit.
    ``barcodes`` are the codes that stand on the new tubes, one for each in their order; without them, they get codes of ours.
    """

    parents: tuple[str, ...]
    count: int
    amount: Decimal
    unit: str
    specimen_type: str | None = None
    parent_amount: Decimal | None = None
    purpose: str | None = None
    occurred_at: datetime | None = None
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReservedTube:
    """A tube whose code was bound before it was filled: the empty history that waits for it, and what it is planned for."""

    history: History
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class NewTube:
    """A tube just registered: what to print, and what to stick it on."""

    id: int
    barcode: str
    label: str
    specimen_type: str
    amount: int | None
    unit: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know of what was done: a flag it carries, a plan it departs from. Nothing was refused."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A collection as registered."""

    id: int
    specimens: tuple[NewTube, ...]
    warnings: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSpecimen:
    """A specimen whose row this transaction holds, as it stands before the act.

    ``latest_known_at`` is the latest time known of it: of its collection's milestones and its own events.
    """

    id: int
    barcode: str
    label: str
    study_id: int
    participant_id: int
    participant: str
    withdrawn_on: date | None
    collection_id: int
    protocol_version_id: int
    specimen_type: str
    form: SpecimenForm
    timepoint: str
    container_kind: str | None
    purpose: str | None
    unit: str
    initial_amount: int | None
    amount: int | None
    thaw_count: int | None
    state: SpecimenState
    quarantined: bool
    flags: tuple[str, ...]
    missing: bool = False
    latest_known_at: datetime | None
    history: History
