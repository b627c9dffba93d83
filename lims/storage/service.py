"""The verbs of storage for tubes: place, move, take out and put back, send, destroy.

A tube is never in two places, and never in none by accident: the old placement ends in the act that begins the new one. Nobody is
ever put out of a hole to make room.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.vocabulary import Act, Event, EventType
from lims.sentences import Sentence
from lims.specimens.queries import lock_specimen
from lims.specimens.rules import check_consent, check_transition
from lims.specimens.service import apply_act
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.errors import ActIncomplete, ContainerFull, NotInAContainer
from lims.storage.holding import look_at_target, taken_positions
from lims.storage.placements import begin_placement, end_placement, set_away
from lims.storage.positions import next_free
from lims.storage.queries import current_place
from lims.storage.records import ContainerRecord, Hole
from lims.storage.rules import check_fills, check_is_a_change, check_may_hold, read_position, temperature_facts
from lims.storage.vocabulary import (
    CheckOut,
    DispatchSpecimen,
    DisposeOfSpecimen,
    MoveSpecimen,
    PlaceSpecimen,
    RemoveSpecimen,
    ReturnSpecimen,
)
from lims.studies.queries import protocol_of_version


def place_specimen(session: Session, command: PlaceSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Put a tube into a hole, out of wherever it was; without a position into the next free one.

    :raises PositionOccupied: the hole holds another tube; nothing has moved.
    :raises ContainerFull: no hole is free.
    :raises BoxClaimed: no hole was said, and another device fills this container.
    :raises NoSuchPosition: the container has no such hole.
    :raises MayNotHold: this container takes no tubes.
    """
    specimen = lock_specimen(session, command.specimen)
    act = Act(type=EventType.PLACED, occurred_at=command.occurred_at, reason=command.reason)
    return _put(session, specimen, act, command.container, command.position, actor=actor, at=at)


def move_specimen(session: Session, command: MoveSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Put a tube that has a place into another. Raises as :func:`place_specimen` does.

    :raises NotInThisState: it has no place yet.
    """
    if command.container is None and command.position is None:
        raise ActIncomplete("container", Sentence("Say where it goes: scan the container too."))
    specimen = lock_specimen(session, command.specimen)
    act = Act(type=EventType.MOVED, occurred_at=command.occurred_at, reason=command.reason)
    container = command.container or _its_hole(session, specimen, EventType.MOVED).container
    return _put(session, specimen, act, container, command.position, actor=actor, at=at)


def check_out(session: Session, command: CheckOut, *, actor: Actor, at: datetime) -> Event:
    """Take a tube out; its hole is kept for it."""
    specimen = lock_specimen(session, command.specimen)
    hole = _its_hole(session, specimen, EventType.CHECKED_OUT)
    set_away(session, specimen.id, away=True, since=command.occurred_at)
    facts = {"from": hole.facts} | ({"to": command.to} if command.to else {})
    act = Act(type=EventType.CHECKED_OUT, occurred_at=command.occurred_at, facts=facts, reason=command.reason)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def return_specimen(session: Session, command: ReturnSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Put a tube back: into the hole kept for it, or, where that is said, into another. Raises as :func:`place_specimen` does."""
    specimen = lock_specimen(session, command.specimen)
    act = Act(type=EventType.RETURNED, occurred_at=command.occurred_at, reason=command.reason)
    hole = _its_hole(session, specimen, EventType.RETURNED)
    if command.container is not None or command.position is not None:
        return _put(session, specimen, act, command.container or hole.container, command.position, actor=actor, at=at)
    set_away(session, specimen.id, away=False, since=command.occurred_at)
    act = replace(act, facts={"to": replace(hole, away=False).facts})
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def remove_specimen(session: Session, command: RemoveSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Take a tube out for good, into the hand; its hole is free."""
    specimen = lock_specimen(session, command.specimen)
    act = Act(type=EventType.REMOVED, occurred_at=command.occurred_at, reason=command.reason)
    return _take_away(session, specimen, act, actor=actor, at=at)


def dispatch_specimen(session: Session, command: DispatchSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Send a tube out of the house; its hole is free.

    :raises ConsentWithdrawn: from that day nothing of the participant is sent.
    """
    specimen = lock_specimen(session, command.specimen)
    zone = protocol_of_version(session, specimen.protocol_version_id).study.zone
    check_consent(specimen.participant, specimen.withdrawn_on, command.occurred_at, zone)
    facts = {"to": command.to} if command.to else {}
    act = Act(type=EventType.DISPATCHED, occurred_at=command.occurred_at, facts=facts, reason=command.reason)
    return _take_away(session, specimen, act, actor=actor, at=at)


def dispose_of_specimen(session: Session, command: DisposeOfSpecimen, *, actor: Actor, at: datetime) -> Event:
    """Destroy a tube; its hole is free."""
    specimen = lock_specimen(session, command.specimen)
    act = Act(type=EventType.DISPOSED, occurred_at=command.occurred_at, reason=command.reason)
    return _take_away(session, specimen, act, actor=actor, at=at)


def choose_hole(session: Session, container: ContainerRecord, position: str | None) -> Hole:
    """The hole that was named, or the next free one. For the next free one the container must be held alone.

    :raises NoSuchPosition: the container has no such hole.
    :raises ContainerFull: no hole is free.
    """
    if position is not None:
        return container.hole(read_position(position, container))
    if container.grid is None:
        return container.hole(None)
    free = next_free(container.grid, taken_positions(session, container.id))
    if free is None:
        raise ContainerFull(container.name, len(container.grid))
    return container.hole(free)


def _put(
    session: Session, specimen: LockedSpecimen, act: Act, container: str, position: str | None, *, actor: Actor, at: datetime
) -> Event:
    check_transition(specimen.barcode, specimen.state, specimen.quarantined, act.type)
    target = look_at_target(session, container, specimen.id, alone=position is None)
    check_may_hold(target.container, specimen)
    if position is None:
        check_fills(target.claim, actor, at)
    hole = choose_hole(session, target.container, position)
    check_is_a_change(specimen.barcode, target.came_from, hole)

    if target.came_from is not None:
        end_placement(session, specimen.id)
    begin_placement(session, specimen.id, hole, act.occurred_at)
    protocol = protocol_of_version(session, specimen.protocol_version_id)
    facts = {"to": hole.facts} | temperature_facts(protocol, specimen.specimen_type, target.temperature_c)
    if target.came_from is not None:
        facts["from"] = target.came_from.facts
    return apply_act(session, specimen, replace(act, facts=facts), actor=actor, at=at)[0]


def _take_away(session: Session, specimen: LockedSpecimen, act: Act, *, actor: Actor, at: datetime) -> Event:
    check_transition(specimen.barcode, specimen.state, specimen.quarantined, act.type)
    hole = current_place(session, specimen.id)
    if hole is not None:
        end_placement(session, specimen.id)
        act = replace(act, facts={**act.facts, "from": hole.facts})
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def _its_hole(session: Session, specimen: LockedSpecimen, act: EventType) -> Hole:
    check_transition(specimen.barcode, specimen.state, specimen.quarantined, act)
    hole = current_place(session, specimen.id)
    if hole is None:
        raise NotInAContainer(specimen.barcode)
    return hole
