"""Whatever is recorded at the bench, by its type: one verb for the scanner's stream of acts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.service import lock_histories
from lims.custody.vocabulary import Act, Event, EventType
from lims.db import for_update
from lims.labels.queries import subjects_of
from lims.sentences import Sentence
from lims.specimens.errors import UnknownSpecimen
from lims.specimens.projections import OfOtherThings
from lims.specimens.queries import lock_specimen
from lims.specimens.service import consume_specimen, correct_specimen, quarantine_specimen, receive_specimen, thaw_specimen
from lims.storage.claims import check_may_fill
from lims.storage.containers import move_container, take_back_move
from lims.storage.corrections import PLACE_WORDS, correct_place, take_back
from lims.storage.errors import ActIncomplete, NotABenchAct
from lims.storage.queries import current_place, find_container
from lims.storage.seen import check_as_seen
from lims.storage.service import (
    check_out,
    dispatch_specimen,
    dispose_of_specimen,
    move_specimen,
    place_specimen,
    remove_specimen,
    return_specimen,
)
from lims.storage.vocabulary import (
    CheckOut,
    CorrectPlace,
    DispatchSpecimen,
    DisposeOfSpecimen,
    MoveContainer,
    MoveSpecimen,
    PlaceSpecimen,
    RecordAct,
    RemoveSpecimen,
    ReturnSpecimen,
    TakeBack,
    TakeBackMove,
)


def hold_all(session: Session, commands: Iterable[RecordAct]) -> None:
    """Lock every tube and container of several acts before the first is done, in one order: bulks that meet head on wait, and never
    wait for each other."""
    if for_update(session):
        reads = {read for command in commands for read in (command.barcode, command.container) if read}
        lock_histories(session, subjects_of(session, reads))


def record_act(session: Session, command: RecordAct, *, actor: Actor, at: datetime) -> Event:
    """Record one act on a tube; a container may be placed and moved in the same words. Raises what the verb of that type raises.

    :raises MovedMeanwhile: it is not where it was when it was scanned; what somebody else did stands.
    :raises NotABenchAct: it follows from another act, or does not happen to a tube.
    :raises ActIncomplete: something is missing without which it cannot be done.
    """
    if command.seen is not None:
        check_as_seen(session, command.barcode, command.seen)
    tube, when, why = command.barcode, command.occurred_at, command.reason
    match command.type:
        case EventType.PLACED | EventType.MOVED:
            return _put(session, command, actor=actor, at=at)
        case EventType.CHECKED_OUT:
            return check_out(session, CheckOut(specimen=tube, to=command.to, occurred_at=when, reason=why), actor=actor, at=at)
        case EventType.RETURNED:
            back = ReturnSpecimen(specimen=tube, container=command.container, position=command.position, occurred_at=when, reason=why)
            return return_specimen(session, back, actor=actor, at=at)
        case EventType.REMOVED:
            return remove_specimen(session, RemoveSpecimen(specimen=tube, occurred_at=when, reason=why), actor=actor, at=at)
        case EventType.DISPATCHED:
            sent = DispatchSpecimen(specimen=tube, to=command.to, occurred_at=when, reason=why)
            return dispatch_specimen(session, sent, actor=actor, at=at)
        case EventType.DISPOSED:
            return dispose_of_specimen(session, DisposeOfSpecimen(specimen=tube, occurred_at=when, reason=why), actor=actor, at=at)
        case EventType.RECEIVED:
            return receive_specimen(session, tube, _bare(command), actor=actor, at=at)
        case EventType.THAWED:
            return thaw_specimen(session, tube, _bare(command), actor=actor, at=at)
        case EventType.CONSUMED:
            return consume_specimen(session, tube, _bare(command), amount=command.amount, unit=command.unit, actor=actor, at=at)
        case EventType.QUARANTINED | EventType.RELEASED:
            return quarantine_specimen(session, tube, _bare(command), actor=actor, at=at)
        case EventType.CORRECTED:
            return _correct(session, command, actor=actor, at=at)
        case EventType.ALIQUOTED:
            return _aliquot_unregistered(session, command, actor=actor, at=at)
        case EventType.REGISTERED | EventType.FLAGGED | EventType.UNFLAGGED:
            raise NotABenchAct(command.type, _COMES_WITH[command.type])
        case EventType.CODE_BOUND | EventType.BATCHED | EventType.UNBATCHED | EventType.AUDITED | EventType.REBOXED:
            raise NotABenchAct(command.type, _COMES_WITH[command.type])
        case EventType.DONE_BY_HAND:
            raise NotABenchAct(command.type, _COMES_WITH[command.type])
        case _:
            raise _not_a_tubes(command.type)


_COMES_WITH = {
    EventType.REGISTERED: "Register the collection; its tubes come with it.",
    EventType.FLAGGED: "Record the nonconformance of the tube.",
    EventType.UNFLAGGED: "Record the nonconformance of the tube.",
    EventType.CODE_BOUND: "Bind the code to the tube.",
    EventType.BATCHED: "Change the batch; the event follows.",
    EventType.UNBATCHED: "Change the batch; the event follows.",
    EventType.AUDITED: "Accept the audit; the event follows.",
    EventType.REBOXED: "Finish filling the box anew; the event follows.",
    EventType.DONE_BY_HAND: "Say it on the list of refused scans, at the bench.",
}


def _aliquot_unregistered(session: Session, command: RecordAct, *, actor: Actor, at: datetime) -> Event:
    """Material taken for aliquots that are not kept here: it is gone from the tube. Those that are kept are registered by dividing it."""
    if command.amount is None:
        raise ActIncomplete("amount", Sentence("Say how much was taken. To register the aliquots too, divide the tube."))
    act = replace(_bare(command), facts={"count": 0})
    return consume_specimen(session, command.barcode, act, amount=command.amount, unit=command.unit, actor=actor, at=at)


def _not_a_tubes(type_: OfOtherThings) -> NotABenchAct:
    if type_ in (EventType.COLLECTED, EventType.NOT_COLLECTED):
        return NotABenchAct(type_, _COMES_WITH[EventType.REGISTERED])
    return NotABenchAct(type_, "It does not happen to a tube.")


def _put(session: Session, command: RecordAct, *, actor: Actor, at: datetime) -> Event:
    where, when, why = command.container, command.occurred_at, command.reason
    if where is not None and command.position is not None and command.in_turn:
        check_may_fill(session, where, actor=actor, at=at)
    try:
        if command.type is EventType.MOVED:
            move = MoveSpecimen(specimen=command.barcode, container=where, position=command.position, occurred_at=when, reason=why)
            return move_specimen(session, move, actor=actor, at=at)
        if where is None:
            raise ActIncomplete("container", Sentence("Say where it goes: scan the container too."))
        place = PlaceSpecimen(specimen=command.barcode, container=where, position=command.position, occurred_at=when, reason=why)
        return place_specimen(session, place, actor=actor, at=at)
    except UnknownSpecimen:
        if where is None or find_container(session, command.barcode) is None:
            raise
        box = MoveContainer(container=command.barcode, parent=where, position=command.position, occurred_at=when, reason=why)
        return move_container(session, box, actor=actor, at=at)


def _correct(session: Session, command: RecordAct, *, actor: Actor, at: datetime) -> Event:
    tube, when, why = command.barcode, command.occurred_at, command.reason
    if not command.changes:
        if command.corrects is None:
            raise ActIncomplete("changes", Sentence("Say what is to be put right, or which event is to be taken back."))
        return _take_back(session, command, command.corrects, actor=actor, at=at)
    of_place = set(command.changes) & PLACE_WORDS
    if of_place == set(command.changes):
        moved = CorrectPlace(specimen=tube, changes=command.changes, corrects=command.corrects, occurred_at=when, reason=why)
        return correct_place(session, moved, actor=actor, at=at)
    if of_place:
        raise ActIncomplete("changes", Sentence("Correct the place and the rest one after the other."))
    specimen = lock_specimen(session, tube)
    return correct_specimen(
        session,
        tube,
        command.changes,
        unit=command.unit,
        in_a_hole=current_place(session, specimen.id) is not None,
        corrects=command.corrects,
        reason=why,
        occurred_at=when,
        actor=actor,
        at=at,
    )


def _take_back(session: Session, command: RecordAct, event_id: int, *, actor: Actor, at: datetime) -> Event:
    thing, when, why = command.barcode, command.occurred_at, command.reason
    try:
        return take_back(session, TakeBack(specimen=thing, event_id=event_id, occurred_at=when, reason=why), actor=actor, at=at)
    except UnknownSpecimen:
        if find_container(session, thing) is None:
            raise
        undo = TakeBackMove(container=thing, event_id=event_id, occurred_at=when, reason=why)
        return take_back_move(session, undo, actor=actor, at=at)


def _bare(command: RecordAct) -> Act:
    return Act(type=command.type, occurred_at=command.occurred_at, reason=command.reason)
