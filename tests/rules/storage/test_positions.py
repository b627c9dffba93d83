"""How holes are named, read and filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.storage.errors import NoSuchPosition
from lims.storage.positions import format_position, next_free, parse_position
from lims.storage.vocabulary import Grid, Position, Scheme

NINE = Grid(9, 9)
A_BOX = "a 9 × 9 box"

grids = st.builds(Grid, st.integers(1, 100), st.integers(1, 100), st.sampled_from(Scheme))


@st.composite
def holes(draw: st.DrawFn) -> tuple[Grid, Position]:
    grid = draw(grids)
    return grid, Position(draw(st.integers(0, grid.rows - 1)), draw(st.integers(0, grid.columns - 1)))


@given(holes())
def test_every_hole_is_read_back_by_its_own_name(hole: tuple[Grid, Position]) -> None:
    grid, position = hole
    assert parse_position(format_position(position, grid), grid, "a box") == position


@given(grids)
def test_no_two_holes_of_a_box_have_the_same_name(grid: Grid) -> None:
    names = [format_position(position, grid) for position in grid]
    assert len(set(names)) == len(names) == len(grid)


@given(holes())
def test_the_next_free_hole_follows_the_order_of_filling(hole: tuple[Grid, Position]) -> None:
    grid, position = hole
    before = {other for other in grid if other < position}
    assert next_free(grid, before) == position


@given(grids)
def test_a_full_box_has_no_next_hole(grid: Grid) -> None:
    assert next_free(grid, set(grid)) is None


@given(st.text(max_size=20), grids)
def test_whatever_is_typed_is_a_hole_of_the_box_or_refused_in_words(text: str, grid: Grid) -> None:
    try:
        hole = parse_position(text, grid, "a box")
    except NoSuchPosition:
        assert all(format_position(hole, grid) != text for hole in grid)
    else:
        assert hole in grid


@pytest.mark.parametrize("written", ["A1", "a1", "A01", "a001", "A:1", "A-1", " A1 ", "A 1"])
def test_a_hole_may_be_written_in_many_ways(written: str) -> None:
    assert parse_position(written, NINE, A_BOX) == Position(0, 0)


def test_a_numbered_box_counts_along_its_rows() -> None:
    numbered = Grid(9, 9, Scheme.NUMBERS)
    assert [parse_position(written, numbered, A_BOX) for written in ("1", "09", "10", "81")] == [
        Position(0, 0),
        Position(0, 8),
        Position(1, 0),
        Position(8, 8),
    ]


def test_rows_after_z_have_two_letters() -> None:
    plate = Grid(32, 48)
    assert format_position(Position(26, 0), plate) == "AA1"
    assert parse_position("AF48", plate, "a plate") == Position(31, 47)


@pytest.mark.parametrize(
    ("written", "grid", "sentence"),
    [
        ("K1", NINE, "K1: a 9 × 9 box has rows A to I."),
        ("A10", NINE, "A10: a 9 × 9 box has columns 1 to 9."),
        ("7", NINE, "7: a 9 × 9 box has holes A1 to I9."),
        ("A0", NINE, "A0: a 9 × 9 box has holes A1 to I9."),
        ("", NINE, ": a 9 × 9 box has holes A1 to I9."),
        ("A1\x00", NINE, "'A1\\x00': a 9 × 9 box has holes A1 to I9."),
        ("82", Grid(9, 9, Scheme.NUMBERS), "82: a 9 × 9 box has holes 1 to 81."),
        ("A1", Grid(9, 9, Scheme.NUMBERS), "A1: a 9 × 9 box has holes 1 to 81."),
        ("A1" * 40, NINE, "A1A1A1A1A1A1…: a 9 × 9 box has holes A1 to I9."),
    ],
)
def test_a_hole_the_box_does_not_have_is_named_with_what_it_has(written: str, grid: Grid, sentence: str) -> None:
    with pytest.raises(NoSuchPosition) as refused:
        parse_position(written, grid, A_BOX)
    assert refused.value.sentence == sentence
    assert refused.value.findings[0].where == "position"


def test_digits_of_other_scripts_are_no_numbers() -> None:
    with pytest.raises(NoSuchPosition):
        parse_position("A١", NINE, A_BOX)
