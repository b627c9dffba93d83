"""A page costs as many statements for many rows as for few."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord
from tests.factories.trial import collect, divide, enrol, give
from tests.support.counting import count_statements

from .conftest import Browser, Browsers, make, said


def cost_of(database: Database, browser: Browser, path: str) -> int:
    """How many statements a page sends."""
    browser.get(path)
    with count_statements(database) as cost:
        assert browser.get(path).status_code == 200
    return len(cost.statements)


def more_of_everything(database: Database) -> None:
    """Six more participants, each with a collection, its aliquots and a rack with boxes."""
    with database.transaction() as session:
        freezer = make(session, "freezer", "F9")
        for number in range(8, 14):
            code = f"L{number:02}"
            enrol(session, code)
            give(session, code)
            divide(session, collect(session, participant=code).specimens[0].barcode)
            rack = make(session, "rack", f"Rack {number}", freezer)
            make(session, "box-9x9", f"B-{number}", rack)


PAGES = ("/today", "/participants", "/specimens", "/containers", "/pairs", "/batches", "/people", "/import")


@pytest.mark.parametrize("path", PAGES)
def test_more_rows_are_no_more_statements(browser_of: Browsers, trial: Database, box: ContainerRecord, path: str) -> None:
    admin = browser_of(Role.ADMIN)
    few = cost_of(trial, admin, path)
    more_of_everything(trial)
    assert cost_of(trial, admin, path) <= few + 2
    assert few <= 24


def test_a_tubes_page_costs_ten_statements_whatever_its_history(
    technician: Browser, trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]
) -> None:
    tube = aliquots[0].barcode
    technician.post(f"/specimens/{tube}/place", {"container": box.barcode})
    few = cost_of(trial, technician, f"/specimens/{tube}")
    for _ in range(5):
        technician.post(f"/specimens/{tube}/check-out")
        technician.post(f"/specimens/{tube}/return")
    assert cost_of(trial, technician, f"/specimens/{tube}") == few <= 10


def test_the_trail_costs_as_much_for_many_acts(browser_of: Browsers, trial: Database) -> None:
    auditor = browser_of(Role.AUDITOR)
    few = cost_of(trial, auditor, "/trail")
    more_of_everything(trial)
    assert cost_of(trial, auditor, "/trail") <= few + 2


def test_a_database_that_is_gone_is_said_in_plain_words(technician: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    patched: Callable[..., None] = gone
    monkeypatch.setattr("lims.web.study_here.list_studies", patched)
    answer = technician.get("/account")
    assert answer.status_code == 503
    assert "cannot be reached" in said(answer)
