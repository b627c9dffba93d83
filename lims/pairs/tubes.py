"""Reading what pairs are made of: the tubes of some participants, and where each stands in the course. Bare rows, no objects."""

from collections import defaultdict
from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.pairs.vocabulary import Course, TubeFacts
from lims.prepared import PreparedRead
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.queries import flags_from_text
from lims.specimens.vocabulary import SpecimenForm, SpecimenState
from lims.studies.protocol import Protocol
from lims.studies.queries import anchor_of, treatments_of
from lims.studies.rules import Times
from lims.studies.vocabulary import ParticipantFacts

_SPECIMEN, _COLLECTION = table_of(Specimen).c, table_of(Collection).c
_CHILD, _LINEAGE = table_of(Specimen).alias("child"), table_of(Lineage)

TUBE_COLUMNS = (
    _SPECIMEN.id,
    _SPECIMEN.barcode,
    _SPECIMEN.label,
    _SPECIMEN.participant_id,
    _SPECIMEN.specimen_type,
    _SPECIMEN.form,
    _SPECIMEN.timepoint,
    _SPECIMEN.unit,
    _SPECIMEN.amount,
    _SPECIMEN.thaw_count,
    _SPECIMEN.state,
    _SPECIMEN.quarantined,
    _SPECIMEN.missing,
    _SPECIMEN.flags,
    _SPECIMEN.purpose,
    _SPECIMEN.container_kind,
    _COLLECTION.specimen_type.label("collection_type"),
    _COLLECTION.collected_at,
    _COLLECTION.received_at,
    _COLLECTION.processed_at,
    _COLLECTION.frozen_at,
)

_TYPE_MADE = select(_CHILD.c.specimen_type).where(_CHILD.c.id == _LINEAGE.c.child_id).correlate(_LINEAGE).scalar_subquery()
_TYPES_MADE = (
    select(func.aggregate_strings(_TYPE_MADE, " "))
    .select_from(_LINEAGE)
    .where(_LINEAGE.c.parent_id == _SPECIMEN.id)
    .correlate(table_of(Specimen))
    .scalar_subquery()
)
"""The types of what was made of a tube, parted by spaces."""
_TUBES = (
    select(*TUBE_COLUMNS, case((_SPECIMEN.form == SpecimenForm.PRIMARY, _TYPES_MADE)).label("made"))
    .join(table_of(Collection), _COLLECTION.id == _SPECIMEN.collection_id)
    .order_by(_SPECIMEN.id)
)
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_OF_PARTICIPANTS = PreparedRead(
    _TUBES.where(_SPECIMEN.participant_id.in_(_IDS), _SPECIMEN.timepoint.in_(bindparam("timepoints", expanding=True)))
)
_BY_IDS = PreparedRead(_TUBES.where(_SPECIMEN.id.in_(_IDS)))
_NOT_COLLECTED = PreparedRead(
    select(_COLLECTION.participant_id, _COLLECTION.timepoint, _COLLECTION.specimen_type, _COLLECTION.not_collected.label("why")).where(
        _COLLECTION.participant_id.in_(_IDS), _COLLECTION.not_collected.is_not(None)
    )
)

_NOTHING: frozenset[str] = frozenset()


def tubes_of(
    session: Session, people: Sequence[ParticipantFacts], timepoints: Some[str], protocols: Mapping[int, Protocol]
) -> dict[int, list[TubeFacts]]:
    """Every tube of these participants at these timepoints, by participant. One statement, however many.

    :param protocols: by study.
    """
    asked = {"ids": [person.id for person in people], "timepoints": sorted(timepoints)}
    by_id = {person.id: person for person in people}
    kinds = {study_id: _Kinds(protocol) for study_id, protocol in protocols.items()}
    tubes: dict[int, list[TubeFacts]] = {person.id: [] for person in people}
    for row in _OF_PARTICIPANTS.all(session, asked):
        person = by_id[row.participant_id]
        kind = kinds[person.study_id].of(row.container_kind)
        tubes[person.id].append(tube_from(row, person.withdrawn_on, kind, _types(row.made)))
    return tubes


def tubes_by_id(
    session: Session, specimen_ids: Sequence[int], protocol: Protocol, withdrawn: Mapping[int, date | None]
) -> dict[int, TubeFacts]:
    """Tubes known by id, as they are now. One statement, however many.

    :param withdrawn: by participant, the day consent was withdrawn.
    """
    rows = _BY_IDS.all(session, {"ids": list(specimen_ids)})
    kinds = _Kinds(protocol)
    return {row.id: tube_from(row, withdrawn.get(row.participant_id), kinds.of(row.container_kind), _types(row.made)) for row in rows}


def courses_of(session: Session, people: Sequence[ParticipantFacts], protocols: Mapping[int, Protocol], at: datetime) -> dict[int, Course]:
    """Where these participants stand in the course. Two statements, however many."""
    doses = treatments_of(session, [person.id for person in people])
    why_not: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for row in _NOT_COLLECTED.all(session, {"ids": [person.id for person in people]}):
        why_not[row.participant_id][row.timepoint, row.specimen_type] = row.why
    return {
        person.id: Course(
            participant=person,
            anchor_at=anchor_of(doses[person.id], protocols[person.study_id]),
            now=at,
            not_collected=why_not.get(person.id, {}),
        )
        for person in people
    }


def tube_from(row: Any, withdrawn_on: date | None, kind: str | None = None, made: frozenset[str] = _NOTHING) -> TubeFacts:
    """A tube from a row of :data:`TUBE_COLUMNS`."""
    return TubeFacts(
        id=row.id,
        barcode=row.barcode,
        label=row.label,
        participant_id=row.participant_id,
        specimen_type=row.specimen_type,
        form=SpecimenForm(row.form),
        timepoint=row.timepoint,
        unit=row.unit,
        amount=row.amount,
        thaw_count=row.thaw_count,
        state=SpecimenState(row.state),
        quarantined=row.quarantined,
        missing=row.missing,
        flags=flags_from_text(row.flags),
        purpose=row.purpose,
        kind=kind,
        made=made,
        collection_type=row.collection_type,
        times=Times(collected_at=row.collected_at, received_at=row.received_at, processed_at=row.processed_at, frozen_at=row.frozen_at),
        withdrawn_on=withdrawn_on,
    )


class _Kinds:
    """What each kind of container pairs as; None where none was given, or the study does not mind. Looked up once a kind."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._known: dict[str, str | None] = {}

    def of(self, container_kind: str | None) -> str | None:
        if container_kind is None or not self._protocol.pairs.same_container:
            return None
        if container_kind not in self._known:
            kind = self._protocol.find_container(container_kind)
            self._known[container_kind] = kind.pairs_as if kind else container_kind
        return self._known[container_kind]


def _types(made: str | None) -> frozenset[str]:
    return frozenset(made.split()) if made else _NOTHING
