"""Putting right where a tube is recorded to be, and taking the last act back. What was wrong stays in the history."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.queries import list_events
from lims.custody.rules import check_corrects, check_reason, last_act
from lims.custody.vocabulary import Act, Event, EventType
from lims.sentences import Sentence
from lims.specimens.errors import CannotCorrect
from lims.specimens.projections import Place, Projection, fold
from lims.specimens.queries import lock_specimen
from lims.specimens.service import apply_act
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.errors import ActIncomplete, CannotTakeBack, NothingToCorrect
from lims.storage.holding import look_at_target
from lims.storage.placements import begin_placement, end_placement
from lims.storage.queries import containers_by_id, current_place
from lims.storage.records import Hole
from lims.storage.rules import check_may_hold, check_open, state_after_correction
from lims.storage.service import choose_hole
from lims.storage.vocabulary import CorrectPlace, Position, TakeBack

PLACE_WORDS = frozenset({"container", "position", "state"})

TAKEN_BACK = frozenset(
    {
        EventType.RECEIVED,
        EventType.PLACED,
        EventType.MOVED,
        EventType.CHECKED_OUT,
        EventType.RETURNED,
        EventType.REMOVED,
        EventType.THAWED,
        EventType.CONSUMED,
        EventType.DISPATCHED,
        EventType.QUARANTINED,
        EventType.RELEASED,
        EventType.DISPOSED,
        EventType.FLAGGED,
        EventType.UNFLAGGED,
        EventType.CORRECTED,
    }
)
"""What concerns one tube alone. Other acts have made or changed other things too, and are undone there."""


def correct_place(session: Session, command: CorrectPlace, *, actor: Actor, at: datetime) -> Event:
    """Put right where a tube is, and its state.

    :raises ReasonMissing: nobody corrects without saying why.
    :raises PositionOccupied: somebody is in that hole.
    :raises NothingToCorrect: it is recorded so already.
    :raises CannotCorrect: the state does not go with the place.
    """
    specimen = lock_specimen(session, command.specimen)
    check_reason(command.reason, "a correction")
    check_corrects(list_events(session, specimen.id), command.corrects)
    now = current_place(session, specimen.id)
    there = _wanted_hole(session, specimen, command, now)
    place_was_said = bool(command.changes.keys() - {"state"})
    state, there = state_after_correction(specimen.state, _text(command, "state"), there, place_was_said=place_was_said)
    changes: dict[str, Any] = {}
    if there != now:
        changes["place"] = [now and now.facts, there and there.facts]
    if state != specimen.state:
        changes["state"] = [specimen.state, state]
    if specimen.missing and place_was_said:
        changes["missing"] = [True, False]
    if not changes:
        raise NothingToCorrect(specimen.barcode)
    if "place" in changes:
        _put_right(session, specimen.id, now, there, command.occurred_at)
    act = _act(changes, command.occurred_at, command.reason, command.corrects)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def take_back(session: Session, command: TakeBack, *, actor: Actor, at: datetime) -> Event:
    """Undo the last act on a tube while nothing stands on it; the tube goes back to its hole if that is still free.

    :raises UnknownEvent: it is not an event of this tube.
    :raises AlreadyCorrected: it was taken back before.
    :raises CannotTakeBack: something happened after it, or it made other things too.
    :raises PositionOccupied: somebody is in the old hole by now.
    """
    specimen = lock_specimen(session, command.specimen)
    check_reason(command.reason, "a correction")
    events = list_events(session, specimen.id)
    check_corrects(events, command.event_id)
    last = last_act(events)
    if last.id != command.event_id:
        raise CannotTakeBack(command.event_id, f"{_words(last.type)} came after it. Take that back first.")
    if last.type not in TAKEN_BACK:
        raise CannotTakeBack(command.event_id, f"{_words(last.type)} has touched other things too. Correct those.")
    before, after = fold(event for event in events if event is not last), fold(events)
    was, is_ = _hole_of(session, after.place), _hole_of(session, before.place)
    if before.place != after.place:
        _put_right(session, specimen.id, was, is_, command.occurred_at)
    act = _act(_differences(after, before, was, is_), command.occurred_at, command.reason, command.event_id)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def _wanted_hole(session: Session, specimen: LockedSpecimen, command: CorrectPlace, now: Hole | None) -> Hole | None:
    """The hole that is said, or the one the tube has where none is."""
    if not command.changes.keys() & {"container", "position"}:
        return now
    container, position = _text(command, "container"), _text(command, "position")
    if container is None:
        if position is None and "container" in command.changes:
            return None
        if now is None:
            raise ActIncomplete("container", Sentence("Say where it is: scan the container too."))
        container = now.container
    target = look_at_target(session, container, specimen.id, alone=position is None)
    check_may_hold(target.container, specimen)
    return choose_hole(session, target.container, position)


def _put_right(session: Session, specimen_id: int, was: Hole | None, is_: Hole | None, since: datetime) -> None:
    if was is not None:
        end_placement(session, specimen_id)
    if is_ is not None:
        begin_placement(session, specimen_id, is_, since)


def _hole_of(session: Session, place: Place | None) -> Hole | None:
    if place is None:
        return None
    container = containers_by_id(session, [place.container_id])[place.container_id]
    check_open(container)
    position = None if place.row is None or place.column is None else Position(place.row, place.column)
    return container.hole(position, away=place.away)


def _differences(after: Projection, before: Projection, was: Hole | None, is_: Hole | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in fields(Projection):
        wrong, right = getattr(after, field.name), getattr(before, field.name)
        if wrong == right:
            continue
        if field.name == "place":
            wrong, right = was and was.facts, is_ and is_.facts
        changes[field.name] = [list(value) if isinstance(value, tuple) else value for value in (wrong, right)]
    return changes


def _act(changes: dict[str, Any], occurred_at: datetime, reason: str | None, corrects: int | None) -> Act:
    return Act(type=EventType.CORRECTED, occurred_at=occurred_at, facts={"changes": changes}, reason=reason, corrects=corrects)


def _text(command: CorrectPlace, what: str) -> str | None:
    value = command.changes.get(what)
    if value is not None and not isinstance(value, str):
        raise CannotCorrect(f"{what} {value!r}"[:60], ("a text",))
    return value


def _words(type_: EventType) -> str:
    return f"“{type_.replace('_', ' ')}”"
