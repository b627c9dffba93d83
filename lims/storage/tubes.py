"""The register as it is read: each tube with what it is, whose, where, and what is to be known of it. One statement each."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ScalarSelect, Select, Text, bindparam, case, cast, func, literal_column, or_, select
from sqlalchemy.orm import Session

from lims.clock import from_iso
from lims.db import table_of
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.prepared import PreparedRead
from lims.specimens.flags import CollectionFacts, anchor_of, computed_flags
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.queries import flags_from_text, no_such_specimen
from lims.specimens.rules import shown_state
from lims.specimens.vocabulary import AT_HAND, QUARANTINED, SpecimenState
from lims.storage.models import Container, Placement
from lims.storage.records import Hole, TubeFilter, hole_from
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
    missing: bool
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


_SPECIMEN, _PARTICIPANT, _STUDY = table_of(Specimen), table_of(Participant), table_of(Study)
_COLLECTION, _PLACEMENT, _CONTAINER = table_of(Collection), table_of(Placement), table_of(Container)
_TREATMENT, _LINEAGE, _CODE = table_of(Treatment), table_of(Lineage), table_of(BoundCode)
_DOSES = (
    select(func.aggregate_strings(_TREATMENT.c.kind + "|" + cast(_TREATMENT.c.given_at, Text), ","))
    .where(_TREATMENT.c.participant_id == _SPECIMEN.c.participant_id)
    .scalar_subquery()
)


def _relatives(to: Column[int], of: Column[int]) -> ScalarSelect[str]:
    """The barcodes at one end of lineage from a tube at the other; each looked up by itself, however many the engine expects."""
    relative = _SPECIMEN.alias("relative")
    barcode = select(relative.c.barcode).where(relative.c.id == to).correlate(_LINEAGE).scalar_subquery()
    together = select(func.aggregate_strings(barcode, ",")).select_from(_LINEAGE).where(of == _SPECIMEN.c.id)
    return together.correlate(_SPECIMEN).scalar_subquery()


_TUBES = (
    select(
        _SPECIMEN,
        _PARTICIPANT.c.code.label("participant"),
        *(_PARTICIPANT.c[name] for name in ("cohort", "enrolled_on", "withdrawn_on")),
        _STUDY.c.code.label("study"),
        _COLLECTION.c.specimen_type.label("collected_type"),
        *(_COLLECTION.c[name] for name in ("protocol_version_id", "collected_at", "received_at", "processed_at", "frozen_at")),
        *(_COLLECTION.c[name] for name in ("frozen_on", "note")),
        _DOSES.label("doses"),
        *(_PLACEMENT.c[name] for name in ("container_id", "row", "column", "away", "since")),
        _CONTAINER.c.barcode.label("container"),
        _CONTAINER.c.name.label("container_name"),
        *(_CONTAINER.c[name] for name in ("type", "rows", "columns")),
    )
    .join(_PARTICIPANT, _PARTICIPANT.c.id == _SPECIMEN.c.participant_id)
    .join(_STUDY, _STUDY.c.id == _SPECIMEN.c.study_id)
    .join(_COLLECTION, _COLLECTION.c.id == _SPECIMEN.c.collection_id)
    .outerjoin(_PLACEMENT, _PLACEMENT.c.specimen_id == _SPECIMEN.c.id)
    .outerjoin(_CONTAINER, _CONTAINER.c.id == _PLACEMENT.c.container_id)
)
_WITH_RELATIVES = _TUBES.add_columns(
    _relatives(to=_LINEAGE.c.parent_id, of=_LINEAGE.c.child_id).label("parents"),
    _relatives(to=_LINEAGE.c.child_id, of=_LINEAGE.c.parent_id).label("children"),
)
_BY_CODE = PreparedRead(_WITH_RELATIVES.join(_CODE, _CODE.c.subject_id == _SPECIMEN.c.id).where(_CODE.c.code == bindparam("code")))
_SIBLING = _SPECIMEN.alias()
_ASKED = select(_CODE.c.subject_id).where(_CODE.c.code == bindparam("code")).scalar_subquery()
_WITH_FAMILY = PreparedRead(
    _WITH_RELATIVES.add_columns(case((_SPECIMEN.c.id == _ASKED, 0), else_=_SPECIMEN.c.id).label("place_in_family")).where(
        _SPECIMEN.c.collection_id == select(_SIBLING.c.collection_id).where(_SIBLING.c.id == _ASKED).scalar_subquery()
    )
)
_BY_CODES = (
    _TUBES.add_columns(_CODE.c.code.label("read"))
    .join(_CODE, _CODE.c.subject_id == _SPECIMEN.c.id)
    .where(_CODE.c.code.in_(bindparam("codes", expanding=True)))
)
_SAME = {
    "study": _STUDY.c.code,
    "participant": _PARTICIPANT.c.code,
    "timepoint": _SPECIMEN.c.timepoint,
    "specimen_type": _SPECIMEN.c.specimen_type,
    "collection_id": _SPECIMEN.c.collection_id,
}
"""What a list can be narrowed to by one value, and the column that must have it."""


def get_tube(session: Session, read: str) -> Tube:
    """A tube by any of its codes.

    :raises MalformedCode: it cannot be a code.
    :raises WrongCheckCharacter: it is a code of ours with a wrong character.
    :raises UnknownSpecimen: no tube has it.
    """
    code = normalise_code(read)
    for tube in _tubes(session, _BY_CODE.names, _BY_CODE.rows(session, {"code": code})).values():
        return tube
    raise no_such_specimen(session, code)


def get_tube_and_family(session: Session, read: str) -> tuple[Tube, list[Tube]]:
    """A tube by any of its codes, and all tubes that came of the same collection, itself among them. One statement.

    Raises what :func:`get_tube` raises.
    """
    code = normalise_code(read)
    family = _tubes(session, _WITH_FAMILY.names, _WITH_FAMILY.rows(session, {"code": code}), by="place_in_family")
    if 0 not in family:
        raise no_such_specimen(session, code)
    return family[0], sorted(family.values(), key=lambda tube: tube.id)


def get_tubes(session: Session, reads: Sequence[str]) -> list[Tube]:
    """Several tubes by their codes, in the order given; parents and children are left out. One statement."""
    codes = [normalise_code(read) for read in reads]
    found = find_tubes(session, codes)
    for code in codes:
        if code not in found:
            raise no_such_specimen(session, code)
    return [found[code] for code in codes]


def find_tubes(session: Session, codes: Sequence[str]) -> dict[str, Tube]:
    """Tubes by normalised codes; those that name none are left out. One statement."""
    result = session.execute(_BY_CODES, {"codes": list(codes)})
    return _tubes(session, tuple(result.keys()), result, by="read")


def list_tubes(session: Session, wanted: TubeFilter, *, after: int = 0, limit: int = 50) -> list[Tube]:
    """Tubes in the order they were registered, a page at a time; ``after`` is the id of the last one seen. One statement."""
    given = {name: value for name in _SAME if (value := getattr(wanted, name)) is not None}
    page, given = _page_of(tuple(given), limit), given | {"after": after}
    narrowed = _narrowed(page.statement, wanted)
    if narrowed is page.statement:
        return list(_tubes(session, page.names, page.rows(session, given)).values())
    result = session.execute(narrowed, given)
    return list(_tubes(session, tuple(result.keys()), result).values())


@functools.lru_cache
def _page_of(same: tuple[str, ...], limit: int) -> PreparedRead:
    """A page of the tubes that have one value in each of these.

    The limit stands in the text: of one that comes as a value PostgreSQL knows too little to keep a plan, and plans each page anew.
    """
    statement = _TUBES.where(_SPECIMEN.c.id > bindparam("after")).order_by(_SPECIMEN.c.id).limit(literal_column(str(limit)))
    return PreparedRead(statement.where(*(_SAME[name] == bindparam(name) for name in same)))


def _narrowed(statement: Select[*tuple[Any, ...]], wanted: TubeFilter) -> Select[*tuple[Any, ...]]:
    """The same, narrowed by what is not one value of one column."""
    if wanted.container is not None:
        statement = statement.where(_PLACEMENT.c.container_id.in_(_within(wanted.container)))
    if wanted.state == QUARANTINED:
        statement = statement.where(_SPECIMEN.c.quarantined)
    elif wanted.state is not None:
        statement = statement.where(_SPECIMEN.c.state == wanted.state, ~_SPECIMEN.c.quarantined)
    if wanted.to_destroy:
        statement = statement.where(_PARTICIPANT.c.withdrawn_on.is_not(None), _SPECIMEN.c.state.in_(list(AT_HAND)))
    if wanted.missing:
        statement = statement.where(_SPECIMEN.c.missing)
    if wanted.text:
        begins, within = wanted.text.replace(" ", "").upper(), wanted.text.upper()
        statement = statement.where(
            or_(_SPECIMEN.c.barcode.startswith(begins, autoescape=True), _SPECIMEN.c.label.contains(within, autoescape=True))
        )
    return statement


def _within(barcode: str) -> Select[int]:
    """A container and all that stands in it, however deep: a freezer's tubes are in its boxes."""
    found = select(_CONTAINER.c.id).where(_CONTAINER.c.barcode == barcode).cte("within", recursive=True)
    inner = _CONTAINER.alias()
    return select(found.union_all(select(inner.c.id).where(inner.c.parent_id == found.c.id)).c.id)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What follows from when a tube's material was taken and handled, and from its participant's doses."""

    times: Times
    side: Side | None
    flags: tuple[str, ...]
    day: int | None
    window: WindowStatus


def _tubes(session: Session, names: Sequence[str], rows: Iterable[Sequence[Any]], by: str = "id") -> dict[Any, Tube]:
    """The tubes of rows, by one of their columns. What several share, as the aliquots of one collection do, is worked out once."""
    taken: dict[tuple[object, ...], _Taken] = {}
    tubes = {}
    for values in rows:
        row = dict(zip(names, values, strict=True))
        shared = _shared(row)
        if shared not in taken:
            taken[shared] = _taken(protocol_of_version(session, row["protocol_version_id"]), row)
        tubes[row[by]] = _tube(row, taken[shared])
    return tubes


_TIMES = ("collected_at", "received_at", "processed_at", "frozen_at")
_shared = itemgetter("protocol_version_id", "timepoint", "specimen_type", "collected_type", *_TIMES, "enrolled_on", "withdrawn_on", "doses")


def _taken(protocol: Protocol, row: Mapping[str, Any]) -> _Taken:
    facts = CollectionFacts(
        timepoint=row["timepoint"],
        specimen_type=row["collected_type"],
        times=Times(**{name: row[name] for name in _TIMES}),
        enrolled_on=row["enrolled_on"],
        withdrawn_on=row["withdrawn_on"],
        doses=_doses(row["doses"]),
    )
    timepoint, collected_at = protocol.find_timepoint(row["timepoint"]), facts.times.collected_at
    anchor, zone = anchor_of(protocol, facts.doses), protocol.study.zone
    made_of_it = row["specimen_type"] if row["specimen_type"] != row["collected_type"] else None
    return _Taken(
        times=facts.times,
        side=timepoint.side if timepoint else None,
        flags=computed_flags(protocol, facts, made_of_it),
        day=None if anchor is None or collected_at is None else study_day(collected_at, anchor, zone),
        window=WindowStatus.OPEN if timepoint is None else window_status(timepoint, collected_at, anchor, zone),
    )


def _tube(row: Mapping[str, Any], taken: _Taken) -> Tube:
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
        side=taken.side,
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
        flags=(*flags_from_text(row["flags"]), *taken.flags),
        missing=row["missing"],
        place=None if row["container_id"] is None else hole_from(row),
        times=taken.times,
        frozen_on=row["frozen_on"],
        day=taken.day,
        window=taken.window,
        note=row["note"],
        created_at=row["created_at"],
        withdrawn_on=row["withdrawn_on"],
        protocol_version_id=row["protocol_version_id"],
        parents=_barcodes(row.get("parents")),
        children=_barcodes(row.get("children")),
    )


def _doses(aggregated: str | None) -> Doses:
    doses: dict[str, list[datetime]] = {}
    for dose in (aggregated or "").split(","):
        if dose:
            kind, given_at = dose.split("|", 1)
            doses.setdefault(kind, []).append(from_iso(given_at))
    return {kind: sorted(given) for kind, given in doses.items()}


def _barcodes(aggregated: str | None) -> tuple[str, ...]:
    return tuple(sorted(aggregated.split(","))) if aggregated else ()
