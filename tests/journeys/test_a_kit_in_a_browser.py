"""A kit by browser alone: made for a participant, its labels printed at the office, the sheet scanned, and what was filled collected."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.kits.queries import KitFilter, get_kit, list_kits
from lims.kits.vocabulary import Kit, KitTubeRecord
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import add_printer
from lims.printing.service import take_file
from lims.printing.vocabulary import PrinterKind
from lims.settings import Settings
from tests.factories import kits
from tests.factories.trial import begin
from tests.golden.labels.reading import READABLE, decoded, rasterise
from tests.support.app import served
from tests.support.wedge import Wedge

PASSWORD = "forty two frozen tubes"


@pytest.fixture
def address(database: Database, tmp_path: Path) -> Iterator[str]:
    """The service on a real port, with L07, a technician and an office printer."""
    with database.transaction() as session:
        begin(session)
        service.add_user(session, "chen.yutong", Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        add_printer(session, name="Office", kind=PrinterKind.OFFICE, actor=SYSTEM, at=clock.now(), hosts=PrinterHosts.of([]))
    app = create_app(Settings(tmp_path, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address:
        yield address


def scan(page: Page, code: str) -> None:
    """What a wedge scanner does, once the page is quiet."""
    page.wait_for_load_state("networkidle")
    Wedge(page).scan(code)


def kit_in(database: Database) -> Kit:
    with database.read() as session:
        (summary,) = list_kits(session, KitFilter())
        return get_kit(session, summary.barcode)


def tear_a_label(database: Database, code: str) -> None:
    """The label of a tube that waits is torn, and a copy downloaded."""
    with database.transaction() as session:
        job = kits.ask(session, code, "torn", on="Office", template="cryo-sheet-a4", at=clock.now())
        take_file(session, job, actor=SYSTEM, at=clock.now())


def tick_by_scans(page: Page, tubes: Sequence[KitTubeRecord], *, torn: str) -> None:
    """Each tube is ticked whichever of its labels is scanned; the torn label is named, and only when it is scanned."""
    void = page.locator(f"[data-void-label={torn}]")
    for tube in tubes:
        scan(page, tube.barcode)
        expect(page.locator(f"tr[data-code={tube.barcode}] input.tick")).to_be_checked()
        expect(void).to_be_visible(visible=tube.barcode == torn)
        expect(void).to_contain_text("was replaced on")
    expect(page.locator("input.tick:checked")).to_have_count(len(tubes))


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill("chen.yutong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("h1")).to_contain_text("due")


def test_a_kit_is_made_printed_collected_from_and_what_was_not_used_is_void(
    page: Page, address: str, database: Database, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, address)
    page.goto(f"{address}/participants/L07")
    page.get_by_role("link", name="Make a kit").click()
    page.locator("label", has_text="Baseline").click()
    for type_ in ("stool", "blood-serum"):
        page.locator("label", has=page.locator(f"[value={type_}]")).click()
    page.get_by_role("button", name="Make them").click()
    expect(page.locator("h1")).to_contain_text("10 tubes wait")
    kit = kit_in(database)

    page.get_by_role("link", name="Print labels").click()
    expect(page.locator("h1")).to_have_text("Print 10 labels of L07 PRE")
    page.locator("label", has_text="Cryovial labels, A4 sheet").click()
    page.locator(".head button", has_text="Print 10 labels").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the PDF").click()
    download.value.save_as(tmp_path / "labels.pdf")
    expect(page.get_by_role("button", name="Download again")).to_be_visible()  # the page knows, and leads nowhere by itself any more
    read = {text for _kind, text in decoded(rasterise((tmp_path / "labels.pdf").read_bytes(), "pdf", 300)[0])}
    assert read == {tube.barcode for tube in kit.tubes}

    page.goto(f"{address}/kits/{kit.summary.barcode}/sheet")
    (sheet,) = rasterise(page.pdf(format="A4", prefer_css_page_size=True), "pdf", 300)
    assert [text for _kind, text in decoded(sheet)] == [kit.summary.barcode] * len(READABLE)

    page.goto(address)
    scan(page, kit.summary.barcode)
    expect(page.locator("h1")).to_contain_text("10 tubes wait")
    stool, portions = kits.tubes_of(kit, "stool")[0], kits.tubes_of(kit, "stool", "aliquot")
    for tube in (stool, *portions[:3]):
        scan(page, tube.barcode.lower())
        expect(page.locator(f"tr[data-code={tube.barcode}] input.tick")).to_be_checked()
    tear_a_label(database, portions[0].barcode)
    page.goto(f"{address}/kits/{kit.summary.barcode}")
    tick_by_scans(page, [stool, *portions[:3]], torn=portions[0].barcode)
    scan(page, "NOPE42")
    expect(page.locator("[data-kit-said]")).to_contain_text("NOPE42: No tube of this kit that waits.")
    page.locator(f"tr[data-code={stool.barcode}] input.amount").fill("2400")
    page.get_by_label("Collected at").fill("2026-08-21T09:00")
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".notes")).to_contain_text("One tube came, 3 are made")
    expect(page.locator("h1")).to_contain_text("is used")

    page.goto(address)
    scan(page, kits.tubes_of(kit, "blood-serum")[0].barcode)
    expect(page.locator("h1")).to_contain_text("is used")
    after = kit_in(database).summary
    assert (after.ready, after.used, after.void) == (0, 4, 6)
    assert complaints == []
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
