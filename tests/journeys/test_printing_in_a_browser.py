"""Labels by browser alone: printed on a label printer, watched, scanned back, printed again for a reason, the void one known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.db import Database
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import add_printer
from lims.printing.vocabulary import PrinterKind
from lims.scanning.commands import Command, code_of_command
from lims.settings import Settings
from tests.factories.trial import begin, collect, divide
from tests.golden.labels.reading import READABLE, decoded, rasterise
from tests.support.app import served
from tests.support.printers.label_printer import LabelPrinter
from tests.support.printers.working import working
from tests.support.wedge import Wedge

PASSWORD = "forty two frozen tubes"


@pytest.fixture
def printer() -> Iterator[LabelPrinter]:
    """A label printer at the bench, on a real port."""
    with LabelPrinter(seconds_per_label=0.3) as printer:
        yield printer


@pytest.fixture
def codes(database: Database, printer: LabelPrinter) -> list[str]:
    """Four tubes of L07, with a technician and the printer known."""
    with database.transaction() as session:
        begin(session)
        service.add_user(session, "chen.yutong", Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        hosts, at = PrinterHosts.of(("127.0.0.1",)), clock.now()
        add_printer(
            session, name="Bench 1", kind=PrinterKind.RAW, address=printer.address, stock="cryo-wrap", actor=SYSTEM, at=at, hosts=hosts
        )
        return [tube.barcode for tube in divide(session, collect(session).specimens[0].barcode)]


@pytest.fixture
def address(database: Database, codes: list[str], tmp_path: Path) -> Iterator[str]:
    """The service on a real port, with its worker."""
    app = create_app(Settings(tmp_path, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address, working(database):
        yield address


def scan(page: Page, code: str) -> None:
    """What a wedge scanner does, once the page is quiet."""
    page.wait_for_load_state("networkidle")
    Wedge(page).scan(code)


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill("chen.yutong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("h1")).to_contain_text("due")


def test_labels_are_printed_proven_printed_again_and_the_void_one_is_known(
    page: Page, address: str, codes: list[str], printer: LabelPrinter
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, address)

    page.goto(f"{address}/labels")
    for number, code in enumerate(codes[:3], start=1):
        scan(page, code)
        expect(page.locator("h1")).to_contain_text("Print one label" if number == 1 else f"Print {number} labels")
    page.locator(".head button", has_text="Print 3 labels").click()
    expect(page.locator(".crumb")).to_contain_text("Job")
    expect(page.locator("h1")).to_have_text("Out, and 3 labels to scan back")  # by itself
    assert printer.printed == codes[:3]

    page.get_by_role("link", name="Scan back").click()
    expect(page.locator("h1")).to_have_text("Next: label 1")
    scan(page, codes[1])
    expect(page.locator(".notes .banner[data-outcome=warn]")).to_contain_text("Not scanned yet: 1.")
    scan(page, codes[3])
    expect(page.locator(".notes .banner[data-outcome=stop]")).to_contain_text("Not of this job")
    scan(page, codes[0].lower())
    expect(page.locator("h1")).to_have_text("Next: label 3")
    page.get_by_role("link", name="Leave; go on later").click()
    page.get_by_role("link", name="Scan back").click()
    expect(page.locator("h1")).to_have_text("Next: label 3")
    scan(page, codes[2])
    expect(page.locator("h1")).to_contain_text("Proven")

    page.get_by_role("link", name="Back to the job").click()
    page.get_by_label("Label 2, scanned back").click()
    page.get_by_text("Print this one again").click()
    page.locator("#chosen").get_by_text("unreadable").click()
    page.get_by_role("button", name="Print it again").click()
    expect(page.locator("h1")).to_have_text("Out, and one label to scan back")
    assert printer.printed[3:] == [f"{codes[1]}2"]

    page.get_by_role("link", name="Scan back").click()
    expect(page.locator("h1")).to_have_text("Next: label 1")
    scan(page, codes[1])
    expect(page.locator(".notes .banner[data-outcome=stop]")).to_contain_text("counts no more")
    scan(page, f"{codes[1]}2")
    expect(page.locator("h1")).to_contain_text("Proven")

    page.goto(address)
    scan(page, codes[1])
    expect(page.locator("h1")).to_contain_text(codes[1][:4])
    expect(page.locator(".notes .banner[data-outcome=warn]")).to_contain_text("copy 2")
    expect(page.locator("#labels")).to_contain_text("replaced by another")
    assert [each for each in complaints if "404" not in each] == []


def test_the_printed_sheet_of_command_cards_is_read_card_by_card(page: Page, address: str) -> None:
    sign_in(page, address)
    page.goto(f"{address}/bench-sheet")
    sheets = rasterise(page.pdf(format="A4", prefer_css_page_size=True), "pdf", 300)
    assert len(sheets) == 1
    read = {text for _kind, text in decoded(sheets[0])}
    assert len(decoded(sheets[0])) == len(Command) * len(READABLE)
    assert read == {code_of_command(command) for command in Command}
