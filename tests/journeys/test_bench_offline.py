"""The bench where the network goes away, in a real browser: scans are kept in order, sent once, and nothing is lost."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.labels.queries import find_binding
from lims.labels.symbols import Matrix, datamatrix
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
    """A line on which every third answer to a list of acts is lost: the service has done what was asked, and nobody hears of it."""

    service: "WSGIApplication"
    loses: bool = False
    heard: int = 0
    lost: int = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/bench/acts" or not self.loses:
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
    """A service behind a failing line, with a box of a hundred holes and tubes that are in none."""

    address: str
    database: Database
    line: FailingLine
    boxes: list[ContainerRecord]
    tubes: list[str]

    def holes(self, box: ContainerRecord) -> dict[str, str]:
        with self.database.read() as session:
            return {hole.position or "": hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}

    def is_claimed(self, box: ContainerRecord) -> bool:
        with self.database.read() as session:
            return find_claim(session, box.barcode) is not None

    def times_placed(self, tube: str) -> int:
        with self.database.read() as session:
            binding = find_binding(session, tube)
            assert binding is not None
            return sum(event.type is EventType.PLACED for event in list_events(session, binding.subject_id))


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    database, folder = databases.make(), tmp_path_factory.mktemp("offline")
    with database.transaction() as session:
        bench = Bench(session).open_study()
        for name in ("zhou.min", "chen.yutong"):
            service.add_user(session, name, Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        rack = bench.container("rack", "R5", bench.container("freezer", "F2"))
        boxes = [bench.container("box-10x10", f"B-{number}", rack) for number in range(3)]
        tubes = bench.tubes(130)
    app = create_app(Settings(folder, str(database.url), b"k" * 32), on=database, doors=[web.register])
    line = FailingLine(app)
    server = make_server("127.0.0.1", 0, line, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Laboratory(f"http://127.0.0.1:{server.port}", database, line, boxes, tubes)
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
    page.goto(f"{laboratory.address}/sign-in?next=/bench")
    page.locator("#f-username").fill(who)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready")
    return page


def put(scanner: Wedge, page: Page, box: ContainerRecord, hole: str, tube: str) -> None:
    """The hole, then its tube: two scans."""
    scanner.scan(f"{box.barcode}.{hole}")
    told(page, f"Into {hole}", "ok")
    scanner.scan(tube)
    expect(page.locator(f".bench .hole[aria-label^='{hole}, ']:not([data-state=free])")).to_have_count(1)


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
        told(other, "B-1: 100 free", "ok")
        his.scan(stranger)
        told(other, "Somebody fills this box", "stop")

        tablet.set_offline(False)
        expect(page.locator(".queue")).to_have_text("Online")
        assert laboratory.holes(box) == {hole_of(number): tube for number, tube in enumerate(tubes)}
        scanner.scan("LIMS.DONE.")
        told(page, "Done", "ok")
        expect(other.locator("[data-part=next]")).to_have_text(hole_of(len(tubes)))
        while laboratory.is_claimed(box):
            page.wait_for_timeout(200)
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

    taken, stranger = hole_of(killed), laboratory.tubes[-1]
    with laboratory.database.transaction() as session:
        Bench(session).place(stranger, box, taken)
    laboratory.line.loses = True
    tablet.set_offline(False)
    expect(page.locator(".queue")).to_have_text("Online")
    laboratory.line.loses = False
    assert laboratory.line.lost > 0

    listed = page.locator("[data-part=refused] li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Hole is taken")
    done = {hole: tube for hole, tube in wanted.items() if hole != taken}
    assert laboratory.holes(box) == done | {taken: stranger}
    assert {laboratory.times_placed(tube) for tube in done.values()} == {1}
    assert laboratory.times_placed(wanted[taken]) == 0
    with laboratory.database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []

    work_off(page, laboratory, listed)
    assert laboratory.times_placed(wanted[taken]) == 0


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
