"""Containers: making them, moving them with all that is in them, closing them, finding the way to them."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import Event, EventType
from lims.db import violated_constraint
from lims.errors import LimsError
from lims.ids import WrongCheckCharacter, has_right_check, in_fours
from lims.labels.errors import CodeTaken
from lims.storage.containers import close_container, move_container
from lims.storage.errors import (
    ActIncomplete,
    ContainerClosed,
    ContainerInItself,
    ContainerNotEmpty,
    MayNotHold,
    NameTaken,
    SlotTaken,
    UnknownContainer,
)
from lims.storage.models import Container
from lims.storage.queries import container_map, containers_by_id, fill_of, find_child, get_container, list_containers, places_of
from lims.storage.records import ContainerRecord, Fill
from lims.storage.vocabulary import CloseContainer, MoveContainer
from lims.storage.ways import container_path, container_paths
from lims.studies.errors import UnknownStudy
from tests.support.bench import NOW, Bench


def move(bench: Bench, what: ContainerRecord, into: ContainerRecord | None, position: str | None = None) -> Event:
    command = MoveContainer(container=what.barcode, parent=None if into is None else into.barcode, position=position, occurred_at=NOW)
    return move_container(bench.session, command, actor=SYSTEM, at=bench.at)


def close(bench: Bench, what: ContainerRecord) -> Event:
    return close_container(bench.session, CloseContainer(container=what.barcode, occurred_at=NOW), actor=SYSTEM, at=bench.at)


def test_a_new_container_has_a_barcode_of_ours_and_one_event(bench: Bench) -> None:
    freezer = bench.container("freezer", "Haier-86 #2")
    assert freezer.barcode.startswith("C")
    assert has_right_check(freezer.barcode)
    assert get_container(bench.session, in_fours(freezer.barcode).lower()) == freezer
    [event] = list_events(bench.session, freezer.id)
    assert (event.type, event.facts["name"], event.facts["temperature_c"]) == (EventType.CONTAINER_MADE, "Haier-86 #2", -80)


def test_a_box_may_keep_the_code_it_came_with(bench: Bench) -> None:
    box = bench.container(barcode="sbs 0042")
    assert get_container(bench.session, "SBS 0042").id == box.id
    with pytest.raises(CodeTaken):
        bench.container(name="B2", barcode="SBS 0042")


def test_the_way_to_a_box_is_told_outermost_first(bench: Bench) -> None:
    box = bench.freezer_box()
    assert [step.name for step in container_path(bench.session, box.id)] == ["F-B1", "S1", "R3", "B1"]
    assert container_path(bench.session, box.id)[-1].barcode == box.barcode


def test_several_ways_are_told_in_one_answer(bench: Bench) -> None:
    first, second = bench.freezer_box(name="B1"), bench.container("bag", "Loose")
    ways = container_paths(bench.session, [first.id, second.id])
    assert [[step.name for step in ways[box.id]] for box in (first, second)] == [["F-B1", "S1", "R3", "B1"], ["Loose"]]


def test_two_containers_of_one_place_do_not_share_a_name(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    box = bench.container(name="B1", parent=rack)
    with pytest.raises(NameTaken, match=f"There is a B1 here already \\({in_fours(box.barcode)}\\)"):
        bench.container(name="B1", parent=rack)
    bench.container(name="B1", parent=bench.container("rack", "R2"))


def test_two_containers_do_not_stand_in_one_slot(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    bench.container(name="B1", parent=rack, position="3")
    with pytest.raises(SlotTaken, match="stands in 3"):
        bench.container(name="B2", parent=rack, position="3")


def test_the_database_refuses_two_names_even_to_one_who_does_not_ask(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    bench.container(name="B1", parent=rack)
    other = bench.container(name="B2", parent=rack)
    with pytest.raises(IntegrityError) as refused, bench.session.begin_nested():
        bench.session.execute(update(Container).where(Container.id == other.id).values(name="B1"))
    assert violated_constraint(refused.value) == "uq_container_parent_id_name"


def test_a_box_does_not_go_into_a_box(bench: Bench) -> None:
    box = bench.container()
    with pytest.raises(MayNotHold):
        bench.container(name="B2", parent=box)


def test_a_place_needs_the_container_it_is_in(bench: Bench) -> None:
    with pytest.raises(ActIncomplete):
        bench.container(position="3")


def test_a_box_may_be_kept_for_one_study(bench: Bench) -> None:
    assert bench.container(study="ILDR-02").study_id is not None
    with pytest.raises(UnknownStudy):
        bench.container(name="B2", study="NOBODY-99")


def test_a_refused_container_leaves_nothing(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    bench.container(name="B1", parent=rack)
    with pytest.raises(NameTaken):
        bench.container(name="B1", parent=rack)
    assert [box.name for box in list_containers(bench.session, rack.id)] == ["B1"]


def test_a_moved_rack_takes_its_tubes_along_in_their_holes(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    placed = bench.place(tube, box, "C4")
    rack = containers_by_id(bench.session, [box.parent_id or 0])[box.parent_id or 0]
    other = bench.container("shelf", "S9", bench.container("freezer", "F9"))
    event = move(bench, rack, other, "left")
    assert places_of(bench.session, [placed.subject_id])[placed.subject_id].text == "F9 / S9 / R3 / B1 / C4"
    assert (event.type, event.facts["to"]) == (
        EventType.CONTAINER_MOVED,
        {"parent_id": other.id, "parent": other.barcode, "slot": "left"},
    )
    assert event.facts["from"]["parent_id"] == rack.parent_id


def test_a_box_may_stand_on_the_bench_for_a_while(bench: Bench) -> None:
    box = bench.freezer_box()
    move(bench, box, None)
    assert [step.name for step in container_path(bench.session, box.id)] == ["B1"]


def test_a_container_never_ends_up_in_itself(bench: Bench) -> None:
    rack = bench.container("rack", "R1", bench.container("shelf", "S1"))
    drawer = bench.container("drawer", "D1", rack)
    with pytest.raises(ContainerInItself):
        move(bench, rack, drawer)
    with pytest.raises(ContainerInItself):
        move(bench, rack, rack)


def test_a_move_onto_anothers_name_or_slot_is_refused_and_nothing_has_moved(bench: Bench) -> None:
    first, second = bench.container("rack", "R1"), bench.container("rack", "R2")
    bench.container(name="B1", parent=first, position="1")
    box, third = bench.container(name="B1", parent=second), bench.container(name="B3", parent=second)
    with pytest.raises(NameTaken):
        move(bench, box, first)
    with pytest.raises(SlotTaken):
        move(bench, third, first, "1")
    assert [box.parent_id for box in list_containers(bench.session, second.id)] == [second.id, second.id]


def test_a_box_may_change_its_slot_where_it_stands(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    box = bench.container(name="B1", parent=rack, position="1")
    move(bench, box, rack, "2")
    assert get_container(bench.session, box.barcode).slot == "2"


def test_a_box_with_a_tube_or_a_kept_hole_is_not_closed(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box)
    bench.take_out(tube)
    with pytest.raises(ContainerNotEmpty, match="B1 holds 1 tube and 0 containers"):
        close(bench, box)
    with pytest.raises(ContainerNotEmpty, match="R3 holds 1 tube and 1 container"):
        close(bench, containers_by_id(bench.session, [box.parent_id or 0])[box.parent_id or 0])


def test_a_closed_box_is_known_but_used_no_more(bench: Bench) -> None:
    rack = bench.container("rack", "R1")
    box = bench.container(name="B1", parent=rack)
    close(bench, box)
    assert get_container(bench.session, box.barcode).closed_at == NOW
    assert list_containers(bench.session, rack.id) == []
    assert find_child(bench.session, rack.id, "B1") is None
    with pytest.raises(ContainerClosed):
        bench.place(bench.tube(), box)
    with pytest.raises(ContainerClosed):
        move(bench, box, rack)
    bench.container(name="B1", parent=rack)


def test_a_code_that_is_no_container_is_told_for_what_it_is(bench: Bench) -> None:
    tube = bench.primary().barcode
    with pytest.raises(UnknownContainer, match=r"that is a tube, not a container\. Scan the box"):
        get_container(bench.session, tube)
    with pytest.raises(UnknownContainer, match="no container has that code"):
        get_container(bench.session, "NOBODY")
    wrong = tube[:-1] + ("2" if tube[-1] != "2" else "3")
    with pytest.raises(WrongCheckCharacter):
        get_container(bench.session, wrong)


def test_a_map_shows_every_hole_along_the_rows(bench: Bench) -> None:
    box, here, out = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(here, box, "A2")
    bench.place(out, box, "I9")
    bench.take_out(out)
    found = container_map(bench.session, box.barcode)
    assert (found.rows, found.columns, len(found.positions)) == (9, 9, 81)
    assert [hole.position for hole in found.positions[:3]] == ["A1", "A2", "A3"]
    assert [(hole.position, hole.state, hole.barcode) for hole in found.positions if hole.state != "free"] == [
        ("A2", "here", here),
        ("I9", "away", out),
    ]


def test_a_bag_lists_its_tubes_without_holes(bench: Bench) -> None:
    bag, tubes = bench.container("bag", "Loose"), bench.tubes(2)
    for tube in tubes:
        bench.place(tube, bag)
    found = container_map(bench.session, bag.barcode)
    assert (found.rows, found.columns) == (None, None)
    assert [(hole.position, hole.barcode) for hole in found.positions] == [(None, tube) for tube in tubes]


def test_room_is_counted_through_the_whole_tree(bench: Bench) -> None:
    box = bench.freezer_box()
    freezer = container_path(bench.session, box.id)[0]
    bench.container("box-10x10", "B2", containers_by_id(bench.session, [box.parent_id or 0])[box.parent_id or 0])
    tubes = bench.tubes(3)
    for tube in tubes:
        bench.place(tube, box)
    bench.take_out(tubes[0])
    empty = bench.container("freezer", "F9")
    fill = fill_of(bench.session, [freezer.id, box.id, empty.id])
    assert fill[freezer.id] == Fill(tubes=3, away=1, holes=181, taken=3)
    assert (fill[box.id].free, fill[empty.id]) == (78, Fill())


@pytest.mark.parametrize("code", ["", "x" * 65, "C\x00", "冻存盒"])
def test_a_malformed_code_is_refused_in_words(bench: Bench, code: str) -> None:
    with pytest.raises(LimsError):
        get_container(bench.session, code)
