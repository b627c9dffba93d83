"""Pick lists: walked in order, a scan a tube, a wrong tube explained, a lost one replaced; on both engines."""

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.batches.errors import NotUsable
from lims.batches.service import create_batch
from lims.batches.vocabulary import CreateBatch
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.db import database_of
from lims.ids import MalformedCode
from lims.picking import service
from lims.picking.errors import (
    AlreadyPicked,
    BadPickList,
    LineNotWanted,
    NoSubstitute,
    NothingToPick,
    NotOnList,
    NotPicked,
    PickListEnded,
    Replaced,
    WrongTube,
)
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.taking import mark_not_found, pick_tube, take_instead
from lims.picking.vocabulary import LineState, MadePickList, MakePickList, NotFound, PickListState, PickListView, WantedCode
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import ScanKind
from lims.specimens.errors import NotInThisState
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.queries import current_place
from lims.storage.records import ContainerRecord, TubeFilter
from tests.support.bench import Bench
from tests.support.counting import count_statements


def make(bench: Bench, tubes: Sequence[str], **more: object) -> MadePickList:
    codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes, 1))
    return service.make_pick_list(bench.session, MakePickList(codes=codes, **more), actor=SYSTEM, at=bench.at)  # type: ignore[arg-type]  # a test's own words


def pick(bench: Bench, made: PickListView, tube: str) -> PickListView:
    bench.at += timedelta(minutes=1)
    return pick_tube(bench.session, made.list.code, tube, occurred_at=bench.at, actor=SYSTEM, at=bench.at)


def not_there(bench: Bench, made: PickListView, tube: str) -> NotFound:
    line = next(line.line for line in made.lines if line.barcode == tube)
    return mark_not_found(bench.session, made.list.code, line, occurred_at=bench.at, actor=SYSTEM, at=bench.at)


def filled(bench: Bench, count: int, box: ContainerRecord | None = None, **more: str) -> tuple[ContainerRecord, list[str]]:
    box = box or bench.freezer_box()
    tubes = bench.tubes(count, **more)
    for tube in tubes:
        bench.place(tube, box)
    return box, tubes


def clean(bench: Bench) -> bool:
    return [each.sentence for each in verify(bench.session, ledger_checks())] == []


def state(bench: Bench, tube: str) -> SpecimenState:
    return lock_specimen(bench.session, tube).state


def test_a_list_walks_freezer_shelf_rack_box_and_hole_in_the_order_one_passes_them(bench: Bench) -> None:
    freezer = bench.container("freezer", "F2")
    shelves = [bench.container("shelf", f"Shelf {number}", freezer) for number in (10, 2)]
    racks = [bench.container("rack", "R1", shelf) for shelf in shelves]
    boxes = [bench.container("box-9x9", f"B{number}", rack) for rack in racks for number in (11, 9)]
    tubes = {}
    for box, hole in itertools.product(boxes, ("B1", "A9", "A2")):
        tubes[f"{box.barcode}/{hole}"] = bench.tube()
        bench.place(tubes[f"{box.barcode}/{hole}"], box, hole)
    view = make(bench, list(tubes.values())).view
    walked = [line.where for line in view.lines]
    boxes_in_order = ["F2 / Shelf 2 / R1 / B9", "F2 / Shelf 2 / R1 / B11", "F2 / Shelf 10 / R1 / B9", "F2 / Shelf 10 / R1 / B11"]
    assert walked == [f"{box} / {hole}" for box in boxes_in_order for hole in ("A2", "A9", "B1")]


def test_a_list_costs_the_same_number_of_statements_however_long(bench: Bench) -> None:
    _box, tubes = filled(bench, 20)
    costs = []
    for count in (2, 20):
        made = make(bench, tubes[:count]).view.list
        with count_statements(database_of(bench.session)) as cost:
            view_pick_list(bench.session, made)
        costs.append(len(cost.statements))
    assert costs[0] == costs[1] == 2


def test_the_right_tube_is_out_with_its_hole_kept_and_its_line_is_ticked(bench: Bench) -> None:
    _box, (first, second) = filled(bench, 2)
    view = pick(bench, make(bench, [first, second]).view, first)
    assert [(line.barcode, line.state) for line in view.lines] == [(first, LineState.PICKED), (second, LineState.WANTED)]
    assert (view.next and view.next.barcode, state(bench, first)) == (second, SpecimenState.CHECKED_OUT)
    hole = current_place(bench.session, lock_specimen(bench.session, first).id)
    assert hole is not None
    assert (str(hole), hole.away) == ("A1 of B1", True)
    assert list_events(bench.session, lock_specimen(bench.session, first).id)[-1].facts["to"] == view.list.code
    bench.put_back(first)
    assert state(bench, first) is SpecimenState.STORED
    assert clean(bench)


def test_a_wrong_tube_is_explained_and_nothing_is_recorded(bench: Bench) -> None:
    box, (wanted,) = filled(bench, 1, specimen_type="plasma")
    _box, (wrong,) = filled(bench, 1, box)
    made = make(bench, [wanted]).view
    with pytest.raises(WrongTube) as refused:
        pick(bench, made, wrong)
    assert refused.value.sentence == ("Put it back: this is L07 PRE stool; the list wants PRE plasma: F-B1 / S1 / R3 / B1 / A1.")
    assert state(bench, wrong) is SpecimenState.STORED
    pick(bench, made, wanted)
    with pytest.raises(NotOnList):
        pick(bench, made, wrong)
    assert clean(bench)


def test_a_tube_picked_before_is_said_to_be(bench: Bench) -> None:
    _box, (tube,) = filled(bench, 1)
    made = make(bench, [tube]).view
    pick(bench, made, tube)
    with pytest.raises(AlreadyPicked, match="picked already, by system"):
        pick(bench, made, tube)


def test_a_tube_that_is_not_there_is_missing_keeps_its_place_and_a_substitute_is_offered(bench: Bench) -> None:
    _box, (lost, spare, thawed) = filled(bench, 3)
    made = make(bench, [lost]).view
    found = not_there(bench, made, lost)
    assert found.substitute is not None
    assert (found.substitute.barcode, found.substitute.where) == (spare, "F-B1 / S1 / R3 / B1 / A2")
    tube = lock_specimen(bench.session, lost)
    assert (tube.missing, tube.state, str(current_place(bench.session, tube.id))) == (True, SpecimenState.STORED, "A1 of B1")
    view = take_instead(bench.session, made.list.code, 1, spare, actor=SYSTEM, at=bench.at)
    assert (view.total, view.next and view.next.barcode) == (1, spare)
    with pytest.raises(Replaced):
        pick(bench, view, lost)
    view = pick(bench, view, spare)
    assert ([line.state for line in view.lines], view.next) == ([LineState.REPLACED, LineState.PICKED], None)
    assert state(bench, thawed) is SpecimenState.STORED
    assert clean(bench)


def test_only_what_is_like_it_may_stand_in(bench: Bench) -> None:
    box, (lost, spare) = filled(bench, 2)
    _box, (plasma,) = filled(bench, 1, box, specimen_type="plasma")
    _box, (anothers,) = filled(bench, 1, box, participant="L08")
    made = make(bench, [lost]).view
    with pytest.raises(LineNotWanted):
        take_instead(bench.session, made.list.code, 1, spare, actor=SYSTEM, at=bench.at)
    bench.take_out(spare)
    assert not_there(bench, made, lost).substitute is None
    for other in (plasma, anothers, spare, lost):
        with pytest.raises(NoSubstitute):
            take_instead(bench.session, made.list.code, 1, other, actor=SYSTEM, at=bench.at)
    with pytest.raises(LineNotWanted):
        not_there(bench, made, lost)


def test_a_tube_given_up_and_found_after_all_is_picked_and_missing_no_more(bench: Bench) -> None:
    _box, (tube,) = filled(bench, 1)
    made = make(bench, [tube]).view
    not_there(bench, made, tube)
    assert [line.state for line in pick(bench, made, tube).lines] == [LineState.PICKED]
    assert not lock_specimen(bench.session, tube).missing
    assert clean(bench)


def test_a_tube_somebody_took_meanwhile_is_neither_picked_nor_missing(bench: Bench) -> None:
    _box, (tube, _other) = filled(bench, 2)
    made = make(bench, [tube]).view
    bench.take_out(tube)
    with pytest.raises(NotInThisState):
        pick(bench, made, tube)
    with pytest.raises(NotInThisState):
        not_there(bench, made, tube)
    assert not lock_specimen(bench.session, tube).missing


def test_tubes_can_be_picked_into_a_box(bench: Bench) -> None:
    _box, (first, second) = filled(bench, 2)
    transfer = bench.container("box-9x9", "To the core")
    made = make(bench, [first, second], into=transfer.barcode).view
    for tube in (first, second):
        pick(bench, made, tube)
    places = [str(current_place(bench.session, lock_specimen(bench.session, tube).id)) for tube in (first, second)]
    assert places == ["A1 of To the core", "A2 of To the core"]
    view = view_pick_list(bench.session, get_pick_list(bench.session, made.list.code))
    assert view.out_since == bench.at - timedelta(minutes=1)
    assert clean(bench)


def test_a_pick_is_undone_and_the_tube_is_wanted_again(bench: Bench) -> None:
    _box, (tube,) = filled(bench, 1)
    made = make(bench, [tube]).view
    with pytest.raises(NotPicked):
        service.undo_pick(bench.session, made.list.code, tube, reason="taken by mistake", actor=SYSTEM, at=bench.at)
    pick(bench, made, tube)
    view = service.undo_pick(bench.session, made.list.code, tube, reason="taken by mistake", actor=SYSTEM, at=bench.at)
    assert (view.next and view.next.barcode, state(bench, tube)) == (tube, SpecimenState.STORED)
    pick(bench, made, tube)
    assert clean(bench)


def test_the_clock_runs_from_the_first_tube_of_the_freezer_one_stands_before(bench: Bench) -> None:
    _box, (first, second) = filled(bench, 2)
    _box, (third,) = filled(bench, 1, bench.freezer_box(name="B2"))
    made = make(bench, [first, second, third])
    assert (made.view.out_since, made.view.list.minutes_out) == (None, 10)
    began = pick(bench, made.view, first).out_since
    assert began == bench.at
    assert pick(bench, made.view, second).out_since is None  # the next one is in another freezer, which is still shut
    assert pick(bench, made.view, third).out_since == bench.at


def test_what_cannot_be_taken_out_comes_back_by_line_with_a_reason(bench: Bench) -> None:
    _box, (tube, out) = filled(bench, 2)
    bench.take_out(out)
    made = make(bench, [tube, "NOBODY-1", out, tube, "A\x00", bench.tube()])
    assert [(each.line, each.reason) for each in made.not_listed] == [
        (2, "specimens.unknown"),
        (3, "out"),
        (4, "twice"),
        (5, MalformedCode.code),
        (6, "in-no-hole"),
    ]
    assert [line.barcode for line in made.view.lines] == [tube]
    with pytest.raises(NothingToPick, match="is out already"):
        make(bench, [out])


def test_a_list_is_made_of_what_a_query_finds(bench: Bench) -> None:
    box, tubes = filled(bench, 3)
    filled(bench, 2, bench.freezer_box(name="B2"), participant="L08")
    command = MakePickList(wanted=TubeFilter(participant="L07", container=box.barcode))
    made = service.make_pick_list(bench.session, command, actor=SYSTEM, at=bench.at)
    assert [line.barcode for line in made.view.lines] == tubes


def test_more_than_one_list_holds_is_refused_and_none_is_left_out_in_silence(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    box, tubes = filled(bench, 3)
    bench.take_out(tubes[0])
    wanted = MakePickList(wanted=TubeFilter(container=box.barcode))
    for most, listed in ((2, 2), (1, None)):
        monkeypatch.setattr("lims.picking.rules.MOST_LINES", most)
        monkeypatch.setattr("lims.picking.listing.MOST_LINES", most)
        if listed is None:
            with pytest.raises(BadPickList, match="At most 1 tubes on one list"):
                service.make_pick_list(bench.session, wanted, actor=SYSTEM, at=bench.at)
        else:
            assert len(service.make_pick_list(bench.session, wanted, actor=SYSTEM, at=bench.at).view.lines) == listed


def test_a_list_is_of_one_thing(bench: Bench) -> None:
    for command in (MakePickList(), MakePickList(batch="MG-2026-01", codes=(WantedCode(1, "X"),)), MakePickList(batch="X", minutes_out=0)):
        with pytest.raises(BadPickList):
            service.make_pick_list(bench.session, command, actor=SYSTEM, at=bench.at)


def test_a_finished_list_says_what_was_left_and_takes_no_more(bench: Bench) -> None:
    _box, (first, second) = filled(bench, 2)
    made = make(bench, [first, second]).view
    pick(bench, made, first)
    at = bench.at + timedelta(minutes=30)
    view = service.finish_pick_list(bench.session, made.list.code, occurred_at=bench.at, actor=SYSTEM, at=at)
    assert (view.list.state, view.list.ended_at) == (PickListState.DONE, bench.at)
    last = list_events(bench.session, view.list.id)[-1]
    assert (last.type, last.facts["left"]) == (EventType.PICK_LIST_DONE, [second])
    assert (last.occurred_at, last.recorded_at) == (bench.at, at)  # as it was kept on a tablet
    with pytest.raises(PickListEnded):
        pick(bench, made, second)
    with pytest.raises(PickListEnded):
        service.cancel_pick_list(bench.session, made.list.code, actor=SYSTEM, at=bench.at)
    assert clean(bench)


def test_a_list_of_a_batch_takes_its_tubes_and_only_what_the_assay_can_use_stands_in(bench: Bench) -> None:
    box, (first, second, spare) = filled(bench, 3)
    _box, (batched_elsewhere,) = filled(bench, 1, box)
    batch = create_batch(bench.session, CreateBatch(assay="metagenomics", specimens=(first, second)), actor=SYSTEM, at=bench.at).batch
    create_batch(bench.session, CreateBatch(assay="metagenomics", specimens=(batched_elsewhere,)), actor=SYSTEM, at=bench.at)
    made = service.make_pick_list(bench.session, MakePickList(batch=batch.code), actor=SYSTEM, at=bench.at).view
    assert ([line.barcode for line in made.lines], made.list.batch, made.list.assay) == ([first, second], batch.code, "metagenomics")
    found = not_there(bench, made, first)
    assert found.substitute is not None
    assert found.substitute.barcode == spare
    with pytest.raises(NotUsable, match="Nobody found it where it was last seen"):
        create_batch(bench.session, CreateBatch(assay="metabolomics-stool", specimens=(first,)), actor=SYSTEM, at=bench.at)
    assert clean(bench)


def test_the_code_of_a_list_is_understood_wherever_it_is_scanned(bench: Bench) -> None:
    _box, (tube,) = filled(bench, 1)
    code = make(bench, [tube]).view.list.code
    scanned = resolve_scan(bench.session, code.lower())
    assert (scanned.kind, scanned.code, scanned.explanation) == (ScanKind.PICK_LIST, code, "A pick list, open.")
