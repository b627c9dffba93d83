"""A hole has a code: its box's, a dot, and the hole as the box names it."""

import pytest

from lims.scanning.errors import MisreadScan, UnknownScan
from lims.scanning.holes import code_of_hole
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import NextAct, ScanKind, ScannedHole, ScannedTube
from tests.support.bench import Bench


def hole(bench: Bench, code: str) -> ScannedHole:
    found = resolve_scan(bench.session, code).subject
    assert isinstance(found, ScannedHole)
    return found


def test_a_hole_says_whether_it_is_free_kept_or_taken(bench: Bench) -> None:
    tube, box = bench.tube(), bench.container()
    free = resolve_scan(bench.session, code_of_hole(box.barcode, "C4"))
    assert (free.kind, free.title, free.actions) == (ScanKind.HOLE, "B1 C4", (NextAct.FILLED,))
    bench.place(tube, box, "C4")
    taken = resolve_scan(bench.session, code_of_hole(box.barcode, "C4"))
    assert (hole(bench, f"{box.barcode}.C4").occupant, taken.actions) == (tube, ())
    bench.take_out(tube)
    assert hole(bench, f"{box.barcode}.c04").away
    assert resolve_scan(bench.session, f"{box.barcode}.C4").explanation.startswith("Hole C4 of B1, kept for")


def test_a_numbered_box_has_numbered_holes(bench: Bench) -> None:
    box = bench.container("slide-box-25", "S1")
    assert hole(bench, f"{box.barcode}.25").position == "25"


@pytest.mark.parametrize("name", ["J1", "A10", "", "."])
def test_a_hole_that_is_not_there_is_unknown(bench: Bench, name: str) -> None:
    box = bench.container()
    with pytest.raises((UnknownScan, MisreadScan)):
        resolve_scan(bench.session, f"{box.barcode}.{name}")


def test_a_closed_box_and_a_rack_have_no_holes(bench: Bench) -> None:
    box, rack = bench.container(), bench.container("rack", "R1")
    bench.close(box)
    for code in (box.barcode, rack.barcode):
        with pytest.raises(UnknownScan):
            resolve_scan(bench.session, f"{code}.A1")


def test_a_tube_that_came_with_such_a_code_is_meant(bench: Bench) -> None:
    box = bench.container()
    tube = bench.tube(barcode=f"{box.barcode}.A1")
    found = resolve_scan(bench.session, f"{box.barcode}.A1").subject
    assert isinstance(found, ScannedTube)
    assert found.barcode == tube
