"""What a tube is follows from its events alone, and no sequence of legal acts makes it impossible."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.custody.vocabulary import EventType
from lims.specimens.errors import NotEnough, NotInThisState
from lims.specimens.projections import Place, Projection, step
from lims.specimens.rules import LEGAL, check_enough, check_transition
from lims.specimens.vocabulary import SpecimenState

HOLE = {"container_id": 7, "container": "CX", "row": 2, "column": 3, "position": "C4"}
REGISTERED: dict[str, Any] = {
    "barcode": "S3WJWJD8",
    "label": "ILDR02-L07-PRE-STL-01",
    "specimen_type": "stool",
    "form": "primary",
    "timepoint": "PRE",
    "unit": "mg",
    "amount": 200_000,
    "thaw_count": 0,
    "state": "received",
    "flags": ["antibiotics"],
}
DRAWS = st.one_of(st.none(), st.integers(0, 250_000))
ACTS = st.tuples(st.sampled_from(sorted(set(LEGAL) - {EventType.CORRECTED})), DRAWS)


def registered(**facts: Any) -> Projection:
    return step(Projection(), EventType.REGISTERED, REGISTERED | facts)


def facts_of(act: EventType, drawn: int | None) -> Mapping[str, Any]:
    return {"drawn": drawn, "to": HOLE, "from": HOLE, "code": "leaked", "role": "alias", "batch": "B1"}


@given(st.lists(ACTS, max_size=40), st.one_of(st.none(), st.integers(0, 300_000)))
def test_no_sequence_of_legal_acts_gives_a_negative_amount(acts: list[tuple[EventType, int | None]], amount: int | None) -> None:
    tube = registered(amount=amount)
    for act, drawn in acts:
        before = tube
        try:
            check_transition(tube.barcode, tube.state, tube.quarantined, act)
            check_enough(tube.barcode, tube.amount, drawn or 0, tube.unit)
        except (NotInThisState, NotEnough):
            continue
        tube = step(tube, act, facts_of(act, drawn))
        assert tube.amount is None or 0 <= tube.amount <= (before.amount if before.amount is not None else 0)
        assert (tube.state is SpecimenState.DISPOSED) <= (tube.place is None)
        assert (tube.state in {SpecimenState.STORED, SpecimenState.CHECKED_OUT}) <= (tube.place is not None)
        assert (tube.state is SpecimenState.CHECKED_OUT) <= (tube.place is not None and tube.place.away)


def test_what_is_used_is_gone_and_the_last_of_it_uses_it_up() -> None:
    tube = step(registered(), EventType.CONSUMED, {"drawn": 150_000})
    assert (tube.amount, tube.state) == (50_000, SpecimenState.RECEIVED)
    tube = step(tube, EventType.ALIQUOTED, {"drawn": 50_000})
    assert (tube.amount, tube.initial_amount, tube.state) == (0, 200_000, SpecimenState.DEPLETED)


def test_using_all_that_is_left_needs_no_amount() -> None:
    for amount in (200_000, None):
        tube = step(registered(amount=amount), EventType.CONSUMED, {"drawn": None})
        assert (tube.amount, tube.state) == (0, SpecimenState.DEPLETED)


def test_an_unknown_amount_stays_unknown_whatever_is_drawn() -> None:
    tube = step(registered(amount=None), EventType.ALIQUOTED, {"drawn": 50_000})
    assert (tube.amount, tube.state) == (None, SpecimenState.RECEIVED)


def test_a_draw_nobody_measured_leaves_the_amount_as_it_was() -> None:
    assert step(registered(), EventType.ALIQUOTED, {"drawn": None}) == registered()


def test_thaws_are_counted_where_the_count_is_known() -> None:
    assert step(registered(thaw_count=2), EventType.THAWED, {}).thaw_count == 3
    assert step(registered(thaw_count=None), EventType.THAWED, {}).thaw_count is None


def test_a_hole_is_kept_while_the_tube_is_out_and_free_when_it_is_gone() -> None:
    tube = step(registered(), EventType.PLACED, {"to": HOLE})
    assert tube.place == Place(7, 2, 3)
    tube = step(tube, EventType.CHECKED_OUT, {"from": HOLE})
    assert tube.place == Place(7, 2, 3, away=True)
    assert step(tube, EventType.RETURNED, {"to": HOLE}).place == Place(7, 2, 3)
    for act in (EventType.REMOVED, EventType.DISPATCHED, EventType.DISPOSED):
        assert step(tube, act, {"from": HOLE}).place is None


def test_quarantine_does_not_touch_the_state_beneath() -> None:
    tube = step(step(registered(), EventType.PLACED, {"to": HOLE}), EventType.QUARANTINED, {})
    assert (tube.quarantined, tube.state) == (True, SpecimenState.STORED)
    assert not step(tube, EventType.RELEASED, {}).quarantined


def test_flags_are_a_set_in_alphabetical_order() -> None:
    tube = step(step(registered(), EventType.FLAGGED, {"code": "leaked"}), EventType.FLAGGED, {"code": "haemolysed"})
    assert tube.flags == ("antibiotics", "haemolysed", "leaked")
    assert step(tube, EventType.FLAGGED, {"code": "leaked"}).flags == tube.flags
    assert step(tube, EventType.UNFLAGGED, {"code": "antibiotics"}).flags == ("haemolysed", "leaked")


def test_a_correction_sets_what_it_names_and_nothing_else() -> None:
    changes = {"amount": [200_000, 0], "state": ["received", "depleted"], "thaw_count": [0, None], "flags": [["antibiotics"], []]}
    tube = step(registered(), EventType.CORRECTED, {"changes": changes | {"place": [None, HOLE | {"away": True}]}})
    assert (tube.amount, tube.state, tube.thaw_count, tube.flags) == (0, SpecimenState.DEPLETED, None, ())
    assert tube.place == Place(7, 2, 3, away=True)
    assert (tube.label, tube.initial_amount) == (REGISTERED["label"], 200_000)


@pytest.mark.parametrize("act", sorted(set(EventType) - set(LEGAL) - {EventType.REGISTERED}))
def test_what_does_not_happen_to_tubes_is_not_folded(act: EventType) -> None:
    with pytest.raises(ValueError, match="does not happen to a specimen"):
        step(registered(), act, {})
