"""The verbs of the hand at the freezer: take a tube for a list, say that one is not there, take another instead."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.batches.queries import open_batches_of
from lims.custody import service as custody
from lims.custody.vocabulary import Act, Event, EventType, Json
from lims.db import table_of, violated_constraint
from lims.pairs.tubes import tubes_of
from lims.pairs.vocabulary import TubeFacts
from lims.picking import rules
from lims.picking.errors import AlreadyPicked, LineNotWanted, NoSubstitute, NotOnList, Replaced, WrongTube
from lims.picking.holding import HeldTube, hold_line, hold_tube
from lims.picking.models import Pick, PickLine
from lims.picking.queries import view_pick_list
from lims.picking.vocabulary import InHand, LineState, NotFound, PickListView, Substitute
from lims.picking.vocabulary import PickLine as Line
from lims.specimens.errors import NotInThisState
from lims.specimens.vocabulary import SpecimenState
from lims.storage.queries import current_place, places_of
from lims.storage.service import check_out, move_specimen
from lims.storage.sightings import Sighting, record_sightings
from lims.storage.tubes import get_tube
from lims.storage.vocabulary import CheckOut, Found, MoveSpecimen
from lims.studies.queries import participants_by_id, protocol_of_version

_LINES, _PICKS = table_of(PickLine), table_of(Pick)
_GIVE_UP = (
    update(_LINES)
    .where(_LINES.c.list_id == bindparam("of_list"), _LINES.c.line == bindparam("of_line"))
    .values(not_found_at=bindparam("at"))
)


def pick_tube(session: Session, code: str, read: str, *, occurred_at: datetime, actor: Actor, at: datetime) -> PickListView:
    """Take a tube for a list: it is checked out with its hole kept, or put into the list's box, and its line is ticked.

    :raises WrongTube: it is not on the list; nothing is recorded, and the tube that was probably meant is named.
    :raises NotOnList: it is not on the list, on which nothing is wanted any more.
    :raises AlreadyPicked: the line was ticked before.
    :raises Replaced: another tube stands in for it.
    :raises NotInThisState: it is out already, sent, or destroyed.
    :raises PickListEnded: the list is done or cancelled.
    """
    held = hold_tube(session, code, read)
    line = _wanted_line(session, held, read)
    event = _take(session, held, occurred_at, actor=actor, at=at)
    store = line.store
    row = {"list_id": held.view.list.id, "line": line.line, "event_id": event.id, "store_id": store and store.id}
    try:
        with session.begin_nested():
            session.execute(insert(_PICKS), row | {"picked_at": occurred_at, "picked_by": actor.id})
    except IntegrityError as error:
        if violated_constraint(error) != "pk_pick":
            raise
        raise AlreadyPicked(line.barcode, "–") from error
    facts: dict[str, Json] = {"line": line.line, "specimen": line.barcode, "event": event.id, "store_id": row["store_id"]}
    _write(session, held, EventType.PICKED, facts, occurred_at, actor=actor, at=at)
    return view_pick_list(session, held.view.list)


def mark_not_found(session: Session, code: str, line: int, *, occurred_at: datetime, actor: Actor, at: datetime) -> NotFound:
    """A tube is not in its hole: the line is given up, the tube is missing, its place stays recorded; a substitute is offered.

    :raises NoSuchLine: the list has no such line.
    :raises LineNotWanted: it is picked, or given up already.
    :raises NotInThisState: somebody has taken the tube out meanwhile.
    """
    held = hold_line(session, code, line)
    wanted = _in_state(held, LineState.WANTED)
    if held.tube.state is not SpecimenState.STORED:
        raise NotInThisState(held.tube.barcode, held.tube.state, EventType.CHECKED_OUT)
    act = Act(type=EventType.AUDITED, occurred_at=occurred_at, facts={"pick_list": held.view.list.code})
    sighting = Sighting(held.tube, Found.MISSING, current_place(session, held.tube.id))
    record_sightings(session, [sighting], act, actor=actor, at=at)
    session.execute(_GIVE_UP, {"of_list": held.view.list.id, "of_line": line, "at": occurred_at})
    facts: dict[str, Json] = {"line": line, "specimen": wanted.barcode}
    _write(session, held, EventType.PICK_NOT_FOUND, facts, occurred_at, actor=actor, at=at)
    return NotFound(replace(wanted, not_found_at=occurred_at), substitute_for(session, held.view, wanted))


def take_instead(session: Session, code: str, line: int, read: str, *, actor: Actor, at: datetime) -> PickListView:
    """Another tube stands in for one nobody found; it is picked by its own scan.

    :raises LineNotWanted: nobody has given that line up, or one stands in for it already.
    :raises NoSubstitute: it is of another kind, too small, or wanted elsewhere.
    """
    held = hold_line(session, code, line)
    lost = _in_state(held, LineState.NOT_FOUND)
    tube = get_tube(session, read)
    if tube.id not in {each.id for each in _candidates(session, held.view, lost)}:
        raise NoSubstitute(tube.barcode, lost.barcode)
    number = max(each.line for each in held.view.lines) + 1
    row = {"list_id": held.view.list.id, "line": number, "specimen_id": tube.id, "instead_of": line, "not_found_at": None}
    session.execute(insert(_LINES), row)
    facts: dict[str, Json] = {"line": number, "specimen": tube.barcode, "specimen_id": tube.id, "instead_of": line}
    _write(session, held, EventType.PICK_SUBSTITUTED, facts, at, actor=actor, at=at)
    return view_pick_list(session, held.view.list)


def substitute_for(session: Session, view: PickListView, line: Line) -> Substitute | None:
    """The best tube to take instead of that of a line, or None."""
    found = _candidates(session, view, line)
    if not found:
        return None
    best = found[0]
    place = places_of(session, [best.id]).get(best.id)
    return Substitute(best.barcode, best.label, best.amount or 0, best.unit, best.thaw_count, place.text if place else "")


def _wanted_line(session: Session, held: HeldTube, read: str) -> Line:
    """The line of the tube in the hand, or why it is not to be taken."""
    line, pick_list = held.line, held.view.list
    if line is None:
        raise _wrong(session, held, read)
    if line.state is LineState.PICKED:
        raise AlreadyPicked(line.barcode, line.picked_by or "–")
    if line.state is LineState.REPLACED:
        substitute = next(each for each in held.view.lines if each.line == line.replaced_by)
        raise Replaced(line.barcode, substitute.barcode)
    if pick_list.into is None and held.tube.state is not SpecimenState.STORED:
        raise NotInThisState(held.tube.barcode, held.tube.state, EventType.CHECKED_OUT)
    return line


def _wrong(session: Session, held: HeldTube, read: str) -> WrongTube | NotOnList:
    found = get_tube(session, read)
    tube = InHand(
        barcode=found.barcode,
        participant=found.participant,
        timepoint=found.timepoint,
        specimen_type=found.specimen_type,
        ordinal=found.ordinal,
        place=found.place,
    )
    meant = rules.meant_by(tube, held.view.lines)
    if meant is None:
        return NotOnList(tube.barcode, held.view.list.code)
    return WrongTube(tube, meant, *rules.difference(tube, meant))


def _take(session: Session, held: HeldTube, occurred_at: datetime, *, actor: Actor, at: datetime) -> Event:
    pick_list, tube = held.view.list, held.tube.barcode
    if pick_list.into is not None:
        move = MoveSpecimen(specimen=tube, container=pick_list.into, occurred_at=occurred_at)
        return move_specimen(session, move, actor=actor, at=at)
    return check_out(session, CheckOut(specimen=tube, to=pick_list.code, occurred_at=occurred_at), actor=actor, at=at)


def _in_state(held: HeldTube, wanted: LineState) -> Line:
    line = held.line
    if line is None or line.state is not wanted:
        raise LineNotWanted(held.view.list.code, line.line if line else 0, line.state if line else LineState.WANTED)
    return line


def _candidates(session: Session, view: PickListView, line: Line) -> list[TubeFacts]:
    """What may stand in for the tube of a line, the best first."""
    person = participants_by_id(session, [line.participant_id])[line.participant_id]
    protocol = protocol_of_version(session, person.protocol_version_id)
    tubes = tubes_of(session, [person], {line.timepoint}, {person.study_id: protocol})[person.id]
    lost = next(tube for tube in tubes if tube.id == line.specimen_id)
    assay = protocol.find_assay(view.list.assay) if view.list.assay else None
    listed = {each.specimen_id for each in view.lines}
    elsewhere = open_batches_of(session, [tube.id for tube in tubes])
    return rules.substitutes(lost, tubes, protocol, assay, listed | elsewhere.keys())


def _write(
    session: Session, held: HeldTube, type_: EventType, facts: dict[str, Json], occurred_at: datetime, *, actor: Actor, at: datetime
) -> None:
    act = Act(type=type_, occurred_at=occurred_at, facts={"pick_list": held.view.list.code} | facts)
    custody.append(session, held.history, act, actor=actor, at=at)
