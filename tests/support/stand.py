"""A laboratory whose bench is worked at in a browser with nothing but a scanner, and who signs in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

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
        return holes_of(self.database, box)

    def parent_of(self, box: ContainerRecord) -> int | None:
        with self.database.read() as session:
            return container_map(session, box.barcode).container.parent_id


@contextmanager
def opened_laboratory(databases: Databases, folder: Path) -> Iterator[Laboratory]:
    """It is open, and its service runs, until this is left."""
    database = databases.make()
    with database.transaction() as session:
        bench = with_people(session)
        freezer = bench.container("freezer", "F2")
        rack, elsewhere = bench.container("rack", "R5", freezer), bench.container("rack", "R6", freezer)
        box, other = bench.container("box-9x9", "B-0117", rack), bench.container("box-9x9", "B-0118", rack)
        tubes = bench.tubes(ROOMY + 30)
    with served(service_on(database, folder)) as address:
        yield Laboratory(address, database, box, other, rack, elsewhere, tubes)
    databases.drop(database)


def with_people(session: Session) -> Bench:
    """A study that is open, and two technicians who may sign in."""
    for name in ("zhou.min", "chen.yutong"):
        service.add_user(session, name, Role.TECHNICIAN, actor=SYSTEM, at=clock.now(), password=PASSWORD)
    return Bench(session).open_study()


def service_on(database: Database, folder: Path) -> Flask:
    """The pages' service on it."""
    return create_app(Settings(folder, str(database.url), b"k" * 32), on=database, doors=[web.register])


def holes_of(database: Database, box: ContainerRecord) -> dict[str, str]:
    """Which tube is in which hole, by another way than the page's."""
    with database.read() as session:
        return {hole.position or "": hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}


def sign_in(page: Page, address: str, who: str = "zhou.min") -> None:
    """At the service there; its bench opens."""
    page.goto(f"{address}/sign-in?next=/bench")
    page.locator("#f-username").fill(who)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    expect(page.locator("[data-part=doing]")).not_to_be_empty()  # its scripts have begun


def at_the_bench(page: Page, laboratory: Laboratory, who: str = "zhou.min") -> None:
    sign_in(page, laboratory.address, who)
    expect(page.locator(".scan[data-listening=yes]")).to_be_visible()
