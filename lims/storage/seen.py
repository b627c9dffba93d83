"""Acts of somebody who scanned a thing before somebody else moved it: they are refused, and what the other did stands."""

from sqlalchemy.orm import Session

from lims.custody.queries import find_latest
from lims.custody.service import lock_histories
from lims.custody.vocabulary import EventType, SubjectKind
from lims.ids import normalise_code
from lims.labels.queries import find_binding
from lims.storage.errors import MovedMeanwhile
from lims.storage.queries import containers_by_id, current_place
from lims.storage.records import ContainerRecord, Hole

_MOVING = frozenset(EventType) - {EventType.THAWED, EventType.CONSUMED, EventType.FLAGGED, EventType.UNFLAGGED, EventType.CODE_BOUND}


def place_as_seen(hole: Hole | None) -> str:
    """Where a tube is, as one text that a device keeps from a scan and gives back with the act: only to be compared."""
    return "" if hole is None else f"{hole.container}.{hole.position_text or ''}{'~' if hole.away else ''}"


def standing_as_seen(parent: ContainerRecord | None, slot: str | None) -> str:
    """The same of a container: what it stands in, and where."""
    return "" if parent is None else f"{parent.barcode}.{slot or ''}"


def check_as_seen(session: Session, read: str, seen: str) -> None:
    """Lock a tube or a container, and look whether it is where it was seen.

    :raises MovedMeanwhile: it is elsewhere by now.
    """
    binding = find_binding(session, normalise_code(read))
    if binding is None or binding.kind not in _LOOKED_AT:
        return  # whoever acts on it says so
    lock_histories(session, [binding.subject_id])
    now, place = _LOOKED_AT[binding.kind](session, binding.subject_id)
    if now != seen:
        last = find_latest(session, binding.subject_id, _MOVING)
        raise MovedMeanwhile(binding.code, place, by=last.actor if last else None, since=last.recorded_at if last else None)


def _tube(session: Session, specimen_id: int) -> tuple[str, str]:
    hole = current_place(session, specimen_id)
    return place_as_seen(hole), "" if hole is None else str(hole)


def _container(session: Session, container_id: int) -> tuple[str, str]:
    here, parent = standing_of(session, container_id)
    return standing_as_seen(parent, here.slot), "" if parent is None else parent.name


def standing_of(session: Session, container_id: int) -> tuple[ContainerRecord, ContainerRecord | None]:
    """A container, and what it stands in."""
    here = containers_by_id(session, [container_id])[container_id]
    return here, None if here.parent_id is None else containers_by_id(session, [here.parent_id])[here.parent_id]


_LOOKED_AT = {SubjectKind.SPECIMEN: _tube, SubjectKind.CONTAINER: _container}
