"""Files in the browser: answered at once, shown while they are at work, and said in the language of whoever reads the report."""

import csv
import html
import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.errors import LimsError
from lims.imports import service
from lims.imports.models import ImportProgress
from lims.imports.progress import Import, start_import
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.web import imports as door
from lims.web.refusal_words import REFUSALS
from tests.factories.trial import open_trial

from .conftest import Browser, headline, said

TRIAL_FILES = Path(__file__).parents[2] / "data" / "trial"
FILES = {"roster": "roster.csv", "collections": "collections.csv", "inventory": "legacy_inventory.xlsx"}
PATIENCE_S = 120
ENGLISH = re.compile(r"[A-Za-z][a-z']+ [a-z']+ [a-z']+")
"""Three words in a row that are no code."""
ROOMS_ROWS_MEET = {"ids", "imports", "labels", "specimens", "storage", "studies"}
SAID_BY_THEIR_OWN_SENTENCE = {
    "imports.contradiction",
    "labels.start-out-of-range",
    "specimens.codes-not-for-each",
    "specimens.unit-does-not-fit",
    "specimens.unknown-unit",
    "storage.act-incomplete",
    "storage.box-claimed",
}
NEVER_OF_A_ROW = {
    "labels.template-invalid",
    "storage.moved-meanwhile",
    "storage.not-a-bench-act",
    "studies.loaded-meanwhile",
    "studies.no-shipped-protocol",
    "studies.protocol-file",
    "studies.still-in-use",
    "studies.version-taken",
}


@pytest.fixture
def open_(database: Database) -> Database:
    """The protocol is loaded, and nobody is enrolled."""
    with database.transaction() as session:
        open_trial(session)
    return database


def give(browser: Browser, kind: str, content: bytes | None = None, how: str = "load", name: str = "") -> TestResponse:
    """Send a file of the trial, or this in its place; where the service leads to."""
    name = name or FILES[kind]
    file = io.BytesIO((TRIAL_FILES / name).read_bytes() if content is None else content)
    return browser.post("/import", {"kind": kind, "how": how, "file": (file, name)})


def report_of(browser: Browser, answer: TestResponse) -> TestResponse:
    """The page it leads to, when it has become the report."""
    assert answer.status_code == 303, said(answer)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        page = browser.get(answer.headers["Location"])
        if "data-progress" not in page.text:
            return page
        time.sleep(0.05)
    raise AssertionError("the import did not end")


def reasons(page: TestResponse) -> list[str]:
    """The last cell of each row of a report."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.text.split("<tbody>")[1].split("</tbody>")[0], re.DOTALL)
    return [re.sub(r"<[^>]+>", "", row.rpartition("<td>")[2]).strip() for row in rows]


@contextmanager
def held_back(monkeypatch: pytest.MonkeyPatch, *before: str) -> Iterator[None]:
    """Nobody is kept waiting for the report, and an import stops before one of these steps until the block is left."""
    goes_on: list[bool] = []

    def when_told(step: Callable[..., object]) -> Callable[..., object]:
        def wait(*given: object) -> object:
            until = time.monotonic() + PATIENCE_S
            while not goes_on and time.monotonic() < until:
                time.sleep(0.01)
            return step(*given)

        return wait

    monkeypatch.setattr(door, "_A_MOMENT_S", 0.0)
    for name in before:
        monkeypatch.setattr(service, name, when_told(getattr(service, name)))
    try:
        yield
    finally:
        goes_on.append(True)


def taken_in_chinese(browser: Browser, kind: str, how: str) -> TestResponse:
    """Where the service leads to; every reason on the page is Chinese."""
    answer = give(browser, kind, how=how)
    page = report_of(browser, answer)
    assert [reason for reason in reasons(page) if ENGLISH.search(reason) or not re.search("[一-鿿]", reason)] == []
    return answer


def kept(browser: Browser, answer: TestResponse) -> list[dict[str, str]]:
    """The report it leads to, as a file."""
    text = browser.get(answer.headers["Location"] + ".csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_report_is_said_in_either_language_to_its_last_sentence(coordinator: Browser, open_: Database) -> None:
    for kind in FILES:
        coordinator.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
        _tried, loaded, again = (taken_in_chinese(coordinator, kind, how) for how in ("try", "load", "load"))
        assert {row["reason"] for row in kept(coordinator, again) if row["outcome"] == "already"} == {"Loaded before; nothing was done."}
        coordinator.post("/device", {"language": "en", "back": "/account"})
        shown = [html.unescape(each) for each in reasons(coordinator.get(loaded.headers["Location"]))]
        assert shown == [row["reason"] for row in kept(coordinator, loaded)][: door.SHOWN]


def test_a_roster_is_tried_then_loaded_and_the_same_again_is_nothing_new(coordinator: Browser, open_: Database) -> None:
    assert "would be loaded" in headline(report_of(coordinator, give(coordinator, "roster", how="try")))
    assert headline(coordinator.get("/participants")).startswith("0 of 48")
    answer = give(coordinator, "roster")
    assert "48 rows loaded" in headline(report_of(coordinator, answer))
    rows = coordinator.get(answer.headers["Location"] + ".csv").data.decode("utf-8-sig").splitlines()
    assert rows[0] == "line,outcome,column,value,code,reason"
    assert "Nothing new" in headline(report_of(coordinator, give(coordinator, "roster")))


def test_every_refusal_of_a_row_has_words_for_another_language() -> None:
    found = {error.code for error in _errors_below(LimsError) if error.__module__.split(".")[1] in ROOMS_ROWS_MEET}
    assert found - set(REFUSALS) - SAID_BY_THEIR_OWN_SENTENCE - NEVER_OF_A_ROW == set()


def test_a_report_whose_facts_were_not_kept_is_shown_in_english(coordinator: Browser, open_: Database) -> None:
    answer = give(coordinator, "roster", b"record_id,cohort,enrolled_on\nL01,lung,never\n")
    report_of(coordinator, answer)
    with open_.transaction() as session:
        session.execute(text("UPDATE import_run SET findings = NULL"))
    coordinator.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "It is not written YYYY-MM-DD" in said(coordinator.get(answer.headers["Location"]))


@pytest.mark.parametrize("how", ["try", "load"])
def test_a_long_import_shows_how_far_it_is_and_becomes_the_report(
    coordinator: Browser, open_: Database, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with held_back(monkeypatch, "_load", "_try"):
        answer = give(coordinator, "roster", how=how)
        here = answer.headers["Location"]
        page = coordinator.get(here)
        assert 'data-progress="going"' in page.text
        assert '<noscript><meta http-equiv="refresh"' in page.text
        until = time.monotonic() + PATIENCE_S
        while "of 48 rows are through" not in headline(page) and time.monotonic() < until:
            time.sleep(0.05)
            page = coordinator.get(here)
        assert headline(page) == "0 of 48 rows are through"
        assert ("being tried" if how == "try" else "being loaded") in said(coordinator.get("/import"))
        assert f'href="{here}"' in coordinator.get("/import").text
    page = report_of(coordinator, answer)
    assert headline(page).startswith("48 rows would be loaded" if how == "try" else "48 rows loaded")
    assert headline(coordinator.get("/participants")).startswith("0 of 48" if how == "try" else "48 of 48")


def test_an_import_whose_service_died_says_so_and_what_stays(coordinator: Browser, open_: Database) -> None:
    work = start_import(open_, ImportFile(kind=ImportKind.ROSTER, name="roster.csv", content=_roster()), actor=SYSTEM, at=clock.now())
    assert work.has_ended_within(PATIENCE_S)
    _as_if_it_had_died(open_, work)
    page = coordinator.get(f"/import/{work.id}")
    assert headline(page) == "48 of 50 rows are loaded"
    assert "The import broke off" in said(page)
    assert "what is loaded is recognised" in said(page)
    assert "<noscript>" not in page.text
    assert "progress.js" not in page.text


def test_a_file_refused_after_its_page_was_left_says_why_in_the_language_of_whoever_looks(
    coordinator: Browser, open_: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_back(monkeypatch, "_mapping_of"):
        answer = give(coordinator, "roster", b"PK\x03\x04broken", name="roster.xlsx")
    page = report_of(coordinator, answer)
    assert "roster.xlsx cannot be read: it is no whole XLSX workbook" in said(page)
    coordinator.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "无法读取 roster.xlsx：不是完整的 XLSX 工作簿" in said(coordinator.get(page.request.path))


def test_a_fault_of_ours_ends_the_import_and_is_not_silent(
    app: Flask, coordinator: Browser, open_: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "_load_new", fails)
    answer = give(coordinator, "roster")
    assert answer.status_code == 500
    assert "Tell an administrator: import" in said(answer)


def test_how_far_an_old_file_was_is_forgotten_after_a_week(open_: Database) -> None:
    first = start_import(open_, ImportFile(kind=ImportKind.ROSTER, name="a.csv", content=b"x"), actor=SYSTEM, at=clock.now())
    assert first.has_ended_within(PATIENCE_S)
    later = clock.now() + timedelta(days=8)
    second = start_import(open_, ImportFile(kind=ImportKind.ROSTER, name="b.csv", content=b"x"), actor=SYSTEM, at=later)
    assert second.has_ended_within(PATIENCE_S)
    with open_.read() as session:
        assert session.execute(text("SELECT id FROM import_progress")).scalars().all() == [second.id]


def test_others_write_while_a_file_is_tried(open_: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_back(monkeypatch, "_load_new"):
        given = ImportFile(kind=ImportKind.ROSTER, name="roster.csv", content=_roster(), dry_run=True)
        work = start_import(open_, given, actor=SYSTEM, at=clock.now())
        until = time.monotonic() + PATIENCE_S
        while not work.counts["rows"] and time.monotonic() < until:
            time.sleep(0.01)
        before = time.monotonic()
        with open_.transaction() as session:
            session.execute(text("UPDATE user_account SET language = 'en'"))
        assert time.monotonic() - before < 10
    assert work.has_ended_within(PATIENCE_S)


def _roster() -> bytes:
    return (TRIAL_FILES / "roster.csv").read_bytes()


def _as_if_it_had_died(database: Database, work: Import) -> None:
    """Silent for a minute, with two rows it had read and never loaded."""
    with database.transaction() as session:
        row = {"ended_at": None, "seen_at": clock.now() - timedelta(minutes=1), "rows": 50, "loaded": 50}
        session.execute(update(ImportProgress).where(ImportProgress.id == work.id).values(row))


def _errors_below(kind: type[LimsError]) -> Iterator[type[LimsError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _errors_below(each)
