"""A tablet at the bench, in a browser: the service it speaks to over a line that fails, who signs in at it, and its windows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import BrowserContext, Page, expect

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import Event, EventType
from lims.db import Database
from lims.labels.queries import find_binding
from lims.picking.service import make_pick_list
from lims.picking.vocabulary import MakePickList, WantedCode
from lims.storage.claims import find_claim
from lims.storage.records import ContainerRecord
from tests.support.app import served
from tests.support.engines import Databases
from tests.support.stand import holes_of, service_on, sign_in, with_people

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass
class FailingLine:
    """A line on which every third answer to an act is lost: the service has done what was asked, and nobody hears of it. While it is
    ``busy`` the service does nothing at all of what the bench asks to be done."""

    service: "WSGIApplication"
    loses: bool = False
    busy: bool = False
    heard: int = 0
    lost: int = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_act = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/bench/")
        if is_act and self.busy:
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        if not is_act or not self.loses:
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
    """A service behind a failing line, with boxes of a hundred holes, tubes that are in none, and six that are in the last box."""

    address: str
    database: Database
    line: FailingLine
    boxes: list[ContainerRecord]
    tubes: list[str]
    stored: list[str]

    def holes(self, box: ContainerRecord) -> dict[str, str]:
        return holes_of(self.database, box)

    def is_claimed(self, box: ContainerRecord) -> bool:
        with self.database.read() as session:
            return find_claim(session, box.barcode) is not None

    def events(self, tube: str, type_: EventType) -> list[Event]:
        with self.database.read() as session:
            binding = find_binding(session, tube)
            assert binding is not None
            return [event for event in list_events(session, binding.subject_id) if event.type is type_]

    def times_placed(self, tube: str) -> int:
        return len(self.events(tube, EventType.PLACED))

    def wanted(self, tubes: list[str]) -> str:
        """A pick list of these tubes; its code."""
        codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes, 1))
        with self.database.transaction() as session:
            return make_pick_list(session, MakePickList(codes=codes), actor=SYSTEM, at=clock.now()).view.list.code

    def verify(self) -> None:
        with self.database.snapshot() as session:
            assert list(verify(session, ledger_checks())) == []


@contextmanager
def opened_laboratory(databases: Databases, folder: Path) -> Iterator[Laboratory]:
    """It is open, and its service runs, until this is left."""
    database = databases.make()
    with database.transaction() as session:
        bench = with_people(session)
        rack = bench.container("rack", "R5", bench.container("freezer", "F2"))
        boxes = [bench.container("box-10x10", f"B-{number}", rack) for number in range(5)]
        tubes, stored = bench.tubes(130), bench.tubes(6)
        for tube in stored:
            bench.place(tube, boxes[-1])
    line = FailingLine(service_on(database, folder))
    with served(line) as address:
        yield Laboratory(address, database, line, boxes, tubes, stored)
    databases.drop(database)


def at_the_bench(tablet: BrowserContext, laboratory: Laboratory, who: str = "zhou.min") -> Page:
    page = tablet.new_page()
    sign_in(page, laboratory.address, who)
    page.evaluate("navigator.serviceWorker.ready")
    return page


def another_window(tablet: BrowserContext, laboratory: Laboratory) -> Page:
    """A second tab of the same tablet, by whoever is signed in."""
    page = tablet.new_page()
    page.goto(f"{laboratory.address}/bench")
    expect(page.locator("[data-part=doing]")).not_to_be_empty()
    return page


def sign_out(page: Page) -> None:
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    expect(page.locator("#f-username")).to_be_visible()


def sent(page: Page) -> None:
    """Everything that waited is sent. The page tries every few seconds; here it is told to at once."""

    def is_online() -> bool:
        page.evaluate("dispatchEvent(new Event('online'))")
        return page.locator(".queue").inner_text() == "Online"

    until(page, is_online)


def until(page: Page, so: Callable[[], bool], patience_s: int = 60) -> None:
    """Look ten times a second whether it is so, while the page goes on."""
    for _ in range(patience_s * 10):
        if so():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not so after {patience_s} s")


def hole_of(number: int) -> str:
    return f"{'ABCDEFGHIJ'[number // 10]}{number % 10 + 1}"
