"""A pick list held while something is done with it, with the tube that is in the hand."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims.custody.service import lock_histories
from lims.custody.vocabulary import History
from lims.labels.queries import subjects_of
from lims.picking.errors import NoSuchLine, PickListEnded
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.vocabulary import PickLine, PickListView
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import LockedSpecimen


@dataclass(frozen=True, slots=True)
class Held:
    """An open list, as it stands while it is held."""

    view: PickListView
    history: History


@dataclass(frozen=True, slots=True)
class HeldTube(Held):
    """The same with a tube, and its line if it is on the list."""

    tube: LockedSpecimen
    line: PickLine | None


def hold_list(session: Session, code: str, *besides: int) -> Held:
    """A list, and further things by their ids, locked before anybody looks at them.

    :raises UnknownPickList: there is none of that code.
    :raises PickListEnded: it is done or cancelled.
    """
    list_id = get_pick_list(session, code).id
    history = lock_histories(session, {list_id, *besides})[list_id]
    found = get_pick_list(session, code)
    if found.ended is not None:
        raise PickListEnded(found.code, found.ended)
    return Held(view_pick_list(session, found), history)


def hold_tube(session: Session, code: str, read: str) -> HeldTube:
    """A list and a tube by any of its codes. Raises as :func:`hold_list` does.

    :raises UnknownSpecimen: no tube has that code.
    """
    held = hold_list(session, code, *subjects_of(session, [read]))
    tube = lock_specimen(session, read)
    line = next((line for line in held.view.lines if line.specimen_id == tube.id), None)
    return HeldTube(held.view, held.history, tube, line)


def hold_line(session: Session, code: str, number: int) -> HeldTube:
    """A list, one of its lines, and the tube of that. Raises as :func:`hold_list` does.

    :raises NoSuchLine: the list has no such line.
    """
    before = view_pick_list(session, get_pick_list(session, code))
    line = next((line for line in before.lines if line.line == number), None)
    if line is None:
        raise NoSuchLine(before.list.code, number)
    return hold_tube(session, code, line.barcode)
