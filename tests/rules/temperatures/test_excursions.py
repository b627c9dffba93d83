"""What is an excursion and what is not; what a log does not say; between what a freezer can be asked to be."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.records import ContainerRecord
from lims.temperatures.errors import LimitsNotUsable, NotAFreezer
from lims.temperatures.rules import check_is_freezer, find_excursions, find_gaps, in_one_sentence, limits_from
from lims.temperatures.vocabulary import Beyond, Excursion, Gap, Limits, LimitsFrom, Reading, SetLimits, celsius

T0 = datetime(2026, 11, 20, tzinfo=UTC)
WARM_70 = Limits(warm_milli_c=-70_000, cold_milli_c=None, tolerated_minutes=30)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def log(*degrees: float, every: int = 10) -> list[Reading]:
    """Readings ten minutes apart."""
    return [Reading(at(each * every), round(1000 * degree)) for each, degree in enumerate(degrees)]


def found(readings: list[Reading], *limits: Limits) -> list[Excursion]:
    return find_excursions(readings, [LimitsFrom(T0, each) for each in limits or (WARM_70,)])


def test_longer_than_tolerated_is_an_excursion_up_to_the_first_reading_within() -> None:
    [excursion] = found(log(-80, -69, -55.25, -60, -69.9, -75))
    assert (excursion.begun_at, excursion.ended_at, excursion.lasting) == (at(10), at(50), False)
    assert (excursion.side, excursion.extreme_milli_c, excursion.limit_milli_c) == (Beyond.WARM, -55_250, -70_000)


def test_as_long_as_tolerated_is_none_and_the_limit_itself_is_within() -> None:
    assert found(log(-80, -60, -60, -60, -80)) == []
    assert found(log(-70, -70, -70, -70, -70, -70)) == []
    assert len(found(log(-80, -60, -60, -60, -60, -80))) == 1


def test_a_log_that_ends_outside_leaves_it_lasting() -> None:
    [excursion] = found(log(-80, -60, -60, -60, -60, -60))
    assert (excursion.lasting, excursion.ended_at) == (True, at(50))


def test_the_cold_side_has_its_own_limit_and_follows_without_a_pause() -> None:
    both = Limits(warm_milli_c=8_000, cold_milli_c=2_000, tolerated_minutes=0)
    warm, cold = found(log(5, 9, 9, 1, -3, 5), both)
    assert (warm.side, warm.extreme_milli_c, warm.ended_at) == (Beyond.WARM, 9_000, at(30))
    assert (cold.side, cold.extreme_milli_c, cold.begun_at) == (Beyond.COLD, -3_000, at(30))


def test_a_gap_between_two_readings_outside_counts_as_outside() -> None:
    readings = [Reading(at(0), -80_000), Reading(at(10), -60_000), Reading(at(300), -60_000), Reading(at(310), -80_000)]
    [excursion] = found(readings)
    assert (excursion.begun_at, excursion.ended_at) == (at(10), at(310))


def test_without_limits_there_are_no_excursions() -> None:
    assert find_excursions(log(20, 20, 20, 20, 20, 20), []) == []


def test_the_first_limits_hold_for_what_was_before_and_later_ones_from_their_time_on() -> None:
    narrow = Limits(warm_milli_c=-78_000, cold_milli_c=None, tolerated_minutes=0)
    limits = [LimitsFrom(at(100), WARM_70), LimitsFrom(at(200), narrow)]
    readings = log(*[-75] * 30)
    [excursion] = find_excursions(readings, limits)
    assert (excursion.begun_at, excursion.limit_milli_c) == (at(200), -78_000)
    assert find_excursions(log(-80, -60, -60, -60, -60, -60), limits)[0].limit_milli_c == -70_000


@given(st.lists(st.integers(-90, -50), min_size=1, max_size=60))
def test_excursions_never_overlap_and_are_exactly_the_long_runs_outside(degrees: list[int]) -> None:
    readings = log(*degrees)
    excursions = found(readings)
    for earlier, later in pairwise(excursions):
        assert earlier.ended_at <= later.begun_at
    inside = {reading.at for each in excursions for reading in readings if each.begun_at <= reading.at < each.ended_at}
    assert all(reading.milli_c > -70_000 for reading in readings if reading.at in inside)
    for begin in range(len(readings) - 4):
        if all(reading.milli_c > -70_000 for reading in readings[begin : begin + 5]):
            assert readings[begin].at in inside


def test_a_gap_is_far_longer_than_what_usually_lies_between() -> None:
    readings = [*log(-80, -80, -80, -80), Reading(at(90), -80_000), Reading(at(100), -80_000)]
    assert find_gaps(readings) == [Gap(at(30), at(90))]
    assert find_gaps(log(-80, -80, every=600)) == []
    assert find_gaps([Reading(T0 + timedelta(seconds=each * 10), 0) for each in (0, 1, 2, 60)]) == []


@pytest.mark.parametrize(
    ("warm", "cold", "minutes", "where"),
    [
        (None, None, 30, "warm_c"),
        ("-90", "-60", 30, "cold_c"),
        ("-60", "-60", 30, "cold_c"),
        ("101", None, 30, "warm_c"),
        (None, "-200.5", 30, "cold_c"),
        ("-60", None, -1, "tolerated_minutes"),
        ("-60", None, 10_081, "tolerated_minutes"),
    ],
)
def test_limits_between_which_nothing_can_be_are_refused(warm: str | None, cold: str | None, minutes: int, where: str) -> None:
    def degrees(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    command = SetLimits(container="F2", warm_c=degrees(warm), cold_c=degrees(cold), tolerated_minutes=minutes, occurred_at=T0)
    with pytest.raises(LimitsNotUsable) as refused:
        limits_from(command)
    assert refused.value.where == where


def test_only_what_cools_by_itself_has_temperatures() -> None:
    plain = {"id": 1, "barcode": "C", "name": "X", "parent_id": None, "slot": None, "rows": None, "columns": None}
    for code, kind in CONTAINER_TYPES.items():
        container = ContainerRecord(**plain, type=code, temperature_c=-80, study_id=None, closed_at=None)  # type: ignore[arg-type]  # as said
        if kind.temperature_c is not None:
            check_is_freezer(container)
        else:
            with pytest.raises(NotAFreezer):
                check_is_freezer(container)


def test_a_temperature_is_written_with_a_real_minus_and_no_idle_digit() -> None:
    assert [celsius(each) for each in (-79_850, -80_000, 0, 4_500, -1, 100_000)] == ["−79.85", "−80", "0", "4.5", "−0.001", "100"]


def test_the_ledger_names_an_excursion_in_one_sentence() -> None:
    [excursion] = found(log(-80, -60, -55, -60, -60, -80))
    told = "excursion 12 of F2: above −70 °C from 2026-11-20 00:10 to 2026-11-20 00:50 UTC, −55 °C at the worst"
    assert in_one_sentence(12, "F2", excursion) == told
