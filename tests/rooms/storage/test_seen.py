"""Whoever acts on a thing as they saw it, after somebody else has moved it, is told who was first; what the other did stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import AlreadyCorrected
from lims.custody.vocabulary import EventType
from lims.specimens.queries import lock_specimen
from lims.storage.acts import record_act
from lims.storage.containers import move_container
from lims.storage.errors import CannotTakeBack, MovedMeanwhile, NameTaken, PositionOccupied, SlotTaken
from lims.storage.queries import current_place, find_container, get_container
from lims.storage.records import ContainerRecord
from lims.storage.rules import WRONG_TEMPERATURE, remarks_on
from lims.storage.seen import place_as_seen
from lims.storage.vocabulary import MoveContainer, RecordAct
from tests.support.bench import Bench

ZHOU = replace(SYSTEM, username="zhou.min")


def act(bench: Bench, type_: EventType, thing: str, **more: object) -> object:
    bench.at += timedelta(minutes=1)
    command = RecordAct(type=type_, barcode=thing, occurred_at=bench.at, **more)  # type: ignore[arg-type]  # each test says what it gives
    return record_act(bench.session, command, actor=ZHOU, at=bench.at)


def seen_of(bench: Bench, tube: str) -> str:
    return place_as_seen(current_place(bench.session, lock_specimen(bench.session, tube).id))


def parent_of(bench: Bench, box: ContainerRecord) -> int | None:
    return get_container(bench.session, box.barcode).parent_id


def test_a_tube_that_is_where_it_was_seen_is_moved(bench: Bench) -> None:
    tube, box = bench.tube(), bench.container()
    assert seen_of(bench, tube) == ""
    act(bench, EventType.PLACED, tube, container=box.barcode, position="A1", seen="")
    act(bench, EventType.CHECKED_OUT, tube, seen=seen_of(bench, tube))
    assert seen_of(bench, tube) == f"{box.barcode}.A1~"
    act(bench, EventType.RETURNED, tube, seen=seen_of(bench, tube))
    assert seen_of(bench, tube) == f"{box.barcode}.A1"


def test_a_tube_moved_meanwhile_stays_where_it_was_put_first(bench: Bench) -> None:
    tube, box, other = bench.tube(), bench.container(name="B1"), bench.container(name="B2")
    seen = seen_of(bench, tube)
    act(bench, EventType.PLACED, tube, container=box.barcode, position="A1", seen=seen)
    first_at = bench.at
    with pytest.raises(MovedMeanwhile) as told:
        act(bench, EventType.PLACED, tube, container=other.barcode, position="A1", seen=seen)
    assert (told.value.by, told.value.since, told.value.place) == ("zhou.min", first_at, "A1 of B1")
    assert seen_of(bench, tube) == f"{box.barcode}.A1"


def test_a_tube_taken_out_meanwhile_is_not_put_elsewhere(bench: Bench) -> None:
    tube, box = bench.tube(), bench.container()
    bench.place(tube, box, "A1")
    seen = seen_of(bench, tube)
    act(bench, EventType.CHECKED_OUT, tube, seen=seen)
    act(bench, EventType.THAWED, tube)
    with pytest.raises(MovedMeanwhile):
        act(bench, EventType.MOVED, tube, container=box.barcode, position="B2", seen=seen)
    act(bench, EventType.REMOVED, tube)
    with pytest.raises(MovedMeanwhile, match="in no container by now"):
        act(bench, EventType.RETURNED, tube, seen=seen)


def test_what_is_known_by_no_code_is_refused_as_ever(bench: Bench) -> None:
    with pytest.raises(Exception, match="no tube has that code"):
        act(bench, EventType.CHECKED_OUT, "X-NOBODY", seen="")


def test_whoever_finds_a_hole_taken_is_told_who_put_a_tube_there_and_when(bench: Bench) -> None:
    (first, second), box = bench.tubes(2), bench.container()
    act(bench, EventType.PLACED, first, container=box.barcode, position="A1")
    first_at = bench.at
    act(bench, EventType.THAWED, first)
    with pytest.raises(PositionOccupied) as told:
        act(bench, EventType.PLACED, second, container=box.barcode, position="A1")
    assert (told.value.occupant, told.value.by, told.value.since) == (first, "zhou.min", first_at)


def test_a_box_moved_meanwhile_stays_there(bench: Bench) -> None:
    box, one, other = bench.container(), bench.container("freezer", "F1"), bench.container("freezer", "F2")
    act(bench, EventType.MOVED, box.barcode, container=one.barcode, seen="")
    with pytest.raises(MovedMeanwhile, match="F1"):
        act(bench, EventType.MOVED, box.barcode, container=other.barcode, seen="")
    act(bench, EventType.MOVED, box.barcode, container=other.barcode, seen=f"{one.barcode}.")
    assert parent_of(bench, box) == other.id


def test_the_last_move_of_a_box_is_taken_back_with_all_that_is_in_it(bench: Bench) -> None:
    tube, box, one, other = bench.tube(), bench.container(), bench.container("freezer", "F1"), bench.container("freezer", "F2")
    bench.place(tube, box, "A1")
    moved = [
        move_container(bench.session, MoveContainer(container=box.barcode, parent=to, occurred_at=bench.at), actor=ZHOU, at=bench.at)
        for to in (one.barcode, other.barcode)
    ]
    with pytest.raises(CannotTakeBack):
        act(bench, EventType.CORRECTED, box.barcode, corrects=moved[0].id, reason="wrong freezer")
    act(bench, EventType.CORRECTED, box.barcode, corrects=moved[1].id, reason="wrong freezer")
    assert parent_of(bench, box) == one.id
    assert seen_of(bench, tube) == f"{box.barcode}.A1"
    with pytest.raises(AlreadyCorrected):
        act(bench, EventType.CORRECTED, box.barcode, corrects=moved[1].id, reason="wrong freezer")


def test_a_box_that_comes_to_where_it_is_too_warm_for_a_tube_says_so(bench: Bench) -> None:
    rack = bench.container("rack", "R1", bench.container("freezer", "F1"))
    box, warm = bench.container("box-9x9", "B1", rack), bench.container("freezer-20", "F2")
    bench.place(bench.tube(), box)
    into = MoveContainer(container=rack.barcode, parent=warm.barcode, occurred_at=bench.at)
    moved = move_container(bench.session, into, actor=ZHOU, at=bench.at)
    assert [remark.code for remark in remarks_on(moved)] == [WRONG_TEMPERATURE]
    back = move_container(bench.session, replace(into, parent=None), actor=ZHOU, at=bench.at)
    assert remarks_on(back) == ()


def test_a_box_does_not_go_back_to_where_another_stands_by_now(bench: Bench) -> None:
    freezer, other = bench.container("freezer", "F1"), bench.container("freezer", "F2")
    box = bench.container("box-9x9", "B1", freezer, position="3")
    moved = move_container(
        bench.session, MoveContainer(container=box.barcode, parent=other.barcode, occurred_at=bench.at), actor=ZHOU, at=bench.at
    )
    bench.container("box-9x9", "B2", freezer, position="3")
    with pytest.raises(SlotTaken):
        act(bench, EventType.CORRECTED, box.barcode, corrects=moved.id, reason="wrong freezer")
    assert parent_of(bench, box) == other.id


def test_a_box_does_not_go_back_beside_one_of_its_name(bench: Bench) -> None:
    freezer = bench.container("freezer", "F1")
    box = bench.container("box-9x9", "B1", freezer)
    moved = move_container(bench.session, MoveContainer(container=box.barcode, parent=None, occurred_at=bench.at), actor=ZHOU, at=bench.at)
    bench.container("box-9x9", "B1", freezer)
    with pytest.raises(NameTaken):
        act(bench, EventType.CORRECTED, box.barcode, corrects=moved.id, reason="wrong freezer")
    assert find_container(bench.session, box.barcode) is not None
