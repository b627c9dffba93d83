"""A laboratory whose bench is worked at in a browser with nothing but a scanner, and who signs in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from lims import clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.db import Database
from lims.settings import Settings
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from tests.support.app import served
from tests.support.bench import Bench
from tests.support.engines import Databases

PASSWORD = "forty two frozen tubes"
ROOMY = 81


@dataclass(frozen=True)
class Laboratory:
    """A service with a freezer, boxes and tubes that are in none."""

    address: str
    database: Database
    box: ContainerRecord
    other: ContainerRecord
    rack: ContainerRecord
    elsewhere: ContainerRecord
    tubes: list[str]

    def holes(self, box: ContainerRecord) -> dict[str, str]:
        """Which tube is in which hole, by another way than the page's."""
        with self.database.read() as session:
            return {hole.position or "": hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}

    def parent_of(self, box: ContainerRecord) -> int | None:
        with self.database.read() as session:
            return container_map(session, box.barcode).container.parent_id


@contextmanager
def opened_laboratory(databases: Databases, folder: Path) -> Iterator[Laboratory]:
    """It is open, and its service runs, until this is left."""
    database = databases.make()
    with database.transaction() as session:
        bench = Bench(session).open_study()
        for name in ("zhou.min", "chen.yutong"):
            service.add_user(session, name, Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
        freezer = bench.container("freezer", "F2")
        rack, elsewhere = bench.container("rack", "R5", freezer), bench.container("rack", "R6", freezer)
        box, other = bench.container("box-9x9", "B-0117", rack), bench.container("box-9x9", "B-0118", rack)
        tubes = bench.tubes(ROOMY + 30)
    app = create_app(Settings(folder, str(database.url), b"k" * 32), on=database, doors=[web.register])
    with served(app) as address:
        yield Laboratory(address, database, box, other, rack, elsewhere, tubes)
    databases.drop(database)


def at_the_bench(page: Page, laboratory: Laboratory, who: str = "zhou.min") -> None:
    page.goto(laboratory.address)
    page.locator("#f-username").fill(who)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.wait_for_load_state()
    page.goto(f"{laboratory.address}/bench")
    expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
