"""One patient's stool by browser alone: signed in, collected, divided, put away by scanner, batched, issued, fetched."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.db import Database
from lims.settings import Settings
from lims.storage.containers import create_container
from lims.storage.records import TubeFilter
from lims.storage.tubes import list_tubes
from lims.storage.vocabulary import CreateContainer
from tests.factories.trial import ILDR_AT, begin, collect, divide
from tests.support.app import served
from tests.support.wedge import Wedge

PASSWORD = "forty two frozen tubes"


@pytest.fixture
def address(database: Database, tmp_path: Path) -> Iterator[str]:
    """The service on a real port, with the trial, a coordinator, and L07's POST side in the freezer already."""
    with database.transaction() as session:
        begin(session)
        service.add_user(session, "zhou.min", Role.COORDINATOR, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        at = ILDR_AT + timedelta(days=21)
        post = collect(session, timepoint="POST", collected_at=at, received_at=None, frozen_at=at + timedelta(hours=2))
        divide(session, post.specimens[0].barcode)
        create_container(session, CreateContainer(type="box-9x9", name="B-0117"), actor=SYSTEM, at=clock.now())
    app = create_app(Settings(tmp_path, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address:
        yield address


def scan(page: Page, code: str) -> None:
    """What a wedge scanner does, once the page is quiet."""
    page.wait_for_load_state("networkidle")
    Wedge(page).scan(code)


def test_one_patient_from_enrolment_to_a_manifest(page: Page, address: str, database: Database) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(address)
    page.get_by_label("Name").fill("zhou.min")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("h1")).to_contain_text("due")

    scan(page, "l07")
    expect(page.locator("h1")).to_contain_text("L07")
    page.goto(f"{address}/collect?participant=L07&timepoint=PRE&type=stool")
    page.get_by_label("Collected at").fill("2026-08-21T09:00")
    page.get_by_label("Frozen at").fill("2026-08-21T11:00")
    page.get_by_label("Amount", exact=True).fill("2210")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("h1")).to_have_text("5 tubes came of this collection")

    with database.read() as session:
        aliquots = [tube for tube in list_tubes(session, TubeFilter(timepoint="PRE")) if tube.form == "aliquot"]
    page.goto(f"{address}/containers")
    page.get_by_role("link", name="B-0117").click()
    expect(page.locator("h1")).to_have_text("B-0117 is empty")
    page.locator("body").click(position={"x": 5, "y": 300})
    for tube, hole in zip(aliquots, ("A1", "A2", "A3", "A4"), strict=True):
        scan(page, tube.barcode)
        expect(page.locator(".banner .title")).to_have_text(f"In {hole}")
    expect(page.locator("h1")).to_have_text("B-0117 has 77 free holes")

    scan(page, aliquots[0].barcode)
    expect(page.locator(".banner[data-outcome=stop]")).to_contain_text("already")

    page.goto(f"{address}/batches/new")
    page.get_by_label("Metagenomic sequencing").check()
    page.get_by_role("button", name="Begin the batch").click()
    expect(page.locator("h1")).to_contain_text("can be issued")
    page.get_by_text("Issue a manifest").click()
    page.get_by_role("button", name="Issue to the sequencing core").click()
    expect(page.locator(".banner[data-outcome=ok]")).to_contain_text("is issued")

    with page.expect_download() as fetched:
        page.get_by_role("link", name="CSV", exact=True).click()
    content = fetched.value.path().read_bytes()
    page.get_by_role("link", name="M-", exact=False).first.click()
    expect(page.locator("dl.sums")).to_contain_text(hashlib.sha256(content).hexdigest())
    assert b"L07" in content
    assert [each for each in complaints if "409" not in each] == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # which keys a page takes does not hang on the engine
def test_typing_is_never_taken_for_a_scan(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name").press_sequentially("zhou.min", delay=90)
    page.get_by_label("Password").press_sequentially(PASSWORD, delay=50)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#scan").press_sequentially("L07", delay=120)
    expect(page.locator("#scan")).to_have_value("L07")
    page.goto(f"{address}/specimens")
    page.get_by_label("Code or label").press_sequentially("STL", delay=100)
    expect(page.get_by_label("Code or label")).to_have_value("STL")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # which keys a page takes does not hang on the engine
def test_a_scan_types_into_no_field_that_did_not_ask_for_a_code(page: Page, address: str, database: Database) -> None:
    with database.read() as session:
        tube = list_tubes(session, TubeFilter(timepoint="POST"))[1]
    page.goto(address)
    page.get_by_label("Name").fill("zhou.min")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("h1")).to_contain_text("due")
    page.goto(f"{address}/participants/new")
    page.get_by_label("Why one more than planned").focus()
    scan(page, tube.barcode)
    expect(page.locator("h1")).to_contain_text(tube.barcode[:4])
