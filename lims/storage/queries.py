"""Reads of storage: containers and their way, where tubes are, what is in a box, where there is room."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from lims.custody.vocabulary import SubjectKind
from lims.db import table_of
from lims.ids import MisreadCode, normalise_code
from lims.labels.models import BoundCode
from lims.labels.queries import find_binding, unknown_code
from lims.prepared import PreparedRead
from lims.specimens.models import Specimen
from lims.storage.errors import UnknownContainer
from lims.storage.models import Container, Placement
from lims.storage.records import (
    ContainerMap,
    ContainerRecord,
    Fill,
    Hole,
    Location,
    MappedHole,
    hole_from,
    location_from,
)
from lims.storage.vocabulary import Position
from lims.storage.ways import upwards, way_begins
from lims.studies.models import Participant

_CODE, _CONTAINER, _PLACEMENT, _SPECIMEN = table_of(BoundCode).c, table_of(Container).c, table_of(Placement).c, table_of(Specimen).c
RECORD_COLUMNS = tuple(table_of(Container).c)
HOLE_COLUMNS = (
    _PLACEMENT.specimen_id,
    _PLACEMENT.container_id,
    _PLACEMENT.row,
    _PLACEMENT.column,
    _PLACEMENT.away,
    _PLACEMENT.since,
)
_ITS_CONTAINER = (
    _CONTAINER.barcode.label("container"),
    _CONTAINER.name.label("container_name"),
    _CONTAINER.type,
    _CONTAINER.rows,
    _CONTAINER.columns,
)


_BY_CODE = select(*RECORD_COLUMNS).join(table_of(BoundCode), _CODE.subject_id == _CONTAINER.id).where(_CODE.code == bindparam("code"))
_BY_IDS = select(*RECORD_COLUMNS).where(_CONTAINER.id.in_(bindparam("ids", expanding=True)))


def find_container(session: Session, read: str) -> ContainerRecord | None:
    """The container that has this code.

    :raises MalformedCode: it cannot be a code.
    """
    row = session.execute(_BY_CODE, {"code": normalise_code(read)}).one_or_none()
    return None if row is None else container_from(row)


def get_container(session: Session, read: str) -> ContainerRecord:
    """
    :raises UnknownContainer: nothing has that code, or something else.
    :raises WrongCheckCharacter: it is a code of ours with a wrong character.
    """
    found = find_container(session, read)
    if found is None:
        raise unknown_container(session, normalise_code(read))
    return found


def containers_by_id(session: Session, container_ids: Iterable[int]) -> dict[int, ContainerRecord]:
    """Containers known by id."""
    return {row.id: container_from(row) for row in session.execute(_BY_IDS, {"ids": list(container_ids)})}


def find_child(session: Session, parent_id: int | None, name: str) -> ContainerRecord | None:
    """The open container of this name in another, or among those that stand in none (the oldest of them)."""
    wanted = select(*RECORD_COLUMNS).where(_CONTAINER.parent_id == parent_id, _CONTAINER.name == name, _CONTAINER.closed_at.is_(None))
    row = session.execute(wanted.order_by(_CONTAINER.id).limit(1)).one_or_none()
    return None if row is None else container_from(row)


def list_containers(session: Session, parent_id: int | None) -> list[ContainerRecord]:
    """What stands in a container, or (None) in no other; closed ones are left out."""
    wanted = select(*RECORD_COLUMNS).where(_CONTAINER.parent_id == parent_id, _CONTAINER.closed_at.is_(None))
    return [container_from(row) for row in session.execute(wanted.order_by(_CONTAINER.slot, _CONTAINER.name, _CONTAINER.id))]


def list_containers_in(session: Session, parent_ids: Iterable[int]) -> list[ContainerRecord]:
    """What stands in any of these containers; closed ones are left out. One statement."""
    wanted = select(*RECORD_COLUMNS).where(_CONTAINER.parent_id.in_(list(parent_ids)), _CONTAINER.closed_at.is_(None))
    return [container_from(row) for row in session.execute(wanted.order_by(_CONTAINER.slot, _CONTAINER.name, _CONTAINER.id))]


_PLACE = PreparedRead(
    select(*HOLE_COLUMNS, *_ITS_CONTAINER)
    .join(table_of(Container), _CONTAINER.id == _PLACEMENT.container_id)
    .where(_PLACEMENT.specimen_id == bindparam("specimen_id"))
)


def current_place(session: Session, specimen_id: int) -> Hole | None:
    """Where a tube is now."""
    row = _PLACE.first(session, {"specimen_id": specimen_id})
    return None if row is None else hole_from(row._asdict())


_HOLES = (
    select(*HOLE_COLUMNS, *_ITS_CONTAINER)
    .join(table_of(Container), _CONTAINER.id == _PLACEMENT.container_id)
    .where(_PLACEMENT.specimen_id.in_(bindparam("ids", expanding=True)))
)


def holes_of(session: Session, specimen_ids: Iterable[int]) -> dict[int, Hole]:
    """Where tubes are now, without the way there; those in no container are left out. One statement."""
    rows = session.execute(_HOLES, {"ids": list(specimen_ids)})
    return {row.specimen_id: hole_from(row._asdict()) for row in rows}


def holes_in(session: Session, container: ContainerRecord) -> dict[str, Hole]:
    """Who is recorded in a container, by barcode, and in which hole. One statement."""
    rows = session.execute(_IN_BOX, {"container_id": container.id})
    return {row.barcode: container.hole(_position(row.row, row.column), away=row.away) for row in rows}


_TUBES_IN = select(_PLACEMENT.specimen_id).where(_PLACEMENT.container_id == bindparam("container_id")).order_by(_PLACEMENT.specimen_id)


def tubes_in(session: Session, container_id: int) -> list[int]:
    """The ids of the tubes recorded in a container, those that are out too."""
    return list(session.execute(_TUBES_IN, {"container_id": container_id}).scalars())


def _position(row: int | None, column: int | None) -> Position | None:
    return None if row is None or column is None else Position(row, column)


def _places_statement() -> Select[Any]:
    placed = select(*HOLE_COLUMNS).where(_PLACEMENT.specimen_id.in_(bindparam("ids", expanding=True))).cte("placed")
    up = upwards(way_begins().where(_CONTAINER.id.in_(select(placed.c.container_id))))
    from_ = placed.join(table_of(Container), _CONTAINER.id == placed.c.container_id)
    return select(*placed.c, *_ITS_CONTAINER, up.c.path).select_from(
        from_.join(up, (up.c.leaf == placed.c.container_id) & up.c.parent_id.is_(None))
    )


_PLACES = PreparedRead(_places_statement())


def places_of(session: Session, specimen_ids: Sequence[int]) -> dict[int, Location]:
    """Where tubes are, with the whole way to each; those in no container are left out. One statement."""
    if not specimen_ids:
        return {}
    rows = (dict(zip(_PLACES.names, values, strict=True)) for values in _PLACES.rows(session, {"ids": specimen_ids}))
    return {row["specimen_id"]: location_from(row) for row in rows}


_IN_BOX = (
    select(
        *HOLE_COLUMNS,
        _SPECIMEN.barcode,
        _SPECIMEN.label,
        _SPECIMEN.specimen_type,
        _SPECIMEN.timepoint,
        _SPECIMEN.missing,
        Participant.code.label("participant"),
    )
    .join(table_of(Specimen), _SPECIMEN.id == _PLACEMENT.specimen_id)
    .join(table_of(Participant), table_of(Participant).c.id == _SPECIMEN.participant_id)
    .where(_PLACEMENT.container_id == bindparam("container_id"))
    .order_by(_PLACEMENT.row, _PLACEMENT.column, _PLACEMENT.specimen_id)
)


def container_map(session: Session, read: str) -> ContainerMap:
    """Every hole of a container and who is in it. Two statements.

    :raises UnknownContainer: nothing has that code, or something else.
    """
    container = get_container(session, read)
    tubes = session.execute(_IN_BOX, {"container_id": container.id}).all()
    grid = container.grid
    if grid is None:
        return ContainerMap(container, None, None, tuple(_mapped(container, None, tube) for tube in tubes))
    by_hole = {Position(tube.row, tube.column): tube for tube in tubes}
    return ContainerMap(container, grid.rows, grid.columns, tuple(_mapped(container, hole, by_hole.get(hole)) for hole in grid))


def fill_of(session: Session, container_ids: Iterable[int]) -> dict[int, Fill]:
    """What is in each container, and in all that stands in it, however deep. One statement."""
    branch = select(_CONTAINER.id.label("branch"), _CONTAINER.id.label("id"), _CONTAINER.type, _CONTAINER.rows, _CONTAINER.columns)
    down = branch.where(_CONTAINER.id.in_(list(container_ids))).cte("down", recursive=True)
    inner = table_of(Container).alias("inner_one")
    down = down.union_all(
        select(down.c.branch, inner.c.id, inner.c.type, inner.c.rows, inner.c.columns).join(inner, inner.c.parent_id == down.c.id)
    )
    tubes = (
        select(
            _PLACEMENT.container_id,
            func.count().label("tubes"),
            func.count(_PLACEMENT.row).label("taken"),
            func.sum(case((_PLACEMENT.away, 1), else_=0)).label("away"),
        )
        .where(_PLACEMENT.container_id.in_(select(down.c.id)))
        .group_by(_PLACEMENT.container_id)
        .subquery()
    )
    wanted = select(
        down.c.branch,
        func.coalesce(func.sum(tubes.c.tubes), 0).label("tubes"),
        func.coalesce(func.sum(tubes.c.taken), 0).label("taken"),
        func.coalesce(func.sum(tubes.c.away), 0).label("away"),
        func.coalesce(func.sum(down.c.rows * down.c.columns), 0).label("holes"),
    )
    rows = session.execute(wanted.select_from(down.outerjoin(tubes, tubes.c.container_id == down.c.id)).group_by(down.c.branch))
    return {row.branch: Fill(int(row.tubes), int(row.away), int(row.holes), int(row.taken)) for row in rows}


def _mapped(container: ContainerRecord, hole: Position | None, tube: Row[*tuple[Any, ...]] | None) -> MappedHole:
    row, column = (None, None) if hole is None else (hole.row, hole.column)
    if tube is None:
        return MappedHole(position=container.position_text(hole), row=row, column=column, state="free")
    return MappedHole(
        position=container.position_text(hole),
        row=row,
        column=column,
        state="away" if tube.away else "here",
        specimen_id=tube.specimen_id,
        barcode=tube.barcode,
        label=tube.label,
        specimen_type=tube.specimen_type,
        participant=tube.participant,
        timepoint=tube.timepoint,
        missing=tube.missing,
    )


def container_from(row: Any) -> ContainerRecord:
    return ContainerRecord(**{column.name: getattr(row, column.name) for column in RECORD_COLUMNS})


def unknown_container(session: Session, code: str) -> UnknownContainer | MisreadCode:
    binding = find_binding(session, code)
    if binding is not None:
        return UnknownContainer(code, "tube" if binding.kind is SubjectKind.SPECIMEN else binding.kind)
    wrong = unknown_code(code)
    return wrong if isinstance(wrong, MisreadCode) else UnknownContainer(code)
