"""What a kit holds, what may be filled, and what is left over: decisions, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.errors import LimsError
from lims.kits.rules import check_may_be_filled, check_open, left_over, planned_tubes, state_after
from lims.kits.vocabulary import KitState, KitTubeRecord, TubeState
from lims.specimens.vocabulary import SpecimenForm
from lims.studies.protocol_file import load_protocol, shipped_protocol

PROTOCOL = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
TIMEPOINTS = [timepoint.code for timepoint in PROTOCOL.timepoints if PROTOCOL.plans_at(timepoint.code)]


def tubes(*, used: frozenset[int] = frozenset(), timepoint: str | None = "PRE") -> list[KitTubeRecord]:
    planned = planned_tubes(PROTOCOL, timepoint)
    return [
        KitTubeRecord(
            id=line,
            line=line,
            barcode=f"T{line:02d}",
            specimen_type=each.specimen_type,
            form=each.form,
            made_of=each.made_of,
            purpose=each.purpose,
            container_kind=each.container_kind,
            amount=each.amount,
            unit=each.unit,
            state=TubeState.USED if line in used else TubeState.READY,
        )
        for line, each in enumerate(planned, start=1)
    ]


@pytest.mark.parametrize("timepoint", TIMEPOINTS)
def test_a_kit_holds_as_many_tubes_as_the_protocol_plans_then(timepoint: str) -> None:
    planned = planned_tubes(PROTOCOL, timepoint)
    plans = PROTOCOL.plans_at(timepoint)
    primaries = sum(plan.tubes for plan in plans)
    assert sum(tube.form is SpecimenForm.PRIMARY for tube in planned) == primaries
    assert [tube.form for tube in planned] == sorted((tube.form for tube in planned), reverse=True)  # what is taken comes first
    stored = sum(plan.stored_tubes_at(timepoint) for plan in plans)
    undivided = sum(plan.tubes for plan in plans if not plan.divided)
    assert len(planned) == primaries + stored - undivided


def test_a_kit_for_any_timepoint_holds_what_every_timepoint_needs() -> None:
    of_any = planned_tubes(PROTOCOL, None)
    for timepoint in TIMEPOINTS:
        for tube in planned_tubes(PROTOCOL, timepoint):
            assert tube in of_any


def test_of_collected_stool_the_rest_of_what_was_to_be_taken_is_left_and_the_aliquots_wait() -> None:
    every = tubes()
    left = left_over(every, {1})
    assert {tube.specimen_type for tube in left if tube.form is SpecimenForm.PRIMARY} == {tube.specimen_type for tube in every[1:8]}
    assert "stool" not in {tube.made_of for tube in left}
    assert len(left) == 7 + 15


def test_of_filled_plasma_only_the_other_plasma_tubes_are_left() -> None:
    every = tubes(used=frozenset({2, 3}))
    plasma = [tube.id for tube in every if tube.specimen_type == "plasma"]
    assert [tube.id for tube in left_over(every, set(plasma[:4]))] == plasma[4:]


@given(st.sets(st.integers(1, 27), min_size=1))
def test_what_is_left_over_was_ready_and_was_not_filled(filled: set[int]) -> None:
    every = tubes(used=frozenset({1, 2}))
    left = {tube.id for tube in left_over(every, filled - {1, 2})}
    assert not left & (filled | {1, 2})


@pytest.mark.parametrize(
    ("states", "kit"),
    [
        ([TubeState.READY, TubeState.USED], KitState.MADE),
        ([TubeState.READY, TubeState.VOID], KitState.MADE),
        ([TubeState.USED, TubeState.VOID], KitState.USED),
        ([TubeState.VOID, TubeState.VOID], KitState.VOID),
    ],
)
def test_a_kit_is_closed_when_nothing_of_it_waits(states: list[TubeState], kit: KitState) -> None:
    assert state_after(states) is kit


@pytest.mark.parametrize(
    ("line", "used", "form", "type_", "code"),
    [
        (1, (), SpecimenForm.PRIMARY, "stool", None),
        (1, (1,), SpecimenForm.PRIMARY, "stool", "kits.tube-filled-already"),
        (1, (), SpecimenForm.PRIMARY, "blood-edta", "kits.of-another-type"),
        (1, (), SpecimenForm.ALIQUOT, "stool", "kits.of-another-form"),
    ],
)
def test_a_tube_is_filled_with_what_it_is_labelled_for(
    line: int, used: tuple[int, ...], form: SpecimenForm, type_: str, code: str | None
) -> None:
    tube = tubes(used=frozenset(used))[line - 1]
    if code is None:
        return check_may_be_filled(tube, "K2222222", form, type_)
    with pytest.raises(LimsError) as refused:
        check_may_be_filled(tube, "K2222222", form, type_)
    assert refused.value.code == code
    return None


def test_a_closed_kit_is_refused_in_words() -> None:
    check_open("K2222222", KitState.MADE)
    with pytest.raises(LimsError, match=r"Kit K222 2222 is used: nothing of it waits to be filled\. Take another kit\."):
        check_open("K2222222", KitState.USED)
