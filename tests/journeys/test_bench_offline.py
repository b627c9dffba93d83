"""The bench where the network goes away, in a real browser: scans are kept in order, sent once, and nothing is lost."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.taking import pick_tube
from lims.picking.vocabulary import LineState, PickListState
from lims.storage.records import ContainerRecord
from tests.support.bench import Bench
from tests.support.engines import Databases
from tests.support.tablet import Laboratory, another_window, at_the_bench, hole_of, opened_laboratory, sent, sign_out
from tests.support.wedge import Wedge, told

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a tablet keeps does not hang on the engine


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with opened_laboratory(databases, tmp_path_factory.mktemp("offline")) as laboratory:
        yield laboratory


def put(scanner: Wedge, page: Page, box: ContainerRecord, hole: str, tube: str) -> None:
    """The hole, then its tube: two scans."""
    scanner.scan(f"{box.barcode}.{hole}")
    told(page, f"Into {hole}", "ok")
    scanner.scan(tube)
    expect(page.locator(f".bench .hole[aria-label^='{hole}, ']:not([data-state=free])")).to_have_count(1)


def test_scans_without_network_have_one_effect_each_or_are_on_the_list(
    tablet: BrowserContext, laboratory: Laboratory, how_many: Callable[[int, int], int]
) -> None:
    box, count = laboratory.boxes[0], how_many(14, 100)
    wanted = {hole_of(number): laboratory.tubes[number] for number in range(count)}
    page = at_the_bench(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan(box.barcode)
    told(page, "B-0: 100 free", "ok")
    begun, killed = count // 5, count // 2
    for hole, tube in list(wanted.items())[:begun]:
        put(scanner, page, box, hole, tube)
    tablet.set_offline(True)
    for hole, tube in list(wanted.items())[begun:killed]:
        put(scanner, page, box, hole, tube)
        told(page, f"Into {hole}", "wait")
    expect(page.locator(".queue")).to_have_text(f"No network; kept on this tablet: {killed - begun}")

    page.close()  # the tab is killed
    page = tablet.new_page()
    page.goto(f"{laboratory.address}/bench")
    scanner = Wedge(page)
    expect(page.locator(".queue")).to_have_text(f"No network; kept on this tablet: {killed - begun}")
    scanner.scan(box.barcode)
    told(page, "B-0", "wait")
    assert page.locator(".bench .hole:not([data-state=free])").count() == killed
    for hole, tube in list(wanted.items())[killed:]:
        put(scanner, page, box, hole, tube)
    assert len(laboratory.holes(box)) == begun

    taken, stranger = hole_of(killed), laboratory.tubes[-1]
    with laboratory.database.transaction() as session:
        Bench(session).place(stranger, box, taken)
    laboratory.line.loses = True
    tablet.set_offline(False)
    sent(page)
    laboratory.line.loses = False
    assert laboratory.line.lost > 0
    told(page, "Hole is taken", "stop")
    expect(page.locator(".banner .do")).to_contain_text(f"{wanted[taken]} · {taken} of B-0 holds")
    expect(page.locator(".scans [data-outcome=wait]")).to_have_count(0)

    listed = page.locator("[data-part=refused] li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Hole is taken")
    done = {hole: tube for hole, tube in wanted.items() if hole != taken}
    assert laboratory.holes(box) == done | {taken: stranger}
    assert {laboratory.times_placed(tube) for tube in done.values()} == {1}
    assert laboratory.times_placed(wanted[taken]) == 0
    laboratory.verify()

    work_off(page, laboratory, listed)
    assert laboratory.times_placed(wanted[taken]) == 0
    assert [(event.actor, event.reason) for event in laboratory.events(wanted[taken], EventType.DONE_BY_HAND)] == [
        ("zhou.min", "lies in the next box")
    ]


def work_off(page: Page, laboratory: Laboratory, listed: Locator) -> None:
    """What was refused is counted on every page, until somebody has dealt with it."""
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{laboratory.address}/specimens")
    expect(page.locator("[data-kept-scans]")).to_contain_text("1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    page.goto(f"{laboratory.address}/bench")
    listed.get_by_role("button", name="Do it again").click()
    expect(listed).to_have_count(1)
    expect(listed.get_by_role("button", name="Do it again")).to_be_enabled()
    listed.get_by_role("textbox").fill("lies in the next box")
    listed.get_by_role("button", name="Done by hand").click()
    expect(listed).to_have_count(0)
    page.goto(f"{laboratory.address}/specimens")
    expect(page.locator("[data-kept-scans]")).to_be_hidden()


SLOW_TO_KEEP_MAPS = """() => {
  const own = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'oncomplete');
  let goOn;
  const released = new Promise((go) => { goOn = go; });
  window.release = goOn;
  Object.defineProperty(IDBTransaction.prototype, 'oncomplete', { set(done) {
    const ofMaps = this.objectStoreNames.contains('boxes') && this.mode === 'readwrite';
    own.set.call(this, ofMaps ? () => released.then(done) : done);
  } });
}"""


def test_what_is_answered_before_its_row_is_shown_can_be_undone_at_once(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box, tube = laboratory.boxes[2], laboratory.tubes[-20]
    page = at_the_bench(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan(box.barcode)
    told(page, "B-2: 100 free", "ok")
    tablet.set_offline(True)
    scanner.scan(f"{box.barcode}.A1")
    told(page, "Into A1")
    page.evaluate(SLOW_TO_KEEP_MAPS)
    scanner.scan(tube)
    expect(page.locator(".queue")).to_have_text("No network; kept on this tablet: 1")
    tablet.set_offline(False)
    sent(page)
    assert laboratory.holes(box) == {"A1": tube}
    page.evaluate("release()")
    told(page, "In A1", "ok")
    scanner.scan("LIMS.UNDO.")
    told(page, "Undone", "ok")
    assert laboratory.holes(box) == {}


def another_tab(page: Page, tablet: BrowserContext, laboratory: Laboratory) -> tuple[Page, Wedge]:
    """The tab is killed, and the bench opened anew."""
    page.close()
    page = another_window(tablet, laboratory)
    return page, Wedge(page)


def test_a_loaded_pick_list_is_gone_on_with_and_its_acts_are_sent_once_in_their_order(
    tablet: BrowserContext, laboratory: Laboratory
) -> None:
    first, second, lost, theirs, last, wrong = laboratory.stored
    code = laboratory.wanted([first, second, lost, theirs, last])
    page = at_the_bench(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan("LIMS.PICK.")
    told(page, "Picking", "ok")
    scanner.scan(code)
    expect(page.locator("[data-part=next]")).to_have_text("A1")
    scanner.scan(first)
    told(page, "Picked", "ok")
    tablet.set_offline(True)
    scanner.scan(wrong)
    told(page, "Wrong tube", "stop")
    expect(page.locator(".compare tr[data-differs]")).to_have_count(2)  # which hole, which code
    scanner.scan(second)
    told(page, "Picked", "wait")
    expect(page.locator("[data-part=next]")).to_have_text("A3")
    scanner.scan(first)
    told(page, "Already taken", "warn")
    scanner.scan("LIMS.UNDO.")
    told(page, "Not sent yet", "stop")
    scanner.scan("LIMS.NOTTHERE.")
    told(page, "Not there", "wait")

    page, scanner = another_tab(page, tablet, laboratory)
    scanner.scan("LIMS.PICK.")
    told(page, "Picking", "ok")
    scanner.scan(code)
    told(page, code, "wait")
    expect(page.locator("[data-part=next]")).to_have_text("A4")
    expect(page.locator("[data-part=free]")).to_have_text("2 of 5 taken")
    for tube in (theirs, last):
        scanner.scan(tube)
        told(page, "Picked", "wait")
    scanner.scan("LIMS.DONE.")
    told(page, "Done", "wait")
    with laboratory.database.transaction() as session:
        pick_tube(session, code, theirs, occurred_at=clock.now(), actor=SYSTEM, at=clock.now())

    back_at = clock.now()
    laboratory.line.loses = True
    tablet.set_offline(False)
    sent(page)
    laboratory.line.loses = False
    listed = page.locator("[data-part=refused] li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Already taken")
    is_over(laboratory, code, [first, theirs, second, last], back_at)  # another was there before what was kept arrived
    work_off_as_another(page, tablet, laboratory, theirs)
    laboratory.verify()


def is_over(laboratory: Laboratory, code: str, taken: list[str], back_at: datetime) -> None:
    """A list of which one tube was not there, done before the network was back."""
    with laboratory.database.read() as session:
        view = view_pick_list(session, get_pick_list(session, code))
        events = list_events(session, view.list.id)
    assert view.list.state is PickListState.DONE
    assert [line.state for line in view.lines] == [LineState.PICKED, LineState.PICKED, LineState.NOT_FOUND, *[LineState.PICKED] * 2]
    assert [event.facts["specimen"] for event in events if event.type is EventType.PICKED] == taken
    assert [len(laboratory.events(tube, EventType.CHECKED_OUT)) for tube in taken] == [1] * 4
    [done] = [event for event in events if event.type is EventType.PICK_LIST_DONE]
    assert done.occurred_at < back_at < done.recorded_at


def work_off_as_another(page: Page, tablet: BrowserContext, laboratory: Laboratory, tube: str) -> None:
    """What was refused is everybody's to see to, and nobody else's to do again."""
    sign_out(page)
    other = at_the_bench(tablet, laboratory, "chen.yutong")
    listed = other.locator("[data-part=refused] li")
    expect(listed).to_contain_text("Scanned by zhou.min, who alone can do it again.")
    expect(listed.get_by_role("button")).to_have_count(1)
    listed.get_by_role("textbox").fill("it lies on the bench")
    listed.get_by_role("button", name="Done by hand").click()
    expect(listed).to_have_count(0)
    [said] = laboratory.events(tube, EventType.DONE_BY_HAND)
    assert (said.actor, said.facts["by"], said.reason) == ("chen.yutong", "zhou.min", "it lies on the bench")


def test_a_loaded_audit_is_gone_on_with_and_accepted_when_everything_is_sent(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box = laboratory.boxes[3]
    inside, stray = laboratory.tubes[-12:-8], laboratory.tubes[-8]
    with laboratory.database.transaction() as session:
        for tube in inside:
            Bench(session).place(tube, box)
    page = at_the_bench(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan("LIMS.AUDIT.")
    scanner.scan(box.barcode)
    told(page, "Checking B-3", "ok")
    scanner.scan(inside[0])
    told(page, "It is here", "ok")
    tablet.set_offline(True)
    scanner.scan(inside[1])
    told(page, "It is here", "wait")

    page, scanner = another_tab(page, tablet, laboratory)
    scanner.scan("LIMS.AUDIT.")
    scanner.scan(box.barcode)
    told(page, "Auditing", "wait")
    expect(page.locator(".hole[data-state=here]")).to_have_count(2)
    expect(page.locator("[data-part=free]")).to_have_text("2 scanned, 2 to scan")
    for tube, title in ((inside[2], "It is here"), (stray, "Kept on this tablet"), (inside[3], "It is here")):
        scanner.scan(tube)
        told(page, title, "wait")
    scanner.scan("LIMS.DONE.")
    told(page, "Not sent yet", "stop")
    tablet.set_offline(False)
    sent(page)
    expect(page.locator("[data-part=orders] li")).to_have_count(1)  # what is to be done with the stray one
    scanner.scan("LIMS.DONE.")
    told(page, "Accepted", "warn")
    assert laboratory.holes(box) == {hole_of(number): tube for number, tube in enumerate([*inside, stray])}
    laboratory.verify()
