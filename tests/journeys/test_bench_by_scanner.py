"""A scanner at the bench page, in a real browser: each of its scans is heard, once, on any keyboard and while the page still starts."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.bench import Bench
from tests.support.browser import INSECURE_HOST
from tests.support.engines import Databases
from tests.support.stand import PASSWORD, ROOMY, Laboratory, at_the_bench, opened_laboratory
from tests.support.wedge import Wedge, told

MOST_BYTES = 150_000

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a scanner does to a page does not hang on the engine


@pytest.fixture(scope="module")
def laboratory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with opened_laboratory(databases, tmp_path_factory.mktemp("bench")) as laboratory:
        yield laboratory


def painted_before_its_script(route: Route) -> None:
    """The page as a browser takes it that knows no ``blocking="render"``."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('blocking="render"', ""))


@pytest.mark.parametrize(("waits_to_paint", "of_tubes"), [(True, slice(-15, -17, -1)), (False, slice(-17, -19, -1))])
def test_what_is_scanned_while_the_page_still_starts_is_heard_once_and_in_its_turn(
    page: Page, laboratory: Laboratory, waits_to_paint: bool, of_tubes: slice
) -> None:
    with laboratory.database.transaction() as session:
        box = Bench(session).container("box-9x9", "B-0302")
    one, two = laboratory.tubes[of_tubes]
    held: list[Route] = []
    page.goto(f"{laboratory.address}/sign-in?next=/account")
    page.locator("#f-username").fill("zhou.min")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.wait_for_url("**/account")
    page.route("**/static/*/bench.js", lambda route: held.append(route))
    if not waits_to_paint:
        page.route("**/bench?code=*", painted_before_its_script)
    page.goto(f"{laboratory.address}/bench?code={box.barcode}", wait_until="commit")
    expect(page.locator("[data-part=outcome] .banner")).to_be_visible()
    scanner = Wedge(page)
    for code in (one, two, two, "LIMS.UNDO."):  # one trigger sends a code twice
        scanner.scan(code)
    assert page.locator("[data-part=doing]").inner_text() == ""
    for route in held:
        route.continue_()
    titles = page.locator("[data-part=scans] li > .tag")
    expect(titles).to_have_text(["Undone", "In A2", "In A1", re.compile("B-0302")])
    expect(page).to_have_url(f"{laboratory.address}/bench")
    assert laboratory.holes(box) == {"A1": one}
    scanner.scan(two)
    told(page, "In A2", "ok")


def test_a_card_and_a_code_lead_on_from_every_page(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner = Wedge(page)
    page.goto(f"{laboratory.address}/specimens")
    scanner.scan(laboratory.tubes[0])
    expect(page).to_have_url(f"{laboratory.address}/specimens/{laboratory.tubes[0]}")
    page.goto(f"{laboratory.address}/containers")
    scanner.scan("LIMS.OUT.")
    told(page, "Taking out")
    expect(page).to_have_url(f"{laboratory.address}/bench")
    scanner.scan("L07")
    expect(page).to_have_url(f"{laboratory.address}/participants/L07")
    scanner.scan(f"{laboratory.box.barcode}.B2")
    expect(page).to_have_url(f"{laboratory.address}/containers/{laboratory.box.barcode}?hole=B2")


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
def test_a_foreign_keyboard_garbles_nothing(page: Page, laboratory: Laboratory, layout: str) -> None:
    with laboratory.database.transaction() as session:
        tube = Bench(session, participants={"L07": "L07"}).tube(barcode=f"WQ-AZ.YM-{layout}-1234567890")
    at_the_bench(page, laboratory)
    scanner = Wedge(page, layout)
    scanner.scan(f"]C0{tube}", end=("Enter", "Enter"))
    told(page, "In the laboratory")
    expect(page.locator("[data-part=read]")).to_have_value(tube.lower() if tube.islower() else tube)
    scanner.scan("LIMS.OUT.", end=("Tab",))
    told(page, "Taking out")


def test_a_stalling_radio_scanner_is_always_heard_and_a_typist_never(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner, chance = Wedge(page), random.Random(4)
    for number in range(12):  # Bluetooth: 10 to 30 ms, and now and then a stall
        gaps = [chance.uniform(10, 30) if chance.random() > 0.12 else chance.uniform(90, 390) for _ in range(9)]
        scanner.scan(laboratory.tubes[number], gaps)
        expect(page.locator("[data-part=read]")).to_have_value(laboratory.tubes[number])
        expect(page.locator("[data-part=scans] li")).to_have_count(number + 1)
    heard = page.locator("[data-part=scans] li")
    expect(heard).to_have_count(12)
    page.evaluate("sessionStorage.removeItem('last-scan')")
    for _ in range(12):  # 90 words a minute: 133 ms a key, give or take
        scanner.press([*laboratory.tubes[20], "Enter"], [chance.gauss(133, 30) for _ in range(9)])
    expect(page.locator("[data-part=read]")).to_have_value(laboratory.tubes[11])


SIMULATED = """async (scripts) => {
  const { isBurst } = await import(scripts);
  let seed = 7;
  const chance = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
  const between = (least, most) => least + chance() * (most - least);
  const around = (mean, spread) => mean + spread * (Array.from({ length: 12 }, chance).reduce((a, b) => a + b) - 6);
  const sorts = {
    "USB": () => between(2, 12),
    "Bluetooth": () => between(10, 30),
    "Bluetooth that stalls": () => (chance() < 0.05 ? between(60, 380) : between(10, 30)),
    "a tab that is busy": () => (chance() < 0.01 ? between(40, 350) : between(2, 12)),
    "90 words a minute": () => Math.max(40, around(133, 30)),
    "bursts of a fast typist": () => Math.max(36, around(70, 15)),
  };
  const heard = (gap) => {
    let at = 0;
    return isBurst([0, ...Array.from({ length: 8 }, () => (at += gap()))]);
  };
  const count = (gap) => Array.from({ length: 2000 }, () => heard(gap)).filter(Boolean).length;
  return Object.fromEntries(Object.entries(sorts).map(([name, gap]) => [name, count(gap)]));
}"""


def test_of_thousands_of_scans_all_are_heard_and_of_thousands_of_typed_words_none(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner_js = page.locator("script[src$='bench.js']").evaluate("(one) => one.src.replace('bench.js', 'scanner.js')")
    assert page.evaluate(SIMULATED, scanner_js) == {
        "USB": 2000,
        "Bluetooth": 2000,
        "Bluetooth that stalls": 2000,
        "a tab that is busy": 2000,
        "90 words a minute": 0,
        "bursts of a fast typist": 0,
    }


def test_a_scan_types_into_no_field_and_sends_no_form(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    scanner = Wedge(page)
    page.goto(f"{laboratory.address}/collect?participant=L07&timepoint=PRE&type=stool")
    page.route("**/scan?*", lambda route: route.fulfill(status=204))
    page.get_by_label("Amount", exact=True).fill("12")
    with page.expect_request("**/scan?*") as asked:
        scanner.scan(laboratory.tubes[1])
    assert asked.value.method == "GET"
    assert asked.value.url.endswith(f"code={laboratory.tubes[1]}")
    expect(page.get_by_label("Amount", exact=True)).to_have_value("12")


def test_a_page_that_cannot_hear_says_so(page: Page, laboratory: Laboratory) -> None:
    at_the_bench(page, laboratory)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator(".scan[data-listening=no] .ready")).to_contain_text("Not listening")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(".scan[data-listening=yes] .ready")).to_contain_text("Ready to scan")


def test_at_an_address_that_is_not_secure_the_page_says_what_to_do_and_hears_nothing(page: Page, laboratory: Laboratory) -> None:
    page.goto(laboratory.address.replace("127.0.0.1", INSECURE_HOST))
    page.locator("#f-username").fill("zhou.min")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.locator("nav a[href='/bench']").click()
    expect(page.locator("[data-part=outcome] .banner[data-outcome=stop]")).to_contain_text("Open this page by https")
    for part in (".scan", "[data-card]"):
        expect(page.locator(part).first).to_be_hidden()


def test_the_page_is_under_150_kilobytes_the_font_aside(page: Page, laboratory: Laboratory, tmp_path: Path) -> None:
    at_the_bench(page, laboratory)
    cdp = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    cdp.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    cdp.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    cdp.send("Network.enable")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(f"{laboratory.address}/bench")
    Wedge(page).scan(laboratory.box.barcode)
    expect(page.locator(".bench .hole")).to_have_count(ROOMY)
    page.wait_for_load_state("networkidle")
    assert "Script" in kinds.values()
    assert sum(size for request, size in sizes.items() if kinds.get(request) != "Font") < MOST_BYTES


SLOW_TABLET = {"offline": False, "latency": 20, "downloadThroughput": 4_000_000 / 8, "uploadThroughput": 2_000_000 / 8}
TIMES_SLOWER = 4
WHEN_READY = """new Promise((tell) => {
  const look = () => {
    const [ready] = performance.getEntriesByName('bench:ready');
    if (ready) tell(ready.startTime); else setTimeout(look, 50);
  };
  look();
})"""


def test_the_page_is_usable_within_a_second_on_a_slow_tablet(
    browser: Browser, laboratory: Laboratory, how_many: Callable[[int, int], int]
) -> None:
    """Four times slower than this machine, 4 Mbit/s down, 20 ms more a request, signed in and nothing else kept from before. Only by
    itself (``--full``) is it held to the second: beside other tests the machine is slow, and not the page."""
    taken: list[float] = []
    with browser.new_context() as context:
        page = context.new_page()
        at_the_bench(page, laboratory)
        kept = context.cookies()
    for _ in range(4):
        with browser.new_context() as context:
            context.add_cookies([{"name": one["name"], "value": one["value"], "url": laboratory.address} for one in kept])
            page = context.new_page()
            cdp = context.new_cdp_session(page)
            cdp.send("Network.enable")
            cdp.send("Network.emulateNetworkConditions", SLOW_TABLET)
            cdp.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
            page.goto(f"{laboratory.address}/bench", wait_until="commit")
            taken.append(page.evaluate(WHEN_READY))
    assert min(taken) < how_many(5000, 1000), taken


CABLE = """Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => ({
  open: async (how) => { window.opened = how; },
  readable: new ReadableStream({ start: (line) => {
    window.send = (text) => line.enqueue(new TextEncoder().encode(text));
    window.unplug = () => line.error(new Error('gone'));
  } }),
}) } })"""


def test_a_scanner_on_a_cable_is_heard_line_by_line_and_missed_when_it_is_pulled(page: Page, laboratory: Laboratory) -> None:
    page.add_init_script(CABLE)  # no machine that runs tests has such a scanner; of all this, the port alone is made up
    with laboratory.database.transaction() as session:
        box = Bench(session).container("box-9x9", "B-0400")
    at_the_bench(page, laboratory)
    page.get_by_role("button", name="Scanner on a cable").click()
    one, two = laboratory.tubes[-9], laboratory.tubes[-10]
    page.evaluate("(code) => { send(code.slice(0, 3)); send(code.slice(3) + '\\r\\n'); }", box.barcode)
    told(page, "B-0400: 81 free")
    page.evaluate("([one, two]) => send(`]d1${one}\\r${two}\\r`)", [one, two])
    expect(page.locator("[data-part=next]")).to_have_text("A3")
    assert laboratory.holes(box) == {"A1": one, "A2": two}
    assert page.evaluate("opened") == {"baudRate": 9600}
    page.evaluate("unplug()")
    told(page, "No scanner on the cable", "stop")
