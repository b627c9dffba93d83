"""The order of a walk, what was meant by a wrong tube, and what may stand in for a lost one; no database."""

from dataclasses import replace
from typing import Any

import pytest

from lims.imports.code_list import read_code_list
from lims.imports.errors import ColumnsMissing, FileUnreadable
from lims.picking.rules import difference, in_walking_order, meant_by, substitutes
from lims.picking.vocabulary import InHand, PickLine, WantedCode
from lims.specimens.vocabulary import SpecimenState
from lims.storage.positions import natural_order
from lims.storage.records import Hole, Step
from lims.storage.vocabulary import Position
from lims.studies.protocol import Protocol
from lims.studies.protocol_file import load_protocol, shipped_protocol
from tests.support import pair_facts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")


def line(number: int, way: str = "F2 / R3 / B5", hole: tuple[int, int] = (2, 3), **more: Any) -> PickLine:
    steps = tuple(Step(index, name, "box-9x9", name) for index, name in enumerate(way.split(" / ")))
    position = Position(*hole)
    name = f"{'ABCDEFGHI'[hole[0]]}{hole[1] + 1}"
    place = Hole(container_id=hash(way) % 1000, container="C", container_name=steps[-1].name, position=position, position_text=name)
    facts: dict[str, Any] = {
        "specimen_id": number,
        "barcode": f"T-{number}",
        "label": "",
        "participant_id": 1,
        "participant": "L07",
        "cohort": "lung",
        "timepoint": "PRE",
        "specimen_type": "plasma",
        "ordinal": number,
        "specimen_state": "stored",
        "place": place,
        "way": steps,
        **dict.fromkeys(("instead_of", "replaced_by", "not_found_at", "picked_at", "picked_by", "event_id", "store_id")),
    }
    return PickLine(line=number, **facts | more)


def in_hand(**more: Any) -> InHand:
    plain: dict[str, Any] = {
        "barcode": "T-9",
        "participant": "L07",
        "timepoint": "POST",
        "specimen_type": "plasma",
        "ordinal": 1,
        "place": None,
    }
    return InHand(**plain | more)


def test_shelf_2_comes_before_shelf_10() -> None:
    names = ["Shelf 10", "Shelf 2", "shelf", "10", "9", "B-0117", "B-12"]
    assert sorted(names, key=natural_order) == ["B-12", "B-0117", "Shelf 2", "Shelf 10", "shelf", "9", "10"]


def test_one_walks_freezer_by_freezer_and_hole_by_hole() -> None:
    lines = [line(1, "F10 / R1 / B1"), line(2, "F2 / R10 / B1"), line(3, "F2 / R9 / B1", (4, 0)), line(4, "F2 / R9 / B1", (0, 8))]
    assert [each.line for each in in_walking_order(lines)] == [4, 3, 2, 1]


def test_of_the_tubes_wanted_the_likest_was_meant() -> None:
    lines = [line(1, participant="L08"), line(2, specimen_type="stool"), line(3)]
    assert meant_by(in_hand(), lines) == lines[2]
    assert meant_by(in_hand(participant="E01"), lines) == lines[0]
    assert meant_by(in_hand(), []) is None


@pytest.mark.parametrize(
    ("hand", "wanted", "said"),
    [
        ({}, {}, ("L07 POST plasma", "PRE")),
        ({"participant": "L11", "timepoint": "PRE"}, {}, ("L11 PRE plasma", "L07 PRE plasma")),
        ({"timepoint": "PRE"}, {"ordinal": 3}, ("L07 PRE plasma 1", "plasma 3")),
        ({"specimen_type": "stool", "timepoint": "PRE"}, {}, ("L07 PRE stool", "PRE plasma")),
    ],
)
def test_a_wrong_tube_is_told_from_the_right_one_in_few_words(hand: dict[str, Any], wanted: dict[str, Any], said: tuple[str, str]) -> None:
    assert difference(in_hand(**hand), line(1, **wanted)) == said


def test_the_least_thawed_of_those_like_it_stands_in_and_of_these_the_smallest(protocol: Protocol) -> None:
    lost, thawed, large, small, out = (
        pair_facts.tube("PRE", **more)
        for more in ({}, {"thaws": 2}, {"thaws": 1, "amount": "400"}, {"thaws": 1}, {"state": SpecimenState.CHECKED_OUT})
    )
    tubes, metagenomics = [thawed, large, small, out, pair_facts.tube("POST")], protocol.get_assay("metagenomics")
    assert substitutes(lost, tubes, protocol, metagenomics, set()) == [small, large, thawed]
    assert substitutes(lost, tubes, protocol, None, {small.id}) == [large, thawed]


def test_without_an_assay_it_is_no_smaller_and_of_the_same_purpose(protocol: Protocol) -> None:
    lost = pair_facts.tube("PRE", purpose="metagenomics")
    less, reserve, same, blocked = (
        pair_facts.tube("PRE", **more)
        for more in ({"amount": "199"}, {"purpose": "reserve"}, {}, {"flags": tuple(sorted(protocol.blocking_codes))[:1]})
    )
    mine = [replace(each, purpose="metagenomics") for each in (less, same, blocked)]
    assert substitutes(lost, [reserve, *mine], protocol, None, set()) == [mine[1]]


def test_a_list_of_codes_is_read_with_its_lines() -> None:
    named = b"no,barcode\n1,T-1\n2,\n3,T-3\n"
    assert read_code_list(named, "a.csv") == (WantedCode(2, "T-1"), WantedCode(4, "T-3"))
    assert read_code_list(b"T-1\nT-2\n", "a.csv") == (WantedCode(1, "T-1"), WantedCode(2, "T-2"))
    assert read_code_list("条码\nT-1\n".encode(), "a.csv") == (WantedCode(2, "T-1"),)
    with pytest.raises(ColumnsMissing):
        read_code_list(b"a,b\n1,2\n", "a.csv")
    with pytest.raises(FileUnreadable):
        read_code_list(b"", "a.csv")
