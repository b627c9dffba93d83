"""Printers by the API: taken in, asked, changed, paused, retired; and never a machine that is not listed."""

from pathlib import Path

import pytest
from flask import Flask

from lims import api, clock
from lims.accounts.vocabulary import SYSTEM, Role
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.printing import raw
from lims.printing.queries import list_jobs
from lims.printing.service import cancel_job
from tests.factories import printing, trial
from tests.support.app import app_on
from tests.support.printers.label_printer import LabelPrinter

from .conftest import Client, Clients

BENCH = {"name": "bench", "kind": "raw", "address": "127.0.0.1", "dpi": 300, "stock": "cryo-wrap"}


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The service, where printers may be on this machine and on one network."""
    return app_on(database, tmp_path, [api.register], printer_hosts=("127.0.0.1", "10.1.2.0/24", "zebra.lab"))


def test_a_printer_is_taken_in_changed_paused_and_retired_and_its_history_verifies(admin: Client, database: Database) -> None:
    added = admin.post("/labels/printers", BENCH)
    assert added.status_code == 201
    assert added.json == {
        **BENCH,
        "address": "127.0.0.1:9100",
        "language": "zpl",
        "paused": False,
        "retired": False,
        "state": "unknown",
        "faults": [],
        "asked_at": None,
    }
    assert admin.post("/labels/printers", BENCH).get_json()["code"] == "printing.printer-name-taken"
    assert admin.post("/labels/printers/bench/change", {"address": "10.1.2.7:6101"}).get_json()["address"] == "10.1.2.7:6101"
    assert admin.post("/labels/printers/bench/pause", {"reason": "new ribbon"}).get_json()["paused"] is True
    assert admin.post("/labels/printers/bench/resume").get_json()["paused"] is False
    assert admin.post("/labels/printers/bench/retire").get_json()["retired"] is True
    assert admin.post("/labels/printers/bench/resume").get_json()["code"] == "printing.printer-retired"
    assert [each["name"] for each in admin.get("/labels/printers").get_json()["items"]] == ["bench"]
    with database.snapshot() as session:
        assert [str(each) for each in verify(session, ledger_checks())] == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("10.1.3.7", "printing.host-not-allowed"),
        ("169.254.169.254:80", "printing.host-not-allowed"),
        ("[::ffff:169.254.169.254]:80", "printing.host-not-allowed"),
        ("[::1]:9100", "printing.host-not-allowed"),
        ("127.0.0.1:0", "printing.bad-printer"),
        ("127.0.0.1:99999", "printing.bad-printer"),
        ("user@127.0.0.1", "printing.bad-printer"),
        ("http://127.0.0.1/", "printing.bad-printer"),
        ("127.0.0.1:9100\x00", "api.invalid-request"),
    ],
)
def test_a_machine_that_is_not_listed_is_refused_in_words(admin: Client, address: str, code: str) -> None:
    refused = admin.post("/labels/printers", BENCH | {"address": address})
    assert (refused.status_code // 100, refused.get_json()["code"]) == (4, code)


@pytest.mark.parametrize(
    "said",
    [
        {"language": "pdf"},
        {"kind": "ipp", "address": "http://127.0.0.1/ipp"},
        {"kind": "office", "address": "127.0.0.1"},
        {"stock": "no-such"},
        {"stock": "cryo-sheet-a4"},
        {"stock": "cryo-wrap", "dpi": 599},
        {"kind": "office", "address": "", "stock": "", "dpi": 279},
        {"name": "a/b"},
    ],
)
def test_what_cannot_print_is_refused_in_words(admin: Client, said: dict[str, str]) -> None:
    assert admin.post("/labels/printers", BENCH | said).status_code in {404, 422}


def test_a_technician_loads_labels_pauses_and_asks_but_manages_none(admin: Client, client_of: Clients) -> None:
    with LabelPrinter() as listening:
        admin.post("/labels/printers", BENCH | {"address": listening.address})
        technician = client_of(Role.TECHNICIAN)
        assert technician.post("/labels/printers/bench/stock", {"stock": "tube-axial"}).get_json()["stock"] == "tube-axial"
        assert technician.post("/labels/printers/bench/pause").status_code == 200
        assert technician.post("/labels/printers/bench/ask").get_json()["state"] == "ready"
        for path, body in (("", BENCH), ("/bench/change", {"dpi": 203}), ("/bench/retire", {})):
            assert technician.post(f"/labels/printers{path}", body).status_code == 403


def test_asking_tells_how_it_stands_and_keeps_it(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "REPLY_S", 0.1)
    with LabelPrinter() as listening:
        admin.post("/labels/printers", BENCH | {"address": listening.address})
        assert admin.post("/labels/printers/bench/ask").get_json()["state"] == "ready"
        listening.silent = True
        told = admin.post("/labels/printers/bench/ask").get_json()
        assert (told["state"], told["faults"]) == ("not-ready", ["silent"])
        assert admin.get("/labels/printers").get_json()["items"] == [told]
    assert admin.post("/labels/printers/bench/ask").get_json()["state"] == "unreachable"


def test_a_printer_with_labels_waiting_is_not_retired(admin: Client, database: Database) -> None:
    with database.transaction() as session:
        trial.begin(session)
        printing.printer(session)
        printing.ask(session, trial.tube(session).barcode, at=clock.now())
    assert admin.post("/labels/printers/bench/retire").get_json()["code"] == "printing.labels-waiting"
    with database.transaction() as session:
        cancel_job(session, list_jobs(session)[0].id, actor=SYSTEM, at=clock.now())
    assert admin.post("/labels/printers/bench/retire").status_code == 200
