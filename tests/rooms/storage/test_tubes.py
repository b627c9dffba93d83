"""Tubes: placed, moved, taken out and put back, sent, destroyed; and what is refused leaves them where they were."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import InTheFuture
from lims.custody.queries import list_events
from lims.custody.vocabulary import Event, EventType
from lims.db import Database, violated_constraint
from lims.errors import LimsError
from lims.ids import in_fours
from lims.specimens.errors import ConsentWithdrawn, NotInThisState, UnknownSpecimen
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.errors import (
    ActIncomplete,
    AlreadyThere,
    AnotherStudy,
    ContainerFull,
    KeptForOthers,
    MayNotHold,
    NoSuchPosition,
    PositionOccupied,
    UnknownContainer,
)
from lims.storage.models import Placement
from lims.storage.queries import container_map, current_place, places_of
from lims.storage.rules import remarks_on
from lims.storage.service import dispatch_specimen, dispose_of_specimen, move_specimen, place_specimen
from lims.storage.vocabulary import DispatchSpecimen, DisposeOfSpecimen, MoveSpecimen, PlaceSpecimen, Position
from lims.studies.protocol_errors import UnknownCode
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol, record_consent
from lims.studies.vocabulary import ConsentKind, RecordConsent
from tests.support.bench import NOW, Bench
from tests.support.counting import count_statements


def where(bench: Bench, tube: str) -> str | None:
    """The way to a tube, with ``(out)`` while its hole is kept."""
    specimen = lock_specimen(bench.session, tube)
    location = places_of(bench.session, [specimen.id]).get(specimen.id)
    return None if location is None else location.text + (" (out)" if location.away else "")


def state(bench: Bench, tube: str) -> SpecimenState:
    return lock_specimen(bench.session, tube).state


def test_a_placed_tube_is_in_its_hole(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    event = bench.place(tube, box, "c04")
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / C4"
    assert state(bench, tube) is SpecimenState.STORED
    assert event.facts == {"to": {"container_id": box.id, "container": box.barcode, "position": "C4", "row": 2, "column": 3}}


def test_without_a_hole_tubes_fill_the_box_along_its_rows(bench: Bench) -> None:
    box = bench.container("box-5x5")
    bench.place(bench.tube(), box, "A2")
    holes = [bench.place(tube, box).facts["to"]["position"] for tube in bench.tubes(5)]
    assert holes == ["A1", "A3", "A4", "A5", "B1"]


def test_a_full_box_takes_no_more(bench: Bench) -> None:
    box = bench.container("slide-box-25", "S")
    for tube in bench.tubes(25):
        bench.place(tube, box)
    late = bench.tube()
    with pytest.raises(ContainerFull, match="S is full: all 25 holes are taken or kept"):
        bench.place(late, box)
    assert where(bench, late) is None


def test_two_tubes_never_share_a_hole_and_the_second_is_told_who_is_there(bench: Bench) -> None:
    box, first, second = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(first, box, "A1")
    with pytest.raises(PositionOccupied, match=f"A1 of B1 holds {first}. Scan another hole") as refused:
        bench.place(second, box, "A1")
    assert (refused.value.position, refused.value.occupant) == ("A1", first)


def test_the_database_refuses_a_second_tube_even_to_one_who_does_not_ask(bench: Bench) -> None:
    box, first, second = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(first, box, "A1")
    row = {
        "specimen_id": lock_specimen(bench.session, second).id,
        "container_id": box.id,
        "row": 0,
        "column": 0,
        "away": False,
        "since": NOW,
    }
    with pytest.raises(IntegrityError) as refused, bench.session.begin_nested():
        bench.session.execute(insert(Placement), [row])
    assert violated_constraint(refused.value) == "uq_placement_hole"


def test_a_refused_placement_leaves_the_tube_where_it_was(bench: Bench) -> None:
    box, sitting, tube = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(sitting, box, "A1")
    bench.place(tube, box, "B2")
    events = len(list_events(bench.session, lock_specimen(bench.session, tube).id))
    for position, refusal in [("A1", PositionOccupied), ("K1", NoSuchPosition), ("B2", AlreadyThere)]:
        with pytest.raises(refusal), bench.session.begin_nested():
            bench.move(tube, box, position)
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / B2"
    assert where(bench, sitting) == "F-B1 / S1 / R3 / B1 / A1"
    assert len(list_events(bench.session, lock_specimen(bench.session, tube).id)) == events


def test_a_tube_that_is_moved_leaves_its_hole_to_others(bench: Bench) -> None:
    box, tube, other = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(tube, box, "A1")
    event = bench.move(tube, box, "A2")
    assert (event.type, event.facts["from"]["position"], event.facts["to"]["position"]) == (EventType.MOVED, "A1", "A2")
    bench.place(other, box, "A1")
    assert len([hole for hole in container_map(bench.session, box.barcode).positions if hole.state == "here"]) == 2


def test_a_tube_may_be_moved_within_its_box_without_scanning_the_box(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    command = MoveSpecimen(specimen=tube, position="A5", occurred_at=NOW)
    assert move_specimen(bench.session, command, actor=SYSTEM, at=bench.at).facts["to"]["position"] == "A5"
    with pytest.raises(ActIncomplete):
        move_specimen(bench.session, MoveSpecimen(specimen=tube, occurred_at=NOW), actor=SYSTEM, at=bench.at)


def test_a_tube_that_is_nowhere_is_placed_not_moved(bench: Bench) -> None:
    with pytest.raises(NotInThisState):
        bench.move(bench.tube(), bench.freezer_box(), "A1")


def test_the_same_scan_again_is_told_as_such(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    with pytest.raises(AlreadyThere, match=f"{tube} is in A1 of B1 already"):
        bench.place(tube, box, "A1")


def test_a_tube_that_is_out_keeps_its_hole_from_others(bench: Bench) -> None:
    box, tube, other = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(tube, box, "A1")
    event = bench.take_out(tube, to="Dr Li")
    assert (event.facts["to"], event.facts["from"]["position"]) == ("Dr Li", "A1")
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / A1 (out)"
    assert state(bench, tube) is SpecimenState.CHECKED_OUT
    with pytest.raises(PositionOccupied, match=f"A1 of B1 is kept for {tube}, which is out"):
        bench.place(other, box, "A1")
    assert bench.place(other, box).facts["to"]["position"] == "A2"


def test_a_tube_comes_back_into_its_hole_by_one_scan(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    bench.take_out(tube)
    assert bench.put_back(tube).facts["to"]["position"] == "A1"
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / A1"


@pytest.mark.parametrize(("place", "expected"), [({"position": "C4"}, "C4"), ({}, "A1")])
def test_a_tube_comes_back_elsewhere_when_that_is_said(bench: Bench, place: dict[str, str], expected: str) -> None:
    box, tube, other = bench.freezer_box(), bench.tube(), bench.container(name="B9")
    bench.place(tube, box, "A1")
    bench.take_out(tube)
    event = bench.put_back(tube, container=other.barcode, **place)
    assert (event.type, event.facts["to"]["position"], where(bench, tube)) == (EventType.RETURNED, expected, f"B9 / {expected}")
    assert event.facts["from"]["away"] is True
    assert bench.place(bench.tube(), box, "A1")


@pytest.mark.parametrize("act", ["put_back", "take_out", "remove"])
def test_a_tube_in_no_container_is_not_taken_out_nor_put_back(bench: Bench, act: str) -> None:
    with pytest.raises(NotInThisState):
        getattr(bench, act)(bench.tube())


def test_a_removed_tube_is_in_the_hand_and_its_hole_is_free(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    event = bench.remove(tube)
    assert (event.facts["from"]["position"], where(bench, tube), state(bench, tube)) == ("A1", None, SpecimenState.RECEIVED)


def test_a_tube_sent_or_destroyed_frees_its_hole_and_stays_known(bench: Bench) -> None:
    box, sent, destroyed = bench.freezer_box(), bench.tube(), bench.tube()
    bench.place(sent, box, "A1")
    bench.place(destroyed, box, "A2")
    dispatch = DispatchSpecimen(specimen=sent, to="Core", occurred_at=bench.at)
    dispose = DisposeOfSpecimen(specimen=destroyed, reason="consent withdrawn", occurred_at=bench.at)
    assert dispatch_specimen(bench.session, dispatch, actor=SYSTEM, at=bench.at).facts["to"] == "Core"
    assert dispose_of_specimen(bench.session, dispose, actor=SYSTEM, at=bench.at).facts["from"]["position"] == "A2"
    assert (state(bench, sent), state(bench, destroyed)) == (SpecimenState.DISPATCHED, SpecimenState.DISPOSED)
    assert all(hole.state == "free" for hole in container_map(bench.session, box.barcode).positions)
    with pytest.raises(NotInThisState):
        bench.place(destroyed, box, "A2")


def test_nothing_is_sent_after_consent_was_withdrawn_but_it_may_be_destroyed(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    withdrawn = RecordConsent(participant="L07", kind=ConsentKind.WITHDRAWN, on=date(2026, 11, 20), reason="asked to")
    record_consent(bench.session, withdrawn, actor=SYSTEM, at=bench.at)
    with pytest.raises(ConsentWithdrawn):
        dispatch_specimen(bench.session, DispatchSpecimen(specimen=tube, occurred_at=bench.at), actor=SYSTEM, at=bench.at)
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / A1"
    dispose_of_specimen(bench.session, DisposeOfSpecimen(specimen=tube, occurred_at=bench.at), actor=SYSTEM, at=bench.at)


def test_tubes_lie_loose_on_a_shelf_but_not_in_a_freezer(bench: Bench) -> None:
    freezer = bench.container("freezer", "F1")
    shelf, tube = bench.container("shelf", "S1", freezer), bench.tube()
    with pytest.raises(MayNotHold, match="F1 is a freezer: tubes go into a box in it"):
        bench.place(tube, freezer)
    assert bench.place(tube, shelf).facts["to"]["position"] is None
    assert where(bench, tube) == "F1 / S1"
    with pytest.raises(NoSuchPosition):
        bench.move(tube, shelf, "A1")


def test_a_box_kept_for_another_study_takes_no_tube_of_ours(bench: Bench) -> None:
    tube, ours = bench.tube(), bench.container(study="ILDR-02")
    bench.place(tube, ours, "A1")
    other = shipped_protocol("ILDR-02").replace('code = "ILDR-02"', 'code = "OTHER-01"').replace('"ILDR02"', '"OTH1"')
    load_protocol(bench.session, other, "other.toml", actor=SYSTEM, at=bench.at)
    theirs = bench.container(name="B2", study="OTHER-01")
    with pytest.raises(AnotherStudy, match=f"B2 is kept for another study than that of {tube}"):
        bench.move(tube, theirs, "A1")


def test_a_tube_of_another_kind_than_its_box_is_kept_for_stays_out(bench: Bench) -> None:
    stool, plasma = bench.tube(), bench.tube("plasma")
    box = bench.container(holds=("stool",))
    assert bench.place(stool, box).facts["to"]["position"] == "A1"
    with pytest.raises(KeptForOthers, match=f"B1 is kept for stool; {plasma} is plasma. Scan another box."):
        bench.place(plasma, box)
    both = bench.container(name="B2", holds=("stool", "plasma", "stool"))
    assert both.materials == ("plasma", "stool")
    bench.place(plasma, both)
    with pytest.raises(KeptForOthers):
        bench.move(plasma, box, "C1")
    with pytest.raises(UnknownCode, match="Did you mean plasma"):
        bench.container(name="B3", holds=("plasm",))


def test_a_wrong_temperature_is_recorded_and_said_not_refused(bench: Bench) -> None:
    box, cells, plasma = bench.freezer_box(), bench.tube("pbmc"), bench.tube("plasma")
    [remark] = remarks_on(bench.place(cells, box, "A1"))
    assert remark.sentence.startswith("It is to be kept at −196 to −135 °C; here it is −80 °C")
    assert remarks_on(bench.place(plasma, box, "A2")) == ()
    on_the_bench = bench.container(name="B9")
    assert remarks_on(bench.move(cells, on_the_bench)) == ()
    tank = bench.container("ln2-tank", "N1", temperature_c=-150)
    assert remarks_on(bench.move(cells, bench.container(name="B1", parent=bench.container("tower", "T1", tank)))) == ()


def test_what_is_no_tube_or_no_container_is_told_for_what_it_is(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    with pytest.raises(UnknownSpecimen, match="container"):
        place_specimen(bench.session, PlaceSpecimen(specimen=box.barcode, container=box.barcode, occurred_at=NOW), actor=SYSTEM, at=NOW)
    with pytest.raises(UnknownContainer, match="tube"):
        place_specimen(bench.session, PlaceSpecimen(specimen=tube, container=tube, occurred_at=NOW), actor=SYSTEM, at=NOW)


def test_an_act_that_has_not_happened_yet_is_refused(bench: Bench) -> None:
    command = PlaceSpecimen(specimen=bench.tube(), container=bench.freezer_box().barcode, occurred_at=NOW + timedelta(days=1))
    with pytest.raises(InTheFuture):
        place_specimen(bench.session, command, actor=SYSTEM, at=NOW)


def test_an_act_out_of_order_is_taken_and_the_place_follows_the_recording(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A1")
    early = MoveSpecimen(specimen=tube, container=box.barcode, position="A2", occurred_at=datetime(2026, 10, 1, tzinfo=UTC))
    assert move_specimen(bench.session, early, actor=SYSTEM, at=bench.at).facts["out_of_order"] is True
    assert where(bench, tube) == "F-B1 / S1 / R3 / B1 / A2"


@pytest.mark.parametrize("position", ["", " ", "A", "A1B", "A0", "\x00", "A99999999999999", "甲1"])
def test_a_hole_that_is_none_is_refused_in_words(bench: Bench, position: str) -> None:
    box, tube = bench.container(), bench.tube()
    with pytest.raises(LimsError):
        bench.place(tube, box, position)
    assert current_place(bench.session, lock_specimen(bench.session, tube).id) is None


def test_a_numbered_box_speaks_in_numbers(bench: Bench) -> None:
    box, tube = bench.container("box-10x10-numbered"), bench.tube()
    assert bench.place(tube, box, "12").facts["to"] == {
        "container_id": box.id,
        "container": box.barcode,
        "position": "12",
        "row": 1,
        "column": 1,
    }
    place = current_place(bench.session, lock_specimen(bench.session, tube).id)
    assert place is not None
    assert place.position == Position(1, 1)


def test_placing_costs_few_statements(database: Database) -> None:
    """With signing in and keeping the answer, one each, no act costs more than nine."""
    with database.transaction() as session:
        bench = Bench(session).open_study()
        box, tube, other = bench.freezer_box(), bench.tube(), bench.tube()
    acts: dict[str, Callable[[Bench], Event]] = {
        "first of the process, which reads the protocol": lambda bench: bench.place(other, box, "A1"),
        "place": lambda bench: bench.place(tube, box, "B1"),
        "move": lambda bench: bench.move(tube, box, "B2"),
        "next free": lambda bench: bench.move(tube, box),
        "take out": lambda bench: bench.take_out(tube),
        "put back": lambda bench: bench.put_back(tube),
        "remove": lambda bench: bench.remove(tube),
    }
    costs = {}
    for name, act in acts.items():
        with count_statements(database) as cost, database.transaction() as session:
            act(Bench(session, at=bench.at))
        costs[name] = len(cost.statements)
        assert cost.commits == 1
    del costs["first of the process, which reads the protocol"]
    assert costs == {"place": 6, "move": 6, "next free": 7, "take out": 6, "put back": 6, "remove": 6}


def test_where_a_thousand_tubes_are_costs_one_statement(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        box = bench.freezer_box()
        ids = [bench.place(tube, box).subject_id for tube in bench.tubes(3)]
    with count_statements(database) as cost, database.read() as session:
        found = places_of(session, [*ids, *range(10**6, 10**6 + 997)])
    assert len(cost.statements) == 1
    assert [found[specimen_id].text for specimen_id in ids] == [f"F-B1 / S1 / R3 / B1 / {hole}" for hole in ("A1", "A2", "A3")]


def test_names_on_a_label_in_fours_are_understood(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.primary().barcode
    command = PlaceSpecimen(specimen=f"]d1{in_fours(tube).lower()}", container=in_fours(box.barcode), occurred_at=NOW)
    assert place_specimen(bench.session, command, actor=SYSTEM, at=NOW).facts["to"]["position"] == "A1"
