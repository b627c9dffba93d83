"""Temperatures over the API: a log as the body, limits, an excursion with its tubes and pairs, and what is done because of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.support.bench import Bench

from .conftest import Client, Clients

BEGIN = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)


def log(*degrees: float, begin: datetime = BEGIN) -> bytes:
    lines = [f"{begin + timedelta(minutes=10 * at):%Y-%m-%d %H:%M},{degree}\n" for at, degree in enumerate(degrees)]
    return ("Time,Temperature\n" + "".join(lines)).encode()


@pytest.fixture
def freezer(database: Database) -> tuple[str, str]:
    """A freezer, and a tube that has been in it for two days."""
    with database.transaction() as session:
        bench = Bench(session, at=BEGIN - timedelta(days=1)).open_study()
        container = bench.container("freezer", "F2")
        tube = bench.tube()
        bench.place(tube, bench.container("box-9x9", "B1", container))
        return container.barcode, tube


@pytest.fixture
def client(client_of: Clients) -> Client:
    return client_of(Role.COORDINATOR)


def send(client: Client, freezer: str, content: bytes, zone: str = "UTC") -> Any:
    answer = client.send(f"/containers/{freezer}/temperatures?file_name=f2.csv&zone={zone}", content, "text/csv")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_freezers_course_by_api_alone(client: Client, freezer: tuple[str, str]) -> None:
    container, tube = freezer
    assert client.get(f"/containers/{container}/temperature-limits").json == {"warm_c": None, "cold_c": None, "tolerated_minutes": None}
    limits = client.post(f"/containers/{container}/temperature-limits", {"warm_c": -70, "tolerated_minutes": 30})
    assert limits.json == {"warm_c": -70.0, "cold_c": None, "tolerated_minutes": 30}
    report = send(client, container, log(-80, -60, -55.25, -60, -60, -60, -79))
    assert (report["new"], report["already"], report["lowest_c"], report["highest_c"], report["gaps"]) == (7, 0, -80.0, -55.25, [])
    [found] = report["excursions"]
    assert (found["side"], found["extreme_c"], found["limit_c"], found["lasting"]) == ("warm", -55.25, -70.0, False)
    assert send(client, container, log(-80, -60, -55.25, -60, -60, -60, -79))["already"] == 7
    whole = client.get(f"/excursions/{found['id']}").json
    assert whole is not None
    assert [(each["barcode"], each["state"], each["set_aside_for_it"]) for each in whole["tubes"]] == [(tube, "stored", False)]
    assert [(pair["assay"], pair["lost"], pair["tubes"]) for pair in whole["pairs"]] == [
        ("metabolomics-stool", True, [tube]),
        ("metagenomics", True, [tube]),
    ]
    assert client.post(f"/excursions/{found['id']}/quarantine").json == {"done": [tube], "left": [], "warnings": []}
    assert client.get(f"/specimens/{tube}").json["state"] == "quarantined"  # type: ignore[index]  # a tube
    released = client.post(f"/excursions/{found['id']}/release", {"barcodes": [tube], "reason": "RIN 8.9"})
    assert released.json == {"done": [tube], "left": [], "warnings": []}
    [listed] = client.get("/excursions").json["items"]  # type: ignore[index]  # a list
    assert (listed["id"], listed["reviewed_at"]) == (found["id"], None)
    closed = client.post(f"/excursions/{found['id']}/close", {"reason": "kept"})
    assert closed.json is not None
    assert closed.json["reviewed_by"] == "coordinator"
    assert client.get("/excursions").json == {"items": []}
    assert len(client.get("/excursions", container=container).json["items"]) == 1  # type: ignore[index]  # a list


def test_readings_come_page_by_page(client: Client, freezer: tuple[str, str]) -> None:
    send(client, freezer[0], log(-80, -79, -78, -77))
    found: list[float] = []
    cursor: dict[str, Any] = {}
    while True:
        page = client.get(f"/containers/{freezer[0]}/temperatures", limit=3, **cursor).json
        assert page is not None
        found += [item["celsius"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [-80.0, -79.0, -78.0, -77.0]
    since = (BEGIN + timedelta(minutes=30)).isoformat()
    assert client.get(f"/containers/{freezer[0]}/temperatures", since=since).json["items"][0]["celsius"] == -77.0  # type: ignore[index]  # a page


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("file_name=f2.csv", b"", 422, "api.invalid-request"),
        ("file_name=f2.csv&zone=UTC", b"", 422, "imports.file-unreadable"),
        ("file_name=f2.csv&zone=UTC", b"\xff\xfe", 422, "imports.file-unreadable"),
        ("file_name=f2.csv&zone=Mars", b"Time,Temp\n2026-11-20 10:00,-80\n", 422, "temperatures.unknown-zone"),
        ("file_name=f2.csv&zone=..%2f..%2fetc%2fpasswd", b"Time,Temp\n2026-11-20 10:00,-80\n", 422, "temperatures.unknown-zone"),
        ("file_name=f2.csv&zone=UTC", b"Time,Temp\n2026-11-20 10:00,NaN\n2026-11-20 10:00,1e999\n", 422, "temperatures.log-not-understood"),
    ],
)
def test_bad_logs_are_one_problem(client: Client, freezer: tuple[str, str], query: str, content: bytes, status: int, code: str) -> None:
    answer = client.send(f"/containers/{freezer[0]}/temperatures?{query}", content, "text/csv")
    assert (answer.status_code, answer.json and answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "api.invalid-request"),
        ({"warm_c": "-70", "tolerated_minutes": 30}, "api.invalid-request"),
        ({"warm_c": True, "tolerated_minutes": 30}, "api.invalid-request"),
        ({"warm_c": -70.0001, "tolerated_minutes": 30}, "api.invalid-request"),
        ({"tolerated_minutes": 30}, "temperatures.limits-not-usable"),
        ({"warm_c": -80, "cold_c": -70, "tolerated_minutes": 30}, "temperatures.limits-not-usable"),
    ],
)
def test_limits_that_cannot_be_are_refused(client: Client, freezer: tuple[str, str], body: dict[str, Any], code: str) -> None:
    answer = client.post(f"/containers/{freezer[0]}/temperature-limits", body)
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, code)


def test_what_is_not_there_is_not_found_and_a_box_is_no_freezer(client: Client, freezer: tuple[str, str]) -> None:
    assert client.get("/excursions/4711").status_code == 404
    assert client.post("/excursions/4711/close", {"reason": "x"}).status_code == 404
    box = client.get("/containers", parent=freezer[0]).json["items"][0]["barcode"]  # type: ignore[index]  # a list
    answer = client.send(f"/containers/{box}/temperatures?file_name=x&zone=UTC", log(-80), "text/csv")
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "temperatures.not-a-freezer")
    assert client.get(f"/containers/{freezer[0]}/temperatures", cursor="x").status_code == 422
