"""The same hostile values against many addresses: one problem each, nothing changed, and the same codes on both engines."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.support.bench import Bench

from .conftest import Client, Clients

WRITES = (
    "/participants",
    "/participants/L07/consent",
    "/participants/L07/treatments",
    "/collections",
    "/specimens/T-1/aliquots",
    "/specimens/T-1/nonconformances",
    "/containers",
    "/kits",
    "/batches",
    "/people",
)
BODIES = (
    b'{"code": "a\\u0000b"}',
    b'{"participant": "\\ud800"}',
    b'{"amount": NaN}',
    b'{"amount": 1e999}',
    b'{"count": 9223372036854775808}',
    b'{"name": "' + b"x" * 20_000 + b'"}',
    b"[" * 5000,
    b'{"on": "2026-08-10T00:00:00"}',
    b"7",
)
CODES = ("%00", "S2222222", "NOPE", "%E2%80%AEabc", "x" * 300, "%F0%9F%A7%AA", "' OR 1=1 --", "%0d%0aSet-Cookie:x", "..%2f..%2fetc")
READS = (
    "/participants/{}",
    "/specimens/{}",
    "/specimens/{}/custody-events",
    "/containers/{}",
    "/containers/{}/map",
    "/containers/{}/rack-scans",
    "/containers/{}/temperatures",
    "/kits/{}",
    "/batches/{}",
    "/scans/{}",
    "/manifests/{}",
)
QUERIES = ("participant", "timepoint", "specimen_type", "state", "container", "q", "cursor", "limit")
VALUES = ("\0", "\ud800".encode("utf-8", "surrogatepass"), "%", "_", "' OR 1=1 --", "9" * 30, "x" * 5000, "\u202e", "-1", "NaN")

EXPECTED = {
    (400, "api.malformed-json"),
    (404, "http.no-such-address"),
    (404, "studies.unknown-participant"),
    (404, "specimens.unknown"),
    (404, "labels.unknown-code"),
    (404, "storage.unknown-container"),
    (404, "batches.unknown"),
    (404, "kits.unknown"),
    (404, "scanning.unknown-code"),
    (404, "scanning.wrong-check-character"),
    (404, "sequencing.unknown-manifest"),
    (422, "api.bad-cursor"),
    (422, "api.invalid-request"),
    (422, "ids.malformed-code"),
    (404, "ids.wrong-check-character"),
    (422, "studies.malformed-participant-code"),
    (422, "studies.unknown-code"),
}
"""Both engines must give exactly these; neither may give another."""


@pytest.fixture
def client(database: Database, client_of: Clients) -> Client:
    """An administrator's machine, a study, a participant and a tube."""
    with database.transaction() as session:
        Bench(session, at=clock.now()).open_study().tube(barcode="T-1")
    return client_of(Role.ADMIN)


def test_hostile_values_are_refused_alike_and_change_nothing(client: Client, database: Database) -> None:
    before = _rows(database)
    seen = {_code(client.send(path, body)) for path in WRITES for body in BODIES}
    for path in READS:
        seen |= {_code(client.http.get("/api/v1" + path.format(code), headers=_auth(client))) for code in CODES}
    for name in QUERIES:
        for value in VALUES:
            answer = client.http.get("/api/v1/specimens", query_string={name: value}, headers=_auth(client))
            seen |= {_code(answer)} if answer.status_code != 200 else set()
    assert seen == EXPECTED
    assert _rows(database) == before


def test_hostile_rows_of_a_bulk_are_refused_one_by_one(client: Client, database: Database) -> None:
    good = {"type": "thawed", "barcode": "T-1", "occurred_at": "2026-09-02T08:00:00Z"}
    bad: list[dict[str, Any]] = [
        {"type": "exploded"},
        {"barcode": "\u202eT-1"},
        {"occurred_at": "2026-09-02T08:00:00"},
        {"occurred_at": "9999-12-31T23:59:59Z"},
        {"amount": -1},
        {"amount": "0.0001"},
        {"unit": "kg"},
        {"type": "consumed", "amount": "1e9"},
        {"type": "consumed", "amount": 999999, "unit": "mg"},
        {"type": "placed"},
        {"type": "placed", "container": "T-1"},
        {"type": "placed", "container": "CNOPE", "position": "A1"},
        {"type": "corrected", "changes": {"amount": "many"}, "reason": "x"},
        {"type": "corrected", "changes": {"barcode": "T-2"}, "reason": "x"},
        {"type": "corrected", "changes": {"amount": {"deep": [1]}}, "reason": "x"},
        {"type": "corrected", "changes": {"thaw_count": 2**63 - 1}, "reason": "x"},
        {"type": "corrected", "changes": {"place": 7}, "reason": "x"},
        {"type": "corrected", "changes": {"container": 7, "position": []}, "reason": "x"},
        {"type": "corrected", "corrects": 2**63 - 1, "reason": "x"},
        {"type": "registered"},
        {"type": "signed_in"},
        {"device": "x" * 101},
        {"changes": {"amount": 1}, "type": "corrected"},
    ]
    rows = [good | {"op_id": f"op-{number}"} | row for number, row in enumerate(bad)]
    before = _rows(database)
    answer = client.send("/custody-events", json.dumps(rows).encode())
    assert answer.status_code == 200, answer.text
    results = (answer.json or {})["results"]
    recorded = [(row, result) for row, result in zip(bad, results, strict=True) if result["status"] != "refused"]
    assert recorded == []
    assert {result["problem"]["status"] for result in results} <= {404, 409, 422}
    assert _rows(database) == before


def _code(answer: Any) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", (answer.request.url, answer.text)
    return answer.status_code, answer.json["code"]


def _auth(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}


def _rows(database: Database) -> list[int]:
    tables = ("participant", "consent_record", "treatment", "collection", "specimen", "container", "batch", "user_account", "custody_event")
    with database.read() as session:
        return [session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]
