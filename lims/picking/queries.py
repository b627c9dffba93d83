"""Reads of pick lists: one by its code with its lines in walking order, and all of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.batches.models import Batch
from lims.db import table_of
from lims.picking.errors import UnknownPickList
from lims.picking.models import Pick, PickList
from lims.picking.models import PickLine as LineRow
from lims.picking.rules import in_walking_order
from lims.picking.vocabulary import PickLine, PickListRecord, PickListState, PickListView
from lims.specimens.models import Specimen
from lims.storage.models import Container, Placement
from lims.storage.records import Hole, Step, hole_from
from lims.storage.ways import container_paths
from lims.studies.models import Participant

_LIST, _LINE, _PICK = table_of(PickList).c, table_of(LineRow).c, table_of(Pick).c
_SPECIMEN, _PARTICIPANT, _PLACEMENT = table_of(Specimen).c, table_of(Participant).c, table_of(Placement).c
_CONTAINER, _BATCH, _USER = table_of(Container).c, table_of(Batch).c, table_of(UserAccount).c
_INTO = table_of(Container).alias("into_box")

_LISTS: Select[*tuple[Any, ...]] = (
    select(
        *(_LIST[name] for name in ("id", "code", "name", "batch_id", "minutes_out", "made_at", "ended", "ended_at")),
        _BATCH.code.label("batch"),
        _BATCH.assay,
        _INTO.c.barcode.label("into"),
        _INTO.c.name.label("into_name"),
        _USER.username.label("made_by"),
    )
    .join(table_of(UserAccount), _USER.id == _LIST.made_by)
    .outerjoin(table_of(Batch), _BATCH.id == _LIST.batch_id)
    .outerjoin(_INTO, _INTO.c.id == _LIST.into_id)
)
_STANDS_IN = table_of(LineRow).alias("stands_in")
_LINES: Select[*tuple[Any, ...]] = (
    select(
        *(_LINE[name] for name in ("line", "specimen_id", "instead_of", "not_found_at")),
        _STANDS_IN.c.line.label("replaced_by"),
        *(_SPECIMEN[name] for name in ("barcode", "label", "participant_id", "timepoint", "specimen_type", "ordinal")),
        _SPECIMEN.state.label("specimen_state"),
        _PARTICIPANT.code.label("participant"),
        _PARTICIPANT.cohort,
        *(_PLACEMENT[name] for name in ("container_id", "row", "column", "away")),
        _CONTAINER.barcode.label("container"),
        _CONTAINER.name.label("container_name"),
        *(_CONTAINER[name] for name in ("type", "rows", "columns")),
        *(_PICK[name] for name in ("picked_at", "event_id", "store_id")),
        _USER.username.label("picked_by"),
    )
    .join(table_of(Specimen), _SPECIMEN.id == _LINE.specimen_id)
    .join(table_of(Participant), _PARTICIPANT.id == _SPECIMEN.participant_id)
    .outerjoin(table_of(Placement), _PLACEMENT.specimen_id == _LINE.specimen_id)
    .outerjoin(table_of(Container), _CONTAINER.id == _PLACEMENT.container_id)
    .outerjoin(table_of(Pick), (_PICK.list_id == _LINE.list_id) & (_PICK.line == _LINE.line))
    .outerjoin(table_of(UserAccount), _USER.id == _PICK.picked_by)
    .outerjoin(_STANDS_IN, (_STANDS_IN.c.list_id == _LINE.list_id) & (_STANDS_IN.c.instead_of == _LINE.line))
    .where(_LINE.list_id == bindparam("list_id"))
)
_PROGRESS = (
    select(_LINE.list_id, func.count().label("lines"), func.count(_PICK.line).label("picked"))
    .outerjoin(table_of(Pick), (_PICK.list_id == _LINE.list_id) & (_PICK.line == _LINE.line))
    .outerjoin(_STANDS_IN, (_STANDS_IN.c.list_id == _LINE.list_id) & (_STANDS_IN.c.instead_of == _LINE.line))
    .where(_LINE.list_id.in_(bindparam("ids", expanding=True)), _STANDS_IN.c.line.is_(None))
    .group_by(_LINE.list_id)
)


def find_pick_list(session: Session, code: str) -> PickListRecord | None:
    """The list of that code, without its lines."""
    row = session.execute(_LISTS.where(_LIST.code == code.strip().upper())).one_or_none()
    return None if row is None else PickListRecord(**row._mapping)


def get_pick_list(session: Session, code: str) -> PickListRecord:
    """
    :raises UnknownPickList: none has that code.
    """
    found = find_pick_list(session, code)
    if found is None:
        raise UnknownPickList(code)
    return found


def view_pick_list(session: Session, pick_list: PickListRecord) -> PickListView:
    """A list with its lines in the order of the walk. Two statements, however many lines."""
    rows = session.execute(_LINES, {"list_id": pick_list.id}).all()
    named = {row.container_id for row in rows if row.container_id is not None}
    ways = container_paths(session, named) if named else {}
    return PickListView(list=pick_list, lines=in_walking_order(_line(row, ways) for row in rows))


def list_pick_lists(
    session: Session, *, state: PickListState | None = None, before: int | None = None, limit: int = 50
) -> list[PickListRecord]:
    """Pick lists, the newest first; ``before`` is the id of the last one seen."""
    wanted = _LISTS.order_by(_LIST.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(_LIST.ended.is_(None) if state is PickListState.OPEN else _LIST.ended == state)
    if before is not None:
        wanted = wanted.where(_LIST.id < before)
    return [PickListRecord(**row._mapping) for row in session.execute(wanted)]


def progress_of(session: Session, list_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Of lists, how many of how many tubes are picked. One statement."""
    return {row.list_id: (row.picked, row.lines) for row in session.execute(_PROGRESS, {"ids": list_ids})}


def _line(row: Row[*tuple[Any, ...]], ways: Mapping[int, tuple[Step, ...]]) -> PickLine:
    given = row._asdict()
    place: Hole | None = None if row.container_id is None else hole_from(given)
    of_place = {"container_id", "row", "column", "away", "container", "container_name", "type", "rows", "columns"}
    facts = {name: value for name, value in given.items() if name not in of_place}
    return PickLine(**facts, place=place, way=ways.get(row.container_id, ()))
