"""A scan is taken over as a whole or not at all: one event for each tube that changes, one for the box, and nothing lost."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.models import CustodyEvent
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.racks.errors import AnotherRack, HasNoHoles, RecordChanged, ScanEnded, SeenTwice, Undecided, UnknownScan, WrongSize
from lims.racks.queries import get_scan, list_scans, list_waiting
from lims.racks.rules import seen_of
from lims.racks.service import box_named_by, drop_scan
from lims.racks.vocabulary import Decision, ScanState, Standing, Turn
from lims.specimens.queries import lock_specimen
from lims.specimens.service import bind_code, quarantine_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.queries import current_place
from tests.factories.trial import act

from .conftest import Scanner


def events_written(session: Session) -> int:
    return session.execute(select(func.count()).select_from(CustodyEvent)).scalar_one()


def test_one_event_for_each_tube_that_changes_and_one_for_the_box(scanner: Scanner) -> None:
    bench, box = scanner.bench, scanner.box
    same, left, right, elsewhere, new = bench.tubes(5)
    bench.place(same, box, "A1")
    bench.place(left, box, "A2")
    bench.place(right, box, "A3")
    other = bench.container("box-9x9", "B9")
    bench.place(elsewhere, other, "C4")
    scan = scanner.offer({"A1": same, "A2": right, "A3": left, "A4": elsewhere, "A5": new})
    before = events_written(bench.session)
    events = scanner.accept(scan)
    assert [event.type for event in events] == [EventType.MOVED] * 3 + [EventType.PLACED, EventType.RACK_SCANNED]
    assert events_written(bench.session) == before + 5
    assert scanner.holds() == {"A1": same, "A2": right, "A3": left, "A4": elsewhere, "A5": new}
    assert scanner.holds(other) == {}
    swapped = events[0]
    assert (swapped.facts["from"]["position"], swapped.facts["to"]["position"], swapped.facts["rack_scan"]) == ("A3", "A2", scan.id)
    assert events[-1].facts["counts"] == {"same": 1, "moved": 2, "from-elsewhere": 1, "new": 1}
    assert scanner.is_clean()


def test_a_whole_rack_may_be_shuffled(scanner: Scanner) -> None:
    tubes = scanner.bench.tubes(24)
    holes = [f"{row}{column}" for row in "AB" for column in range(1, 13)]
    for tube, hole in zip(tubes, holes, strict=True):
        scanner.bench.place(tube, scanner.box, hole)
    shuffled = dict(zip(holes, tubes[7:] + tubes[:7], strict=True))
    scanner.accept(scanner.offer(shuffled))
    assert scanner.holds() == shuffled
    assert scanner.is_clean()


def test_a_turned_rack_is_offered_turned_and_then_nothing_has_moved(scanner: Scanner) -> None:
    tubes = scanner.bench.tubes(4)
    for tube, hole in zip(tubes, ("A1", "A2", "A3", "B1"), strict=True):
        scanner.bench.place(tube, scanner.box, hole)
    scan = scanner.offer(dict(zip(("H12", "H11", "H10", "G12"), tubes, strict=True)) | {"A1": "EMPTY"})
    assert scanner.look(scan).better is Turn.HALF
    [event] = scanner.accept(scan, turn=Turn.HALF)
    assert (event.type, event.facts["turn"]) == (EventType.RACK_SCANNED, "180")
    assert scanner.holds() == dict(zip(("A1", "A2", "A3", "B1"), tubes, strict=True))
    assert scanner.is_clean()


def test_a_tube_is_found_by_any_of_its_codes(scanner: Scanner) -> None:
    tube = scanner.bench.tube()
    bind_code(scanner.session, tube, "0102000001", actor=SYSTEM, at=scanner.bench.at)
    scanner.accept(scanner.offer({"A1": "0102000001"}))
    assert scanner.holds() == {"A1": tube}
    with pytest.raises(SeenTwice, match=f"{tube} stands in lines 3 and 4"):
        scanner.look(scanner.offer({"A1": "0102000001", "A2": tube}))


def test_a_tube_that_was_out_is_back_and_stays_in_quarantine(scanner: Scanner) -> None:
    tube = scanner.bench.tube()
    scanner.bench.place(tube, scanner.box, "B2")
    scanner.bench.take_out(tube)
    reason = act(EventType.QUARANTINED, at=scanner.bench.at, reason="label torn")
    quarantine_specimen(scanner.session, tube, reason, actor=SYSTEM, at=scanner.bench.at)
    assert [event.type for event in scanner.accept(scanner.offer({"B2": tube}))] == [EventType.RETURNED, EventType.RACK_SCANNED]
    assert scanner.holds() == {"B2": tube}
    assert lock_specimen(scanner.session, tube).quarantined
    assert scanner.is_clean()


@pytest.mark.parametrize(
    ("decision", "types", "state", "holds"),
    [
        (Decision.CHECKED_OUT, [EventType.CHECKED_OUT], SpecimenState.CHECKED_OUT, True),
        (Decision.REMOVED, [EventType.REMOVED], SpecimenState.RECEIVED, False),
        (Decision.MISSING, [EventType.AUDITED], SpecimenState.STORED, True),
    ],
)
def test_a_tube_that_is_gone_goes_by_somebodys_decision(
    scanner: Scanner, decision: Decision, types: list[EventType], state: SpecimenState, holds: bool
) -> None:
    here, gone = scanner.bench.tubes(2)
    scanner.bench.place(here, scanner.box, "A1")
    scanner.bench.place(gone, scanner.box, "A2")
    scan = scanner.offer({"A1": here, "A2": "NO TUBE"})
    with pytest.raises(Undecided, match="A2: the tube recorded there was not seen"):
        scanner.accept(scan)
    assert scanner.holds() == {"A1": here, "A2": gone}
    events = scanner.accept(scan, gone={"A02": decision}, reason="after the defrosting")
    assert [event.type for event in events] == [*types, EventType.RACK_SCANNED]
    specimen = lock_specimen(scanner.session, gone)
    assert (specimen.state, specimen.missing) == (state, decision is Decision.MISSING)
    assert {hole: str(tube).lstrip("~") for hole, tube in scanner.holds().items()} == {"A1": here} | ({"A2": gone} if holds else {})
    assert "not seen by the rack scanner; after the defrosting" in (events[0].reason or "")
    assert scanner.is_clean()


def test_a_missing_tube_whose_hole_is_taken_stays_in_the_box_and_is_found_again(scanner: Scanner) -> None:
    gone, there = scanner.bench.tubes(2)
    scanner.bench.place(gone, scanner.box, "A1")
    scanner.accept(scanner.offer({"A1": there}), gone={"A1": Decision.MISSING})
    place = current_place(scanner.session, lock_specimen(scanner.session, gone).id)
    assert place is not None
    assert (place.container_id, place.position, lock_specimen(scanner.session, gone).missing) == (scanner.box.id, None, True)
    assert scanner.is_clean()
    scanner.accept(scanner.offer({"A1": there, "A2": gone}))
    assert scanner.holds() == {"A1": there, "A2": gone}
    assert not lock_specimen(scanner.session, gone).missing
    assert scanner.is_clean()


def test_a_missing_tube_in_its_hole_is_found_and_keeps_its_place(scanner: Scanner) -> None:
    tube, other = scanner.bench.tubes(2)
    scanner.bench.place(tube, scanner.box, "A1")
    scanner.bench.place(other, scanner.box, "A2")
    scanner.accept(scanner.offer({"A1": "NO TUBE", "A2": other}), gone={"A1": Decision.MISSING})
    events = scanner.accept(scanner.offer({"A1": tube, "A2": other}))
    assert [event.type for event in events] == [EventType.AUDITED, EventType.RACK_SCANNED]
    assert not lock_specimen(scanner.session, tube).missing
    assert scanner.holds() == {"A1": tube, "A2": other}
    assert scanner.is_clean()


def test_what_changed_since_it_was_shown_is_refused_by_name_and_nothing_moves(scanner: Scanner) -> None:
    one, other = scanner.bench.tubes(2)
    scanner.bench.place(one, scanner.box, "A1")
    scan = scanner.offer({"A2": one, "A3": other, "A1": "EMPTY"})
    shown = seen_of(scanner.box, scanner.look(scan))
    scanner.bench.place(other, scanner.box, "H1")
    with pytest.raises(RecordChanged, match="The record has changed since you looked: A3 of R-7"):
        scanner.accept(scan, seen=shown)
    assert scanner.holds() == {"A1": one, "H1": other}
    scanner.accept(scan)
    assert scanner.holds() == {"A2": one, "A3": other}


def test_the_same_file_twice_is_once(scanner: Scanner) -> None:
    tube = scanner.bench.tube()
    content = f"A1,{tube}\n".encode()
    scan = scanner.give(content)
    assert scanner.give(content, name="again.csv").id == scan.id
    scanner.accept(scan)
    again = scanner.give(content)
    assert (again.id, again.state, again.ended_by) == (scan.id, ScanState.ACCEPTED, "system")
    with pytest.raises(ScanEnded, match=r"scan\.csv of R-7 was accepted by system on 2026-11-22 .* The same file twice is once"):
        scanner.accept(scan)
    other = scanner.bench.freezer_box("rack-96", "R-8")
    assert scanner.give(content, other).id != scan.id


def test_a_scan_put_aside_changes_nothing_and_waits_no_more(scanner: Scanner) -> None:
    tube = scanner.bench.tube()
    scan = scanner.offer({"A1": tube})
    assert [each.id for each in list_waiting(scanner.session, limit=5)] == [scan.id]
    newer = scanner.offer({"A2": tube})
    assert [each.id for each in list_waiting(scanner.session, limit=5)] == [newer.id]
    drop_scan(scanner.session, newer.id, reason="the wrong rack", actor=SYSTEM, at=scanner.bench.at)
    assert list_waiting(scanner.session, limit=5) == []
    assert scanner.holds() == {}
    with pytest.raises(ScanEnded, match="was put aside by system"):
        scanner.accept(newer)
    assert [each.state for each in list_scans(scanner.session, scanner.box.id, limit=5)] == [ScanState.DROPPED, ScanState.WAITING]
    assert scanner.is_clean()


def test_the_rack_named_in_the_file_must_be_the_box(scanner: Scanner) -> None:
    other = scanner.bench.freezer_box("rack-96", "R-8")
    tube = scanner.bench.tube()
    with pytest.raises(AnotherRack, match="The file is of R-8"):
        scanner.give(f"{other.barcode},A1,{tube}\n".encode())
    assert scanner.give(f"{scanner.box.barcode.lower()},A1,{tube}\n".encode()).container == scanner.box.barcode
    assert scanner.give(f"TS01552899,A1,{tube}\n".encode()).file.rack == "TS01552899"


def test_a_watched_files_box_is_named_inside_or_by_its_own_name(scanner: Scanner) -> None:
    box = scanner.box.barcode
    assert box_named_by(scanner.session, "x.csv", f"{box},A1,001\n".encode()).id == scanner.box.id
    for name in (f"{box}.csv", f"{box.lower()}_20261128_0900.txt", f"{box} 28 Nov.csv", f"{box}-2.csv"):
        assert box_named_by(scanner.session, name, b"A1,001\n").id == scanner.box.id


def test_what_no_scanner_can_say_of_a_container_is_refused(scanner: Scanner) -> None:
    bag, small = scanner.bench.container("bag", "Bag 1"), scanner.bench.container("box-9x9", "B9")
    with pytest.raises(HasNoHoles):
        scanner.offer({"A1": "001"}, bag)
    with pytest.raises(WrongSize):
        scanner.offer({"A12": "001"}, small)
    with pytest.raises(UnknownScan):
        get_scan(scanner.session, 4711)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE rack_scan SET reading = '{}'",
        "DELETE FROM rack_scan_end",
        "UPDATE rack_scan_end SET state = 'dropped'",
    ],
)
def test_what_is_kept_of_a_scan_cannot_be_changed(scanner: Scanner, edit: str) -> None:
    scanner.accept(scanner.offer({"A1": scanner.bench.tube()}))
    with pytest.raises(Exception, match="append-only"), scanner.session.begin_nested():
        scanner.session.execute(text(edit))


def test_verifying_names_a_scan_that_was_closed_past_the_ledger(scanner: Scanner) -> None:
    scan = scanner.offer({"A1": scanner.bench.tube()})
    row = {"id": scan.id, "at": "2026-11-22T04:00:00.000000Z"}
    scanner.session.execute(
        text("INSERT INTO rack_scan_end (scan_id, state, turn, ended_by, ended_at) VALUES (:id, 'accepted', '0', 1, :at)"), row
    )
    [difference] = verify(scanner.session, ledger_checks())
    assert difference.sentence == f"rack scan {scan.id} is not what its event says"


def test_history_of_the_box_tells_what_was_scanned(scanner: Scanner) -> None:
    scanner.accept(scanner.offer({"A1": scanner.bench.tube(), "A2": "X-1"}), leave_unknown=True)
    event = list_events(scanner.session, scanner.box.id)[-1]
    assert (event.facts["left_out"], event.facts["counts"]) == (["X-1"], {Standing.NEW.value: 1, Standing.UNKNOWN.value: 1})
