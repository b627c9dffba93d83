"""What was seen against the record: tube by tube, turned racks recognised, and nothing accepted that is undecided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lims.custody.vocabulary import EventType
from lims.racks.errors import NotADecision, RecordChanged, SeenTwice, Undecided
from lims.racks.rules import changes_of, check_still_so, compare, seen_of
from lims.racks.vocabulary import AcceptScan, Decision, Difference, KnownTube, Line, Reading, RecordedTube, Said, Standing, Turn
from lims.specimens.vocabulary import SpecimenState
from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.positions import parse_position
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Found, Grid, Position

GRID = Grid(8, 12)
AT = datetime(2026, 11, 28, tzinfo=UTC)
BOX = ContainerRecord(
    id=7,
    barcode="CZZZZZZ2",
    type="rack-96",
    name="R-7",
    parent_id=None,
    slot=None,
    rows=8,
    columns=12,
    temperature_c=None,
    study_id=1,
    closed_at=None,
)


def hole(text: str) -> Position:
    return parse_position(text, GRID, CONTAINER_TYPES["rack-96"].with_article)


def recorded(places: Mapping[str, str], **more: Any) -> list[RecordedTube]:
    """Tubes by their holes; a code's number is its tube's id."""
    plain: dict[str, Any] = {"away": False, "state": SpecimenState.STORED, "quarantined": False} | more
    return [RecordedTube(specimen_id=int(code), barcode=code, label=code, position=hole(at), **plain) for at, code in places.items()]


def known(places: Mapping[str, str | None], **more: Any) -> dict[str, KnownTube]:
    """Tubes by their codes, and where each is recorded: a hole of this box, ``elsewhere``, or None."""
    return {code: _known(code, at, **more) for code, at in places.items()}


def _known(code: str, at: str | None, **more: Any) -> KnownTube:
    plain: dict[str, Any] = {
        "specimen_id": int(code),
        "barcode": code,
        "label": code,
        "study_id": 1,
        "specimen_type": "stool",
        "quarantined": False,
    }
    if at is None:
        return KnownTube(**plain | {"state": SpecimenState.RECEIVED} | more)
    if at == "elsewhere":
        return KnownTube(
            **plain | {"state": SpecimenState.STORED, "container_id": 8, "place": "B9 / A1", "position": Position(0, 0)} | more
        )
    return KnownTube(**plain | {"state": SpecimenState.STORED, "container_id": 7, "place": f"R-7 / {at}", "position": hole(at)} | more)


def seen(**holes: str) -> dict[Position, Reading]:
    """What the scanner says: a code, ``-`` for no tube, ``?`` for one that could not be read."""
    said = {"-": Said.EMPTY, "?": Said.UNREAD}
    return {
        hole(at): Reading(said.get(what, Said.CODE), None if what in said else what, line)
        for line, (at, what) in enumerate(holes.items(), 1)
    }


def standings(difference: Difference) -> list[tuple[str | None, Standing]]:
    return [(BOX.position_text(line.position), line.standing) for line in difference.lines]


def line_of(difference: Difference, standing: Standing) -> Line:
    [line] = difference.of(standing)
    return line


def accept(difference: Difference, **more: Any) -> AcceptScan:
    return AcceptScan(scan_id=1, seen=seen_of(BOX, difference), occurred_at=AT, **more)


def test_a_box_that_is_as_recorded_changes_nothing() -> None:
    difference = compare(BOX, seen(A1="1", A2="2", A3="-"), recorded({"A1": "1", "A2": "2"}), known({"1": "A1", "2": "A2"}))
    assert standings(difference) == [("A1", Standing.SAME), ("A2", Standing.SAME)]
    assert changes_of(BOX, difference, accept(difference)) == []


def test_each_tube_is_told_by_where_it_was() -> None:
    difference = compare(
        BOX,
        seen(A1="2", A2="1", A3="3", A4="4", A5="9", A6="-"),
        recorded({"A1": "1", "A2": "2", "A6": "6"}),
        known({"1": "A1", "2": "A2", "3": "elsewhere", "4": None}),
        named={"9": "container"},
    )
    assert standings(difference) == [
        ("A1", Standing.MOVED),
        ("A2", Standing.MOVED),
        ("A3", Standing.FROM_ELSEWHERE),
        ("A4", Standing.NEW),
        ("A5", Standing.UNKNOWN),
        ("A6", Standing.GONE),
    ]
    assert line_of(difference, Standing.FROM_ELSEWHERE).place == "B9 / A1"
    assert line_of(difference, Standing.UNKNOWN).why == "container"
    changes = changes_of(BOX, difference, accept(difference, gone={"A6": Decision.REMOVED}, leave_unknown=True))
    assert [change.act for change in changes] == [
        EventType.MOVED,
        EventType.MOVED,
        EventType.MOVED,
        EventType.PLACED,
        EventType.REMOVED,
    ]


def test_a_tube_taken_out_by_the_record_is_back_or_rightly_out() -> None:
    out = recorded({"A1": "1"}, away=True, state=SpecimenState.CHECKED_OUT)
    away = known({"1": "A1"}, away=True, state=SpecimenState.CHECKED_OUT)
    assert standings(compare(BOX, seen(A1="-", B1="5"), out, {})) == [("A1", Standing.OUT), ("B1", Standing.UNKNOWN)]
    difference = compare(BOX, seen(A1="1"), out, away)
    assert [change.act for change in changes_of(BOX, difference, accept(difference))] == [EventType.RETURNED]


def test_a_hole_the_file_does_not_mention_is_left_as_it_is_unless_somebody_decides() -> None:
    difference = compare(BOX, seen(A1="1"), recorded({"A1": "1", "H12": "2"}), known({"1": "A1"}))
    assert standings(difference) == [("A1", Standing.SAME), ("H12", Standing.UNSAID)]
    assert changes_of(BOX, difference, accept(difference)) == []
    [change] = changes_of(BOX, difference, accept(difference, gone={"H12": Decision.CHECKED_OUT}))
    assert (change.act, change.to, change.away) == (EventType.CHECKED_OUT, hole("H12"), True)


def test_a_tube_that_could_not_be_read_blocks_until_it_is_kept() -> None:
    difference = compare(BOX, seen(A1="?", A2="?", A3="3"), recorded({"A1": "1", "A3": "3"}), known({"3": "A3"}))
    assert [line.kept for line in difference.of(Standing.UNREAD)] == [True, False]
    with pytest.raises(Undecided, match="A2: a tube is there and could not be read"):
        changes_of(BOX, difference, accept(difference, kept=frozenset({"A1"})))
    with pytest.raises(NotADecision, match="A2: “keep” cannot be decided there"):
        changes_of(BOX, difference, accept(difference, kept=frozenset({"A1", "A2"})))
    alone = compare(BOX, seen(A1="?", A3="3"), recorded({"A1": "1", "A3": "3"}), known({"3": "A3"}))
    assert changes_of(BOX, alone, accept(alone, kept=frozenset({"A1"}))) == []


def test_a_tube_read_elsewhere_is_not_kept_in_its_unread_hole() -> None:
    difference = compare(BOX, seen(A1="?", A2="1"), recorded({"A1": "1"}), known({"1": "A1"}))
    assert not line_of(difference, Standing.UNREAD).kept


def test_what_is_gone_needs_a_decision_that_its_hole_allows() -> None:
    difference = compare(BOX, seen(A1="-", A2="3"), recorded({"A1": "1", "A2": "2"}), known({"3": None}))
    with pytest.raises(Undecided, match="A1, A2: the tube recorded there was not seen"):
        changes_of(BOX, difference, accept(difference))
    with pytest.raises(NotADecision, match="A2: “checked_out” cannot be decided there"):
        changes_of(BOX, difference, accept(difference, gone={"A1": Decision.CHECKED_OUT, "A2": Decision.CHECKED_OUT}))
    changes = changes_of(BOX, difference, accept(difference, gone={"A1": Decision.MISSING, "A2": Decision.MISSING}))
    assert [change.act for change in changes] == [
        EventType.AUDITED,
        EventType.PLACED,
        EventType.AUDITED,
    ]
    assert [(change.to, change.in_box) for change in changes] == [(hole("A1"), False), (hole("A2"), False), (None, True)]
    decided = {"A1": Decision.MISSING, "A2": Decision.MISSING, "B1": Decision.REMOVED}
    with pytest.raises(NotADecision, match="B1: “removed” cannot be decided there"):
        changes_of(BOX, difference, accept(difference, gone=decided))


def test_a_tube_that_is_missing_already_is_found_or_still_missing() -> None:
    lost = recorded({"A1": "1", "A2": "2"}, missing=True)
    difference = compare(BOX, seen(A1="-", A2="2"), lost, known({"2": "A2"}, missing=True))
    assert standings(difference) == [("A1", Standing.LOST), ("A2", Standing.FOUND)]
    [change] = changes_of(BOX, difference, accept(difference))
    assert (change.act, change.found, change.stays) == (EventType.AUDITED, Found.HERE, True)
    taken = compare(BOX, seen(A1="3", A2="?"), lost, known({"3": None}))
    assert standings(taken) == [("A1", Standing.NEW), ("A1", Standing.GONE), ("A2", Standing.UNREAD)]
    assert not line_of(taken, Standing.UNREAD).kept


def test_an_unknown_code_is_left_out_only_by_somebodys_word() -> None:
    difference = compare(BOX, seen(A1="9"), [], {})
    with pytest.raises(Undecided, match="A1: the code there is of no tube here"):
        changes_of(BOX, difference, accept(difference))
    assert changes_of(BOX, difference, accept(difference, leave_unknown=True)) == []


@pytest.mark.parametrize(
    ("tube", "why"),
    [
        ({"state": SpecimenState.DISPOSED}, "disposed"),
        ({"state": SpecimenState.DISPATCHED}, "dispatched"),
        ({"study_id": 2}, "another-study"),
    ],
)
def test_a_tube_that_cannot_be_there_stops_everything(tube: dict[str, Any], why: str) -> None:
    difference = compare(BOX, seen(A1="1"), [], known({"1": None}, **tube))
    assert line_of(difference, Standing.IMPOSSIBLE).why == why
    with pytest.raises(Undecided, match="A1: the tube there cannot be in this box"):
        changes_of(BOX, difference, accept(difference))


def test_a_tube_of_another_kind_than_the_box_is_kept_for_stops_everything_and_one_that_was_in_it_before_does_not() -> None:
    kept = replace(BOX, holds="plasma,serum")
    difference = compare(kept, seen(A1="1"), [], known({"1": "elsewhere"}))
    assert line_of(difference, Standing.IMPOSSIBLE).why == "another-kind"
    same = compare(kept, seen(A1="1"), recorded({"A1": "1"}), known({"1": "A1"}))
    assert [line.standing for line in same.lines] == [Standing.SAME]
    assert line_of(compare(kept, seen(A1="1"), [], known({"1": None}, specimen_type="serum")), Standing.NEW)


def test_two_codes_of_one_tube_in_one_file_are_refused() -> None:
    tube = known({"1": "A1"})["1"]
    with pytest.raises(SeenTwice, match="1 stands in lines 1 and 2"):
        compare(BOX, seen(A1="1", A2="x"), [], {"1": tube, "x": tube})


def test_a_rack_that_lay_turned_is_recognised_and_offered() -> None:
    here = {"A1": "1", "A2": "2", "B3": "3", "H12": "4"}
    lay = seen(H12="1", H11="2", G10="3", A1="4")
    difference = compare(BOX, lay, recorded(here), known({code: at for at, code in here.items()}))
    assert (difference.fits, difference.better, difference.better_fits) == (0, Turn.HALF, 4)
    as_it_lay = compare(BOX, lay, recorded(here), known({code: at for at, code in here.items()}), Turn.HALF)
    assert {line.standing for line in as_it_lay.lines} == {Standing.SAME}
    assert as_it_lay.better is None


def test_a_shuffled_rack_is_not_taken_for_a_turned_one() -> None:
    here = {"A1": "1", "A2": "2", "A3": "3", "A4": "4"}
    difference = compare(BOX, seen(A1="2", A2="1", A3="4", A4="3"), recorded(here), known({code: at for at, code in here.items()}))
    assert difference.better is None
    assert {line.standing for line in difference.lines} == {Standing.MOVED}


def test_what_has_changed_since_it_was_shown_is_named_by_its_holes() -> None:
    shown = compare(BOX, seen(A1="1", A2="2", A10="-"), recorded({"A1": "1"}), known({"1": "A1", "2": None}))
    now = compare(BOX, seen(A1="1", A2="2", A10="-"), recorded({"A1": "1", "A10": "5"}), known({"1": "A1", "2": "elsewhere"}))
    check_still_so(BOX, shown, seen_of(BOX, shown))
    with pytest.raises(RecordChanged) as refused:
        check_still_so(BOX, now, seen_of(BOX, shown))
    assert refused.value.holes == ("A2", "A10")
