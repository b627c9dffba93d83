"""What was collected of a participant, and what became of it, as a page of the course shows it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.specimens.models import Collection, Specimen
from lims.specimens.vocabulary import SpecimenForm, SpecimenState


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
