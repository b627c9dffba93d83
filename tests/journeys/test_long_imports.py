"""A long list in the browser: its page moves while it is loaded, may be left and opened twice, and becomes the report."""

import csv
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.db import Database
from lims.imports import service as imports
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.settings import Settings
from tests.factories.trial import open_trial
from tests.support.app import served

PASSWORD = "forty two frozen tubes"
TRIAL_FILES = Path(__file__).parents[1] / "data" / "trial"
PATIENCE_MS = 300_000
MANY = 1000


@pytest.fixture
def address(database: Database, tmp_path: Path) -> Iterator[str]:
    """The service on a real port, with the trial's participants and a coordinator."""
    with database.transaction() as session:
        open_trial(session)
        service.add_user(session, "zhou.min", Role.COORDINATOR, actor=SYSTEM, at=clock.now(), password=PASSWORD)
    roster = ImportFile(kind=ImportKind.ROSTER, name="roster.csv", content=(TRIAL_FILES / "roster.csv").read_bytes())
    import_file(database, roster, actor=SYSTEM, at=clock.now())
    app = create_app(Settings(tmp_path, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address:
        yield address


@pytest.fixture
def long_list(tmp_path: Path, how_many: Callable[[int, int], int]) -> Path:
    """Collections of the trial again and again, each with another note, and a line that cannot be read."""
    header, *rows = csv.reader((TRIAL_FILES / "collections.csv").read_text(encoding="utf-8-sig").splitlines())
    wanted = how_many(300, 6000)
    again = ([*cells[:-1], f"{cells[-1]} {turn}"] for turn in range(1 + wanted // len(rows)) for cells in rows)
    path = tmp_path / "all.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *islice(again, wanted)])
    return path


class Breaths:
    """The breaths an import takes between two hundreds of rows: each lasts until the test has seen what it came for."""

    def __init__(self) -> None:
        self._drawn = threading.Semaphore(0)

    def sleep(self, _seconds: float) -> None:
        self._drawn.acquire(timeout=PATIENCE_MS / 1000)

    def end(self, count: int = 1) -> None:
        self._drawn.release(count)


@pytest.fixture
def breaths(monkeypatch: pytest.MonkeyPatch) -> Iterator[Breaths]:
    breaths = Breaths()
    monkeypatch.setattr(imports, "time", breaths)
    yield breaths
    breaths.end(MANY)


def test_a_long_list_moves_its_bar_and_becomes_its_report(page: Page, address: str, long_list: Path, breaths: Breaths) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.get_by_label("Name").fill("zhou.min")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("h1")).to_contain_text("due")

    page.goto(f"{address}/import")
    page.get_by_label("Collections").check()
    page.get_by_label("Load it").check()
    page.locator("input[name=file]").set_input_files(long_list)
    page.get_by_role("button", name="Go on").click()
    bar = page.locator("progress")
    expect(bar).to_have_attribute("value", "100", timeout=PATIENCE_MS)
    expect(page.locator("[data-lost]")).to_be_hidden()
    breaths.end()
    expect(bar).to_have_attribute("value", "200", timeout=PATIENCE_MS)
    here = page.url

    page.goto(f"{address}/import")
    expect(page.locator("table")).to_contain_text("being loaded")
    page.get_by_role("link", name="all.csv").click()
    assert page.url == here
    breaths.end(MANY)
    expect(page.locator("h1")).to_contain_text("rows loaded", timeout=PATIENCE_MS)
    expect(page.locator("table")).to_contain_text("It is no number")
    assert page.url == here
    assert complaints == []
