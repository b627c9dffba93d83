"""How a scanned tube was found, which hole a stranger gets, and how a sample is drawn; no database."""

from collections import Counter
from dataclasses import replace

import pytest

from lims.audits.errors import BadSample
from lims.audits.rules import check_sample, draw, hole_for, may_be_put_here, seen_at
from lims.specimens.vocabulary import SpecimenState
from lims.storage.audit_ages import audit_age_days
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Found, Position
from tests.factories.trial import NOW

BOX = ContainerRecord(
    id=7,
    barcode="C8T49KX2",
    type="box-9x9",
    name="B1",
    parent_id=None,
    slot=None,
    rows=9,
    columns=9,
    temperature_c=None,
    study_id=None,
    closed_at=None,
)
OTHER = replace(BOX, id=8, barcode="C8T49KX3", name="B2")
A1, C4 = Position(0, 0), Position(2, 3)


@pytest.mark.parametrize(
    ("now", "scanned", "found", "lies"),
    [
        (BOX.hole(A1), None, Found.HERE, None),
        (BOX.hole(A1), A1, Found.HERE, None),
        (BOX.hole(A1), C4, Found.WRONG_PLACE, BOX.hole(C4)),
        (BOX.hole(A1, away=True), None, Found.BACK, BOX.hole(A1)),
        (BOX.hole(A1, away=True), C4, Found.WRONG_PLACE, BOX.hole(C4)),
        (OTHER.hole(A1), C4, Found.WRONG_PLACE, BOX.hole(C4)),
        (None, C4, Found.WRONG_PLACE, BOX.hole(C4)),
    ],
)
def test_how_a_tube_was_found_follows_from_where_it_is_recorded(now: object, scanned: Position | None, found: Found, lies: object) -> None:
    assert seen_at(now, BOX, scanned, was_named=scanned is not None) == (found, lies)  # type: ignore[arg-type]  # holes, as the table has them


def test_only_what_is_in_the_house_can_lie_in_a_box() -> None:
    assert {state for state in SpecimenState if not may_be_put_here(state)} == {SpecimenState.DISPATCHED, SpecimenState.DISPOSED}


def test_a_stranger_gets_the_next_hole_nobody_has() -> None:
    assert hole_for(BOX, [], {A1}) == Position(0, 1)
    assert hole_for(BOX, [], set(BOX.grid or ())) is None


def test_a_draw_is_made_again_by_its_seed_and_favours_nobody() -> None:
    tubes = list(range(20))
    assert draw(tubes, 5, 11) == draw(tubes, 5, 11) != draw(tubes, 5, 12)
    assert draw(tubes, 50, 1) == tubes
    drawn = Counter(tube for seed in range(4000) for tube in draw(tubes, 5, seed))
    assert min(drawn.values()) > 850
    assert max(drawn.values()) < 1150


def test_a_sample_is_of_some_tubes_and_not_of_all_there_are() -> None:
    for size in (0, 501):
        with pytest.raises(BadSample):
            check_sample(size)
    check_sample(500)


def test_an_age_is_in_whole_days_and_never_is_never() -> None:
    assert audit_age_days(None, NOW) is None
    assert audit_age_days(NOW, NOW) == 0
