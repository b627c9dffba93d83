"""The stream of acts from the bench, corrections of a place, and taking the last act back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.errors import AlreadyCorrected, ReasonMissing, UnknownEvent
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import Event, EventType
from lims.specimens.errors import CannotCorrect, UnknownSpecimen
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import LockedSpecimen, SpecimenState
from lims.storage.acts import record_act
from lims.storage.corrections import TAKEN_BACK
from lims.storage.errors import ActIncomplete, CannotTakeBack, ContainerClosed, NotABenchAct, NothingToCorrect, PositionOccupied
from lims.storage.queries import current_place, get_container
from lims.storage.vocabulary import RecordAct
from tests.support.bench import Bench

AT_THE_BENCH = {
    EventType.RECEIVED,
    EventType.PLACED,
    EventType.MOVED,
    EventType.CHECKED_OUT,
    EventType.RETURNED,
    EventType.REMOVED,
    EventType.THAWED,
    EventType.CONSUMED,
    EventType.ALIQUOTED,
    EventType.DISPATCHED,
    EventType.QUARANTINED,
    EventType.RELEASED,
    EventType.DISPOSED,
    EventType.CORRECTED,
}


def record(bench: Bench, type_: str, barcode: str, **more: Any) -> Event:
    command = RecordAct(type=EventType(type_), barcode=barcode, occurred_at=bench.at, **more)
    return record_act(bench.session, command, actor=SYSTEM, at=bench.at)


def undo(bench: Bench, tube: str, event: Event) -> Event:
    return record(bench, "corrected", tube, corrects=event.id, reason="wrong tube")


def correct(bench: Bench, tube: str, **changes: Any) -> Event:
    return record(bench, "corrected", tube, changes=changes, reason="found there")


def place_of(bench: Bench, tube: str) -> str | None:
    place = current_place(bench.session, now(bench, tube).id)
    return None if place is None else str(place) + (" (out)" if place.away else "")


def now(bench: Bench, tube: str) -> LockedSpecimen:
    return lock_specimen(bench.session, tube)


def test_a_tube_lives_its_life_by_acts_alone(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    acts: list[tuple[str, dict[str, Any]]] = [
        ("placed", {"container": box.barcode}),
        ("moved", {"container": box.barcode, "position": "C4"}),
        ("checked_out", {"to": "Li"}),
        ("thawed", {}),
        ("consumed", {"amount": Decimal(50), "unit": "mg"}),
        ("returned", {}),
        ("quarantined", {"reason": "leaking cap"}),
        ("released", {"reason": "cap changed"}),
        ("dispatched", {"to": "Core"}),
        ("received", {}),
        ("disposed", {}),
    ]
    for type_, more in acts:
        assert record(bench, type_, tube, **more).type == type_
    assert (now(bench, tube).state, now(bench, tube).amount) == (SpecimenState.DISPOSED, 150_000)
    assert [event.type for event in list_events(bench.session, now(bench, tube).id)] == ["registered", *(type_ for type_, _ in acts)]


def test_a_box_is_moved_in_the_same_words_as_a_tube(bench: Bench) -> None:
    box, shelf = bench.freezer_box(), bench.container("shelf", "S2")
    event = record(bench, "moved", box.barcode, container=shelf.barcode, position="left")
    assert (event.type, get_container(bench.session, box.barcode).parent_id) == (EventType.CONTAINER_MOVED, shelf.id)


def test_an_unknown_tube_is_not_taken_for_a_box(bench: Bench) -> None:
    with pytest.raises(UnknownSpecimen):
        record(bench, "moved", "NOBODY", container=bench.container().barcode)


def test_placing_without_a_container_asks_for_it(bench: Bench) -> None:
    with pytest.raises(ActIncomplete, match="scan the container too"):
        record(bench, "placed", bench.tube())


def test_material_taken_for_aliquots_kept_elsewhere_is_gone_from_the_tube(bench: Bench) -> None:
    tube = bench.tube()
    with pytest.raises(ActIncomplete, match="how much"):
        record(bench, EventType.ALIQUOTED, tube)
    event = record(bench, EventType.ALIQUOTED, tube, amount=Decimal(1), unit="mg")
    assert (event.type, event.facts["drawn"]) == (EventType.ALIQUOTED, 1_000)
    assert list(verify(bench.session, ledger_checks())) == []


@pytest.mark.parametrize("type_", sorted(set(EventType) - AT_THE_BENCH))
def test_what_is_not_done_at_the_bench_is_refused_in_words(bench: Bench, type_: EventType) -> None:
    with pytest.raises(NotABenchAct, match="is not recorded by itself"):
        record(bench, type_, "T-1")


def test_a_place_recorded_wrongly_is_put_right_and_both_stand_in_the_event(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    placed = bench.place(tube, box, "A1")
    event = record(bench, "corrected", tube, changes={"position": "b2"}, reason="read upside down", corrects=placed.id)
    was, is_ = event.facts["changes"]["place"]
    assert (was["position"], is_["position"], place_of(bench, tube), event.corrects) == ("A1", "B2", "B2 of B1", placed.id)
    assert bench.place(bench.tube(), box, "A1")


def test_a_tube_found_in_another_box_is_stored_there(bench: Bench) -> None:
    box, other, tube = bench.freezer_box(), bench.container(name="B9"), bench.tube()
    bench.place(tube, box)
    bench.remove(tube)
    correct(bench, tube, container=other.barcode, position="C3")
    assert (place_of(bench, tube), now(bench, tube).state) == ("C3 of B9", SpecimenState.STORED)


def test_a_tube_that_is_not_in_its_box_is_said_to_be_in_none(bench: Bench) -> None:
    tube = bench.tube()
    bench.place(tube, bench.freezer_box())
    correct(bench, tube, container=None)
    assert (place_of(bench, tube), now(bench, tube).state) == (None, SpecimenState.RECEIVED)


def test_a_state_is_put_right_and_its_hole_with_it(bench: Bench) -> None:
    tube = bench.tube()
    bench.place(tube, bench.freezer_box(), "A1")
    correct(bench, tube, state="checked-out")
    assert place_of(bench, tube) == "A1 of B1 (out)"
    correct(bench, tube, state="disposed")
    assert (place_of(bench, tube), now(bench, tube).state) == (None, SpecimenState.DISPOSED)


def test_a_correction_never_puts_another_tube_out_of_its_hole(bench: Bench) -> None:
    box, tube, other = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(tube, box, "A1")
    bench.place(other, box, "A2")
    with pytest.raises(PositionOccupied), bench.session.begin_nested():
        correct(bench, tube, position="A2")
    assert (place_of(bench, tube), place_of(bench, other)) == ("A1 of B1", "A2 of B1")


def test_amounts_and_thaws_are_put_right_too(bench: Bench) -> None:
    tube = bench.tube()
    bench.place(tube, bench.freezer_box())
    record(bench, "corrected", tube, changes={"amount": "120.5", "thaw_count": 2}, unit="mg", reason="weighed again")
    assert (now(bench, tube).amount, now(bench, tube).thaw_count) == (120_500, 2)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"position": "A1"}, NothingToCorrect),
        ({"state": "stored"}, NothingToCorrect),
        ({"state": "lost"}, CannotCorrect),
        ({"state": 7}, CannotCorrect),
        ({"colour": "red"}, CannotCorrect),
        ({"position": "A2", "amount": 1}, ActIncomplete),
        ({}, ActIncomplete),
    ],
)
def test_a_correction_that_corrects_nothing_or_cannot_is_refused(bench: Bench, changes: dict[str, Any], refusal: type[Exception]) -> None:
    tube = bench.tube()
    bench.place(tube, bench.freezer_box(), "A1")
    with pytest.raises(refusal):
        correct(bench, tube, **changes)


def test_nobody_corrects_without_saying_why(bench: Bench) -> None:
    tube = bench.tube()
    placed = bench.place(tube, bench.freezer_box(), "A1")
    with pytest.raises(ReasonMissing):
        record(bench, "corrected", tube, changes={"position": "A2"})
    with pytest.raises(ReasonMissing):
        record(bench, "corrected", tube, corrects=placed.id)


def test_a_place_cannot_be_put_right_for_a_tube_in_none_without_the_box(bench: Bench) -> None:
    with pytest.raises(ActIncomplete):
        correct(bench, bench.tube(), position="A1")


UNDONE: list[tuple[str, dict[str, Any]]] = [
    ("moved", {"position": "C4"}),
    ("checked_out", {}),
    ("removed", {}),
    ("thawed", {}),
    ("consumed", {"amount": Decimal(50)}),
    ("consumed", {}),
    ("dispatched", {"to": "Core"}),
    ("quarantined", {"reason": "leaking"}),
    ("disposed", {}),
    ("corrected", {"changes": {"position": "B7"}, "reason": "seen there"}),
    ("corrected", {"changes": {"amount": "199"}, "reason": "weighed"}),
]


@pytest.mark.parametrize(("type_", "more"), UNDONE)
def test_the_last_act_is_taken_back_and_everything_is_as_it_was(bench: Bench, type_: str, more: dict[str, Any]) -> None:
    tube = bench.primary().barcode
    bench.place(tube, bench.freezer_box(), "A1")
    before, place = now(bench, tube), place_of(bench, tube)
    taken_back = undo(bench, tube, record(bench, type_, tube, **more))
    assert taken_back.type is EventType.CORRECTED
    assert replace(now(bench, tube), history=before.history) == before
    assert place_of(bench, tube) == place == "A1 of B1"
    assert_ledger_agrees(bench)


def test_a_first_placement_taken_back_leaves_the_tube_in_the_hand(bench: Bench) -> None:
    tube, box = bench.tube(), bench.freezer_box()
    undo(bench, tube, bench.place(tube, box, "A1"))
    assert (place_of(bench, tube), now(bench, tube).state) == (None, SpecimenState.RECEIVED)
    assert bench.place(bench.tube(), box, "A1")


def test_taking_back_may_itself_be_taken_back(bench: Bench) -> None:
    tube, box = bench.tube(), bench.freezer_box()
    placed = bench.place(tube, box, "A1")
    undo(bench, tube, undo(bench, tube, placed))
    assert place_of(bench, tube) == "A1 of B1"
    assert_ledger_agrees(bench)


def test_an_act_on_which_another_stands_is_not_taken_back(bench: Bench) -> None:
    tube, box = bench.tube(), bench.freezer_box()
    placed = bench.place(tube, box, "A1")
    bench.take_out(tube)
    with pytest.raises(CannotTakeBack, match="“checked out” came after it"):
        undo(bench, tube, placed)


def test_an_act_is_taken_back_once(bench: Bench) -> None:
    tube, box = bench.tube(), bench.freezer_box()
    bench.place(tube, box, "A1")
    moved = bench.move(tube, box, "A2")
    undo(bench, tube, moved)
    with pytest.raises(AlreadyCorrected):
        undo(bench, tube, moved)


def test_an_act_on_another_tube_is_not_taken_back_through_this_one(bench: Bench) -> None:
    tube, other, box = bench.tube(), bench.tube(), bench.freezer_box()
    placed = bench.place(other, box, "A1")
    with pytest.raises(UnknownEvent):
        undo(bench, tube, placed)


def test_a_registration_is_not_taken_back(bench: Bench) -> None:
    tube = bench.tube()
    [registered] = list_events(bench.session, now(bench, tube).id)
    with pytest.raises(CannotTakeBack, match="“registered” has touched other things too"):
        undo(bench, tube, registered)
    assert EventType.ALIQUOTED not in TAKEN_BACK


def test_a_tube_whose_old_hole_is_taken_does_not_go_back(bench: Bench) -> None:
    tube, other, box = bench.tube(), bench.tube(), bench.freezer_box()
    bench.place(tube, box, "A1")
    moved = bench.move(tube, box, "A2")
    bench.place(other, box, "A1")
    with pytest.raises(PositionOccupied, match=f"A1 of B1 holds {other}"), bench.session.begin_nested():
        undo(bench, tube, moved)
    assert place_of(bench, tube) == "A2 of B1"


def test_a_tube_does_not_go_back_into_a_closed_box(bench: Bench) -> None:
    tube, box = bench.tube(), bench.container()
    bench.place(tube, box, "A1")
    moved = bench.move(tube, bench.container(name="B2"), "A2")
    bench.close(box)
    with pytest.raises(ContainerClosed):
        undo(bench, tube, moved)


def assert_ledger_agrees(bench: Bench) -> None:
    """Tables and events say the same: chains, places, and each tube's own columns."""
    assert [str(difference) for difference in verify(bench.session, ledger_checks())] == []
