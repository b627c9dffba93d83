"""A box that was spilled and filled anew: any order is one act, one event a tube, and nothing is lost or in two holes."""

import random

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import Event, EventType
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.errors import AnotherStudy, ContainerFull, HoleTwice, NothingInIt, PositionOccupied, TubeTwice
from lims.storage.queries import current_place
from lims.storage.reboxing import rebox
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import ReboxContainer, ReboxedTube
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.support.bench import Bench


def filled(bench: Bench, count: int, name: str = "B1") -> tuple[ContainerRecord, list[str]]:
    box, tubes = bench.freezer_box(name=name), bench.tubes(count)
    for tube in tubes:
        bench.place(tube, box)
    return box, tubes


def fill_anew(bench: Bench, box: ContainerRecord, *tubes: str | tuple[str, str]) -> list[Event]:
    said = tuple(ReboxedTube(specimen=tube) if isinstance(tube, str) else ReboxedTube(specimen=tube[0], position=tube[1]) for tube in tubes)
    command = ReboxContainer(container=box.barcode, tubes=said, occurred_at=bench.at, reason="spilled")
    return rebox(bench.session, command, actor=SYSTEM, at=bench.at)


def place(bench: Bench, tube: str) -> str:
    return str(current_place(bench.session, lock_specimen(bench.session, tube).id))


def clean(bench: Bench) -> bool:
    return [each.sentence for each in verify(bench.session, ledger_checks())] == []


def test_a_whole_box_in_another_order_is_one_act_with_one_event_a_tube(bench: Bench) -> None:
    box, tubes = filled(bench, 81)
    before = {tube: len(list_events(bench.session, lock_specimen(bench.session, tube).id)) for tube in tubes}
    random.Random(1).shuffle(tubes)
    events = fill_anew(bench, box, *tubes)
    assert [event.type for event in events] == [EventType.REBOXED] * 81 + [EventType.CONTAINER_REBOXED]
    holes = [f"{row}{column}" for row in "ABCDEFGHI" for column in range(1, 10)]
    assert [place(bench, tube) for tube in tubes] == [f"{hole} of B1" for hole in holes]
    assert {len(list_events(bench.session, lock_specimen(bench.session, tube).id)) - before[tube] for tube in tubes} == {1}
    assert clean(bench)


def test_holes_that_were_scanned_are_kept_and_the_others_fill_what_is_left(bench: Bench) -> None:
    box, (first, second, third) = filled(bench, 3)
    fill_anew(bench, box, (first, "A2"), second, (third, "A1"))
    assert [place(bench, tube) for tube in (first, second, third)] == ["A2 of B1", "A3 of B1", "A1 of B1"]
    assert clean(bench)


def test_a_tube_nobody_scanned_is_missing_and_stays_recorded_in_its_box(bench: Bench) -> None:
    box, (first, second, lost, under) = filled(bench, 4)
    fill_anew(bench, box, second, (first, "A3"))
    assert [place(bench, tube) for tube in (second, first)] == ["A1 of B1", "A3 of B1"]
    assert [place(bench, tube) for tube in (lost, under)] == ["B1", "A4 of B1"]  # a hole another one lies in now is lost, the box is not
    assert [lock_specimen(bench.session, tube).missing for tube in (first, second, lost, under)] == [False, False, True, True]
    assert clean(bench)


def test_a_hole_kept_for_a_tube_that_is_out_is_not_taken(bench: Bench) -> None:
    box, (out, tube) = filled(bench, 2)
    bench.take_out(out)
    with pytest.raises(PositionOccupied, match=f"A1 of B1 is kept for {out}"), bench.session.begin_nested():
        fill_anew(bench, box, (tube, "A1"))
    fill_anew(bench, box, tube)
    assert (place(bench, tube), place(bench, out)) == ("A2 of B1", "A1 of B1")
    assert not lock_specimen(bench.session, out).missing
    assert clean(bench)


def test_a_tube_that_was_out_and_one_from_another_box_are_in_it_now(bench: Bench) -> None:
    box, (out, _tube) = filled(bench, 2)
    _other, (stray,) = filled(bench, 1, "B2")
    bench.take_out(out)
    fill_anew(bench, box, stray, out, _tube)
    assert [place(bench, tube) for tube in (stray, out, _tube)] == ["A1 of B1", "A2 of B1", "A3 of B1"]
    assert lock_specimen(bench.session, out).state is SpecimenState.STORED
    assert clean(bench)


def test_what_cannot_be_is_refused_and_nothing_moves(bench: Bench) -> None:
    box, (first, second) = filled(bench, 2)
    small = bench.container("slide-box-25", "S")
    for refusal, into, tubes in (
        (NothingInIt, box, ()),
        (TubeTwice, box, (first, second, first)),
        (HoleTwice, box, ((first, "A5"), (second, "A5"))),
        (ContainerFull, small, bench.tubes(26)),
    ):
        with pytest.raises(refusal), bench.session.begin_nested():
            fill_anew(bench, into, *tubes)
    assert (place(bench, first), place(bench, second)) == ("A1 of B1", "A2 of B1")
    assert clean(bench)


def test_a_box_of_another_study_takes_none_of_ours(bench: Bench) -> None:
    tube = bench.tube()
    other = shipped_protocol("ILDR-02").replace('"ILDR-02"', '"OTHER-1"').replace("ILDR02", "OTHR1")
    load_protocol(bench.session, other, "other.toml", actor=SYSTEM, at=bench.at)
    kept = bench.container("box-9x9", "Kept", study="OTHER-1")
    with pytest.raises(AnotherStudy):
        fill_anew(bench, kept, tube)
