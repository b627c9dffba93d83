"""The rows that say which tube is in which hole: begun, ended, kept while the tube is out. The database refuses a second tube."""

from datetime import datetime

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lims.custody.queries import find_latest
from lims.custody.vocabulary import EventType
from lims.db import DatabaseBusy, table_of
from lims.prepared import PreparedWrite
from lims.storage.errors import PositionOccupied
from lims.storage.holding import find_occupant
from lims.storage.models import Placement
from lims.storage.records import Hole, Occupant

_TABLE = table_of(Placement)
_BEGIN = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.specimen_id),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.specimen_id),
}
_END = PreparedWrite(delete(_TABLE).where(_TABLE.c.specimen_id == bindparam("of_specimen")))
_KEEP = PreparedWrite(
    update(_TABLE).where(_TABLE.c.specimen_id == bindparam("of_specimen")).values(away=bindparam("away"), since=bindparam("since"))
)
_TRIES = 3
PUTTING = frozenset({EventType.PLACED, EventType.MOVED, EventType.RETURNED, EventType.CORRECTED})
"""Acts that put a tube somewhere."""


def begin_placement(session: Session, specimen_id: int, hole: Hole, since: datetime) -> None:
    """Put a tube that is nowhere into a hole. The unique index decides who is first; whoever is not is told who was.

    :raises PositionOccupied: somebody is there, or it is kept for somebody.
    """
    position = hole.position
    row = {
        "specimen_id": specimen_id,
        "container_id": hole.container_id,
        "row": None if position is None else position.row,
        "column": None if position is None else position.column,
        "away": hole.away,
        "since": since,
    }
    statement = _BEGIN[session.get_bind().dialect.name]
    for _ in range(_TRIES):
        if session.execute(statement, row).one_or_none() is not None:
            return
        occupant = find_occupant(session, hole)
        if occupant is not None:
            raise _taken(session, hole, occupant)
    raise DatabaseBusy


def _taken(session: Session, hole: Hole, occupant: Occupant) -> PositionOccupied:
    first = find_latest(session, occupant.specimen_id, PUTTING)
    return PositionOccupied(
        hole.position_text or "",
        hole.container_name,
        occupant.barcode,
        away=occupant.away,
        by=first.actor if first else None,
        since=first.recorded_at if first else None,
    )


def end_placement(session: Session, specimen_id: int) -> None:
    """Free the hole a tube has."""
    _END.run(session, {"of_specimen": specimen_id})


def set_away(session: Session, specimen_id: int, away: bool, since: datetime) -> None:
    """Keep the hole of a tube that goes out, or say that it is back in it."""
    _KEEP.run(session, {"of_specimen": specimen_id, "away": away, "since": since})
