"""The bench where the network goes away, in a real browser: scans are kept in order, sent once, and nothing is lost."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from werkzeug.serving import make_server

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import Event, EventType
from lims.db import Database
from lims.labels.queries import find_binding
from lims.labels.symbols import Matrix, datamatrix
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.service import make_pick_list
from lims.picking.taking import pick_tube
from lims.picking.vocabulary import LineState, MakePickList, PickListState, WantedCode
from lims.settings import Settings
from lims.storage.claims import find_claim
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from tests.support.bench import Bench
from tests.support.browser import ARGUMENTS, NO_BUS
from tests.support.engines import Databases
from tests.support.wedge import Wedge, told

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PASSWORD = "forty two frozen tubes"

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a tablet keeps does not hang on the engine


@dataclass
class FailingLine:
    """A line on which every third answer to an act is lost: the service has done what was asked, and nobody hears of it. While it is
    ``busy`` the service does nothing at all of what the bench asks to be done."""

    service: "WSGIApplication"
    loses: bool = False
    busy: bool = False
    heard: int = 0
    lost: int = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_act = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/bench/")
        if is_act and self.busy:
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        if not is_act or not self.loses:
            return self.service(environ, start_response)
        self.heard += 1
        if self.heard % 3 != 1:
            return self.service(environ, start_response)
        self.lost += 1
        b"".join(self.service(environ, lambda *_: lambda _: None))
        start_response("504 Gateway Timeout", [("Content-Length", "0")])
        return [b""]


@dataclass(frozen=True)
class Laboratory:
    """A service behind a failing line, with boxes of a hundred holes, tubes that are in none, and six that are in the last box."""

    address: str
    database: Database
    line: FailingLine
    boxes: list[ContainerRecord]
    tubes: list[str]
    stored: list[str]

    def holes(self, box: ContainerRecord) -> dict[str, str]:
        with self.database.read() as session:
            return {hole.position or "": hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}

    def is_claimed(self, box: ContainerRecord) -> bool:
        with self.database.read() as session:
            return find_claim(session, box.barcode) is not None

    def events(self, tube: str, type_: EventType) -> list[Event]:
        with self.database.read() as session:
            binding = find_binding(session, tube)
            assert binding is not None
            return [event for event in list_events(session, binding.subject_id) if event.type is type_]

    def times_placed(self, tube: str) -> int:
        return len(self.events(tube, EventType.PLACED))

    def wanted(self, tubes: list[str]) -> str:
        """A pick list of these tubes; its code."""
        codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes, 1))
        with self.database.transaction() as session:
            return make_pick_list(session, MakePickList(codes=codes), actor=SYSTEM, at=clock.now()).view.list.code

    def verify(self) -> None:
        with self.database.snapshot() as session:
            assert list(verify(session, ledger_checks())) == []


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    database, folder = databases.make(), tmp_path_factory.mktemp("offline")
    with database.transaction() as session:
        bench = Bench(session).open_study()
        for name in ("zhou.min", "chen.yutong"):
            service.add_user(session, name, Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        rack = bench.container("rack", "R5", bench.container("freezer", "F2"))
        boxes = [bench.container("box-10x10", f"B-{number}", rack) for number in range(5)]
        tubes, stored = bench.tubes(130), bench.tubes(6)
        for tube in stored:
            bench.place(tube, boxes[-1])
    app = create_app(Settings(folder, str(database.url), b"k" * 32), on=database, doors=[web.register])
    line = FailingLine(app)
    server = make_server("127.0.0.1", 0, line, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Laboratory(f"http://127.0.0.1:{server.port}", database, line, boxes, tubes, stored)
    server.shutdown()
    thread.join()
    server.server_close()
    databases.drop(database)


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    """A tablet: what it keeps outlives its tabs."""
    with browser.new_context() as context:
        yield context


def at_the_bench(tablet: BrowserContext, laboratory: Laboratory, who: str = "zhou.min") -> Page:
    page = tablet.new_page()
    sign_in(page, laboratory, who)
    page.evaluate("navigator.serviceWorker.ready")
    return page


def sign_in(page: Page, laboratory: Laboratory, who: str = "zhou.min") -> None:
    page.goto(f"{laboratory.address}/sign-in?next=/bench")
    page.locator("#f-username").fill(who)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    expect(page.locator("[data-part=doing]")).not_to_be_empty()  # its scripts have begun


def sign_out(page: Page) -> None:
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    expect(page.locator("#f-username")).to_be_visible()


def put(scanner: Wedge, page: Page, box: ContainerRecord, hole: str, tube: str) -> None:
    """The hole, then its tube: two scans."""
    scanner.scan(f"{box.barcode}.{hole}")
    told(page, f"Into {hole}", "ok")
    scanner.scan(tube)
    expect(page.locator(f".bench .hole[aria-label^='{hole}, ']:not([data-state=free])")).to_have_count(1)


def sent(page: Page) -> None:
    """Everything that waited is sent. The page tries every few seconds; here it is told to at once."""
    while page.locator(".queue").inner_text() != "Online":
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(100)


def hole_of(number: int) -> str:
    return f"{'ABCDEFGHIJ'[number // 10]}{number % 10 + 1}"


@pytest.fixture
def seeing_browser(browser: Browser, laboratory: Laboratory, tmp_path: Path) -> Iterator[Browser]:
    """A browser before whose camera lies the label of the first tube."""
    film = tmp_path / "label.y4m"
    film.write_bytes(film_of(datamatrix(laboratory.tubes[0])))
    seeing = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[
            *ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
        env={**os.environ, **NO_BUS},
    )
    yield seeing
    seeing.close()


def film_of(label: Matrix) -> bytes:
    """A film of one picture: the label on a white ground, as an uncompressed YUV4MPEG2."""
    rows = [[not label[y][x] for x in range(len(label[0]))] for y in range(len(label))]
    width, height, module = 640, 480, 10
    left, top = (width - len(rows[0]) * module) // 2, (height - len(rows) * module) // 2
    picture = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        for x, light in enumerate(row):
            for line in range(module):
                at = (top + y * module + line) * width + left + x * module
                picture[at : at + module] = (b"\xeb" if light else b"\x10") * module
    return b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + bytes(picture) + b"\x80" * (width * height // 2)) * 2


def test_the_camera_reads_a_tube_and_nothing_of_it_is_loaded_before_it_is_asked_for(
    seeing_browser: Browser, laboratory: Laboratory
) -> None:
    with seeing_browser.new_context() as tablet:
        page = at_the_bench(tablet, laboratory)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
        assert not [address for address in asked if "vendor" in address]
        page.get_by_role("button", name="Read with the camera").click()
        expect(page.locator("[data-part=read]")).to_have_value(laboratory.tubes[0])
        assert {address.rpartition("/")[2] for address in asked if "vendor" in address} == {"reader.js", "zxing_reader.wasm"}
        page.get_by_role("button", name="Read with the camera").click()
        expect(page.locator("video")).to_be_hidden()


def test_a_box_is_left_to_others_when_the_last_window_of_its_tablet_has_left_it(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box, other = laboratory.boxes[1:3]
    filling, idle = at_the_bench(tablet, laboratory), at_the_bench_again(tablet, laboratory)
    filling.route("**/bench/claims/leave", lambda route: route.abort())  # what is ended here, the idle one ends
    scanner = Wedge(idle)
    Wedge(filling).scan(box.barcode)
    told(filling, "B-1: 100 free", "ok")
    for one, title in ((box, "B-1"), (other, "B-2")):
        scanner.scan(one.barcode)
        told(idle, f"{title}: 100 free", "ok")
    scanner.scan("LIMS.DONE.")
    while laboratory.is_claimed(other):
        idle.wait_for_timeout(100)
    assert laboratory.is_claimed(box)
    filling.close()  # the tab is killed
    while laboratory.is_claimed(box):
        idle.wait_for_timeout(100)


def test_a_box_the_tablet_claimed_is_filled_without_network_and_is_nobody_elses_meanwhile(
    browser: Browser, tablet: BrowserContext, laboratory: Laboratory
) -> None:
    box, (*tubes, stranger) = laboratory.boxes[1], laboratory.tubes[-6:-1]
    page = at_the_bench(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan(box.barcode)
    told(page, "B-1: 100 free", "ok")
    tablet.set_offline(True)
    for number, tube in enumerate(tubes):
        expect(page.locator("[data-part=next]")).to_have_text(hole_of(number))
        scanner.scan(tube)
        told(page, f"Into {hole_of(number)}", "wait")
    scanner.scan(laboratory.boxes[2].barcode)
    told(page, "No network", "stop")

    with browser.new_context() as second:
        other = at_the_bench(second, laboratory, "chen.yutong")
        his = Wedge(other)
        his.scan(box.barcode)
        told(other, "Somebody fills this box", "warn")
        expect(other.locator("[data-part=next]")).to_have_text("–")
        his.scan(stranger)
        told(other, "Somebody fills this box", "stop")

        tablet.set_offline(False)
        expect(page.locator(".queue")).to_have_text("Online")
        assert laboratory.holes(box) == {hole_of(number): tube for number, tube in enumerate(tubes)}
        scanner.scan("LIMS.DONE.")
        told(page, "Done", "ok")
        told(other, "Free to fill", "ok")
        expect(other.locator("[data-part=next]")).to_have_text(hole_of(len(tubes)))
        his.scan(stranger)
        told(other, f"In {hole_of(len(tubes))}", "ok")


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

    taken, stranger = hole_of(count - 2), laboratory.tubes[-1]
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


def another_tab(page: Page, tablet: BrowserContext, laboratory: Laboratory) -> tuple[Page, Wedge]:
    """The tab is killed, and the bench opened anew."""
    page.close()
    page = tablet.new_page()
    page.goto(f"{laboratory.address}/bench")
    expect(page.locator("[data-part=doing]")).not_to_be_empty()
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


def test_whoever_signs_in_next_sends_nothing_of_the_one_before(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box, hers, his = laboratory.boxes[2], laboratory.tubes[-7], laboratory.tubes[-13]
    page = at_the_bench(tablet, laboratory)
    left_open = at_the_bench_again(tablet, laboratory)
    scanner = Wedge(page)
    scanner.scan(f"{box.barcode}.J1")
    told(page, "Into J1", "ok")
    laboratory.line.busy = True
    scanner.scan(hers)
    told(page, "Into J1", "wait")
    sign_out(page)
    laboratory.line.busy = False
    left_open.evaluate("dispatchEvent(new Event('online'))")
    expect(left_open.locator(".queue")).to_have_text("Signed out; kept on this tablet: 1. Sign in again")

    other = at_the_bench(tablet, laboratory, "chen.yutong")
    expect(other.locator("[data-part=others]")).to_have_text(
        "Scans of zhou.min are kept on this tablet: 1. They are sent when zhou.min signs in here."
    )
    scanner = Wedge(other)
    scanner.scan(f"{box.barcode}.J2")
    told(other, "Into J2", "ok")
    scanner.scan(his)
    told(other, "In J2", "ok")
    left_open.bring_to_front()
    left_open.evaluate("dispatchEvent(new Event('online'))")
    expect(left_open.locator(".queue")).to_have_text("Load the page again; kept on this tablet: 1")
    assert [laboratory.holes(box).get(hole) for hole in ("J1", "J2")] == [None, his]
    sign_out(other)

    page = at_the_bench(tablet, laboratory)
    expect(page.locator(".queue")).to_have_text("Online")
    assert laboratory.holes(box)["J1"] == hers
    assert [laboratory.events(tube, EventType.PLACED)[0].actor for tube in (hers, his)] == ["zhou.min", "chen.yutong"]


def at_the_bench_again(tablet: BrowserContext, laboratory: Laboratory) -> Page:
    """A second tab of the same tablet, by whoever is signed in."""
    page = tablet.new_page()
    page.goto(f"{laboratory.address}/bench")
    expect(page.locator("[data-part=doing]")).not_to_be_empty()
    return page


def test_a_tablet_that_can_keep_nothing_says_so_and_one_that_waits_for_nothing_finds_the_network_again(
    tablet: BrowserContext, laboratory: Laboratory
) -> None:
    box, tube = laboratory.boxes[2], laboratory.tubes[-14]
    page = tablet.new_page()
    disk, scanner = tablet.new_cdp_session(page), Wedge(page)
    disk.send("Storage.overrideQuotaForOrigin", {"origin": laboratory.address, "quotaSize": 1})
    sign_in(page, laboratory)
    scanner.scan(f"{box.barcode}.I1")
    told(page, "Into I1", "ok")
    scanner.scan(tube)
    told(page, "No room on this tablet", "stop")
    disk.send("Storage.overrideQuotaForOrigin", {"origin": laboratory.address})
    scanner.scan(tube)
    told(page, "In I1", "ok")
    assert laboratory.times_placed(tube) == 1

    tablet.set_offline(True)
    scanner.scan("PL-2026-99")
    told(page, "No network", "stop")
    expect(page.locator(".queue")).to_have_text("No network")
    tablet.set_offline(False)
    expect(page.locator(".queue")).to_have_text("Online")
    page.evaluate("new Promise((done) => { indexedDB.open('bench', 99).onsuccess = done; })")  # as a page of a later release does
    scanner.scan(f"{box.barcode}.I2")
    told(page, "Into I2", "ok")
    scanner.scan(laboratory.tubes[-15])
    told(page, "Load the page again", "stop")
