"""Amounts: whole base units inside, the bench's units outside, and nothing that is no amount."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.specimens.amounts import (
    BASE_UNITS_PER,
    LARGEST,
    AmountNotUsable,
    UnitDoesNotFit,
    UnknownUnit,
    as_json,
    check_unit,
    from_base,
    in_words,
    to_base,
    to_base_of_something,
)
from lims.studies.protocol import UNIT_DIMENSIONS, Dimension

WHOLE_THINGS = {"cells", "count"}
NO_NUMBERS = ("NaN", "sNaN", "Infinity", "-Infinity", "", " ", "abc", "1,5", "1/3", "0x10", "1_000", "１２", "٣", "\x00", "5\x00", "\ud800")
TOO_FINE_OR_TOO_MUCH = ("1e999", "1e-999", "-1", "-0.001", "1.2345", "9" * 5000, "0." + "1" * 5000, 2**63, -(2**63), 10**5000)
NO_AMOUNTS = (*NO_NUMBERS, *TOO_FINE_OR_TOO_MUCH, True, False, Decimal("NaN"))
UNITS = st.sampled_from(sorted(BASE_UNITS_PER))


def test_every_unit_of_the_contract_is_known() -> None:
    assert set(BASE_UNITS_PER) == set(UNIT_DIMENSIONS) == {"mg", "g", "uL", "mL", "cells", "10^6", "count"}


@pytest.mark.parametrize(
    ("amount", "unit", "base"),
    [
        ("9.1", "mL", 9_100_000),
        ("0.001", "uL", 1),
        (200, "mg", 200_000),
        ("2.321", "g", 2_321_000),
        (5, "10^6", 5_000_000),
        ("0.001", "10^6", 1000),
        (3_000_000, "cells", 3_000_000),
        ("1", "count", 1),
        ("1.000", "count", 1),
        (Decimal("2E+2"), "mg", 200_000),
        ("-0", "mg", 0),
        (0, "mg", 0),
    ],
)
def test_an_amount_is_a_whole_number_of_base_units(amount: Decimal | int | str, unit: str, base: int) -> None:
    assert to_base(amount, unit) == base


@given(st.decimals(min_value=0, max_value=10**9, places=3), UNITS)
def test_an_amount_comes_back_as_it_was_given(amount: Decimal, unit: str) -> None:
    if unit not in WHOLE_THINGS:
        assert from_base(to_base(amount, unit), unit) == amount


@given(st.integers(0, LARGEST), UNITS)
def test_what_is_kept_is_told_exactly(base: int, unit: str) -> None:
    assert from_base(base, unit) * BASE_UNITS_PER[unit] == base
    assert "E" not in in_words(base, unit)


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=range(len(NO_AMOUNTS)))
def test_what_is_no_amount_is_refused_in_words(amount: Decimal | int | str) -> None:
    for unit in BASE_UNITS_PER:
        with pytest.raises(AmountNotUsable) as refused:
            to_base(amount, unit)
        assert len(str(refused.value)) < 120


@pytest.mark.parametrize("unit", sorted(WHOLE_THINGS))
def test_what_is_counted_is_whole(unit: str) -> None:
    with pytest.raises(AmountNotUsable, match="counted"):
        to_base("0.5", unit)


@given(st.one_of(st.text(max_size=30), st.integers(), st.decimals(), st.booleans()), UNITS)
def test_whatever_is_given_is_an_amount_or_refused(amount: Decimal | int | str, unit: str) -> None:
    with contextlib.suppress(AmountNotUsable):
        assert 0 <= to_base(amount, unit) <= LARGEST


def test_nothing_is_no_amount_to_take() -> None:
    assert to_base_of_something("0.001", "uL") == 1
    with pytest.raises(AmountNotUsable, match="nothing"):
        to_base_of_something("0.000", "mg")


@pytest.mark.parametrize(
    ("base", "unit", "number"), [(9_100_000, "mL", 9.1), (200_000, "mg", 200), (None, "mg", None), (5_000_000, "10^6", 5), (1, "mL", 1e-06)]
)
def test_an_amount_in_json_is_a_number_or_null(base: int | None, unit: str, number: float | None) -> None:
    assert as_json(base, unit) == number


@pytest.mark.parametrize(
    ("base", "unit", "words"),
    [
        (9_100_000, "mL", "9.1 mL"),
        (5_000_000, "10^6", "5 × 10⁶ cells"),
        (500_000, "uL", "500 µL"),
        (None, "mg", "unknown"),
        (10**12, "mg", "1000000000 mg"),
    ],
)
def test_an_amount_in_words(base: int | None, unit: str, words: str) -> None:
    assert in_words(base, unit) == words


def test_a_unit_that_does_not_fit_is_refused_with_those_that_do() -> None:
    check_unit("g", "stool", Dimension.MASS)
    with pytest.raises(UnitDoesNotFit, match=r"stool is not measured in mL. Give mg or g"):
        check_unit("mL", "stool", Dimension.MASS)


@pytest.mark.parametrize("unit", ["ml", "ML", "µL", "", "kg", "mg ", "\x00"])
def test_a_unit_nobody_measures_in_is_refused(unit: str) -> None:
    with pytest.raises(UnknownUnit):
        check_unit(unit, "stool", Dimension.MASS)
