"""The bench by scanner alone, in a real browser: each workflow from its first scan to its last, and nothing touched."""

import statistics
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lims import clock
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.labels.badges import give_badge
from lims.storage.queries import container_map
from tests.support.bench import Bench
from tests.support.engines import Databases
from tests.support.stand import PASSWORD, ROOMY, Laboratory, at_the_bench, opened_laboratory
from tests.support.wedge import Wedge, told

PAINTED_WITHIN_MS = 50
COUNT_CLICKS = "addEventListener('click', () => { window.clicks = (window.clicks ?? 0) + 1; }, true)"

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a scanner does to a page does not hang on the engine


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with opened_laboratory(databases, tmp_path_factory.mktemp("bench")) as laboratory:
        yield laboratory


def test_81_tubes_are_put_away_in_82_scans_and_no_click(page: Page, laboratory: Laboratory) -> None:
    page.add_init_script(COUNT_CLICKS)
    at_the_bench(page, laboratory)
    scanner, tubes = Wedge(page), laboratory.tubes[:ROOMY]
    page.evaluate("window.clicks = 0")
    scanner.scan(laboratory.box.barcode)
    told(page, "B-0117: 81 free")
    for number, tube in enumerate(tubes):
        hole = f"{'ABCDEFGHI'[number // 9]}{number % 9 + 1}"
        expect(page.locator("[data-part=next]")).to_have_text(hole)
        scanner.scan(tube)
        told(page, f"In {hole}", "ok")
    assert (scanner.scans, page.evaluate("window.clicks")) == (ROOMY + 1, 0)
    assert list(laboratory.holes(laboratory.box).values()) == tubes
    painted = page.evaluate("performance.getEntriesByName('bench:answer-to-paint').map((each) => each.duration)")
    assert statistics.median(painted) < PAINTED_WITHIN_MS
    scanner.scan(laboratory.tubes[ROOMY])
    told(page, "Box is full", "stop")


def test_a_box_moves_in_two_scans_and_back_by_a_card_or_a_key(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner, box = Wedge(page), laboratory.other
    scanner.scan(box.barcode)
    told(page, "B-0118")
    scanner.scan(laboratory.elsewhere.barcode)
    told(page, "Moved", "ok")
    assert (scanner.scans, laboratory.parent_of(box)) == (2, laboratory.elsewhere.id)
    scanner.scan("LIMS.UNDO.")
    told(page, "Undone", "ok")
    assert laboratory.parent_of(box) == laboratory.rack.id
    scanner.scan("LIMS.MOVE.")
    told(page, "Moving")
    scanner.scan(box.barcode)
    told(page, "Where to?")
    scanner.scan(laboratory.elsewhere.barcode)
    told(page, "Moved", "ok")
    scanner.press(["u"], 0)
    told(page, "Undone", "ok")
    assert laboratory.parent_of(box) == laboratory.rack.id


def test_a_whole_rack_moves_in_two_scans(page: Page, laboratory: Laboratory) -> None:
    with laboratory.database.transaction() as session:
        bench = Bench(session)
        rack, freezer = bench.container("rack", "R7", bench.container("freezer", "F7")), bench.container("freezer", "F8")
    at_the_bench(page, laboratory)
    scanner = Wedge(page)
    scanner.scan(rack.barcode)
    told(page, "R7")
    scanner.scan(freezer.barcode)
    told(page, "Moved", "ok")
    assert (scanner.scans, laboratory.parent_of(rack)) == (2, freezer.id)


def test_a_tube_goes_into_the_hole_scanned_comes_out_and_goes_back(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner, box, tube = Wedge(page), laboratory.other, laboratory.tubes[-1]
    scanner.scan(f"{box.barcode}.C4")
    told(page, "Into C4")
    scanner.scan(tube)
    told(page, "In C4", "ok")
    scanner.scan(f"{box.barcode}.C4")
    told(page, "Hole is taken", "stop")
    scanner.scan("LIMS.MOVE.")
    told(page, "Moving")
    scanner.scan(tube)
    told(page, "Where to?")
    scanner.scan(f"{box.barcode}.D5")
    told(page, "In D5", "ok")
    scanner.scan("LIMS.UNDO.")
    told(page, "Undone", "ok")
    expect(page.locator("[data-part=next]")).to_have_text("C4")
    scanner.scan("LIMS.OUT.")
    told(page, "Taking out")
    scanner.scan(tube)
    told(page, "Taken out", "ok")
    expect(page.locator(".hole[data-state=away]")).to_have_count(1)
    scanner.scan("LIMS.DONE.")
    told(page, "Done")
    expect(page.locator(".banner .do")).to_contain_text("1")
    scanner.scan("LIMS.IN.")
    told(page, "Putting away")
    scanner.scan(tube)
    told(page, "Back in C4", "ok")
    scanner.scan("LIMS.UNDO.")
    told(page, "Undone")
    scanner.scan("LIMS.UNDO.", 9)
    told(page, "Already scanned", "warn")
    assert laboratory.holes(box) == {"C4": tube}
    with laboratory.database.read() as session:
        assert container_map(session, box.barcode).positions[21].state == "away"


def test_a_tube_recorded_elsewhere_is_moved_only_when_the_answer_is_yes(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner, tube = Wedge(page), laboratory.tubes[-2]
    scanner.scan(f"{laboratory.other.barcode}.A1")
    told(page, "Into A1")
    scanner.scan(tube)
    told(page, "In A1")
    with laboratory.database.transaction() as session:
        spare = Bench(session).container("box-9x9", "B-0200")
    scanner.scan(spare.barcode)
    told(page, "B-0200")
    scanner.scan(tube)
    told(page, "Recorded elsewhere", "warn")
    scanner.scan("LIMS.NO.")
    told(page, "Not moved")
    scanner.scan(tube, 9)
    told(page, "Recorded elsewhere")
    scanner.scan("LIMS.YES.")
    told(page, "In A1", "ok")
    assert laboratory.holes(spare) == {"A1": tube}
    scanner.scan("LIMS.CANCEL.")
    told(page, "Left off")
    scanner.scan("LIMS.YES.", 9)
    told(page, "No question is open")


def test_two_people_see_one_box_and_nobody_overwrites_the_other(browser: Browser, laboratory: Laboratory) -> None:
    with laboratory.database.transaction() as session:
        shared = Bench(session).container("box-9x9", "B-0300")
    one, two, three = laboratory.tubes[-3:-6:-1]
    with browser.new_context() as first, browser.new_context() as second:
        zhou, chen = first.new_page(), second.new_page()
        at_the_bench(zhou, laboratory)
        at_the_bench(chen, laboratory, "chen.yutong")
        hers, his = Wedge(zhou), Wedge(chen)
        zhou.get_by_label("What this device is called").fill("Tablet 2")
        zhou.get_by_role("button", name="Call it so").click()
        told(zhou, "Named", "ok")
        hers.scan(shared.barcode)
        told(zhou, "B-0300: 81 free")
        his.scan(shared.barcode)
        told(chen, "Somebody fills this box", "warn")
        expect(chen.locator("[data-part=next]")).to_have_text("–")
        chen.route("**/bench/boxes/**", lambda route: route.abort())  # his map does not refresh: he goes by what he sees
        his.scan(two)
        told(chen, "Somebody fills this box", "stop")
        expect(chen.locator(".banner .do")).to_contain_text("zhou.min fills B-0300 on Tablet 2")
        his.scan(f"{shared.barcode}.A1")
        told(chen, "Into A1")
        hers.scan(one)
        told(zhou, "In A1", "ok")
        his.scan(two)
        told(chen, "Hole is taken", "stop")
        expect(chen.locator(".banner .do")).to_contain_text("zhou.min was first, at ")
        chen.unroute("**/bench/boxes/**")
        his.scan(f"{shared.barcode}.A2")
        told(chen, "Into A2")
        his.scan(two, 9)
        told(chen, "In A2", "ok")
        expect(zhou.locator("[data-part=next]")).to_have_text("A3")
        hers.scan(three)
        told(zhou, "In A3", "ok")
    assert laboratory.holes(shared) == {"A1": one, "A2": two, "A3": three}


def test_a_coordinator_takes_a_box_over_at_the_bench(browser: Browser, laboratory: Laboratory) -> None:
    with laboratory.database.transaction() as session:
        shared = Bench(session).container("box-9x9", "B-0301")
        service.add_user(session, "lin.hua", Role.COORDINATOR, actor=SYSTEM, at=clock.now(), password=PASSWORD)
    tube, other = laboratory.tubes[-7], laboratory.tubes[-8]
    with browser.new_context() as first, browser.new_context() as second:
        zhou, lin = first.new_page(), second.new_page()
        at_the_bench(zhou, laboratory)
        at_the_bench(lin, laboratory, "lin.hua")
        hers, theirs = Wedge(zhou), Wedge(lin)
        hers.scan(shared.barcode)
        told(zhou, "B-0301")
        lin.goto(f"{laboratory.address}/containers/{shared.barcode}")
        lin.get_by_role("link", name="Take it over at the bench").click()
        told(lin, "Somebody fills this box", "warn")
        lin.get_by_label("Why").fill("zhou.min went home")
        lin.get_by_role("button", name="Take it over").click()
        told(lin, "Taken over", "ok")
        expect(lin.locator("[data-part=take-over]")).to_be_hidden()
        theirs.scan(tube)
        told(lin, "In A1", "ok")
        told(zhou, "Somebody fills this box", "warn")  # as her page sees it
        expect(zhou.locator(".banner .do")).to_contain_text("lin.hua fills B-0301")
        expect(zhou.locator("[data-part=next]")).to_have_text("–")
        hers.scan(other)
        told(zhou, "Somebody fills this box", "stop")
    assert laboratory.holes(shared) == {"A1": tube}


def test_a_badge_hands_the_bench_over_and_only_the_password_is_typed(page: Page, laboratory: Laboratory) -> None:
    with laboratory.database.transaction() as session:
        old, hers, his = (give_badge(session, who, actor=SYSTEM, at=clock.now()) for who in ("zhou.min", "zhou.min", "chen.yutong"))
    page.goto(laboratory.address)
    scanner = Wedge(page)
    scanner.scan(old)
    expect(page.locator(".summary")).to_contain_text("This badge of zhou.min was replaced.")
    page.locator("#f-password").focus()
    scanner.scan(hers)
    expect(page.locator("#f-username")).to_have_value("zhou.min")
    expect(page.locator("#f-password")).to_be_focused()
    page.locator("#f-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{laboratory.address}/")
    page.goto(f"{laboratory.address}/bench")
    expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
    scanner.scan(laboratory.elsewhere.barcode)
    told(page, "R6")
    scanner.scan(hers)
    told(page, "Your own badge", "ok")
    scanner.scan(his)
    told(page, "Hand over to chen.yutong?", "warn")
    scanner.scan("LIMS.NO.")
    told(page, "Going on", "ok")
    scanner.scan(his)
    told(page, "Hand over to chen.yutong?", "warn")
    scanner.scan("LIMS.YES.")
    expect(page.locator("#f-username")).to_have_value("chen.yutong")
    expect(page.locator("#f-password")).to_be_focused()
    page.locator("#f-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[data-bench][data-who='chen.yutong']")).to_be_visible()
    scanner.scan(his)
    told(page, "Your own badge", "ok")
    page.goto(f"{laboratory.address}/specimens")
    scanner.scan(hers)
    expect(page.get_by_role("heading", name="Hand over to zhou.min?")).to_be_visible()


def test_a_rack_scanners_file_is_dropped_looked_at_and_accepted(page: Page, laboratory: Laboratory) -> None:
    one, two, three = laboratory.tubes[-11:-14:-1]
    with laboratory.database.transaction() as session:
        bench = Bench(session)
        box = bench.container("box-9x9", "B-0401")
        bench.place(one, box, "A1")
        bench.place(two, box, "A2")
    at_the_bench(page, laboratory)
    Wedge(page).scan(box.barcode)
    page.goto(f"{laboratory.address}/containers/{box.barcode}")
    text = f"A1,{two}\nA2,{one}\nA3,{three}\n"
    page.get_by_label("The scanner's file").set_input_files({"name": "rack.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Compare it with the record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 tubes are not where they are recorded")
    expect(page.locator("table.table tbody tr")).to_have_count(3)
    assert laboratory.holes(box) == {"A1": one, "A2": two}
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("The scan is accepted. 3 tubes changed.")
    assert laboratory.holes(box) == {"A1": two, "A2": one, "A3": three}
