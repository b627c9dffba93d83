"""Reads of what was collected: of one participant with what became of it, and over a study what waits for a hand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.vocabulary import AT_HAND, QUARANTINED, SpecimenForm, SpecimenState
from lims.studies.models import Participant


@dataclass(frozen=True, slots=True)
class Collected:
    """One collection: how many primary tubes it has and how many were made of them; or why it was not collected."""

    id: int
    timepoint: str
    specimen_type: str
    collected_at: datetime | None
    not_collected: str | None
    primaries: int
    made: int
    stored: int


def collections_of(session: Session, participant_id: int) -> Mapping[tuple[str, str], list[Collected]]:
    """By timepoint and type, in the order they were registered. One statement."""
    of = Specimen.__table__.c
    wanted = (
        select(
            Collection.id,
            Collection.timepoint,
            Collection.specimen_type,
            Collection.collected_at,
            Collection.not_collected,
            func.coalesce(func.sum(case((of.form == SpecimenForm.PRIMARY, 1), else_=0)), 0).label("primaries"),
            func.coalesce(func.sum(case((of.id.is_not(None) & (of.form != SpecimenForm.PRIMARY), 1), else_=0)), 0).label("made"),
            func.coalesce(func.sum(case((of.state == SpecimenState.STORED, 1), else_=0)), 0).label("stored"),
        )
        .outerjoin(Specimen, Specimen.collection_id == Collection.id)
        .where(Collection.participant_id == participant_id)
        .group_by(Collection.id, Collection.timepoint, Collection.specimen_type, Collection.collected_at, Collection.not_collected)
        .order_by(Collection.id)
    )
    found: dict[tuple[str, str], list[Collected]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.timepoint, row.specimen_type].append(Collected(**row._mapping))
    return found


@dataclass(frozen=True, slots=True)
class Undivided:
    """A primary tube that the plan divides and nobody has divided yet."""

    barcode: str
    participant: str
    cohort: str
    timepoint: str
    specimen_type: str
    collected_at: datetime | None
    processed_at: datetime | None
    frozen_at: datetime | None
    received_at: datetime | None


def undivided_of(session: Session, study_id: int, types: Iterable[str], limit: int = 40) -> list[Undivided]:
    """The primaries of these types that are at hand and of which nothing was made, the newest first. One statement."""
    wanted = (
        select(
            Specimen.barcode,
            Participant.code.label("participant"),
            Participant.cohort,
            Specimen.timepoint,
            Specimen.specimen_type,
            Collection.collected_at,
            Collection.processed_at,
            Collection.frozen_at,
            Collection.received_at,
        )
        .join(Collection, Collection.id == Specimen.collection_id)
        .join(Participant, Participant.id == Specimen.participant_id)
        .where(
            Specimen.study_id == study_id,
            Specimen.form == SpecimenForm.PRIMARY,
            Specimen.specimen_type.in_(list(types)),
            Specimen.state.in_(list(AT_HAND)),
            Specimen.quarantined.is_(False),
            Participant.withdrawn_on.is_(None),
            ~select(Lineage.child_id).where(Lineage.parent_id == Specimen.id).exists(),
        )
        .order_by(Collection.collected_at.desc(), Specimen.id.desc())
        .limit(limit)
    )
    return [Undivided(**row._mapping) for row in session.execute(wanted)]


def count_by_state(session: Session, study_id: int) -> dict[str, int]:
    """How many tubes of a study there are in each state; what is quarantined is counted as that."""
    shown = case((Specimen.quarantined, QUARANTINED), else_=Specimen.state)
    wanted = select(shown, func.count()).where(Specimen.study_id == study_id).group_by(shown)
    return {row[0]: row[1] for row in session.execute(wanted)}


def count_to_destroy(session: Session, study_id: int) -> int:
    """How many tubes are still here of participants who withdrew consent."""
    wanted = select(func.count()).select_from(Specimen).join(Participant, Participant.id == Specimen.participant_id)
    return session.execute(
        wanted.where(Specimen.study_id == study_id, Participant.withdrawn_on.is_not(None), Specimen.state.in_(list(AT_HAND)))
    ).scalar_one()
