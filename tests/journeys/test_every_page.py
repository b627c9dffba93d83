"""Every page in a browser, in both languages and themes: no wider than its screen, nothing on it too small for a finger, clean on paper,
and nothing serious in the eyes of axe, which looks for those who read with a screen reader, a keyboard or poor sight."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.audits.service import begin_audit
from lims.audits.vocabulary import BeginAudit
from lims.batches.service import create_batch
from lims.batches.vocabulary import CreateBatch
from lims.db import Database
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.labels.badges import give_badge
from lims.picking.service import make_pick_list
from lims.picking.vocabulary import MakePickList
from lims.racks.service import offer_scan
from lims.racks.vocabulary import OfferScan
from lims.sequencing.service import issue_manifest
from lims.settings import Settings
from lims.storage.containers import create_container
from lims.storage.service import place_specimen
from lims.storage.vocabulary import CreateContainer, PlaceSpecimen
from lims.temperatures.service import import_log, set_limits
from lims.temperatures.vocabulary import ImportLog, SetLimits
from tests.factories import kits, printing
from tests.factories.pairs import stool_pair
from tests.factories.trial import ILDR_AT, begin, collect, enrol, withdraw
from tests.support.app import served

PASSWORD = "forty two frozen tubes"
NO_PAGES = {
    "web.bench_audit",
    "web.bench_box",
    "web.bench_pick_list",
    "web.bench_pick_list_tubes",
    "web.bench_scan",
    "web.bench_worker",
    "web.import_report_csv",
    "web.kit_slip",
    "web.label_file",
    "web.label_of_job",
    "web.manifest_file",
    "web.print_job_standing",
    "web.static_file",
    "web.template_picture",
    "web.trail_csv",
}
"""What is fetched rather than looked at."""
FURTHER = (
    "/specimens/S2222222",
    "/nowhere",
    "/scan?code=STL",
    "/collect?participant=L07",
    "/collect?participant=L07&timepoint=PRE&type=stool",
    "/collect?participant=E05&timepoint=PRE&type=stool",
)
ROSTER = Path(__file__).parents[1] / "data" / "trial" / "roster.csv"
ACTS_OF_A_TUBE = ("place", "aliquots", "use", "times", "flag", "quarantine", "codes", "correct", "dispose")
LONGEST_NAME = "The freezer in the corridor behind the cold room, building 4"
TABLET, DESK = (1024, 768), (1440, 900)

TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
SCROLLS = """[...document.querySelectorAll(".scroll, .board-scroll")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && !one.querySelector(".box.long"))
  .map((one) => `${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""
# In running text a link is as high as its line; whatever else is touched is 44 px, a radio by its whole row.
TOO_SMALL = """[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .map((one) => ["radio", "checkbox"].includes(one.type) ? one.closest("label") : one)
  .filter((one) => one.checkVisibility() && !one.closest(".sr, .skip, .fine"))
  .filter((one) => one.tagName !== "A" || getComputedStyle(one).display !== "inline")
  .filter((one) => one.getBoundingClientRect().height < 43.5)
  .map((one) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)} ${one.getBoundingClientRect().height}`)"""
OUT_OF_ITS_CELL = """[...document.querySelectorAll(".pc, .hole, .tag, .btn")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => `${one.className} ${one.textContent.trim()}`)"""
AXE = Path(sys.prefix) / "npm" / "node_modules" / "axe-core" / "axe.min.js"
ALL_RULES, CONTRAST = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"], ["color-contrast"]
"""All of them once; what a theme changes is contrast."""
SERIOUS = """async (rules) => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`)"""
PRINTED = """[...document.querySelectorAll(".topbar, .btn, main form, .fold, .toasts")].filter((one) => one.checkVisibility()).length"""


@dataclass(frozen=True)
class House:
    """A service with something on each of its pages; ``paths`` are all of them."""

    address: str
    paths: tuple[str, ...]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with database.transaction() as session:
        begin(session)
        service.add_user(session, "chen.yutong", Role.ADMIN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        pre, post = stool_pair(session, "L07")
        enrol(session, "E05")
        gone = collect(
            session, participant="E05", timepoint="SCR", collected_at=ILDR_AT - timedelta(days=9), received_at=None, frozen_at=None
        )
        withdraw(session, "E05")
        freezer = create_container(session, CreateContainer(type="freezer", name=LONGEST_NAME), actor=SYSTEM, at=clock.now())
        box = create_container(session, CreateContainer(type="box-9x9", name="B-0117"), actor=SYSTEM, at=clock.now())
        slides = create_container(session, CreateContainer(type="slide-box", name="S-1"), actor=SYSTEM, at=clock.now())
        scan, excursion = _scanned(session, pre[0].barcode, freezer.barcode), _warm(session, freezer.barcode)
        batch = create_batch(
            session, CreateBatch(assay="metagenomics", specimens=(pre[0].barcode, post[0].barcode)), actor=SYSTEM, at=clock.now()
        ).batch.code
        manifest = issue_manifest(session, batch, actor=SYSTEM, at=clock.now()).number
        for tube in (pre[0], post[0]):
            put = PlaceSpecimen(specimen=tube.barcode, container=box.barcode, occurred_at=clock.now())
            place_specimen(session, put, actor=SYSTEM, at=clock.now())
        audit = begin_audit(session, BeginAudit(container=box.barcode), actor=SYSTEM, at=clock.now()).audit.code
        picks = make_pick_list(session, MakePickList(batch=batch), actor=SYSTEM, at=clock.now()).view.list.code
        labels = _labelled(session, box.barcode, [pre[0].barcode, post[0].barcode])
    file = ImportFile(kind=ImportKind.ROSTER, name="roster.csv", content=ROSTER.read_bytes())
    run = import_file(database, file, actor=SYSTEM, at=clock.now()).run_id
    app = create_app(Settings(tmp_path, str(database.url), b"k" * 32), on=database, doors=[web.register])
    things: dict[str, list[str | int | None]] = {
        "web.specimen": [pre[0].barcode, gone.specimens[0].barcode],
        "web.container": [box.barcode, slides.barcode],
        "web.hole_sheet": [box.barcode],
        "web.participant": ["L07", "E05"],
        "web.rack_scan": [scan],
        "web.temperatures": [freezer.barcode],
        "web.excursion": [excursion],
        "web.batch": [batch],
        "web.audit": [audit],
        "web.pick_list": [picks],
        "web.manifest": [manifest],
        "web.import_report": [run],
        "web.close_account_page": ["chen.yutong"],
        "web.password_link_page": ["used-up"],
        **_badges(database),
        **labels,
    }
    with served(app) as address:
        yield House(address, (*_pages(app, things), *FURTHER))


def _badges(database: Database) -> dict[str, list[str | int | None]]:
    """The cards of who has a badge and of who has none, and what the scan of one's own and of another's leads to."""
    with database.transaction() as session:
        service.add_user(session, "zhou.min", Role.TECHNICIAN, actor=SYSTEM, at=clock.now())
        service.add_user(session, "lin.hua", Role.COORDINATOR, actor=SYSTEM, at=clock.now())
        own, others = (give_badge(session, name, actor=SYSTEM, at=clock.now()) for name in ("chen.yutong", "zhou.min"))
    return {"web.badge": [own, others], "web.badge_card": ["zhou.min", "lin.hua"]}


def _labelled(session: Session, box: str, tubes: list[str]) -> dict[str, list[str | int | None]]:
    """A kit, a printer, and a job of which one label is out; by the pages that show them."""
    kit = kits.make(session).summary.barcode
    printing.printer(session, "Bench 1")
    job = printing.ask(session, tubes, on="Bench 1", at=clock.now())
    printing.come_out(session, job, lines=(1,), at=clock.now())
    return {
        "web.labels_of_container": [box],
        "web.labels_of_participant": ["L07"],
        "web.kit": [kit],
        "web.kit_sheet": [kit],
        "web.printer": ["Bench 1"],
        "web.print_job": [job],
        "web.scan_back_page": [job],
    }


def _scanned(session: Session, tube: str, freezer: str) -> int:
    """A scan of a rack of 96 that shows something of everything, in the freezer."""
    rack = create_container(session, CreateContainer(type="rack-96", name="R-0007", parent=freezer), actor=SYSTEM, at=clock.now())
    place_specimen(session, PlaceSpecimen(specimen=tube, container=rack.barcode, occurred_at=clock.now()), actor=SYSTEM, at=clock.now())
    content = b"A1,NO TUBE\nA2,NO READ\nA3,0102000001\n"
    return offer_scan(session, OfferScan(rack.barcode, "visionmate 2026-11-28.csv", content), actor=SYSTEM, at=clock.now()).id


def _warm(session: Session, freezer: str) -> int:
    """An excursion of the freezer that has not ended."""
    limits = SetLimits(container=freezer, warm_c=Decimal(-70), cold_c=Decimal(-95), tolerated_minutes=30, occurred_at=clock.now())
    set_limits(session, limits, actor=SYSTEM, at=clock.now())
    times = [clock.now() - timedelta(minutes=10 * back) for back in range(24, -1, -1)]
    lines = "".join(f"{at:%Y-%m-%d %H:%M},{-80 if at < times[12] else -60}\n" for at in times)
    log = ImportLog(container=freezer, file_name="logger.csv", content=f"Time,Temperature\n{lines}".encode(), zone="UTC")
    return import_log(session, log, actor=SYSTEM, at=clock.now()).excursions[0].id


def _pages(app: Flask, things: dict[str, list[str | int | None]]) -> Iterator[str]:
    """Every page that needs nothing in its address, and the others, none left out, with each thing that is here for them."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith("web.") and rule.endpoint not in NO_PAGES:
            for thing in things[rule.endpoint] if rule.arguments else [None]:
                for act in ACTS_OF_A_TUBE if "asked" in rule.arguments else [None]:
                    built = rule.build(dict.fromkeys(rule.arguments, thing) | ({"asked": act} if act else {}))
                    assert built is not None
                    yield built[1]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a page measures does not hang on the engine
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh_Hans_CN", "dark")])
def test_every_page_fits_a_tablet_a_desk_a_sheet_of_paper_and_everybody(page: Page, house: House, language: str, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core could not be fetched by scripts/test")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    kept = {"lims_language": language, "lims_theme": theme}
    page.context.add_cookies([{"name": name, "value": value, "url": house.address} for name, value in kept.items()])
    page.goto(house.address)
    page.locator("#f-username").fill("chen.yutong")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.wait_for_load_state()
    rules = ALL_RULES if theme == "light" else CONTRAST
    found = {path: faults for path in house.paths if (faults := _faults(page, house.address + path, rules))}
    assert (found, complaints) == ({}, [])


def _faults(page: Page, address: str, rules: list[str]) -> list[str]:
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    page.goto(address)
    faults = ["wider than a tablet"] if page.evaluate(TOO_WIDE) else []
    faults += page.evaluate(f"[{SCROLLS}, {TOO_SMALL}, {OUT_OF_ITS_CELL}].flat()")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults += page.evaluate(SERIOUS, rules)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    faults += ["wider than a desk"] if page.evaluate(TOO_WIDE) else []
    faults += page.evaluate(f"[{SCROLLS}, {OUT_OF_ITS_CELL}].flat()")
    page.emulate_media(media="print")
    faults += ["prints what is to be touched"] if page.evaluate(PRINTED) else []
    page.emulate_media(media="screen")
    return faults
