"""What may be done in which state, how a pool shares, how a label reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.custody.vocabulary import EventType
from lims.specimens.errors import NotEnough, NotInThisState
from lims.specimens.rules import LEGAL, check_enough, check_transition, human_label, shares_of, shown_state
from lims.specimens.vocabulary import SpecimenState

AMOUNTS = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=8)
FINAL = {SpecimenState.DISPOSED, SpecimenState.DISPATCHED}
NOTES = {
    *(EventType.AUDITED, EventType.FLAGGED, EventType.UNFLAGGED, EventType.UNBATCHED, EventType.CORRECTED, EventType.RELEASED),
    EventType.DONE_BY_HAND,
}


def legal(act: EventType, state: SpecimenState, *, quarantined: bool = False) -> bool:
    try:
        check_transition("S3WJWJD8", state, quarantined, act)
    except NotInThisState:
        return False
    return True


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_tube_destroyed_or_sent_takes_no_more_than_notes(state: SpecimenState) -> None:
    may = {act for act in LEGAL if legal(act, state, quarantined=True) or legal(act, state)} - NOTES
    assert may == ({EventType.RECEIVED, EventType.DISPOSED} if state is SpecimenState.DISPATCHED else set())


@pytest.mark.parametrize("act", [EventType.ALIQUOTED, EventType.CONSUMED, EventType.DISPATCHED, EventType.BATCHED, EventType.QUARANTINED])
def test_in_quarantine_nothing_is_used_sent_or_batched(act: EventType) -> None:
    assert not any(legal(act, state, quarantined=True) for state in SpecimenState)


@pytest.mark.parametrize(
    "act", [EventType.PLACED, EventType.MOVED, EventType.CHECKED_OUT, EventType.RETURNED, EventType.DISPOSED, EventType.THAWED]
)
def test_in_quarantine_a_tube_may_still_be_put_somewhere(act: EventType) -> None:
    assert any(legal(act, state, quarantined=True) for state in SpecimenState)


def test_only_what_is_quarantined_is_released() -> None:
    assert legal(EventType.RELEASED, SpecimenState.STORED, quarantined=True)
    assert not legal(EventType.RELEASED, SpecimenState.STORED)


@pytest.mark.parametrize("act", [EventType.CONSUMED, EventType.ALIQUOTED, EventType.THAWED, EventType.PLACED, EventType.DISPATCHED])
def test_nothing_is_done_with_a_tube_that_is_used_up(act: EventType) -> None:
    assert not legal(act, SpecimenState.DEPLETED)


def test_a_tube_is_taken_out_only_of_a_hole_and_put_back_only_when_out() -> None:
    assert [state for state in SpecimenState if legal(EventType.CHECKED_OUT, state)] == [SpecimenState.STORED]
    assert [state for state in SpecimenState if legal(EventType.RETURNED, state)] == [SpecimenState.CHECKED_OUT]


def test_what_never_happens_to_a_tube_is_never_legal() -> None:
    assert not any(legal(act, state) for act in EventType if act not in LEGAL for state in SpecimenState)


def test_a_refusal_says_the_state_and_what_to_do() -> None:
    with pytest.raises(NotInThisState, match=r"S3WJ WJD8 is quarantined: it cannot be consumed now. Ask the coordinator"):
        check_transition("S3WJWJD8", SpecimenState.STORED, True, EventType.CONSUMED)


def test_quarantine_is_shown_before_any_but_the_last_states() -> None:
    shown = {state: shown_state(state, True) for state in SpecimenState}
    assert {state for state, word in shown.items() if word != "quarantined"} == FINAL
    assert all(shown_state(state, False) == state for state in SpecimenState)


def test_an_unknown_amount_is_taken_at_its_word() -> None:
    check_enough("S3WJWJD8", None, 10**9, "mg")
    check_enough("S3WJWJD8", 200_000, 200_000, "mg")
    with pytest.raises(NotEnough, match=r"200 mg is left in S3WJ WJD8, this needs 200.001 mg"):
        check_enough("S3WJWJD8", 200_000, 200_001, "mg")


@given(st.integers(1, 10**10), AMOUNTS)
def test_the_shares_of_a_pool_are_the_whole(total: int, amounts: list[int | None]) -> None:
    shares = shares_of(total, amounts)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)
    assert len(shares) == len(amounts)


@given(st.integers(1, 10**10), AMOUNTS)
def test_only_the_last_of_a_pool_is_asked_for_what_nobody_has(total: int, amounts: list[int | None]) -> None:
    shares = shares_of(total, amounts)
    enough = None in amounts or sum(amount or 0 for amount in amounts) >= total
    over = [index for index, (share, amount) in enumerate(zip(shares, amounts, strict=True)) if amount is not None and share > amount]
    assert over == ([] if enough else [len(amounts) - 1])


@pytest.mark.parametrize(
    ("total", "amounts", "shares"),
    [
        (500, [300, 300], [300, 200]),
        (500, [300, None], [300, 200]),
        (500, [None, 300], [500, 0]),
        (700, [300, 300], [300, 400]),
        (5, [9], [5]),
    ],
)
def test_a_pool_takes_in_the_order_of_scanning(total: int, amounts: list[int | None], shares: list[int]) -> None:
    assert shares_of(total, amounts) == shares


def test_a_label_says_study_participant_timepoint_type_and_number() -> None:
    assert human_label("ILDR02", "L07", "PRE", "STL", 3) == "ILDR02-L07-PRE-STL-03"
    assert human_label("ILDR02", "L07", "PRE", "STL", 101) == "ILDR02-L07-PRE-STL-101"
