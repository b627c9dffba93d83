"""A box filled anew after it was spilled, or thawed and dried: its tubes in any order, judged as a whole, in one act."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.service import lock_histories
from lims.custody.vocabulary import Act, Event, EventType
from lims.ids import in_fours
from lims.labels.queries import subjects_of
from lims.specimens.queries import lock_specimens
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.errors import HoleTwice, NothingInIt, TubeTwice
from lims.storage.queries import containers_by_id, get_container, holes_in, holes_of
from lims.storage.records import ContainerRecord, Hole
from lims.storage.rules import check_may_hold, check_open, holes_in_order, read_position
from lims.storage.sightings import Sighting, record_sightings, with_room_made
from lims.storage.vocabulary import Found, Position, ReboxContainer


def rebox(session: Session, command: ReboxContainer, *, actor: Actor, at: datetime) -> list[Event]:
    """Write down where each tube of a box lies now; one event for each, that of the box last.

    Tubes may have changed holes among themselves, and may have come from elsewhere. A tube recorded in the box that was not scanned
    is missing: it stays recorded in this box, in its hole unless another one lies there now.

    :raises NothingInIt: no tube was scanned.
    :raises TubeTwice: a tube was scanned twice.
    :raises HoleTwice: two tubes in one hole.
    :raises PositionOccupied: a hole is kept for a tube that is out.
    :raises ContainerFull: more tubes than holes.
    """
    if not command.tubes:
        raise NothingInIt(get_container(session, command.container).name)
    box, tubes = _hold(session, command)
    check_open(box)
    for tube in tubes:
        check_may_hold(box, tube)
    now = holes_of(session, [tube.id for tube in tubes])
    inside = holes_in(session, box)
    unseen = {barcode: hole for barcode, hole in inside.items() if barcode not in {tube.barcode for tube in tubes}}
    kept = {hole.position for hole in unseen.values() if hole.away and hole.position is not None}
    lies = [box.hole(position) for position in _positions(box, command, kept)]
    missing = lock_specimens(session, [barcode for barcode, hole in unseen.items() if not hole.away])
    sightings = [Sighting(tube, _found(now.get(tube.id), hole), now.get(tube.id), hole) for tube, hole in zip(tubes, lies, strict=True)]
    sightings += [Sighting(tube, Found.MISSING, unseen[tube.barcode]) for tube in missing]
    act = Act(type=EventType.REBOXED, occurred_at=command.occurred_at, reason=command.reason)
    facts = {"barcode": box.barcode, "tubes": len(tubes), "missing": len(missing)}
    of_box = Act(type=EventType.CONTAINER_REBOXED, occurred_at=command.occurred_at, facts=facts, reason=command.reason)
    history = lock_histories(session, [box.id])[box.id]
    return record_sightings(session, with_room_made(sightings), act, [(history, of_box)], actor=actor, at=at)


def _hold(session: Session, command: ReboxContainer) -> tuple[ContainerRecord, list[LockedSpecimen]]:
    """The box, all that is recorded in it and all that was scanned, locked in one order; then looked at."""
    box = get_container(session, command.container)
    reads = [tube.specimen for tube in command.tubes]
    lock_histories(session, {box.id, *subjects_of(session, {*reads, *holes_in(session, box)})})
    tubes = lock_specimens(session, reads)
    seen: set[int] = set()
    for tube in tubes:
        if tube.id in seen:
            raise TubeTwice(tube.barcode)
        seen.add(tube.id)
    return containers_by_id(session, [box.id])[box.id], tubes


def _positions(box: ContainerRecord, command: ReboxContainer, kept: set[Position]) -> Sequence[Position | None]:
    """The hole of each tube: as it was said, or the next one nobody named and that is kept for nobody."""
    if box.grid is None:
        return [None] * len(command.tubes)
    named = [None if tube.position is None else read_position(tube.position, box) for tube in command.tubes]
    said = [position for position in named if position is not None]
    for position in said:
        if said.count(position) > 1:
            first, second = [tube for tube, where in zip(command.tubes, named, strict=True) if where == position][:2]
            raise HoleTwice(box.position_text(position) or "", in_fours(first.specimen), in_fours(second.specimen))
    return holes_in_order(box.grid, box.name, named, kept)


def _found(now: Hole | None, lies: Hole) -> Found:
    if now is None or (now.container_id, now.position) != (lies.container_id, lies.position):
        return Found.WRONG_PLACE
    return Found.BACK if now.away else Found.HERE
