"""A box counted through: every outcome, what is written when it is accepted, and what is left alone."""

from datetime import timedelta

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.audits import service
from lims.audits.errors import AuditEnded, HoleClaimed, NotDrawn, NothingToAudit, NothingToDraw, NotScanned
from lims.audits.vocabulary import Accepted, AuditState, AuditView, BeginAudit, Scanned, ScanOutcome, ScanTube
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.ids import MisreadCode
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.audit_ages import audit_age_days
from lims.storage.errors import PositionOccupied
from lims.storage.queries import current_place, get_container
from lims.storage.records import ContainerRecord
from lims.storage.service import dispose_of_specimen
from lims.storage.vocabulary import DisposeOfSpecimen, Found
from lims.storage.ways import container_path
from tests.support.bench import Bench


def begin(bench: Bench, box: ContainerRecord, **more: int) -> AuditView:
    return service.begin_audit(bench.session, BeginAudit(container=box.barcode, **more), actor=SYSTEM, at=bench.at)


def scan(bench: Bench, audit: AuditView, code: str, position: str | None = None, container: str | None = None) -> Scanned:
    command = ScanTube(audit=audit.audit.code, code=code, position=position, container=container, occurred_at=bench.at)
    return service.scan_tube(bench.session, command, actor=SYSTEM, at=bench.at)


def accept(bench: Bench, audit: AuditView) -> Accepted:
    bench.at += timedelta(minutes=1)
    return service.accept_audit(bench.session, audit.audit.code, occurred_at=bench.at, actor=SYSTEM, at=bench.at)


def filled(bench: Bench, count: int, name: str = "B1") -> tuple[ContainerRecord, list[str]]:
    box, tubes = bench.freezer_box(name=name), bench.tubes(count)
    for tube in tubes:
        bench.place(tube, box)
    return box, tubes


def found_of(scanned: Scanned) -> Found | None:
    return scanned.line.found if scanned.line else None


def place(bench: Bench, tube: str) -> str:
    return str(current_place(bench.session, lock_specimen(bench.session, tube).id))


def last(bench: Bench, tube: str) -> tuple[EventType, str | None]:
    event = list_events(bench.session, lock_specimen(bench.session, tube).id)[-1]
    return event.type, event.facts.get("found")


def freezer_of(bench: Bench, box: ContainerRecord) -> ContainerRecord:
    return get_container(bench.session, container_path(bench.session, box.id)[0].barcode)


def clean(bench: Bench) -> bool:
    return [each.sentence for each in verify(bench.session, ledger_checks())] == []


def test_until_it_is_accepted_nothing_is_written_of_any_tube(bench: Bench) -> None:
    box, tubes = filled(bench, 3)
    audit = begin(bench, box)
    for tube in tubes[:2]:
        scan(bench, audit, tube)
    assert last(bench, tubes[0])[0] is EventType.PLACED
    assert get_container(bench.session, box.barcode).audited_at is None
    assert clean(bench)


def test_each_tube_of_a_counted_box_has_one_event_and_the_box_its_age(bench: Bench) -> None:
    box, tubes = filled(bench, 3)
    audit = begin(bench, box)
    for tube in tubes:
        assert found_of(scan(bench, audit, tube)) is Found.HERE
    accepted = accept(bench, audit)
    assert (accepted.stale, accepted.view.audit.state, accepted.view.concordance) == ((), AuditState.ACCEPTED, 100)
    assert [last(bench, tube) for tube in tubes] == [(EventType.AUDITED, "here")] * 3
    audited_at = get_container(bench.session, box.barcode).audited_at
    assert audited_at == bench.at
    assert audit_age_days(audited_at, bench.at + timedelta(days=43, hours=5)) == 43
    assert clean(bench)


def test_a_tube_nobody_scanned_is_missing_and_keeps_its_place(bench: Bench) -> None:
    box, (seen, lost) = filled(bench, 2)
    audit = begin(bench, box)
    scan(bench, audit, seen)
    view = accept(bench, audit).view
    assert (last(bench, lost), place(bench, lost), view.concordance) == ((EventType.AUDITED, "missing"), "A2 of B1", 50)
    assert lock_specimen(bench.session, lost).missing
    assert lock_specimen(bench.session, lost).state is SpecimenState.STORED
    assert clean(bench)


def test_a_missing_tube_that_turns_up_is_missing_no_more(bench: Bench) -> None:
    box, tubes = filled(bench, 3)
    accept(bench, begin(bench, box))
    again = begin(bench, box)
    scan(bench, again, tubes[0])
    accept(bench, again)
    bench.take_out(tubes[1])
    assert [lock_specimen(bench.session, tube).missing for tube in tubes] == [False, False, True]
    assert clean(bench)


def test_a_tube_of_another_box_gets_the_next_free_hole_and_is_recorded_there(bench: Bench) -> None:
    box, tubes = filled(bench, 2)
    other, (stray,) = filled(bench, 1, "B2")
    audit = begin(bench, box)
    scanned = scan(bench, audit, stray)
    assert scanned.line is not None
    assert (scanned.line.found, str(scanned.line.recorded), str(scanned.line.lies)) == (Found.WRONG_PLACE, "A1 of B2", "A3 of B1")
    for tube in tubes:
        scan(bench, audit, tube)
    assert accept(bench, audit).view.concordance == 100  # of those that were looked for
    assert (place(bench, stray), last(bench, stray)) == ("A3 of B1", (EventType.AUDITED, "wrong-place"))
    assert other.audited_at is None
    assert clean(bench)


@pytest.mark.parametrize("hole", [None, "A5"])
def test_a_tube_in_a_box_kept_for_others_is_misplaced_wherever_it_lies_and_keeps_its_place(bench: Bench, hole: str | None) -> None:
    _other, (stray,) = filled(bench, 1, "B2")
    kept = bench.container(holds=("plasma",))
    audit = begin(bench, kept)
    assert found_of(scan(bench, audit, stray, hole)) is Found.MISPLACED
    accept(bench, audit)
    assert (place(bench, stray), last(bench, stray)) == ("A1 of B2", (EventType.AUDITED, "misplaced"))
    assert clean(bench)


def test_two_tubes_that_changed_holes_are_put_right_together(bench: Bench) -> None:
    box, (first, second) = filled(bench, 2)
    audit = begin(bench, box)
    assert found_of(scan(bench, audit, first, "A2")) is Found.WRONG_PLACE
    assert found_of(scan(bench, audit, second, "A1")) is Found.WRONG_PLACE
    accept(bench, audit)
    assert (place(bench, first), place(bench, second)) == ("A2 of B1", "A1 of B1")
    assert clean(bench)


def test_a_missing_tube_whose_hole_another_one_has_is_still_in_its_box(bench: Bench) -> None:
    box, (first, lost) = filled(bench, 2)
    audit = begin(bench, box)
    scan(bench, audit, first, "A2")
    accept(bench, audit)
    assert (place(bench, first), place(bench, lost), last(bench, lost)) == ("A2 of B1", "B1", (EventType.AUDITED, "missing"))
    event = list_events(bench.session, lock_specimen(bench.session, lost).id)[-1]
    assert event.facts["from"]["position"] == "A2"
    assert clean(bench)


def test_two_tubes_are_never_counted_in_one_hole(bench: Bench) -> None:
    box, (first, second) = filled(bench, 2)
    audit = begin(bench, box)
    scan(bench, audit, first)
    with pytest.raises(PositionOccupied):
        scan(bench, audit, second, "A1")
    service.take_scan_back(bench.session, audit.audit.code, first, actor=SYSTEM, at=bench.at)
    scan(bench, audit, second, "A1")
    with pytest.raises(HoleClaimed, match=f"{second} was scanned in A1"):
        scan(bench, audit, first)
    assert clean(bench)


def test_a_tube_recorded_as_out_is_back_and_one_that_stays_out_is_not_missed(bench: Bench) -> None:
    box, (back, out) = filled(bench, 2)
    bench.take_out(back)
    bench.take_out(out)
    audit = begin(bench, box)
    assert audit.to_scan == 0
    assert found_of(scan(bench, audit, back)) is Found.BACK
    accept(bench, audit)
    states = [lock_specimen(bench.session, tube).state for tube in (back, out)]
    assert states == [SpecimenState.STORED, SpecimenState.CHECKED_OUT]
    assert not lock_specimen(bench.session, out).missing
    assert clean(bench)


def test_a_tube_recorded_as_destroyed_is_named_and_nothing_is_made_of_it(bench: Bench) -> None:
    box, (tube, gone) = filled(bench, 2)
    dispose_of_specimen(bench.session, DisposeOfSpecimen(specimen=gone, occurred_at=bench.at), actor=SYSTEM, at=bench.at)
    audit = begin(bench, box)
    scan(bench, audit, tube)
    assert found_of(scan(bench, audit, gone)) is Found.UNEXPECTED
    accept(bench, audit)
    assert (last(bench, gone), place(bench, gone)) == ((EventType.AUDITED, "unexpected"), "None")
    assert clean(bench)


def test_a_code_nobody_knows_is_kept_and_a_misread_one_is_not(bench: Bench) -> None:
    box, (tube,) = filled(bench, 1)
    audit = begin(bench, box)
    assert scan(bench, audit, "WHATEVER-9").outcome is ScanOutcome.UNKNOWN
    assert scan(bench, audit, "WHATEVER-9").outcome is ScanOutcome.UNKNOWN
    ours = box.barcode[:-1] + ("A" if box.barcode[-1] != "A" else "B")
    with pytest.raises(MisreadCode):
        scan(bench, audit, ours)
    assert scan(bench, audit, tube).outcome is ScanOutcome.RECORDED
    assert scan(bench, audit, tube).outcome is ScanOutcome.ALREADY
    assert accept(bench, audit).view.unknown == ("WHATEVER-9",)
    assert clean(bench)


def test_whoever_scans_the_box_again_goes_on_where_the_other_one_stopped(bench: Bench) -> None:
    box, (first, second) = filled(bench, 2)
    scan(bench, begin(bench, box), first)
    again = begin(bench, box)
    assert ([line.found for line in again.lines], again.to_scan) == ([Found.HERE, None], 1)
    scan(bench, again, second)
    assert accept(bench, again).view.concordance == 100


def test_what_somebody_did_meanwhile_stands_and_is_named(bench: Bench) -> None:
    box, (kept, taken, moved) = filled(bench, 3)
    elsewhere = bench.freezer_box(name="B2")
    audit = begin(bench, box)
    for tube in (kept, taken, moved):
        scan(bench, audit, tube)
    bench.take_out(taken)
    bench.move(moved, elsewhere)
    accepted = accept(bench, audit)
    assert [(each.barcode, str(each.was), str(each.is_)) for each in accepted.stale] == [
        (taken, "A2 of B1", "A2 of B1"),
        (moved, "A3 of B1", "A1 of B2"),
    ]
    assert (last(bench, taken)[0], last(bench, moved)[0]) == (EventType.CHECKED_OUT, EventType.MOVED)
    assert last(bench, kept) == (EventType.AUDITED, "here")
    assert clean(bench)


def test_a_hole_somebody_filled_meanwhile_is_not_taken_from_them(bench: Bench) -> None:
    box, _tubes = filled(bench, 1)
    _other, (stray,) = filled(bench, 1, "B2")
    audit = begin(bench, box)
    scan(bench, audit, stray)
    newcomer = bench.tube()
    bench.place(newcomer, box, "A2")
    assert [each.barcode for each in accept(bench, audit).stale] == [stray]
    assert (place(bench, newcomer), place(bench, stray)) == ("A2 of B1", "A1 of B2")
    assert clean(bench)


def test_an_audit_ends_once(bench: Bench) -> None:
    box, (tube,) = filled(bench, 1)
    audit = begin(bench, box)
    service.abandon_audit(bench.session, audit.audit.code, reason="the box went back", actor=SYSTEM, at=bench.at)
    for late in (lambda: accept(bench, audit), lambda: scan(bench, audit, tube)):
        with pytest.raises(AuditEnded, match="is abandoned"):
            late()
    assert begin(bench, box).audit.code != audit.audit.code
    assert clean(bench)


def test_a_scan_taken_back_is_as_if_it_had_not_been(bench: Bench) -> None:
    box, (tube,) = filled(bench, 1)
    _other, (stray,) = filled(bench, 1, "B2")
    audit = begin(bench, box)
    for each in (tube, stray):
        scan(bench, audit, each)
        view = service.take_scan_back(bench.session, audit.audit.code, each, actor=SYSTEM, at=bench.at)
    assert [(line.barcode, line.found) for line in view.lines] == [(tube, None)]
    with pytest.raises(NotScanned):
        service.take_scan_back(bench.session, audit.audit.code, tube, actor=SYSTEM, at=bench.at)
    assert clean(bench)


def test_a_sample_is_drawn_again_by_its_seed_and_tells_how_many_of_a_hundred_were_right(bench: Bench) -> None:
    box, tubes = filled(bench, 12)
    freezer = freezer_of(bench, box)
    audit = begin(bench, freezer, size=4, seed=7)
    drawn = [line.barcode for line in audit.lines]
    assert (len(drawn), audit.audit.seed, set(drawn) < set(tubes)) == (4, 7, True)
    with pytest.raises(NotDrawn):
        scan(bench, audit, next(tube for tube in tubes if tube not in drawn))
    for tube in drawn[:3]:
        assert found_of(scan(bench, audit, tube)) is Found.HERE
    assert accept(bench, audit).view.concordance == 75
    again = begin(bench, freezer, size=4, seed=7)
    assert [line.barcode for line in again.lines] == drawn
    assert clean(bench)


def test_a_rack_is_counted_by_a_sample_or_not_at_all(bench: Bench) -> None:
    box, _tubes = filled(bench, 1)
    freezer = freezer_of(bench, box)
    with pytest.raises(NothingToAudit):
        begin(bench, freezer)
    with pytest.raises(NothingToDraw):
        begin(bench, bench.container("freezer", "F9"), size=3)
