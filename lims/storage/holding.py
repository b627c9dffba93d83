"""Reads of an act of storing: the container a tube is to go into, held while the act lasts, and who is in its holes."""

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.db import for_update, table_of
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.prepared import PreparedRead
from lims.specimens.models import Specimen
from lims.storage.models import BoxClaim, Container, Device, Placement
from lims.storage.queries import HOLE_COLUMNS, RECORD_COLUMNS, container_from, unknown_container
from lims.storage.records import Claim, Hole, Occupant, Target, hole_from
from lims.storage.vocabulary import Position
from lims.storage.ways import upwards, way_begins

_CODE, _CONTAINER, _PLACEMENT, _SPECIMEN = table_of(BoundCode).c, table_of(Container).c, table_of(Placement).c, table_of(Specimen).c
_CLAIM, _PERSON, _DEVICE = table_of(BoxClaim).c, table_of(UserAccount).c, table_of(Device).c

CLAIM_COLUMNS = (
    *(_CLAIM[name].label(f"claim_{name}") for name in ("id", "person_id", "device", "claimed_at", "until")),
    _PERSON.username.label("claim_by"),
    select(_DEVICE.name).where(_DEVICE.key == _CLAIM.device).scalar_subquery().label("claim_device_name"),
)
"""A claim beside the box it is on, of which it takes code and name; with whoever has it."""


def _target_statement() -> Select[Any]:
    coded = select(_CODE.subject_id).where(_CODE.code == bindparam("code")).scalar_subquery()
    up = upwards(way_begins().where(_CONTAINER.id == coded))
    now_in = table_of(Container).alias("now_in")
    from_ = table_of(Container).join(up, (up.c.leaf == _CONTAINER.id) & up.c.parent_id.is_(None))
    from_ = from_.outerjoin(table_of(Placement), _PLACEMENT.specimen_id == bindparam("specimen_id"))
    from_ = from_.outerjoin(now_in, now_in.c.id == _PLACEMENT.container_id)
    from_ = from_.outerjoin(table_of(BoxClaim), (_CLAIM.container_id == _CONTAINER.id) & _CLAIM.ended_at.is_(None))
    from_ = from_.outerjoin(table_of(UserAccount), _PERSON.id == _CLAIM.person_id)
    now = [now_in.c.barcode, now_in.c.name, now_in.c.type, now_in.c.rows, now_in.c.columns]
    return select(
        *RECORD_COLUMNS,
        up.c.path,
        up.c.temperature_c.label("cold_c"),
        *(column.label(f"now_{column.name}") for column in (*HOLE_COLUMNS, *now)),
        *CLAIM_COLUMNS,
    ).select_from(from_)


_TARGET = PreparedRead(_target_statement())
_TARGET_HELD = PreparedRead(_target_statement().with_for_update(of=table_of(Container), read=True, key_share=True))
_TARGET_LOCKED = PreparedRead(_target_statement().with_for_update(of=table_of(Container)))


def look_at_target(session: Session, read: str, specimen_id: int, *, alone: bool) -> Target:
    """The container a tube is to go into, and where the tube is now. One statement.

    The container is held, so that nobody closes it meanwhile; ``alone`` also makes everybody else who puts something in wait.

    :raises UnknownContainer: nothing has that code, or something else.
    """
    code = normalise_code(read)
    statement = (_TARGET_LOCKED if alone else _TARGET_HELD) if for_update(session) else _TARGET
    row = statement.first(session, {"code": code, "specimen_id": specimen_id})
    if row is None:
        raise unknown_container(session, code)
    now = {name[4:]: value for name, value in row._asdict().items() if name.startswith("now_")}
    came_from = None
    if now["container_id"] is not None:
        came_from = hole_from(now | {"container": now["barcode"], "container_name": now["name"]})
    return Target(container_from(row), row.path, row.cold_c, came_from, None if row.claim_id is None else claim_from(row))


def claim_from(row: Any) -> Claim:
    """A claim from a row of a container and :data:`CLAIM_COLUMNS`."""
    return Claim(
        id=row.claim_id,
        barcode=row.barcode,
        container=row.name,
        person_id=row.claim_person_id,
        by=row.claim_by,
        device=row.claim_device,
        device_name=row.claim_device_name,
        claimed_at=row.claim_claimed_at,
        until=row.claim_until,
    )


_TAKEN = PreparedRead(
    select(_PLACEMENT.row, _PLACEMENT.column).where(_PLACEMENT.container_id == bindparam("container_id"), _PLACEMENT.row.is_not(None))
)


def taken_positions(session: Session, container_id: int) -> set[Position]:
    """The holes somebody is in, or that are kept for somebody."""
    return {Position(*hole) for hole in _TAKEN.rows(session, {"container_id": container_id})}


_OCCUPANT = (
    select(_SPECIMEN.barcode, _PLACEMENT.away, _PLACEMENT.specimen_id)
    .join(table_of(Placement), _PLACEMENT.specimen_id == _SPECIMEN.id)
    .where(
        _PLACEMENT.container_id == bindparam("container_id"), _PLACEMENT.row == bindparam("row"), _PLACEMENT.column == bindparam("column")
    )
)


def find_occupant(session: Session, hole: Hole) -> Occupant | None:
    """Who is in a hole, and whether it is only kept for them."""
    if hole.position is None:
        return None
    where = {"container_id": hole.container_id, "row": hole.position.row, "column": hole.position.column}
    row = session.execute(_OCCUPANT, where).one_or_none()
    return None if row is None else Occupant(row.barcode, row.away, row.specimen_id)
