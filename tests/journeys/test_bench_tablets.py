"""A tablet at the bench, in a real browser: the boxes it fills and others do not, whose scans it keeps, its disk, its camera."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from lims.custody.vocabulary import EventType
from lims.labels.symbols import Matrix, datamatrix
from tests.support.browser import ARGUMENTS, NO_BUS
from tests.support.engines import Databases
from tests.support.service import RunningService
from tests.support.source import ROOT
from tests.support.stand import sign_in
from tests.support.tablet import Laboratory, another_window, at_the_bench, hole_of, opened_laboratory, sent, sign_out, until
from tests.support.wedge import Wedge, told

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a tablet keeps does not hang on the engine


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with opened_laboratory(databases, tmp_path_factory.mktemp("tablets")) as laboratory:
        yield laboratory


def test_a_box_is_left_to_others_when_the_last_window_of_its_tablet_has_left_it(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box, other = laboratory.boxes[1:3]
    filling, idle = at_the_bench(tablet, laboratory), another_window(tablet, laboratory)
    filling.route("**/bench/claims/leave", lambda route: route.abort())  # what is ended here, the idle one ends
    scanner = Wedge(idle)
    Wedge(filling).scan(box.barcode)
    told(filling, "B-1: 100 free", "ok")
    for one, title in ((box, "B-1"), (other, "B-2")):
        scanner.scan(one.barcode)
        told(idle, f"{title}: 100 free", "ok")
    scanner.scan("LIMS.DONE.")
    until(idle, lambda: not laboratory.is_claimed(other))
    assert laboratory.is_claimed(box)
    filling.close()  # the tab is killed
    until(idle, lambda: not laboratory.is_claimed(box))


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
        second.set_offline(True)
        his.scan(box.barcode)
        told(other, "B-1", "wait")
        second.set_offline(False)
        told(other, "Somebody fills this box", "warn")  # who fills it is asked anew: that was not kept

        tablet.set_offline(False)
        expect(page.locator(".queue")).to_have_text("Online")
        assert laboratory.holes(box) == {hole_of(number): tube for number, tube in enumerate(tubes)}
        scanner.scan("LIMS.DONE.")
        told(page, "Done", "ok")
        told(other, "Free to fill", "ok")
        expect(other.locator("[data-part=next]")).to_have_text(hole_of(len(tubes)))
        his.scan(stranger)
        told(other, f"In {hole_of(len(tubes))}", "ok")


def test_whoever_signs_in_next_sends_nothing_of_the_one_before(tablet: BrowserContext, laboratory: Laboratory) -> None:
    box, hers, his = laboratory.boxes[2], laboratory.tubes[-7], laboratory.tubes[-13]
    page = at_the_bench(tablet, laboratory)
    left_open = another_window(tablet, laboratory)
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


def test_a_tablet_that_can_keep_nothing_says_so_and_one_that_waits_for_nothing_finds_the_network_again(
    tablet: BrowserContext, laboratory: Laboratory
) -> None:
    box, tube = laboratory.boxes[2], laboratory.tubes[-14]
    page = tablet.new_page()
    disk, scanner = tablet.new_cdp_session(page), Wedge(page)
    disk.send("Storage.overrideQuotaForOrigin", {"origin": laboratory.address, "quotaSize": 1})
    sign_in(page, laboratory.address)
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


@pytest.fixture
def service(laboratory: Laboratory, tmp_path: Path) -> Iterator[RunningService]:
    """The laboratory's service in processes of its own, so that it can be brought up to date."""
    service = RunningService(laboratory.database, tmp_path / "service", workers=1)
    service.start()
    yield service
    service.stop()


def next_release(folder: Path) -> Path:
    """The service as it is, but for one line of the bench's script."""
    shutil.copytree(ROOT / "lims", folder / "lims")
    for name in ("pyproject.toml", "migrations", "label_templates"):
        (folder / name).symlink_to(ROOT / name)
    with (folder / "lims/web/static/bench.js").open("a") as script:
        script.write('document.documentElement.dataset.release = "next";\n')
    return folder


def test_the_service_is_brought_up_to_date_under_a_tablet_that_keeps_its_old_page_and_scans(
    tablet: BrowserContext, laboratory: Laboratory, service: RunningService, tmp_path: Path
) -> None:
    box, tubes, at_it = laboratory.boxes[3], laboratory.tubes[20:25], replace(laboratory, address=service.address)
    old = at_the_bench(tablet, at_it)
    scanner = Wedge(old)
    scanner.scan(box.barcode)
    told(old, "B-3: 100 free", "ok")
    [before] = old.evaluate("caches.keys()")
    service.stop()
    for tube, hole in zip(tubes, ("A1", "A2"), strict=False):
        scanner.scan(tube)
        told(old, f"Into {hole}", "wait")

    service.start(PYTHONPATH=str(next_release(tmp_path)))
    new = another_window(tablet, at_it)
    for page, release in ((old, None), (new, "next")):
        sent(page)
        assert page.locator("html").get_attribute("data-release") == release
    scanner.scan(tubes[2])
    told(old, "In A3", "ok")
    until(new, lambda: before not in new.evaluate("caches.keys()"))
    assert len(new.evaluate("caches.keys()")) == 1

    tablet.set_offline(True)
    scanner.scan(tubes[3])
    told(old, "Into A4", "wait")
    new.close()
    new = another_window(tablet, at_it)
    assert new.locator("html[data-release=next] [data-kept]").count() == 1
    scanner = Wedge(new)
    scanner.scan(box.barcode)
    told(new, "B-3", "wait")
    scanner.scan(tubes[4])
    told(new, "Into A5", "wait")
    tablet.set_offline(False)
    sent(new)
    sent(old)
    assert laboratory.holes(box) == {hole_of(number): tube for number, tube in enumerate(tubes)}
    assert [laboratory.times_placed(tube) for tube in tubes] == [1] * 5
    laboratory.verify()


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
