"""Which tubes an excursion touched, by the ledger; they are set aside together, and released after a look."""

from datetime import timedelta

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.specimens.queries import lock_specimen
from lims.specimens.service import quarantine_specimen
from lims.temperatures.errors import NothingToDo, NotTouched
from lims.temperatures.setting_aside import quarantine_touched, release_touched
from lims.temperatures.touched import pairs_at_stake, touched_tubes
from lims.temperatures.vocabulary import ExcursionRecord
from tests.factories.trial import act
from tests.support.bench import NOW
from tests.support.counting import count_statements

from .conftest import Freezer, new_freezer

LATER = NOW + timedelta(days=30)


def touched(freezer: Freezer, record: ExcursionRecord) -> list[str]:
    return sorted(tube.barcode for tube in touched_tubes(freezer.session, record))


def minutes(freezer: Freezer, record: ExcursionRecord) -> dict[str, tuple[float, float]]:
    """From when to when of it each tube was there."""
    stays = {tube.barcode: tube.stay for tube in touched_tubes(freezer.session, record)}
    return {code: ((stay.begun_at - NOW).total_seconds() / 60, (stay.ended_at - NOW).total_seconds() / 60) for code, stay in stays.items()}


def test_a_tube_was_touched_if_it_was_there_then_wherever_it_is_now(freezer: Freezer) -> None:
    bench, elsewhere = freezer.bench, freezer.bench.freezer_box("box-9x9", "B9")
    stayed, left_before, left_while, came_while, came_after, out, never = bench.tubes(7)
    for tube in (stayed, left_before, left_while, out):
        bench.place(tube, freezer.box)
    bench.place(never, elsewhere)
    freezer.at(49)
    bench.move(left_before, elsewhere)
    bench.take_out(out)
    freezer.at(139)
    bench.move(left_while, elsewhere)
    bench.place(came_while, freezer.box)
    freezer.at(299)
    bench.place(came_after, freezer.box)
    freezer.limit(at=NOW)
    record = freezer.warm(100, 200)
    assert minutes(freezer, record) == {stayed: (100, 200), left_while: (100, 140), came_while: (141, 200)}


def test_boxes_and_racks_that_were_moved_are_followed(freezer: Freezer) -> None:
    bench, other = freezer.bench, freezer.bench.container("freezer", "F3")
    in_box, in_moved, loose = bench.tubes(3)
    moved_box, second = bench.container("box-9x9", "B2", freezer.rack), bench.container("box-9x9", "B3", other)
    bench.place(in_box, freezer.box)
    bench.place(in_moved, moved_box)
    bench.place(loose, second)
    freezer.move(moved_box, None, 50)
    freezer.move(freezer.rack, other, 150)
    freezer.move(second, freezer.container, 180)
    freezer.limit(at=NOW)
    assert minutes(freezer, freezer.warm(100, 200)) == {in_box: (100, 150), loose: (180, 200)}


def test_what_was_recorded_late_counts_from_when_it_happened(freezer: Freezer) -> None:
    tube = freezer.bench.tube()
    freezer.limit(at=NOW)
    record = freezer.warm(100, 200)
    assert touched(freezer, record) == []
    freezer.bench.at = NOW + timedelta(minutes=119)
    freezer.bench.place(tube, freezer.box)
    assert minutes(freezer, record) == {tube: (120, 200)}


def test_all_or_some_are_set_aside_and_each_says_why(freezer: Freezer) -> None:
    one, other, third = (bench := freezer.bench).tubes(3)
    for tube in (one, other, third):
        bench.place(tube, freezer.box)
    freezer.limit(at=NOW)
    record = freezer.warm(100, 200)
    outcome = quarantine_touched(freezer.session, record.id, [one], None, actor=SYSTEM, at=LATER)
    assert (outcome.done, outcome.left) == ((one,), ())
    outcome = quarantine_touched(freezer.session, record.id, None, "alarm at night", actor=SYSTEM, at=LATER)
    assert sorted(outcome.done) == sorted([other, third])
    assert [(left.barcode, left.state) for left in outcome.left] == [(one, "quarantined")]
    event = list_events(freezer.session, lock_specimen(freezer.session, other).id)[-1]
    assert (event.type, event.facts["excursion"]) == (EventType.QUARANTINED, record.id)
    assert event.reason == (
        f"alarm at night (excursion {record.id} of F2: above −70 °C from 2026-11-22 05:40 to 2026-11-22 07:20 UTC, −55.5 °C at the worst)"
    )
    assert {tube.state for tube in touched_tubes(freezer.session, record)} == {"quarantined"}
    with pytest.raises(NothingToDo):
        quarantine_touched(freezer.session, record.id, None, None, actor=SYSTEM, at=LATER)
    assert freezer.differences() == []


def test_release_lets_go_only_what_this_excursion_holds(freezer: Freezer) -> None:
    ours, for_another_reason = freezer.bench.tubes(2)
    for tube in (ours, for_another_reason):
        freezer.bench.place(tube, freezer.box)
    freezer.limit(at=NOW)
    record = freezer.warm(100, 200)
    torn = act(EventType.QUARANTINED, at=LATER, reason="label torn")
    quarantine_specimen(freezer.session, for_another_reason, torn, actor=SYSTEM, at=LATER)
    quarantine_touched(freezer.session, record.id, None, None, actor=SYSTEM, at=LATER)
    with pytest.raises(ReasonMissing):
        release_touched(freezer.session, record.id, None, None, actor=SYSTEM, at=LATER)
    outcome = release_touched(freezer.session, record.id, None, "RIN 8.9 in two test tubes", actor=SYSTEM, at=LATER)
    assert (outcome.done, [left.barcode for left in outcome.left]) == ((ours,), [for_another_reason])
    assert not lock_specimen(freezer.session, ours).quarantined
    assert lock_specimen(freezer.session, for_another_reason).quarantined
    with pytest.raises(NothingToDo):
        release_touched(freezer.session, record.id, None, "again", actor=SYSTEM, at=LATER)
    assert freezer.differences() == []


def test_a_tube_that_was_not_there_cannot_be_set_aside_with_them(freezer: Freezer) -> None:
    there, stranger = freezer.bench.tubes(2)
    freezer.bench.place(there, freezer.box)
    freezer.limit(at=NOW)
    with pytest.raises(NotTouched, match=f"Not in the freezer at that time: {stranger}"):
        quarantine_touched(freezer.session, freezer.warm().id, [there, stranger], None, actor=SYSTEM, at=LATER)
    assert not lock_specimen(freezer.session, there).quarantined


def test_a_pair_is_lost_where_a_side_has_nothing_but_what_was_touched(freezer: Freezer) -> None:
    elsewhere = freezer.bench.freezer_box("box-9x9", "B9")
    alone, one_of_two, other = freezer.bench.tube(), freezer.bench.tube(participant="L08"), freezer.bench.tube(participant="L08")
    freezer.bench.place(alone, freezer.box)
    freezer.bench.place(one_of_two, freezer.box)
    freezer.bench.place(other, elsewhere)
    freezer.limit(at=NOW)
    record = freezer.warm()
    before = pairs_at_stake(freezer.session, touched_tubes(freezer.session, record), at=LATER)
    told = [(each.participant, each.assay, each.lost, each.touched) for each in before]
    assert told == [
        ("L07", "metabolomics-stool", True, (alone,)),
        ("L07", "metagenomics", True, (alone,)),
        ("L08", "metabolomics-stool", False, (one_of_two,)),
        ("L08", "metagenomics", False, (one_of_two,)),
    ]
    quarantine_touched(freezer.session, record.id, None, None, actor=SYSTEM, at=LATER)
    after = pairs_at_stake(freezer.session, touched_tubes(freezer.session, record), at=LATER)
    assert [(each.participant, each.assay, each.lost, each.touched) for each in after] == told


def test_the_tubes_of_a_full_freezer_cost_no_more_statements(database: Database) -> None:
    def cost(tubes: int) -> int:
        with database.transaction() as session:
            freezer.bench.session = session
            for tube in freezer.bench.tubes(tubes):
                freezer.bench.place(tube, freezer.box)
        with count_statements(database) as counted, database.read() as session:
            found.append(len(touched_tubes(session, record)))
        return len(counted.statements)

    found: list[int] = []
    with database.transaction() as session:
        freezer = new_freezer(session)
        freezer.limit(at=NOW)
        record = freezer.warm()
    few, many = cost(3), cost(20)
    assert found == [3, 23]
    assert many == few
