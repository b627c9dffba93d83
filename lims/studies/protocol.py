"""A study's protocol, and what is looked up in it by code.

It is read from its file by :mod:`lims.studies.protocol_file` and never changed afterwards; an amendment is another version. The
words it is made of can be imported from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol as Structural
from typing import TypeVar

from lims.studies.protocol_errors import UnknownCode
from lims.studies.protocol_words import (
    RESERVE,
    UNIT_DIMENSIONS,
    AliquotPlan,
    Assay,
    Cohort,
    CollectionPlan,
    ComputedFlag,
    ConsentPolicy,
    ContainerKind,
    DayRange,
    Dimension,
    DoseFlag,
    EarlierStudy,
    Milestone,
    Named,
    NonconformanceCode,
    NotCollectedReason,
    OnWithdrawal,
    PairPolicy,
    ProcessingLimit,
    Side,
    SpecimenType,
    StorageTemperature,
    StudyFacts,
    TimeOut,
    Timepoint,
    Treatment,
)

__all__ = [
    "RESERVE",
    "UNIT_DIMENSIONS",
    "AliquotPlan",
    "Assay",
    "Cohort",
    "CollectionPlan",
    "ComputedFlag",
    "ConsentPolicy",
    "ContainerKind",
    "DayRange",
    "Dimension",
    "DoseFlag",
    "EarlierStudy",
    "Milestone",
    "Named",
    "NonconformanceCode",
    "NotCollectedReason",
    "OnWithdrawal",
    "PairPolicy",
    "ProcessingLimit",
    "Protocol",
    "Side",
    "SpecimenType",
    "StorageTemperature",
    "StudyFacts",
    "TimeOut",
    "Timepoint",
    "Treatment",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One version of a study's protocol.

    Each kind of thing is found by code twice: ``find_`` gives None where there is none, ``get_`` raises :class:`UnknownCode`,
    which names the known codes and the nearest.
    """

    study: StudyFacts
    version: str
    cohorts: tuple[Cohort, ...]
    treatments: tuple[Treatment, ...]
    timepoints: tuple[Timepoint, ...]
    storage: tuple[StorageTemperature, ...]
    containers: tuple[ContainerKind, ...]
    specimen_types: tuple[SpecimenType, ...]
    collections: tuple[CollectionPlan, ...]
    assays: tuple[Assay, ...]
    consent: ConsentPolicy
    pairs: PairPolicy
    nonconformances: tuple[NonconformanceCode, ...]
    not_collected: tuple[NotCollectedReason, ...] = ()
    times_out: tuple[TimeOut, ...] = ()

    @property
    def anchor(self) -> Treatment:
        """The treatment from whose day all days count."""
        return next(treatment for treatment in self.treatments if treatment.anchor)

    @property
    def blocking_codes(self) -> frozenset[str]:
        """The nonconformances that make a specimen unusable."""
        return frozenset(code.code for code in self.nonconformances if code.blocking)

    def timepoints_of(self, side: Side) -> tuple[Timepoint, ...]:
        """The timepoints that are this side of a pair."""
        return tuple(timepoint for timepoint in self.timepoints if timepoint.side is side)

    def assays_fed_by(self, specimen_type: str) -> tuple[Assay, ...]:
        """The assays that take this type."""
        return tuple(assay for assay in self.assays if specimen_type in assay.fed_by)

    def plans_at(self, timepoint: str) -> tuple[CollectionPlan, ...]:
        """What is to be collected at this timepoint."""
        return tuple(plan for plan in self.collections if timepoint in plan.timepoints)

    def minutes_out(self, specimen_type: str) -> int | None:
        """How long a tube of this type may be out of its store; None where the protocol does not say."""
        found = self.find_specimen_type(specimen_type)
        return next((each.minutes for each in self.times_out if found and each.storage == found.storage), None)

    def find_cohort(self, code: str) -> Cohort | None:
        return _find(self.cohorts, code)

    def get_cohort(self, code: str) -> Cohort:
        return _get("cohort", self.cohorts, code)

    def find_treatment(self, kind: str) -> Treatment | None:
        return _find(self.treatments, kind)

    def get_treatment(self, kind: str) -> Treatment:
        return _get("treatment", self.treatments, kind)

    def find_timepoint(self, code: str) -> Timepoint | None:
        return _find(self.timepoints, code)

    def get_timepoint(self, code: str) -> Timepoint:
        return _get("timepoint", self.timepoints, code)

    def find_storage(self, code: str) -> StorageTemperature | None:
        return _find(self.storage, code)

    def get_storage(self, code: str) -> StorageTemperature:
        return _get("storage temperature", self.storage, code)

    def find_container(self, word: str) -> ContainerKind | None:
        """The kind of container by its code, its name or a name it also goes by; case does not matter."""
        return next((kind for kind in self.containers if kind.is_called(word)), None)

    def get_container(self, word: str) -> ContainerKind:
        found = self.find_container(word)
        if found is None:
            raise UnknownCode("container", word, [kind.code for kind in self.containers])
        return found

    def find_specimen_type(self, code: str) -> SpecimenType | None:
        return _find(self.specimen_types, code)

    def get_specimen_type(self, code: str) -> SpecimenType:
        return _get("specimen type", self.specimen_types, code)

    def find_collection_plan(self, specimen_type: str) -> CollectionPlan | None:
        return next(
            (plan for plan in self.collections if plan.specimen_type == specimen_type),
            None,
        )

    def get_collection_plan(self, specimen_type: str) -> CollectionPlan:
        found = self.find_collection_plan(specimen_type)
        if found is None:
            raise UnknownCode(
                "collection of",
                specimen_type,
                [plan.specimen_type for plan in self.collections],
            )
        return found

    def find_assay(self, code: str) -> Assay | None:
        return _find(self.assays, code)

    def get_assay(self, code: str) -> Assay:
        return _get("assay", self.assays, code)

    def find_nonconformance(self, code: str) -> NonconformanceCode | None:
        return _find(self.nonconformances, code)

    def get_nonconformance(self, code: str) -> NonconformanceCode:
        return _get("nonconformance", self.nonconformances, code)

    def find_not_collected(self, code: str) -> NotCollectedReason | None:
        return _find(self.not_collected, code)

    def get_not_collected(self, code: str) -> NotCollectedReason:
        return _get("reason", self.not_collected, code)


class _Coded(Structural):
    @property
    def code(self) -> str: ...


CodedT = TypeVar("CodedT", bound=_Coded)


def _find(rows: Sequence[CodedT], code: str) -> CodedT | None:
    return next((row for row in rows if row.code == code), None)


def _get(what: str, rows: Sequence[CodedT], code: str) -> CodedT:
    found = _find(rows, code)
    if found is None:
        raise UnknownCode(what, code, [row.code for row in rows])
    return found
