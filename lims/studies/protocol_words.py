"""The words a protocol is made of: cohorts, timepoints, treatments, tubes, aliquots, assays, flags.

Days count from the day of the anchor treatment, in the study's time zone. Amounts stand as the file writes them, a number and a
unit of the public contract; :data:`UNIT_DIMENSIONS` says what a unit measures.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

RESERVE = "reserve"


class Side(StrEnum):
    """The half of a pair that a timepoint is."""

    PRE = "pre"
    POST = "post"


class Dimension(StrEnum):
    """What is measured of a material."""

    MASS = "mass"
    VOLUME = "volume"
    CELLS = "cells"
    COUNT = "count"


UNIT_DIMENSIONS = {
    "mg": Dimension.MASS,
    "g": Dimension.MASS,
    "uL": Dimension.VOLUME,
    "mL": Dimension.VOLUME,
    "cells": Dimension.CELLS,
    "10^6": Dimension.CELLS,
    "count": Dimension.COUNT,
}


class Milestone(StrEnum):
    """A moment in the handling of a primary specimen, in the order of the bench."""

    COLLECTED = "collected"
    RECEIVED = "received"
    PROCESSED = "processed"
    FROZEN = "frozen"


class ComputedFlag(StrEnum):
    """Flags that follow from times alone; every protocol names them. Flags on treatments and limits are the protocol's own."""

    WINDOW_EARLY = "window-early"
    WINDOW_LATE = "window-late"
    RECEIVED_AFTER_PROCESSED = "received-after-processed"
    BEFORE_ENROLMENT = "before-enrolment"
    SECOND_COLLECTION = "second-collection"
    OUT_OF_ORDER = "out-of-order"
    CONSENT_WITHDRAWN = "consent-withdrawn"


class OnWithdrawal(StrEnum):
    """What becomes of a participant's data and material when consent is withdrawn."""

    KEEP_DATA_DESTROY_MATERIAL = "keep-data-destroy-material"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something with a code for programs and labels, and a name in both languages of the bench."""

    code: str
    name: str
    name_zh: str

    def name_in(self, locale: str) -> str:
        """The name for a reader of ``locale`` (``zh_Hans_CN``, ``en`` …)."""
        return self.name_zh if locale.lower().startswith("zh") else self.name


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from the anchor, both ends included: ``DayRange(-14, 0)``."""

    first: int
    last: int

    def __contains__(self, day: int) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStudy:
    """A study whose participants may be carried over; their treatment given under it is their anchor."""

    code: str
    registry_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the study is, and how it appears on a label."""

    code: str
    label_prefix: str
    title: str
    title_zh: str
    time_zone: str
    registry_id: str | None = None
    sponsor_number: str | None = None
    phase: str | None = None
    earlier_studies: tuple[EarlierStudy, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose calendar days the protocol counts."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort(Named):
    """A group of participants with so many places; its letter begins their codes and marks them on screen."""

    letter: str
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Named):
    """A kind of treatment. The anchor is given once; another may have to follow one within some hours, or carries a flag."""

    anchor: bool = False
    must_follow: str | None = None
    within_hours: int | None = None
    late_flag: str | None = None

    @property
    def kind(self) -> str:
        """The code, by the name the API gives it."""
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFlag:
    """Before (or after) the given dose of a treatment, counted from 1, a sample carries this flag."""

    treatment: str
    dose: int
    flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timepoint(Named):
    """A planned moment of collection.

    ``window`` is None where it is unscheduled (progression), ``latest_day`` then its only bound, where it has one.
    With ``before_anchor_act`` a sample taken after the anchor treatment is refused.
    """

    order: int
    target_day: int | None = None
    window: DayRange | None = None
    latest_day: int | None = None
    side: Side | None = None
    before_anchor_act: bool = False
    flag_before: DoseFlag | None = None
    flag_after: DoseFlag | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageTemperature(Named):
    """A place to keep specimens at, with the range in which a store counts as that."""

    lowest_c: int
    highest_c: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOut:
    """How many minutes a tube kept there should be out at most. A clock shows it; nothing is refused."""

    storage: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerKind(Named):
    """A kind of tube or fixative. Both sides of a pair come from kinds of one ``pairs_as``."""

    pairs_as: str
    also_called: tuple[str, ...] = ()

    def is_called(self, word: str) -> bool:
        """Whether somebody who says ``word`` means this kind; case does not matter."""
        return word.strip().casefold() in {own.casefold() for own in (self.code, self.name, self.name_zh, *self.also_called)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenType(Named):
    """A material. ``short`` is its three letters on a label; a type that is not primary is derived from others.

    ``sprec`` is the type's code in SPREC's first element, where that has one.
    """

    short: str
    dimension: Dimension
    primary: bool
    derived_from: tuple[str, ...] = ()
    storage: str | None = None
    sprec: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingLimit:
    """From one milestone to another in at most (or at least) so many minutes, else flagged.

    ``concerns`` are the specimen types the limit protects: a late spin spoils plasma before it spoils PBMC. Empty: all.
    """

    from_: Milestone
    to: Milestone
    within_minutes: int | None = None
    at_least_minutes: int | None = None
    late_flag: str | None = None
    early_flag: str | None = None
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AliquotPlan:
    """Tubes to make of one collection, all its primary tubes together.

    ``amount`` is per tube. ``purpose`` is an assay, ``"reserve"``, or None: it then serves every assay its type feeds.
    ``timepoints`` empty means at every timepoint of the collection.
    """

    specimen_type: str
    count: int
    amount: Decimal
    unit: str
    storage: str
    container: str | None = None
    purpose: str | None = None
    timepoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPlan:
    """A primary specimen: when it is taken, in what, how soon it is handled, what is made of it.

    ``containers`` are the kinds accepted, the usual one first. What is not ``divided`` (a biopsy core) is itself stored, at
    ``storage``, and itself usable. ``taken_with`` names the act that yields several primaries, such as one biopsy.
    """

    specimen_type: str
    timepoints: tuple[str, ...]
    containers: tuple[str, ...]
    tubes: int
    volume: Decimal | None = None
    unit: str | None = None
    divided: bool = True
    storage: str | None = None
    taken_with: str | None = None
    on_ice: bool = False
    limits: tuple[ProcessingLimit, ...] = ()
    aliquots: tuple[AliquotPlan, ...] = ()

    @property
    def container(self) -> str:
        """The usual kind of container."""
        return self.containers[0]

    def aliquots_at(self, timepoint: str) -> tuple[AliquotPlan, ...]:
        """What is to be made of the collection at this timepoint."""
        return tuple(plan for plan in self.aliquots if not plan.timepoints or timepoint in plan.timepoints)

    def stored_tubes_at(self, timepoint: str) -> int:
        """How many tubes this collection leaves in the freezer."""
        return sum(plan.count for plan in self.aliquots_at(timepoint)) if self.divided else self.tubes


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay(Named):
    """What is measured, of which types, from how much. ``thaw_limit`` None: thawing does not matter.

    ``batch_prefix`` begins the codes of its batches, ``MG-2026-01``; without one the code's initials do.
    """

    fed_by: tuple[str, ...]
    least_amount: Decimal
    unit: str
    paired: bool = True
    thaw_limit: int | None = None
    batch_prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPolicy:
    """What consent means for specimens."""

    on_withdrawal: OnWithdrawal
    demanded_before_collection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPolicy:
    """When a pair that is still possible is at risk, and what its two sides must share."""

    at_risk_days: int
    at_risk_minutes: int
    same_container: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NonconformanceCode(Named):
    """What may be wrong with a specimen. ``blocking`` ones make it unusable; ``computed`` ones are not given but follow."""

    blocking: bool = False
    computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCollectedReason(Named):
    """Why a planned collection did not happen."""
