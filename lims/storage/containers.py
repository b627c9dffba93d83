"""The verbs of storage for containers: make, move with all that is in it, close.

What changes the tree is done by one at a time, so that a name or a slot that is seen free is still free when it is taken. Whoever
places tubes meanwhile does not wait.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, text, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.queries import list_events
from lims.custody.rules import check_corrects, check_reason, last_act
from lims.custody.vocabulary import Act, Event, EventType, History, SubjectKind
from lims.db import for_update, table_of, take_ids
from lims.ids import Prefix, normalise_code
from lims.labels.service import bind_codes, draw_codes, roles_of
from lims.labels.vocabulary import Binding
from lims.sentences import Sentence
from lims.storage.cold import warmth_facts
from lims.storage.container_types import get_container_type
from lims.storage.errors import ActIncomplete, CannotTakeBack, ContainerNotEmpty, NameTaken, SlotTaken
from lims.storage.models import Container
from lims.storage.queries import containers_by_id, fill_of, get_container, list_containers
from lims.storage.records import ContainerRecord
from lims.storage.rules import (
    LONGEST_NAME,
    LONGEST_SLOT,
    check_may_stand_in,
    check_not_in_itself,
    check_open,
    check_temperature,
    read_name,
)
from lims.storage.vocabulary import CloseContainer, CreateContainer, MoveContainer, TakeBackMove
from lims.storage.ways import container_path
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import get_study, list_protocols

_TABLE = table_of(Container)
_INSERT = insert(_TABLE)
_MOVE = (
    update(_TABLE).where(_TABLE.c.id == bindparam("container_id")).values(parent_id=bindparam("new_parent_id"), slot=bindparam("new_slot"))
)
_CLOSE = update(_TABLE).where(_TABLE.c.id == bindparam("container_id")).values(closed_at=bindparam("at"), parent_id=None, slot=None)
_HOLD = select(_TABLE.c.id).where(_TABLE.c.id == bindparam("container_id")).with_for_update()
_NOT_OF_ITS_MAKING = {"id", "parent_id", "slot", "closed_at", "audited_at"}
_TREE = text("LOCK TABLE container IN SHARE ROW EXCLUSIVE MODE")


def create_container(session: Session, command: CreateContainer, *, actor: Actor, at: datetime) -> ContainerRecord:
    """Make a container known, with a barcode of its own or the one it came with.

    :raises UnknownContainerType: nobody here has such a container.
    :raises MayNotHold: it does not go into that parent.
    :raises NameTaken: its parent has a container of that name.
    :raises SlotTaken: another container stands there.
    :raises CodeTaken: the barcode given names something already.
    :raises UnknownCode: it is kept for a specimen type that no protocol has.
    """
    kind = get_container_type(command.type)
    name = read_name("name", command.name, LONGEST_NAME)
    check_temperature(command.temperature_c)
    _hold_tree(session)
    parent, slot = _where_to(session, command.parent, command.position)
    if parent is not None:
        check_may_stand_in(kind, parent)
        _check_room(session, parent, name, slot)
    container_id, event_id = take_ids(session, 2)
    [history] = custody.begin_histories(session, SubjectKind.CONTAINER, [container_id])
    container = ContainerRecord(
        id=container_id,
        barcode=_draw_barcode(session, container_id, command.barcode, at),
        type=kind.code,
        name=name,
        parent_id=None if parent is None else parent.id,
        slot=slot,
        rows=None if kind.grid is None else kind.grid.rows,
        columns=None if kind.grid is None else kind.grid.columns,
        temperature_c=kind.temperature_c if command.temperature_c is None else command.temperature_c,
        study_id=None if command.study is None else get_study(session, command.study).id,
        holds=_materials(session, command),
        closed_at=None,
    )
    session.execute(_INSERT, _columns(container))
    act = Act(type=EventType.CONTAINER_MADE, occurred_at=at, facts=_made_facts(container, parent))
    custody.append(session, history, act, actor=actor, at=at, event_id=event_id)
    return container


def move_container(session: Session, command: MoveContainer, *, actor: Actor, at: datetime) -> Event:
    """Put a container with all that is in it somewhere else: its tubes keep their holes.

    :raises ContainerInItself: the new parent stands in it.
    :raises MayNotHold: it does not go into that parent.
    :raises NameTaken: the parent has a container of that name.
    :raises SlotTaken: another container stands there.
    """
    _hold_tree(session)
    container, history = _lock(session, command.container)
    parent, slot = _where_to(session, command.parent, command.position)
    act = Act(type=EventType.CONTAINER_MOVED, occurred_at=command.occurred_at, reason=command.reason)
    return custody.append(session, history, _put(session, container, parent, slot, act), actor=actor, at=at)


def _materials(session: Session, command: CreateContainer) -> str | None:
    """What it is kept for, as the protocols call it.

    :raises UnknownCode: no protocol has such a specimen type.
    """
    if not command.holds:
        return None
    known = sorted({type_.code for protocol in list_protocols(session, command.study) for type_ in protocol.specimen_types})
    for material in command.holds:
        if material not in known:
            raise UnknownCode("specimen type", material, known)
    return ",".join(sorted(set(command.holds)))


def take_back_move(session: Session, command: TakeBackMove, *, actor: Actor, at: datetime) -> Event:
    """Undo the last act on a container, where that moved it: it goes back to where it stood, if there is room for it still.

    :raises ReasonMissing: nobody corrects without saying why.
    :raises CannotTakeBack: something happened to it after, or it was no move.
    :raises SlotTaken: another container stands there by now.
    :raises NameTaken: another of its name does.
    """
    _hold_tree(session)
    container, history = _lock(session, command.container)
    check_reason(command.reason, "a correction")
    events = list_events(session, container.id)
    check_corrects(events, command.event_id)
    last = last_act(events)
    if last.id != command.event_id or last.type is not EventType.CONTAINER_MOVED:
        raise CannotTakeBack(command.event_id, "Only the last move of a container is taken back. Move it to where it belongs.")
    stood = last.facts["from"]
    parent = None if stood["parent_id"] is None else containers_by_id(session, [stood["parent_id"]])[stood["parent_id"]]
    act = Act(type=EventType.CONTAINER_MOVED, occurred_at=command.occurred_at, reason=command.reason, corrects=command.event_id)
    return custody.append(session, history, _put(session, container, parent, stood["slot"], act), actor=actor, at=at)


def close_container(session: Session, command: CloseContainer, *, actor: Actor, at: datetime) -> Event:
    """Use an empty container no more: it leaves its place, its code stays known.

    :raises ContainerNotEmpty: something is in it, or is kept a hole in it.
    """
    _hold_tree(session)
    container, history = _lock(session, command.container)
    check_open(container)
    session.execute(_HOLD, {"container_id": container.id})
    inside, tubes = list_containers(session, container.id), fill_of(session, [container.id])[container.id].tubes
    if inside or tubes:
        raise ContainerNotEmpty(container.name, tubes, len(inside))
    facts = {"from": _standing(_parent_of(session, container), container.slot)}
    session.execute(_CLOSE, {"container_id": container.id, "at": command.occurred_at})
    act = Act(type=EventType.CONTAINER_CLOSED, occurred_at=command.occurred_at, facts=facts, reason=command.reason)
    return custody.append(session, history, act, actor=actor, at=at)


def _hold_tree(session: Session) -> None:
    """SQLite lets one write at a time anyhow."""
    if for_update(session):
        session.execute(_TREE)


def _lock(session: Session, read: str) -> tuple[ContainerRecord, History]:
    container = get_container(session, read)
    return container, custody.lock_histories(session, [container.id])[container.id]


def _put(session: Session, container: ContainerRecord, parent: ContainerRecord | None, slot: str | None, act: Act) -> Act:
    """Let a container stand there; gives the act with where it stood and where it stands."""
    check_open(container)
    if parent is not None:
        check_not_in_itself(container, container_path(session, parent.id))
        check_may_stand_in(container.kind, parent)
        _check_room(session, parent, container.name, slot, besides=container.id)
    facts = {"from": _standing(_parent_of(session, container), container.slot), "to": _standing(parent, slot)}
    session.execute(_MOVE, {"container_id": container.id, "new_parent_id": None if parent is None else parent.id, "new_slot": slot})
    return replace(act, facts=facts | warmth_facts(session, container.id))


def _where_to(session: Session, parent: str | None, position: str | None) -> tuple[ContainerRecord | None, str | None]:
    if parent is None:
        if position is not None:
            raise ActIncomplete("parent", Sentence("A place needs the container it is in. Scan that container too."))
        return None, None
    return get_container(session, parent), None if position is None else read_name("position", position, LONGEST_SLOT)


def _check_room(session: Session, parent: ContainerRecord, name: str, slot: str | None, besides: int | None = None) -> None:
    """Whether name and slot are free; while the tree is held nobody else takes them, and the unique indexes watch."""
    same = _TABLE.c.name == name if slot is None else or_(_TABLE.c.name == name, _TABLE.c.slot == slot)
    wanted = select(_TABLE.c.id, _TABLE.c.barcode, _TABLE.c.name, _TABLE.c.slot).where(_TABLE.c.parent_id == parent.id, same)
    for row in session.execute(wanted.order_by(_TABLE.c.id)):
        if row.id == besides:
            continue
        if row.name == name:
            raise NameTaken(name, row.barcode)
        raise SlotTaken(slot or "", row.barcode, row.name)


def _draw_barcode(session: Session, container_id: int, given: str | None, at: datetime) -> str:
    wanted = [None if given is None else normalise_code(given)]
    [code], [role] = draw_codes(session, Prefix.CONTAINER, wanted), roles_of(wanted)
    bind_codes(session, [Binding(code, SubjectKind.CONTAINER, container_id, role)], at)
    return code


def _parent_of(session: Session, container: ContainerRecord) -> ContainerRecord | None:
    return None if container.parent_id is None else containers_by_id(session, [container.parent_id])[container.parent_id]


def _standing(parent: ContainerRecord | None, slot: str | None) -> dict[str, Any]:
    """Where a container stands, as it is written in an event."""
    return {"parent_id": parent and parent.id, "parent": parent and parent.barcode, "slot": slot}


def _made_facts(container: ContainerRecord, parent: ContainerRecord | None) -> dict[str, Any]:
    what_it_is = {name: value for name, value in _columns(container).items() if name not in _NOT_OF_ITS_MAKING}
    return what_it_is | {"to": _standing(parent, container.slot)}


def _columns(container: ContainerRecord) -> dict[str, Any]:
    return {column.name: getattr(container, column.name) for column in _TABLE.c}
