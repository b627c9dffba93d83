"""The verbs of pick lists: make one, take a tube for it, undo that, give a line up, take another tube instead, finish, cancel.

A list is held before its tubes are looked at, all in the order of their ids, so that two people on one list never wait for each
other for ever; who of them takes a line first, the database says.
"""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.batches.numbers import next_number
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, Json, SubjectKind
from lims.db import table_of, take_ids
from lims.picking import rules
from lims.picking.errors import NothingToPick, NotPicked
from lims.picking.holding import Held, hold_list, hold_tube
from lims.picking.listing import Listed, tubes_wanted
from lims.picking.models import Pick, PickLine, PickList
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.vocabulary import LineState, MadePickList, MakePickList, PickListState, PickListView
from lims.storage.corrections import take_back
from lims.storage.queries import get_container
from lims.storage.records import ContainerRecord
from lims.storage.rules import check_open
from lims.storage.vocabulary import TakeBack
from lims.studies.queries import protocol_of_version

_LISTS, _LINES, _PICKS = table_of(PickList), table_of(PickLine), table_of(Pick)
_END = update(_LISTS).where(_LISTS.c.id == bindparam("of_list")).values(ended=bindparam("how"), ended_at=bindparam("at"))
_PUT_BACK = delete(_PICKS).where(_PICKS.c.list_id == bindparam("of_list"), _PICKS.c.line == bindparam("of_line"))


def make_pick_list(session: Session, command: MakePickList, *, actor: Actor, at: datetime) -> MadePickList:
    """Make a list; what cannot be taken out comes back with the line it stood on and a reason.

    :raises BadPickList: of nothing, of several things at once, too long.
    :raises NothingToPick: nothing of it can be taken out.
    :raises UnknownBatch: there is no such batch.
    :raises UnknownContainer: there is no such box to pick into.
    """
    rules.check_list(command)
    into = _box(session, command.into)
    listed = tubes_wanted(session, command)
    if not listed.tubes:
        raise NothingToPick([each.sentence for each in listed.not_listed])
    code = f"PL-{at.year}-{next_number(session, f'pick list {at.year}'):02d}"
    list_id = take_ids(session)[0]
    history = custody.begin_histories(session, SubjectKind.PICK_LIST, [list_id])[0]
    minutes = command.minutes_out or _minutes_out(session, listed)
    kept: dict[str, Json] = {
        "name": command.name.strip() if command.name else None,
        "batch_id": listed.batch and listed.batch.id,
        "into_id": into and into.id,
        "minutes_out": minutes,
    }
    session.execute(
        insert(_LISTS), kept | {"id": list_id, "code": code, "made_at": at, "made_by": actor.id, "ended": None, "ended_at": None}
    )
    rows = [{"list_id": list_id, "line": line, "specimen_id": tube.id} for line, tube in enumerate(listed.tubes, 1)]
    session.execute(insert(_LINES), [row | {"instead_of": None, "not_found_at": None} for row in rows])
    lines: list[Json] = [{"line": line, "specimen": tube.barcode, "specimen_id": tube.id} for line, tube in enumerate(listed.tubes, 1)]
    said = {"pick_list": code, "batch": listed.batch and listed.batch.code, "into": into and into.barcode}
    act = Act(type=EventType.PICK_LIST_MADE, occurred_at=at, facts=kept | said | {"lines": lines})
    custody.append(session, history, act, actor=actor, at=at)
    return MadePickList(view_pick_list(session, get_pick_list(session, code)), listed.not_listed)


def undo_pick(session: Session, code: str, read: str, *, reason: str, actor: Actor, at: datetime) -> PickListView:
    """A tube taken by mistake: it is as if it had not been, and is wanted again.

    :raises NotPicked: it was not taken for this list.
    :raises CannotTakeBack: something was done with it since.
    :raises PositionOccupied: somebody is in its old hole by now.
    """
    held = hold_tube(session, code, read)
    line = held.line
    if line is None or line.event_id is None:
        raise NotPicked(held.tube.barcode, held.view.list.code)
    undo = TakeBack(specimen=held.tube.barcode, event_id=line.event_id, occurred_at=at, reason=reason)
    take_back(session, undo, actor=actor, at=at)
    session.execute(_PUT_BACK, {"of_list": held.view.list.id, "of_line": line.line})
    _write(session, held, EventType.UNPICKED, {"line": line.line, "specimen": line.barcode}, at, actor=actor, at=at, reason=reason)
    return view_pick_list(session, held.view.list)


def finish_pick_list(session: Session, code: str, *, occurred_at: datetime, actor: Actor, at: datetime) -> PickListView:
    """The list is done; what was not taken is said.

    :raises PickListEnded: it is done or cancelled already.
    """
    return _end(session, code, PickListState.DONE, None, occurred_at, actor=actor, at=at)


def cancel_pick_list(session: Session, code: str, *, reason: str | None = None, actor: Actor, at: datetime) -> PickListView:
    """Nothing more is taken for it; what was taken is out, and is put back as any other tube.

    :raises PickListEnded: it is done or cancelled already.
    """
    return _end(session, code, PickListState.CANCELLED, reason, at, actor=actor, at=at)


def _end(
    session: Session, code: str, how: PickListState, reason: str | None, occurred_at: datetime, *, actor: Actor, at: datetime
) -> PickListView:
    held = hold_list(session, code)
    session.execute(_END, {"of_list": held.view.list.id, "how": how.value, "at": occurred_at})
    left = [line.barcode for line in held.view.lines if line.state in {LineState.WANTED, LineState.NOT_FOUND}]
    facts: dict[str, Json] = {"picked": len(held.view.of(LineState.PICKED)), "left": left}
    type_ = EventType.PICK_LIST_DONE if how is PickListState.DONE else EventType.PICK_LIST_CANCELLED
    _write(session, held, type_, facts, occurred_at, actor=actor, at=at, reason=reason)
    return view_pick_list(session, get_pick_list(session, code))


def _write(
    session: Session,
    held: Held,
    type_: EventType,
    facts: dict[str, Json],
    occurred_at: datetime,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    act = Act(type=type_, occurred_at=occurred_at, facts={"pick_list": held.view.list.code} | facts, reason=reason)
    custody.append(session, held.history, act, actor=actor, at=at)


def _box(session: Session, read: str | None) -> ContainerRecord | None:
    if read is None:
        return None
    box = get_container(session, read)
    check_open(box)
    return box


def _minutes_out(session: Session, listed: Listed) -> int | None:
    """The shortest time that the protocol gives any of these tubes."""
    said = {protocol_of_version(session, tube.protocol_version_id).minutes_out(tube.specimen_type) for tube in listed.tubes}
    return min((minutes for minutes in said if minutes is not None), default=None)
