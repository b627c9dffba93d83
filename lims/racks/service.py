"""The verbs of rack scans: give a file, accept what it shows, put it aside. Accepting changes every tube it must, or none."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.service import append, lock_histories
from lims.custody.vocabulary import Act, Event, EventType, History
from lims.db import table_of, take_ids
from lims.ids import MalformedCode, normalise_code
from lims.racks.errors import AnotherRack, NoBoxNamed, ScanEnded
from lims.racks.formats import read_rack_file
from lims.racks.layouts import lay_over
from lims.racks.models import RackScan, RackScanEnd
from lims.racks.queries import container_of_code, difference_of, find_scan, get_scan, reading_text
from lims.racks.rules import Change, changes_of, check_still_so
from lims.racks.vocabulary import AcceptScan, Difference, OfferScan, ScanRecord, ScanState, Standing, Turn
from lims.specimens.queries import lock_specimens
from lims.storage.holding import look_at_target
from lims.storage.queries import containers_by_id, get_container, places_of
from lims.storage.rearranging import Rearrangement, from_and_to, rearrange
from lims.storage.records import ContainerRecord, Hole, Target
from lims.storage.rules import check_open, read_position, temperature_facts
from lims.studies.queries import protocol_of_version

_SCAN, _END = insert(table_of(RackScan)), insert(table_of(RackScanEnd))
LONGEST_NAME = 120
_NO_TUBE = 0
"""No tube has that number: the box alone is looked at."""


def offer_scan(session: Session, command: OfferScan, *, actor: Actor, at: datetime) -> ScanRecord:
    """Keep a scanner's file of a box, to be looked at and accepted. The same file of the same box is the scan it was before.

    :raises FileUnreadable: it is neither text nor a workbook.
    :raises FileNotUnderstood: it is no rack scanner's file, or a line of it is none.
    :raises WrongSize: it is of a rack of another size than the box.
    :raises SeenTwice: a hole or a code stands in it twice.
    :raises AnotherRack: it names another box.
    """
    name = command.file_name.replace("\\", "/").rpartition("/")[2][-LONGEST_NAME:] or "file"
    file = read_rack_file(command.content, name)
    box = get_container(session, command.container)
    check_open(box)
    _check_is_of(session, box, file.rack)
    lay_over(file, name, box)
    lock_histories(session, [box.id])
    sha256 = hashlib.sha256(command.content).hexdigest()
    if (before := find_scan(session, box.id, sha256)) is not None:
        return before
    [scan_id] = take_ids(session)
    row = {"id": scan_id, "container_id": box.id, "sha256": sha256, "file_name": name, "reading": reading_text(file)}
    session.execute(_SCAN, row | {"scanned_by": actor.id, "scanned_at": at})
    return get_scan(session, scan_id)


def box_named_by(session: Session, file_name: str, content: bytes) -> ContainerRecord:
    """The box that a file says it is of: by the rack's code in it, else by the code its own name begins with.

    :raises NoBoxNamed: neither is a container's.
    """
    stem = file_name.rpartition("/")[2].rpartition(".")[0] or file_name
    words = [read_rack_file(content, file_name).rack or "", stem, stem.replace("-", "_").partition("_")[0], stem.partition(" ")[0]]
    for word in words:
        try:
            found = container_of_code(session, normalise_code(word))
        except MalformedCode:
            continue
        if found is not None:
            return containers_by_id(session, [found])[found]
    raise NoBoxNamed(file_name)


def accept_scan(session: Session, command: AcceptScan, *, actor: Actor, at: datetime) -> list[Event]:
    """Let the record follow what the scanner saw: every tube that must change by an event of its own, and one event of the box.

    :raises ScanEnded: it was accepted, or put aside, before.
    :raises RecordChanged: the record is not what was shown; the holes are named, and nothing was done.
    :raises Undecided: something must be decided first.
    """
    scan = get_scan(session, command.scan_id)
    box, before = difference_of(session, scan, command.turn)
    command = replace(
        command,
        gone={_hole(box, hole): decision for hole, decision in command.gone.items()},
        kept=frozenset(_hole(box, hole) for hole in command.kept),
    )
    tubes = [line.barcode for line in before.lines if line.barcode is not None]
    locked = {each.id: each for each in lock_specimens(session, tubes)} if tubes else {}
    history, target = _hold(session, box)
    scan = _still_waiting(session, command.scan_id)
    box, now = difference_of(session, scan, command.turn)
    check_open(box)
    check_still_so(box, now, command.seen)
    changes = changes_of(box, now, command)
    places = places_of(session, [change.line.specimen_id for change in changes if change.line.specimen_id])
    put = []
    for change in changes:
        specimen = locked[change.line.specimen_id or 0]
        was, is_ = places.get(specimen.id), _hole_after(box, change)
        warm = {} if is_ is None or is_.away else _warm(session, specimen.protocol_version_id, specimen.specimen_type, target.temperature_c)
        act = _act(change, scan, warm, was, is_, command.occurred_at)
        put.append(Rearrangement(specimen, None, None, act) if change.stays else Rearrangement(specimen, was, is_, act))
    events = rearrange(session, put, actor=actor, at=at) if put else []
    act = Act(type=EventType.RACK_SCANNED, occurred_at=command.occurred_at, facts=_facts(scan, now, command), reason=command.reason)
    events.append(append(session, history, act, actor=actor, at=at))
    _end(session, scan, ScanState.ACCEPTED, command.turn, actor, at)
    return events


def drop_scan(session: Session, scan_id: int, *, reason: str | None, actor: Actor, at: datetime) -> Event:
    """Put a scan aside: nothing is changed by it, and it is not shown as waiting any more.

    :raises ScanEnded: it was accepted, or put aside, before.
    """
    scan = get_scan(session, scan_id)
    box = containers_by_id(session, [scan.container_id])[scan.container_id]
    history = lock_histories(session, [box.id])[box.id]
    scan = _still_waiting(session, scan_id)
    act = Act(type=EventType.RACK_SCANNED, occurred_at=at, facts=_named(scan, ScanState.DROPPED, Turn.NONE), reason=reason)
    _end(session, scan, ScanState.DROPPED, Turn.NONE, actor, at)
    return append(session, history, act, actor=actor, at=at)


def _check_is_of(session: Session, box: ContainerRecord, rack: str | None) -> None:
    """A rack's own code that nobody has made known here says nothing of the box."""
    if rack is None:
        return
    try:
        found = container_of_code(session, normalise_code(rack))
    except MalformedCode:
        return
    if found is not None and found != box.id:
        raise AnotherRack(box.name, rack, containers_by_id(session, [found])[found].name)


def _hole(box: ContainerRecord, text: str) -> str:
    """A hole as the box names it, however it was written."""
    return box.position_text(read_position(text, box)) or text


def _hold(session: Session, box: ContainerRecord) -> tuple[History, Target]:
    """The box, so that nobody puts anything into it meanwhile; after the tubes, as everybody locks them."""
    history = lock_histories(session, [box.id])[box.id]
    return history, look_at_target(session, box.barcode, _NO_TUBE, alone=True)


def _still_waiting(session: Session, scan_id: int) -> ScanRecord:
    scan = get_scan(session, scan_id)
    if scan.state is not ScanState.WAITING:
        on = f"{scan.ended_at:%Y-%m-%d %H:%M}" if scan.ended_at else ""
        raise ScanEnded(scan.file_name, scan.container_name, scan.state, scan.ended_by or "", on)
    return scan


def _hole_after(box: ContainerRecord, change: Change) -> Hole | None:
    """Where the tube is recorded afterwards."""
    return box.hole(change.to, away=change.away) if change.to is not None or change.in_box else None


def _act(change: Change, scan: ScanRecord, warm: dict[str, Any], was: Hole | None, is_: Hole | None, when: datetime) -> Act:
    """The act with what it says. What was only looked for, and is where it was, has no place to say."""
    facts = {"rack_scan": scan.id} | ({} if change.found is None else {"found": change.found.value})
    act = Act(type=change.act, occurred_at=when, facts=facts | ({} if change.found else warm), reason=change.reason)
    return from_and_to(act, was, None if change.stays else is_)


def _warm(session: Session, version_id: int, specimen_type: str, temperature_c: int | None) -> dict[str, Any]:
    return temperature_facts(protocol_of_version(session, version_id), specimen_type, temperature_c)


def _facts(scan: ScanRecord, difference: Difference, command: AcceptScan) -> dict[str, Any]:
    counts = {standing.value: len(difference.of(standing)) for standing in Standing if difference.of(standing)}
    unknown = [line.code for line in difference.of(Standing.UNKNOWN)]
    told = _named(scan, ScanState.ACCEPTED, command.turn) | {"counts": counts, "kept": sorted(command.kept)}
    return told | ({"left_out": unknown} if unknown else {})


def _named(scan: ScanRecord, state: ScanState, turn: Turn) -> dict[str, Any]:
    reading = hashlib.sha256(reading_text(scan.file).encode()).hexdigest()
    of = {"barcode": scan.container, "scan": scan.id, "state": state.value, "turn": turn.value}
    return of | {"file": scan.file_name, "format": scan.file.format.value, "sha256": scan.sha256, "reading_sha256": reading}


def _end(session: Session, scan: ScanRecord, state: ScanState, turn: Turn, actor: Actor, at: datetime) -> None:
    session.execute(_END, {"scan_id": scan.id, "state": state.value, "turn": turn.value, "ended_by": actor.id, "ended_at": at})
