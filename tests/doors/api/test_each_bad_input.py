"""Each kind of bad input there is: one problem with its code and a sentence, nothing changed in any table, the same on both engines."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from lims import api, clock, web
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from lims.migrate import all_tables
from tests.support.app import app_on
from tests.support.bench import Bench

from .conftest import Client, Clients

PASSWORD = "forty two frozen tubes"
AT = "2026-09-02T08:00:00Z"
HUGE = b'{"name": "' + b"x" * 2 * 1024 * 1024 + b'"}'
TAKEN = {"participant": "L07", "timepoint": "POST", "specimen_type": "stool", "collected_at": AT}


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The service with both doors."""
    return app_on(database, tmp_path, [api.register, web.register])


@pytest.fixture
def stocked(database: Database, client_of: Clients) -> Client:
    """An administrator's machine; a study, two tubes of 2 g and a box with the first of them in A1."""
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        bench.tube(barcode="T-1"), bench.tube(barcode="T-2")
    admin = client_of(Role.ADMIN)
    box = (admin.post("/containers", {"type": "box-9x9", "name": "B1", "barcode": "BOX-1"}).json or {})["barcode"]
    placed = _act("T-1", "placed", container=box, position="A1") | {"occurred_at": clock.now().isoformat()}
    assert (admin.post("/custody-events", placed).json or {})["results"][0]["status"] == "recorded"
    return admin


def _act(barcode: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"op_id": f"{type_}-{barcode}", "type": type_, "barcode": barcode, "occurred_at": AT} | more


REFUSED: list[tuple[str, str, bytes | dict[str, Any] | None, tuple[int, str]]] = [
    ("an unknown code", "/specimens/NOPE", None, (404, "specimens.unknown")),
    ("a code with a wrong character", "/specimens/S2222222", None, (404, "ids.wrong-check-character")),
    ("a malformed code", "/specimens/%E2%80%AET-1", None, (422, "ids.malformed-code")),
    ("a code too long", "/specimens/" + "x" * 300, None, (422, "ids.malformed-code")),
    ("an unknown scan", "/scans/NOPE", None, (404, "scanning.unknown-code")),
    ("an unknown box", "/containers/NOPE/map", None, (404, "storage.unknown-container")),
    ("an unknown batch", "/batches/NOPE", None, (404, "batches.unknown")),
    ("an unknown participant", "/participants/L99", None, (404, "studies.unknown-participant")),
    ("a NUL in the address", "/specimens/%00", None, (404, "http.no-such-address")),
    ("a NUL", "/containers", b'{"type": "box-9x9", "name": "B\\u0000"}', (422, "api.invalid-request")),
    ("a lone surrogate", "/containers", b'{"type": "box-9x9", "name": "B\\ud800"}', (422, "api.invalid-request")),
    ("NaN", "/specimens/T-1/aliquots", b'{"count": 1, "amount": NaN, "unit": "mg"}', (400, "api.malformed-json")),
    ("Infinity", "/specimens/T-1/aliquots", b'{"count": 1, "amount": -Infinity, "unit": "mg"}', (400, "api.malformed-json")),
    ("2^63", "/specimens/T-1/aliquots", b'{"count": 9223372036854775808, "amount": 1, "unit": "mg"}', (400, "api.malformed-json")),
    ("2^63 - 1", "/specimens/T-1/aliquots", b'{"count": 9223372036854775807, "amount": 1, "unit": "mg"}', (422, "api.invalid-request")),
    ("2^63 in the address", "/collections/9223372036854775808/times", {"frozen_at": AT}, (404, "http.no-such-address")),
    ("deep JSON", "/collections", b"[" * 5000, (400, "api.malformed-json")),
    ("huge JSON", "/containers", HUGE, (413, "http.too-large")),
    ("a name twice", "/containers", b'{"name": "a", "name": "b"}', (400, "api.malformed-json")),
    ("a unit nobody has", "/collections", TAKEN | {"amount": 1, "unit": "kg"}, (422, "api.invalid-request")),
    ("a wrong unit", "/collections", TAKEN | {"amount": 1, "unit": "mL"}, (422, "specimens.unit-does-not-fit")),
    ("a date without an offset", "/collections", TAKEN | {"collected_at": "2026-09-02T08:00:00"}, (422, "api.invalid-request")),
    ("a time to come", "/collections", TAKEN | {"collected_at": "2099-09-02T08:00:00Z"}, (422, "custody.in-the-future")),
    ("more than is there", "/specimens/T-1/aliquots", {"count": 999, "amount": 900, "unit": "g"}, (422, "specimens.not-enough")),
    ("a code that is taken", "/collections", TAKEN | {"barcode": "T-1"}, (409, "labels.code-taken")),
    ("a cursor of nobody", "/specimens?cursor=nonsense", None, (422, "api.bad-cursor")),
]
ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("a second tube for a hole", _act("T-2", "placed", container="BOX-1", position="A1"), "storage.position-occupied"),
    ("a hole that is none", _act("T-2", "placed", container="BOX-1", position="Z99"), "storage.no-such-position"),
    ("more than is there", _act("T-2", "consumed", amount=900, unit="g"), "specimens.not-enough"),
    ("a wrong unit", _act("T-2", "consumed", amount=1, unit="mL"), "specimens.unit-does-not-fit"),
    ("an unknown code", _act("NOPE", "thawed"), "specimens.unknown"),
]


def test_each_is_one_problem_and_changes_nothing(stocked: Client, database: Database) -> None:
    before = _rows(database)
    for what, path, body, expected in REFUSED:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = _get(stocked, path) if body is None else stocked.send(path, sent)
        assert _problem(answer) == expected, (what, answer.text[:400])
        assert _rows(database) == before, what


def test_each_row_refused_leaves_only_its_answer(stocked: Client, database: Database) -> None:
    before = _rows(database)
    for what, row, code in ROWS:
        (result,) = (stocked.post("/custody-events", row | {"op_id": what.replace(" ", "-")}).json or {})["results"]
        assert (result["status"], result["problem"]["code"]) == ("refused", code), (what, result)
        assert re.fullmatch(r"\S.*[.?]", result["problem"]["detail"]), what
    kept = {"operation": len(ROWS)}
    assert {name: count - before[name] for name, count in _rows(database).items() if count != before[name]} == kept


def test_an_operation_id_with_another_body_changes_nothing(stocked: Client, database: Database) -> None:
    assert stocked.post("/containers", {"type": "box-9x9", "name": "B2"}, key="op-1").status_code == 201
    before = _rows(database)
    again = stocked.post("/containers", {"type": "box-9x9", "name": "B3"}, key="op-1")
    assert _problem(again) == (422, "accounts.operation-reused")
    assert _rows(database) == before


def test_a_token_that_has_run_out_or_is_none_changes_nothing(stocked: Client, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before, body, later = _rows(database), {"type": "box-9x9", "name": "B2"}, clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert _problem(stocked.post("/containers", body)) == (401, "accounts.token-expired")
    monkeypatch.undo()
    for token in ("nonsense", stocked.token[:-1], stocked.token + "x", "lims_ÿ"):
        assert _problem(Client(stocked.http, token).post("/containers", body)) == (401, "accounts.token-refused"), token
    assert _problem(Client(stocked.http, "").post("/containers", body)) == (401, "accounts.not-signed-in")
    assert _rows(database) == before


def test_a_stale_page_changes_nothing(stocked: Client, app: Flask, database: Database) -> None:
    with database.transaction() as session:
        service.set_password(session, Role.ADMIN, PASSWORD, actor=SYSTEM, at=clock.now())
    browser = app.test_client()
    page = browser.get("/sign-in").text
    browser.post("/sign-in", data={"csrf": _csrf(page), "username": Role.ADMIN, "password": PASSWORD})
    page, before = browser.get("/account").text, _rows(database)
    move = {"csrf": _csrf(page), "container": "BOX-1", "position": "A1"}
    taken = browser.post("/specimens/T-2/place", data=move)
    forged = browser.post("/specimens/T-2/place", data=move | {"csrf": "of another day", "position": "B1"})
    assert (taken.status_code, forged.status_code) == (409, 403)
    assert "A1" in taken.text
    assert _rows(database) == before


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page[:300]
    return found[1]


def _get(client: Client, path: str) -> TestResponse:
    return client.http.get("/api/v1" + path, headers={"Authorization": f"Bearer {client.token}"})


def _problem(answer: TestResponse) -> tuple[int, str]:
    """The status and the code of a problem that is one: with a sentence for people, and nothing of ours in it."""
    assert answer.content_type == "application/problem+json", answer.text
    said = answer.json or {}
    assert re.fullmatch(r"\S.*[.?!)]", said["detail"], re.DOTALL), said
    assert "Traceback" not in answer.text
    return answer.status_code, said["code"]


def _rows(database: Database) -> dict[str, int]:
    """How many rows every table has."""
    with database.read() as session:
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in all_tables().tables}
