"""Who was in a freezer when, by the events and not by where things are now."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lims.custody.vocabulary import NO_HASH, Event, EventType
from lims.temperatures.stays import EARLIEST, At, InFreezer, Span, stays_of_container, stays_of_tube

T0 = datetime(2026, 11, 20, tzinfo=UTC)
FREEZER, OTHER, RACK, BOX = 1, 2, 3, 4


def at(hour: int) -> datetime:
    return T0 + timedelta(hours=hour)


def happened(id_: int, hour: int, type_: EventType, corrects: int | None = None, **facts: Any) -> Event:
    return Event(id_, 9, id_, type_, at(hour), at(hour), "eva", None, None, corrects, facts, NO_HASH, NO_HASH)


def into(box: int) -> dict[str, Any]:
    return {"to": {"container_id": box}}


def moved(hour: int, parent: int | None, id_: int = 1) -> Event:
    return happened(id_, hour, EventType.CONTAINER_MOVED, to={"parent_id": parent})


def test_a_tube_is_in_a_box_until_it_is_taken_out_and_again_when_it_is_back() -> None:
    events = [
        happened(1, 1, EventType.PLACED, **into(BOX)),
        happened(2, 3, EventType.CHECKED_OUT),
        happened(3, 5, EventType.RETURNED, **into(BOX)),
        happened(4, 8, EventType.DISPATCHED),
    ]
    assert list(stays_of_tube(events)) == [At(BOX, Span(at(1), at(3))), At(BOX, Span(at(5), at(8)))]


def test_what_was_written_down_late_counts_from_when_it_happened() -> None:
    events = [happened(1, 6, EventType.PLACED, **into(BOX)), happened(2, 2, EventType.PLACED, **into(RACK))]
    assert list(stays_of_tube(events)) == [At(RACK, Span(at(2), at(6))), At(BOX, Span(at(6), None))]


def test_a_correction_counts_from_the_act_it_corrects_beside_what_was_recorded() -> None:
    wrong = happened(1, 1, EventType.PLACED, **into(RACK))
    right = happened(2, 5, EventType.CORRECTED, corrects=1, changes={"place": [{}, {"container_id": BOX}]})
    assert list(stays_of_tube([wrong, right])) == [At(RACK, Span(at(1), at(5))), At(BOX, Span(at(1), None))]
    amount = happened(3, 6, EventType.CORRECTED, changes={"amount": [1, 2]})
    assert len(list(stays_of_tube([wrong, right, amount]))) == 2


def test_a_correction_that_says_it_is_out_or_nowhere_ends_the_stay() -> None:
    placed = happened(1, 1, EventType.PLACED, **into(BOX))
    for place in (None, {"container_id": BOX, "away": True}):
        out = happened(2, 4, EventType.CORRECTED, changes={"place": [{}, place]})
        assert list(stays_of_tube([placed, out])) == [At(BOX, Span(at(1), at(4)))]


def test_who_was_found_elsewhere_by_an_audit_was_there_from_then_on_and_who_was_missing_stays() -> None:
    placed, missing = happened(1, 1, EventType.PLACED, **into(BOX)), happened(2, 3, EventType.AUDITED, found="missing")
    elsewhere = happened(3, 5, EventType.AUDITED, found="wrong-place", **into(RACK))
    reboxed = happened(4, 7, EventType.REBOXED, found="wrong-place", **into(BOX))
    assert [(stay.container_id, stay.span.begun_at) for stay in stays_of_tube([placed, missing, elsewhere, reboxed])] == [
        (BOX, at(1)),
        (RACK, at(5)),
        (BOX, at(7)),
    ]


def test_a_container_stands_where_it_was_made_known_until_it_is_moved_or_closed() -> None:
    events = [happened(1, 0, EventType.CONTAINER_MADE, to={"parent_id": FREEZER}), moved(4, OTHER, 2)]
    assert list(stays_of_container([*events, happened(3, 6, EventType.CONTAINER_CLOSED)])) == [
        At(FREEZER, Span(EARLIEST, at(4))),
        At(OTHER, Span(at(4), at(6))),
    ]


def test_a_box_was_in_the_freezer_while_its_rack_was() -> None:
    rack = [At(OTHER, Span(at(-9), at(3))), At(FREEZER, Span(at(3), None))]
    freezer = InFreezer(FREEZER, Span(at(0), at(10)), {FREEZER: None, OTHER: None, RACK: FREEZER, BOX: RACK}, {RACK: rack})
    assert freezer.spans(BOX) == (Span(at(3), at(10)),)
    assert freezer.spans(OTHER) == ()


def test_what_left_the_freezer_before_it_was_warm_was_not_touched() -> None:
    rack = [At(FREEZER, Span(at(-9), at(-1))), At(OTHER, Span(at(-1), None))]
    freezer = InFreezer(FREEZER, Span(at(0), at(10)), {FREEZER: None, RACK: OTHER, BOX: RACK}, {RACK: rack})
    assert freezer.spans(BOX) == ()


def test_containers_that_would_stand_in_each_other_end_nowhere() -> None:
    freezer = InFreezer(FREEZER, Span(at(0), at(10)), {RACK: BOX, BOX: RACK}, {})
    assert freezer.spans(RACK) == ()
