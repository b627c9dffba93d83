"""Ask it now: whoever stands before a printer sees how it stands at this moment, in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lims import web
from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.printing import raw
from tests.factories import printing
from tests.support.app import app_on
from tests.support.printers.label_printer import LabelPrinter

from .conftest import Browser, Browsers, said


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The service, which may connect to this machine."""
    return app_on(database, tmp_path, [web.register], printer_hosts=("127.0.0.1",))


@pytest.fixture
def bench(trial: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[LabelPrinter]:
    """A label printer at the bench, and a printer of somebody's own."""
    monkeypatch.setattr(raw, "REPLY_S", 0.2)
    with LabelPrinter() as printer:
        with trial.transaction() as session:
            printing.printer(session, address=printer.address)
            printing.office_printer(session)
        yield printer


def test_it_answers_in_words(technician: Browser, bench: LabelPrinter) -> None:
    assert "Ask it now" in said(technician.get("/printers/bench"))
    page = said(technician.follow("/printers/bench/ask"))
    assert "bench: ready It says so itself, at this moment." in page
    assert "last asked" in page


def test_a_silent_printer_and_one_that_is_off_are_told_apart_with_what_to_do(technician: Browser, bench: LabelPrinter) -> None:
    bench.silent = True
    page = said(technician.follow("/printers/bench/ask"))
    assert "bench: needs a hand It says nothing." in page
    bench.switch_off()
    page = said(technician.follow("/printers/bench/ask"))
    assert "bench: does not answer" in page
    assert "Look whether it is switched on and on the network." in page
    bench.silent = False
    bench.switch_on()
    assert "bench: ready" in said(technician.follow("/printers/bench/ask"))
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "这是打印机此刻自己的回答。" in said(technician.follow("/printers/bench/ask"))


def test_only_who_prints_may_ask_and_a_printer_by_hand_is_not_asked(technician: Browser, browser_of: Browsers, bench: LabelPrinter) -> None:
    assert "Ask it now" not in said(technician.get("/printers/office"))
    auditor = browser_of(Role.AUDITOR)
    assert "Ask it now" not in said(auditor.get("/printers/bench"))
    assert auditor.post("/printers/bench/ask").status_code == 403
