"""What goes into what, and what is too warm."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lims.custody.vocabulary import Event, EventType
from lims.specimens.errors import CannotCorrect
from lims.specimens.vocabulary import SpecimenState
from lims.storage.container_types import CONTAINER_TYPES, get_container_type
from lims.storage.errors import (
    AlreadyThere,
    ContainerClosed,
    ContainerInItself,
    MayNotHold,
    NameNotUsable,
    NoSuchPosition,
    TemperatureNotUsable,
    UnknownContainerType,
)
from lims.storage.records import ContainerRecord, Step
from lims.storage.rules import (
    check_is_a_change,
    check_may_stand_in,
    check_not_in_itself,
    check_temperature,
    read_name,
    read_position,
    remarks_on,
    state_after_correction,
    temperature_facts,
)
from lims.storage.vocabulary import Position
from lims.studies.protocol_file import load_protocol, shipped_protocol

ILDR_02 = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def container(type_: str, **more: object) -> ContainerRecord:
    grid = get_container_type(type_).grid
    record = ContainerRecord(
        id=7,
        barcode="C2345678",
        type=type_,
        name="B1",
        parent_id=None,
        slot=None,
        rows=None if grid is None else grid.rows,
        columns=None if grid is None else grid.columns,
        temperature_c=None,
        study_id=None,
        closed_at=None,
    )
    return replace(record, **more)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("inner", "outer"),
    [("shelf", "freezer"), ("rack", "shelf"), ("box-9x9", "rack"), ("tower", "ln2-tank"), ("box-10x10", "drawer"), ("bag", "freezer")],
)
def test_what_stands_in_what(inner: str, outer: str) -> None:
    check_may_stand_in(get_container_type(inner), container(outer))


def test_no_box_goes_into_a_hole_of_a_tube_box() -> None:
    with pytest.raises(MayNotHold, match="B1 is a 9 × 9 box: it holds tubes, no containers"):
        check_may_stand_in(get_container_type("rack-96"), container("box-9x9"))


def test_a_freezer_stands_in_a_room_and_nowhere_else() -> None:
    with pytest.raises(MayNotHold, match=r"A freezer stands in room\."):
        check_may_stand_in(get_container_type("freezer"), container("shelf"))
    with pytest.raises(MayNotHold, match="A room stands in nothing"):
        check_may_stand_in(get_container_type("room"), container("freezer"))


def test_nothing_goes_into_a_closed_container() -> None:
    with pytest.raises(ContainerClosed):
        check_may_stand_in(get_container_type("rack"), container("shelf", closed_at=NOW))


def test_every_type_stands_in_types_that_hold_containers() -> None:
    for type_ in CONTAINER_TYPES.values():
        assert all(CONTAINER_TYPES[outer].holds_containers for outer in type_.stands_in), type_.code
        assert type_.holds_tubes or type_.holds_containers
        assert type_.grid is None or not type_.holds_containers


def test_no_type_stands_in_itself_however_far_up() -> None:
    for type_ in CONTAINER_TYPES.values():
        above, seen = set(type_.stands_in), set[str]()
        while above:
            seen |= above
            above = {further for outer in above for further in CONTAINER_TYPES[outer].stands_in} - seen
        assert type_.code not in seen


def test_an_unknown_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownContainerType, match="freezer"):
        get_container_type("fridge-magnet")


def test_a_container_does_not_go_into_itself_nor_into_what_stands_in_it() -> None:
    rack, shelf = container("rack", id=3), Step(2, "C1", "shelf", "S1")
    check_not_in_itself(rack, [shelf])
    with pytest.raises(ContainerInItself):
        check_not_in_itself(rack, [shelf, Step(3, "C2", "rack", "B1"), Step(4, "C3", "drawer", "D1")])


def test_a_bag_has_no_holes() -> None:
    with pytest.raises(NoSuchPosition, match=r"A1: a bag has no holes\. Leave the position out"):
        read_position("A1", container("bag"))


def test_a_tube_in_its_hole_is_there_already_but_one_that_is_out_comes_back() -> None:
    hole = container("box-9x9").hole(Position(0, 0))
    check_is_a_change("T-1", None, hole)
    check_is_a_change("T-1", replace(hole, away=True), hole)
    check_is_a_change("T-1", container("box-9x9").hole(Position(0, 1)), hole)
    with pytest.raises(AlreadyThere, match="T-1 is in A1 of B1 already"):
        check_is_a_change("T-1", hole, hole)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "B\x00", "B\n1", "\ud800"])
def test_a_name_that_no_label_carries_is_refused(name: str) -> None:
    with pytest.raises(NameNotUsable):
        read_name("name", name, 60)


def test_a_name_may_be_chinese_and_loses_white_space_at_its_ends() -> None:
    assert read_name("name", " 冰箱 2 号 ", 60) == "冰箱 2 号"


@pytest.mark.parametrize("temperature_c", [-197, 61, 2**63])
def test_nothing_is_stored_at_an_impossible_temperature(temperature_c: int) -> None:
    with pytest.raises(TemperatureNotUsable):
        check_temperature(temperature_c)


@pytest.mark.parametrize(
    ("specimen_type", "is_c", "warned"),
    [
        ("plasma", -80, False),
        ("plasma", -20, True),
        ("pbmc", -80, True),
        ("pbmc", -180, False),
        ("tumour-ffpe", 20, False),
        ("tumour-ffpe", -80, True),
        ("plasma", None, False),
        ("blood-edta", 20, False),
        ("unheard-of", -80, False),
    ],
)
def test_too_warm_or_too_cold_for_the_protocol_is_remarked(specimen_type: str, is_c: int | None, warned: bool) -> None:
    assert bool(temperature_facts(ILDR_02, specimen_type, is_c)) is warned


def test_a_wrong_temperature_is_said_with_both_temperatures() -> None:
    [remark] = remarks_on(event(temperature_facts(ILDR_02, "plasma", -20)))
    assert remark.code == "wrong-temperature"
    assert remark.sentence == "It is to be kept at −90 to −60 °C; here it is −20 °C. Put it into the right store."
    assert remarks_on(event({})) == ()


@pytest.mark.parametrize(
    ("state", "said", "in_hole", "place_was_said", "expected"),
    [
        ("stored", None, False, True, ("received", None)),
        ("disposed", None, False, True, ("disposed", None)),
        ("received", None, True, True, ("stored", False)),
        ("depleted", None, True, True, ("depleted", False)),
        ("disposed", "stored", True, True, ("stored", False)),
        ("stored", "checked-out", True, False, ("checked-out", True)),
        ("stored", "received", True, False, ("received", None)),
    ],
)
def test_state_and_hole_are_put_right_together(
    state: str, said: str | None, in_hole: bool, place_was_said: bool, expected: tuple[str, bool | None]
) -> None:
    hole = container("box-9x9").hole(Position(0, 0)) if in_hole else None
    found, where = state_after_correction(SpecimenState(state), said, hole, place_was_said=place_was_said)
    assert (found, where and where.away) == expected


@pytest.mark.parametrize(
    ("said", "in_hole"), [("lost", False), ("depleted", True), ("stored", False), ("checked-out", False), ("disposed", True)]
)
def test_a_state_that_does_not_go_with_the_place_is_refused(said: str, in_hole: bool) -> None:
    hole = container("box-9x9").hole(Position(0, 0)) if in_hole else None
    with pytest.raises(CannotCorrect):
        state_after_correction(SpecimenState.RECEIVED, said, hole, place_was_said=True)


def event(facts: dict[str, object]) -> Event:
    return Event(1, 2, 1, EventType.PLACED, NOW, NOW, "li", None, None, None, facts, "", "")
