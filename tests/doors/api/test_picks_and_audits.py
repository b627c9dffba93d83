"""Picking, auditing and filling a box anew by API: who may, what comes back, what is refused; each once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from tests.support.bench import Bench

from .conftest import Client, Clients

Filled = tuple[str, list[str]]
"""A box in a freezer, and the barcodes of its tubes hole by hole."""


def fill(database: Database, count: int) -> Filled:
    with database.transaction() as session:
        bench = Bench(session, at=clock.now() - timedelta(days=1)).open_study()
        box, tubes = bench.freezer_box(), bench.tubes(count)
        for tube in tubes:
            bench.place(tube, box)
    return box.barcode, tubes


@pytest.fixture
def filled(database: Database) -> Filled:
    """Eight tubes."""
    return fill(database, 8)


@pytest.fixture
def full(database: Database) -> Filled:
    """A full box of 81."""
    return fill(database, 81)


@pytest.fixture
def technician(client_of: Clients) -> Client:
    return client_of(Role.TECHNICIAN)


def posted(client: Client, path: str, body: Any = None, status: int = 201) -> Any:
    answer = client.post(path, body)
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    return answer.json


def made(client: Client, codes: Sequence[str], **more: Any) -> Any:
    return posted(client, "/pick-lists", {"codes": list(codes)} | more)


def test_forty_tubes_are_forty_picks_and_one_done(technician: Client, full: Filled, database: Database) -> None:
    _box, tubes = full
    listed = made(technician, tubes[40:0:-1])
    code = listed["code"]
    assert [line["position"] for line in listed["lines"][:3]] == ["A2", "A3", "A4"]
    for line in listed["lines"]:
        view = posted(technician, f"/pick-lists/{code}/picks", {"barcode": line["barcode"]})
    assert {line["state"] for line in view["lines"]} == {"picked"}
    assert posted(technician, f"/pick-lists/{code}/done", status=200)["state"] == "done"
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_a_wrong_tube_is_told_from_the_one_that_is_wanted(technician: Client, filled: Filled) -> None:
    code = made(technician, filled[1][:2])["code"]
    problem = posted(technician, f"/pick-lists/{code}/picks", {"barcode": filled[1][7]}, 422)
    assert problem["code"] == "picking.wrong-tube"
    assert "the list wants stool 1: F-B1 / S1 / R3 / B1 / A1" in problem["detail"]


def test_a_pick_sent_twice_is_one_pick(technician: Client, filled: Filled) -> None:
    code = made(technician, filled[1][:1])["code"]
    answers = [technician.post(f"/pick-lists/{code}/picks", {"barcode": filled[1][0]}, key="once").text for _ in range(2)]
    assert answers[0] == answers[1]
    assert technician.post(f"/pick-lists/{code}/picks", {"barcode": filled[1][0]}).json["code"] == "picking.already-picked"  # type: ignore[index]  # it answers


def test_a_lost_tube_is_replaced(technician: Client, filled: Filled) -> None:
    code = made(technician, filled[1][:1])["code"]
    found = posted(technician, f"/pick-lists/{code}/not-found", {"line": 1})
    assert (found["line"]["state"], found["substitute"]["barcode"]) == ("not-found", filled[1][1])
    assert technician.get(f"/specimens/{filled[1][0]}").json["missing"] is True  # type: ignore[index]  # it answers
    view = posted(technician, f"/pick-lists/{code}/substitutes", {"line": 1, "barcode": filled[1][1]})
    assert [line["state"] for line in view["lines"]] == ["replaced", "wanted"]
    assert posted(technician, f"/pick-lists/{code}/cancel", status=200)["state"] == "cancelled"


def test_what_cannot_be_listed_comes_back_by_line(technician: Client, filled: Filled) -> None:
    listed = made(technician, [filled[1][0], "NOBODY-1", "", filled[1][0]])
    assert [(each["line"], each["reason"]) for each in listed["not_listed"]] == [
        (2, "specimens.unknown"),
        (3, "ids.malformed-code"),
        (4, "twice"),
    ]
    of_box = posted(technician, "/pick-lists", {"query": {"container": filled[0]}})
    assert len(of_box["lines"]) == 8
    assert {item["code"] for item in technician.get("/pick-lists", state="open").json["items"]} == {listed["code"], of_box["code"]}  # type: ignore[index]  # it answers


def test_a_box_of_81_is_81_scans_and_one_acceptance(technician: Client, full: Filled, database: Database) -> None:
    box, tubes = full
    audit = posted(technician, f"/containers/{box}/audits")
    assert audit["to_scan"] == 81
    for tube in tubes:
        scanned = posted(technician, f"/audits/{audit['code']}/scans", {"code": tube})
        assert (scanned["outcome"], scanned["line"]["found"]) == ("recorded", "here")
    accepted = posted(technician, f"/audits/{audit['code']}/accept", status=200)
    assert (accepted["state"], accepted["concordance"], accepted["stale"]) == ("accepted", 100, [])
    shown = technician.get(f"/containers/{box}").json
    assert shown is not None
    assert shown["audit_age_days"] == 0
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_a_sample_is_drawn_by_a_seed(technician: Client, filled: Filled) -> None:
    shown = technician.get(f"/containers/{filled[0]}").json
    assert shown is not None
    freezer = shown["path"][0]["barcode"]
    audit = posted(technician, f"/containers/{freezer}/audits", {"size": 3, "seed": 11})
    assert (audit["kind"], audit["seed"], len(audit["lines"])) == ("sample", 11, 3)
    assert posted(technician, f"/containers/{freezer}/audits", {"size": 9})["code"] == audit["code"]  # it goes on
    assert posted(technician, f"/audits/{audit['code']}/scans", {"code": "NOBODY-1"})["outcome"] == "unknown-code"
    assert posted(technician, f"/audits/{audit['code']}/abandon", status=200)["state"] == "abandoned"
    assert posted(technician, f"/audits/{audit['code']}/accept", status=409)["code"] == "audits.ended"


def test_a_spilled_box_is_filled_anew(technician: Client, full: Filled, database: Database) -> None:
    box, tubes = full
    events = posted(technician, f"/containers/{box}/rebox", {"tubes": [{"barcode": tube} for tube in reversed(tubes)]}, 200)["events"]
    assert len(events) == 82
    positions = technician.get(f"/containers/{box}/map").json["positions"]  # type: ignore[index]  # it answers
    assert [hole["barcode"] for hole in positions] == tubes[::-1]
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/pick-lists", {}, 422, "picking.bad-list"),
        ("/pick-lists", {"codes": ["X"], "batch": "MG-2026-01"}, 422, "picking.bad-list"),
        ("/pick-lists", {"codes": []}, 422, "api.invalid-request"),
        ("/pick-lists", {"codes": ["NOBODY-1"]}, 422, "picking.nothing-to-pick"),
        ("/pick-lists", {"batch": "MG-1999-01"}, 404, "batches.unknown"),
        ("/pick-lists/PL-2026-99/picks", {"barcode": "X"}, 404, "picking.unknown"),
        ("/pick-lists/PL-2026-99/not-found", {"line": 0}, 422, "api.invalid-request"),
        ("/audits/AUD-2026-99/scans", {"code": "X"}, 404, "audits.unknown"),
        ("/containers/{box}/audits", {"size": 0}, 422, "api.invalid-request"),
        ("/containers/{box}/rebox", {"tubes": []}, 422, "api.invalid-request"),
        ("/containers/{box}/rebox", {"tubes": [{"barcode": "NOBODY-1"}]}, 404, "specimens.unknown"),
        ("/containers/{box}/rebox", {"tubes": [{"barcode": "{tube}", "position": "K1"}]}, 422, "storage.no-such-position"),
    ],
)
def test_bad_input_is_one_problem(technician: Client, filled: Filled, path: str, body: Any, status: int, code: str) -> None:
    if "tubes" in body:
        body = {"tubes": [each | {"barcode": each["barcode"].replace("{tube}", filled[1][0])} for each in body["tubes"]]}
    assert posted(technician, path.format(box=filled[0]), body, status)["code"] == code


def test_whoever_only_reads_does_none_of_it(client_of: Clients, technician: Client, filled: Filled) -> None:
    code, audit = made(technician, filled[1][:1])["code"], posted(technician, f"/containers/{filled[0]}/audits")["code"]
    for role in (Role.CORE, Role.ANALYST, Role.AUDITOR):
        client = client_of(role)
        assert client.get(f"/pick-lists/{code}").status_code == client.get(f"/audits/{audit}").status_code == 200
        for path in (f"/pick-lists/{code}/picks", f"/pick-lists/{code}/done", f"/audits/{audit}/accept", f"/containers/{filled[0]}/rebox"):
            assert client.post(path).status_code == 403
