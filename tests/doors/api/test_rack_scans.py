"""Rack scanners over the API: a file as the body, what it shows, and taking it over exactly once."""

from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.support.bench import Bench

from .conftest import Client, Clients


@pytest.fixture
def rack(database: Database) -> tuple[str, list[str]]:
    """A rack of 96 with three tubes in A1 to A3."""
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        box, tubes = bench.freezer_box("rack-96", "R-7"), bench.tubes(3)
        bench.at = clock.now()
        for tube in tubes:
            bench.place(tube, box)
        return box.barcode, tubes


@pytest.fixture
def client(client_of: Clients) -> Client:
    return client_of(Role.TECHNICIAN)


def give(client: Client, box: str, text: str, status: int = 201, name: str = "scan.csv") -> Any:
    answer = client.send(f"/containers/{box}/rack-scans?file_name={name}", text.encode(), "text/csv")
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_scan_is_shown_then_accepted_once(client: Client, rack: tuple[str, list[str]]) -> None:
    box, (one, two, three) = rack
    shown = give(client, box, f"A1,{two}\nA2,{one}\nA3,NO TUBE\nA4,NO READ\nA5,X-9\n")
    assert [(line["position"], line["standing"]) for line in shown["lines"]] == [
        ("A1", "moved"),
        ("A2", "moved"),
        ("A3", "gone"),
        ("A4", "unread"),
        ("A5", "unknown"),
    ]
    assert shown["lines"][2]["may_be"] == ["checked_out", "removed", "missing"]
    undecided = client.post(f"/rack-scans/{shown['id']}/accept", {"seen": shown["seen"]})
    assert undecided.status_code == 422
    assert undecided.json is not None
    assert undecided.json["code"] == "racks.undecided"
    again = give(client, box, f"A1,{two}\nA2,{one}\nA3,NO TUBE\nA4,EMPTY\nA5,X-9\n", name="again.csv")
    body = {"seen": again["seen"], "gone": {"A03": "removed"}, "leave_unknown": True, "reason": "re-racked"}
    done = client.post(f"/rack-scans/{again['id']}/accept", body, key="once")
    twin = client.post(f"/rack-scans/{again['id']}/accept", body, key="once")
    assert (done.status_code, twin.json) == (200, done.json)
    assert done.json is not None
    assert (len(done.json["events"]), done.json["scan"]["state"]) == (4, "accepted")
    holes = client.get(f"/containers/{box}/map").json
    assert holes is not None
    assert [hole["barcode"] for hole in holes["positions"][:4]] == [two, one, None, None]
    assert client.post(f"/rack-scans/{again['id']}/accept", body).json["code"] == "racks.scan-ended"  # type: ignore[index]  # a problem
    assert give(client, box, f"A1,{two}\nA2,{one}\nA3,NO TUBE\nA4,EMPTY\nA5,X-9\n")["state"] == "accepted"
    listed = client.get(f"/containers/{box}/rack-scans").json
    assert listed is not None
    assert [scan["state"] for scan in listed["items"]] == ["accepted", "waiting"]
    assert three not in str(holes)


def test_a_turned_rack_is_told_with_the_turn_that_fits(client: Client, rack: tuple[str, list[str]]) -> None:
    box, tubes = rack
    text = "".join(f"{hole},{tube}\n" for hole, tube in zip(("H12", "H11", "H10"), tubes, strict=True)) + "A1,EMPTY\n"
    shown = give(client, box, text)
    assert (shown["fits"], shown["better_turn"], shown["better_fits"]) == (0, "180", 3)
    turned = client.get(f"/rack-scans/{shown['id']}", turn="180").json
    assert turned is not None
    assert {line["standing"] for line in turned["lines"]} == {"same"}
    assert client.post(f"/rack-scans/{shown['id']}/accept", {"turn": "180", "seen": turned["seen"]}).status_code == 200


def test_a_rack_that_is_not_square_cannot_lie_turned_by_a_quarter(client: Client, rack: tuple[str, list[str]]) -> None:
    shown = give(client, rack[0], f"A1,{rack[1][0]}\n")
    for turn in ("90", "270"):
        body = {"turn": turn, "seen": shown["seen"]}
        for answer in (client.get(f"/rack-scans/{shown['id']}", turn=turn), client.post(f"/rack-scans/{shown['id']}/accept", body)):
            assert (answer.status_code, answer.json and answer.json["code"]) == (422, "racks.turn-does-not-fit")


def test_what_was_seen_must_still_be_so(client: Client, rack: tuple[str, list[str]]) -> None:
    box, tubes = rack
    shown = give(client, box, f"B1,{tubes[0]}\n")
    stale = client.post(f"/rack-scans/{shown['id']}/accept", {"seen": {"B1": "0123456789"}})
    assert (stale.status_code, stale.json and stale.json["code"]) == (409, "racks.record-changed")
    dropped = client.post(f"/rack-scans/{shown['id']}/drop", {"reason": "the wrong rack"})
    assert (dropped.status_code, dropped.json and dropped.json["state"]) == (200, "dropped")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "imports.file-unreadable"),
        (b"\x00\x01", 422, "imports.file-unreadable"),
        (b"A1,\xed\xa0\x80", 422, "imports.file-unreadable"),
        (b"PK\x03\x04", 422, "imports.file-unreadable"),
        (b"A1,0001\nA1,0002\n", 422, "racks.seen-twice"),
        (b"A1,0001\nJ9,0002\n", 422, "racks.wrong-size"),
        (b"hello\n", 422, "racks.file-not-understood"),
        (b"{" * 5000, 422, "racks.file-not-understood"),
        (b"A1,NO TUBE\n", 422, "racks.nothing-read"),
        (b"x" * (1024 * 1024 + 1), 413, "http.too-large"),
    ],
)
def test_bad_files_are_one_problem_and_nothing_is_kept(
    client: Client, rack: tuple[str, list[str]], content: bytes, status: int, code: str
) -> None:
    answer = client.send(f"/containers/{rack[0]}/rack-scans?file_name=x.csv", content, "application/octet-stream")
    assert (answer.status_code, answer.json and answer.json["code"]) == (status, code)
    assert client.get(f"/containers/{rack[0]}/rack-scans").json == {"items": []}


@pytest.mark.parametrize("body", [{}, {"seen": []}, {"seen": {"A1": 7}}, {"seen": {}, "gone": {"A1": "lost"}}, {"seen": {}, "turn": "45"}])
def test_what_is_no_decision_is_refused_with_a_pointer(client: Client, rack: tuple[str, list[str]], body: dict[str, Any]) -> None:
    shown = give(client, rack[0], f"A1,{rack[1][0]}\n")
    answer = client.post(f"/rack-scans/{shown['id']}/accept", body)
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "api.invalid-request")
    assert client.get("/rack-scans/4711").status_code == 404
