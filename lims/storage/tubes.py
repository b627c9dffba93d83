"""The register as it is read: each tube with what it is, whose, where, and what is to be known of it. One statement each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from lims.clock import from_iso
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.specimens.flags import CollectionFacts, anchor_of, computed_flags
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.queries import flags_from_text, no_such_specimen
from lims.specimens.rules import shown_state
from lims.specimens.vocabulary import QUARANTINED, SpecimenState
from lims.storage.models import Container, Placement
from lims.storage.records import Hole, hole_from
from lims.studies.models import Participant, Study, Treatment
from lims.studies.protocol import Protocol, Side
from lims.studies.queries import protocol_of_version
from lims.studies.rules import Doses, Times
from lims.studies.windows import WindowStatus, study_day, window_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Tube:
    """A specimen as people and programs are told of it. Amounts in base units; ``flags`` given and computed."""

    id: int
    barcode: str
    label: str
    study: str
    participant_id: int
    participant: str
    cohort: str
    collection_id: int
    timepoint: str
    side: Side | None
    specimen_type: str
    form: str
    ordinal: int
    container_kind: str | None
    purpose: str | None
    state: str
    unit: str
    initial_amount: int | None
    amount: int | None
    thaw_count: int | None
    flags: tuple[str, ...]
    place: Hole | None
    times: Times
    frozen_on: date | None
    day: int | None
    window: WindowStatus
    note: str | None
    created_at: datetime
    withdrawn_on: date | None
    protocol_version_id: int
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeFilter:
    """Which tubes are wanted; None asks for all. ``text`` is the beginning of a barcode, or any part of a label."""

    study: str | None = None
    participant: str | None = None
    timepoint: str | None = None
    specimen_type: str | None = None
    state: str | None = None
    container: str | None = None
    text: str | None = None
    collection_id: int | None = None


_DOSES = (
    select(func.aggregate_strings(Treatment.kind + "|" + cast(Treatment.given_at, Text), ","))
    .where(Treatment.participant_id == Specimen.participant_id)
    .scalar_subquery()
)
_RELATIVE = aliased(Specimen)
_PARENTS = (
    select(func.aggregate_strings(_RELATIVE.barcode, ","))
    .join(Lineage, Lineage.parent_id == _RELATIVE.id)
    .where(Lineage.child_id == Specimen.id)
    .scalar_subquery()
)
_CHILDREN = (
    select(func.aggregate_strings(_RELATIVE.barcode, ","))
    .join(Lineage, Lineage.child_id == _RELATIVE.id)
    .where(Lineage.parent_id == Specimen.id)
    .scalar_subquery()
)
_TUBES = (
    select(
        Specimen.__table__,
        Participant.code.label("participant"),
        Participant.cohort,
        Participant.enrolled_on,
        Participant.withdrawn_on,
        Study.code.label("study"),
        Collection.protocol_version_id,
        Collection.specimen_type.label("collected_type"),
        Collection.collected_at,
        Collection.received_at,
        Collection.processed_at,
        Collection.frozen_at,
        Collection.frozen_on,
        Collection.note,
        _DOSES.label("doses"),
        Placement.container_id,
        Placement.row,
        Placement.column,
        Placement.away,
        Placement.since,
        Container.barcode.label("container"),
        Container.name.label("container_name"),
        Container.type,
        Container.rows,
        Container.columns,
    )
    .join(Participant, Participant.id == Specimen.participant_id)
    .join(Study, Study.id == Specimen.study_id)
    .join(Collection, Collection.id == Specimen.collection_id)
    .outerjoin(Placement, Placement.specimen_id == Specimen.id)
    .outerjoin(Container, Container.id == Placement.container_id)
)
_WITH_RELATIVES = _TUBES.add_columns(_PARENTS.label("parents"), _CHILDREN.label("children"))
_BY_CODE = _WITH_RELATIVES.join(BoundCode, BoundCode.subject_id == Specimen.id).where(BoundCode.code == bindparam("code"))
_BY_CODES = _TUBES.add_columns(BoundCode.code.label("read")).join(BoundCode, BoundCode.subject_id == Specimen.id)


def get_tube(session: Session, read: str) -> Tube:
    """A tube by any of its codes.

    :raises MalformedCode: it cannot be a code.
    :raises WrongCheckCharacter: it is a code of ours with a wrong character.
    :raises UnknownSpecimen: no tube has it.
    """
    code = normalise_code(read)
    row = session.execute(_BY_CODE, {"code": code}).one_or_none()
    if row is None:
        raise no_such_specimen(session, code)
    return _tube(session, row._mapping)


def get_tubes(session: Session, reads: Sequence[str]) -> list[Tube]:
    """Several tubes by their codes, in the order given; parents and children are left out. One statement."""
    codes = [normalise_code(read) for read in reads]
    rows = session.execute(_BY_CODES.where(BoundCode.code.in_(codes)))
    found = {row.read: _tube(session, row._mapping) for row in rows}
    for code in codes:
        if code not in found:
            raise no_such_specimen(session, code)
    return [found[code] for code in codes]


def list_tubes(session: Session, wanted: TubeFilter, *, after: int = 0, limit: int = 50) -> list[Tube]:
    """Tubes in the order they were registered, a page at a time; ``after`` is the id of the last one seen. One statement."""
    statement = _filtered(_TUBES, wanted).where(Specimen.id > after).order_by(Specimen.id).limit(limit)
    return [_tube(session, row._mapping) for row in session.execute(statement)]


def tubes_of_participant(session: Session, participant_id: int) -> list[Tube]:
    """All that is there of a participant, with what came of what."""
    statement = _WITH_RELATIVES.where(Specimen.participant_id == participant_id).order_by(Specimen.id)
    return [_tube(session, row._mapping) for row in session.execute(statement)]


def tubes_of_collections(session: Session, collection_ids: Iterable[int]) -> list[Tube]:
    """All that came of some collections, with what came of what."""
    statement = _WITH_RELATIVES.where(Specimen.collection_id.in_(list(collection_ids))).order_by(Specimen.id)
    return [_tube(session, row._mapping) for row in session.execute(statement)]


def _filtered(statement: Select[*tuple[Any, ...]], wanted: TubeFilter) -> Select[*tuple[Any, ...]]:
    equal = {
        Study.code: wanted.study,
        Participant.code: wanted.participant,
        Specimen.timepoint: wanted.timepoint,
        Specimen.specimen_type: wanted.specimen_type,
        Specimen.collection_id: wanted.collection_id,
        Container.barcode: wanted.container,
    }
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.state == QUARANTINED:
        statement = statement.where(Specimen.quarantined)
    elif wanted.state is not None:
        statement = statement.where(Specimen.state == wanted.state, ~Specimen.quarantined)
    if wanted.text:
        begins, within = wanted.text.replace(" ", "").upper(), wanted.text.upper()
        statement = statement.where(
            or_(Specimen.barcode.startswith(begins, autoescape=True), Specimen.label.contains(within, autoescape=True))
        )
    return statement


def _tube(session: Session, row: RowMapping) -> Tube:
    protocol = protocol_of_version(session, row["protocol_version_id"])
    facts = CollectionFacts(
        timepoint=row["timepoint"],
        specimen_type=row["collected_type"],
        times=Times(
            collected_at=row["collected_at"],
            received_at=row["received_at"],
            processed_at=row["processed_at"],
            frozen_at=row["frozen_at"],
        ),
        enrolled_on=row["enrolled_on"],
        withdrawn_on=row["withdrawn_on"],
        doses=_doses(row["doses"]),
    )
    timepoint = protocol.find_timepoint(row["timepoint"])
    anchor, zone = anchor_of(protocol, facts.doses), protocol.study.zone
    return Tube(
        id=row["id"],
        barcode=row["barcode"],
        label=row["label"],
        study=row["study"],
        participant_id=row["participant_id"],
        participant=row["participant"],
        cohort=row["cohort"],
        collection_id=row["collection_id"],
        timepoint=row["timepoint"],
        side=timepoint.side if timepoint else None,
        specimen_type=row["specimen_type"],
        form=row["form"],
        ordinal=row["ordinal"],
        container_kind=row["container_kind"],
        purpose=row["purpose"],
        state=shown_state(SpecimenState(row["state"]), row["quarantined"]),
        unit=row["unit"],
        initial_amount=row["initial_amount"],
        amount=row["amount"],
        thaw_count=row["thaw_count"],
        flags=_flags(protocol, facts, row),
        place=None if row["container_id"] is None else hole_from(dict(row)),
        times=facts.times,
        frozen_on=row["frozen_on"],
        day=None if anchor is None or facts.times.collected_at is None else study_day(facts.times.collected_at, anchor, zone),
        window=WindowStatus.OPEN if timepoint is None else window_status(timepoint, facts.times.collected_at, anchor, zone),
        note=row["note"],
        created_at=row["created_at"],
        withdrawn_on=row["withdrawn_on"],
        protocol_version_id=row["protocol_version_id"],
        parents=_barcodes(row.get("parents")),
        children=_barcodes(row.get("children")),
    )


def _flags(protocol: Protocol, facts: CollectionFacts, row: RowMapping) -> tuple[str, ...]:
    made_of_it = row["specimen_type"] if row["specimen_type"] != row["collected_type"] else None
    return (*flags_from_text(row["flags"]), *computed_flags(protocol, facts, made_of_it))


def _doses(aggregated: str | None) -> Doses:
    doses: dict[str, list[datetime]] = {}
    for dose in (aggregated or "").split(","):
        if dose:
            kind, given_at = dose.split("|", 1)
            doses.setdefault(kind, []).append(from_iso(given_at))
    return {kind: sorted(given) for kind, given in doses.items()}


def _barcodes(aggregated: str | None) -> tuple[str, ...]:
    return tuple(sorted(aggregated.split(","))) if aggregated else ()
