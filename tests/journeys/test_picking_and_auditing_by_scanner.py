"""Picking, auditing and filling a box anew by scanner alone, in a real browser: each counted from its first scan to its last."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.audits.queries import list_audits, view_audit
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.service import make_pick_list
from lims.picking.vocabulary import LineState, MakePickList, PickListState, WantedCode
from lims.settings import Settings
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from tests.support.app import served
from tests.support.bench import Bench
from tests.support.engines import Databases
from tests.support.wedge import Wedge, told

PASSWORD = "forty two frozen tubes"
ROOMY, WANTED = 81, 40
COUNT_CLICKS = "addEventListener('click', () => { window.clicks = (window.clicks ?? 0) + 1; }, true)"

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a scanner does to a page does not hang on the engine


@dataclass(frozen=True)
class Laboratory:
    """A service with two full boxes and a smaller one."""

    address: str
    database: Database
    boxes: list[ContainerRecord]
    tubes: list[list[str]]

    def wanted(self, tubes: list[str]) -> str:
        """A pick list of these tubes; its code."""
        codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes, 1))
        with self.database.transaction() as session:
            return make_pick_list(session, MakePickList(codes=codes), actor=SYSTEM, at=clock.now()).view.list.code


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    database, folder = databases.make(), tmp_path_factory.mktemp("picking")
    with database.transaction() as session:
        bench = Bench(session).open_study()
        service.add_user(session, "zhou.min", Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        rack = bench.container("rack", "R5", bench.container("freezer", "F2"))
        boxes = [bench.container("box-9x9", f"B-{number}", rack) for number in (9, 10, 11)]
        alike = bench.tubes(4, participant="L08")  # what stands in for a lost one is of the same participant
        tubes = [[*bench.tubes(WANTED), *alike], bench.tubes(ROOMY), bench.tubes(9)]
        for box, inside in zip(boxes, tubes, strict=True):
            for tube in inside:
                bench.place(tube, box)
    app = create_app(Settings(folder, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address:
        yield Laboratory(address, database, boxes, tubes)
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
    databases.drop(database)


@pytest.fixture
def scanner(page: Page, laboratory: Laboratory) -> Wedge:
    """At the bench, signed in."""
    page.add_init_script(COUNT_CLICKS)
    page.goto(laboratory.address)
    page.locator("#f-username").fill("zhou.min")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.wait_for_load_state()
    return Wedge(page)


def go(page: Page, laboratory: Laboratory, address: str) -> None:
    page.goto(f"{laboratory.address}{address}")
    expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
    page.evaluate("window.clicks = 0")


def test_forty_tubes_are_picked_in_forty_scans_and_done(page: Page, laboratory: Laboratory, scanner: Wedge) -> None:
    tubes = laboratory.tubes[0][:WANTED]
    code = laboratory.wanted(tubes[::-1])
    go(page, laboratory, f"/bench?do=PICK&code={code}")
    told(page, "Picking")
    for number, tube in enumerate(tubes):
        expect(page.locator("[data-part=next]")).to_have_text(f"{'ABCDEFGHI'[number // 9]}{number % 9 + 1}")
        scanner.scan(tube)
        told(page, "Picked", "ok")
        expect(page.locator("[data-part=count]")).to_have_text(str(number + 1))
    scanner.scan("LIMS.DONE.")
    told(page, "Done", "ok")
    assert (scanner.scans, page.evaluate("window.clicks")) == (WANTED + 1, 0)
    with laboratory.database.read() as session:
        view = view_pick_list(session, get_pick_list(session, code))
    assert (view.list.state, len(view.of(LineState.PICKED))) == (PickListState.DONE, WANTED)


def test_a_wrong_tube_is_explained_and_a_lost_one_replaced(page: Page, laboratory: Laboratory, scanner: Wedge) -> None:
    lost, spare, wrong, _other = laboratory.tubes[0][WANTED:]
    code = laboratory.wanted([lost])
    go(page, laboratory, "/bench")
    scanner.scan("LIMS.PICK.")
    told(page, "Picking")
    scanner.scan(code)
    expect(page.locator("[data-part=next]")).to_have_text("E5")
    scanner.scan(wrong)
    told(page, "Wrong tube", "stop")
    expect(page.locator(".compare tr[data-differs]")).to_have_count(3)  # which of its kind, which hole, which code
    scanner.scan("LIMS.NOTTHERE.")
    told(page, "Not there", "warn")
    scanner.scan("LIMS.YES.")
    told(page, "Taken instead", "ok")
    scanner.scan(spare)
    told(page, "Picked", "ok")
    scanner.scan("LIMS.UNDO.")
    told(page, "Undone", "ok")
    scanner.scan(spare)
    told(page, "Picked", "ok")
    scanner.scan("LIMS.DONE.")
    told(page, "Done", "ok")
    with laboratory.database.read() as session:
        view = view_pick_list(session, get_pick_list(session, code))
    assert [(line.barcode, line.state) for line in view.lines] == [(lost, LineState.REPLACED), (spare, LineState.PICKED)]


def test_a_box_of_81_is_audited_in_82_scans_and_one_confirmation(page: Page, laboratory: Laboratory, scanner: Wedge) -> None:
    box, tubes = laboratory.boxes[1], laboratory.tubes[1]
    go(page, laboratory, "/bench?do=AUDIT")
    told(page, "Auditing")
    scanner.scan(box.barcode)
    told(page, "Checking B-10")
    for number, tube in enumerate(tubes, 1):
        scanner.scan(tube)
        expect(page.locator("[data-part=count]")).to_have_text(str(number))
        told(page, "It is here", "ok")
    expect(page.locator(".hole[data-state=here]")).to_have_count(ROOMY)
    assert (scanner.scans, page.evaluate("window.clicks")) == (ROOMY + 1, 0)
    scanner.scan("LIMS.DONE.")
    told(page, "Accepted", "ok")
    with laboratory.database.read() as session:
        [audit] = list_audits(session, container=box.barcode)
        assert view_audit(session, audit).concordance == 100


def test_an_audit_shows_what_is_wrong_and_goes_on_after_another_page(page: Page, laboratory: Laboratory, scanner: Wedge) -> None:
    box, tubes, stray = laboratory.boxes[2], laboratory.tubes[2], laboratory.tubes[1][0]
    go(page, laboratory, "/bench?do=AUDIT")
    scanner.scan(box.barcode)
    told(page, "Checking B-11")
    scanner.scan(stray)
    told(page, "Wrong place", "warn")
    scanner.scan("NOBODY-77")
    told(page, "Nobody knows this code", "stop")
    expect(page.locator("[data-part=orders] li")).to_have_count(2)
    scanner.scan(tubes[0])
    told(page, "It is here", "ok")
    scanner.scan(tubes[0])
    told(page, "Already scanned", "warn")
    go(page, laboratory, "/bench")
    expect(page.locator(".hole[data-state=here]")).to_have_count(1)
    expect(page.locator(".hole[data-state=wrong]")).to_have_count(1)
    scanner.scan("LIMS.DONE.")
    told(page, "Not all are scanned", "warn")
    scanner.scan("LIMS.NO.")
    for tube in tubes[1:]:
        scanner.scan(tube)
        told(page, "It is here", "ok")
    scanner.scan("LIMS.DONE.")
    told(page, "Accepted", "warn")
    with laboratory.database.read() as session:
        inside = {hole.position: hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}
    assert inside == dict(zip(["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1"], [*tubes, stray], strict=True))


def test_a_spilled_box_is_filled_anew_in_any_order(page: Page, laboratory: Laboratory, scanner: Wedge) -> None:
    box = laboratory.boxes[2]
    with laboratory.database.read() as session:
        inside = [hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode]
    go(page, laboratory, "/bench?do=REBOX")
    scanner.scan(box.barcode)
    told(page, "Filling anew")
    for number, tube in enumerate(inside[::-1][:4], 1):
        scanner.scan(tube)
        expect(page.locator("[data-part=count]")).to_have_text(str(number))

    tablet, before = page.context, scanner.scans
    page.close()  # the tab is killed
    page = tablet.new_page()
    scanner = Wedge(page)
    go(page, laboratory, "/bench")
    told(page, "Not finished", "warn")
    scanner.scan("LIMS.YES.")
    told(page, "Filling anew", "ok")
    expect(page.locator(".hole[data-state=here]")).to_have_count(4)
    scanner.scan(inside[::-1][3])
    told(page, "Already in this box", "warn")
    for number, tube in enumerate(inside[::-1][4:], 1):
        scanner.scan(tube)
        expect(page.locator("[data-part=count]")).to_have_text(str(number))
    scanner.scan("LIMS.DONE.")
    told(page, "Filled anew", "ok")
    assert before + scanner.scans == len(inside) + 2 + 2  # YES, and the one that was in already
    scanner.scan("LIMS.REBOX.")
    scanner.scan(box.barcode)
    scanner.scan(inside[0])
    expect(page.locator("[data-part=count]")).to_have_text("1")
    scanner.scan("LIMS.CANCEL.")
    told(page, "Left", "ok")
    go(page, laboratory, "/bench")  # neither what was done nor what was left is offered again
    expect(page.locator("[data-part=doing]")).to_contain_text("Looking")
    told(page, "Scan a tube")
    with laboratory.database.read() as session:
        after = [hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode]
    assert after == inside[::-1]
