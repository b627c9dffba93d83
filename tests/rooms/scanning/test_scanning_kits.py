"""A kit's code, and the code on a tube of it that nobody has filled."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.ids import in_fours
from lims.kits.service import void_kit
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import NextAct, ScanKind
from tests.factories import kits, trial


@pytest.fixture
def bench(session: Session) -> Session:
    trial.begin(session)
    return session


def test_a_kit_says_whose_it_is_and_how_many_tubes_wait(bench: Session) -> None:
    kit = kits.make(bench, timepoint="D1")
    found = resolve_scan(bench, kit.summary.barcode)
    assert (found.kind, found.title, found.explanation) == (ScanKind.KIT, "L07 D1", "11 of 11 tubes wait to be filled.")
    assert found.actions == (NextAct.COLLECTED, NextAct.VOIDED)
    stock = resolve_scan(bench, kits.make_for_stock(bench, timepoint=None).summary.barcode)
    assert stock.title == "stock"
    assert stock.explanation.endswith("It is of the stock: say whose it is when you collect.")
    assert NextAct.BOUND in stock.actions


def test_a_tube_scanned_before_it_is_used_says_so_and_afterwards_is_the_specimen(bench: Session) -> None:
    kit = kits.make(bench)
    (code,) = kits.stool(kit)
    before = resolve_scan(bench, code.lower())
    assert (before.kind, before.title) == (ScanKind.KIT_TUBE, "L07 PRE stool")
    assert before.explanation == f"A tube of kit {in_fours(kit.summary.barcode)}, not used yet: collect it."
    assert before.actions == (NextAct.COLLECTED,)
    kits.collect(bench, kit, [code])
    assert resolve_scan(bench, code).kind is ScanKind.SPECIMEN


def test_a_void_tube_of_a_kit_says_that_its_label_counts_no_more(bench: Session) -> None:
    kit = kits.make(bench)
    void_kit(bench, kit.summary.barcode, actor=SYSTEM, at=trial.NOW)
    tube = resolve_scan(bench, kit.tubes[0].barcode)
    assert tube.explanation.startswith(f"This label counts no more: kit {in_fours(kit.summary.barcode)} was closed without it.")
    assert tube.actions == ()
    assert resolve_scan(bench, kit.summary.barcode).explanation == "Void: its labels count no more."


def test_a_kit_of_somebody_who_withdrew_is_not_collected_with(bench: Session) -> None:
    kit = kits.make(bench)
    trial.withdraw(bench, on=date(2026, 9, 1))
    found, tube = resolve_scan(bench, kit.summary.barcode), resolve_scan(bench, kit.tubes[0].barcode)
    assert "Consent was withdrawn on 2026-09-01: take nothing more." in found.explanation
    assert "Consent was withdrawn on 2026-09-01: take nothing more." in tube.explanation
    assert found.actions == (NextAct.VOIDED,)
    assert tube.actions == ()
