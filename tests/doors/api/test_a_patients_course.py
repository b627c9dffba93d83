"""One patient by API alone, as the contract writes it: enrolled, treated, collected, divided, placed, seen."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.support.counting import Cost, count_statements

from .conftest import Client, Clients

L07 = {"code": "L07", "cohort": "lung", "enrolled_on": "2026-08-10", "consent_on": "2026-08-08", "external_ids": {"ILDR-01": "01-07"}}
STOOL = {"participant": "L07", "timepoint": "PRE", "specimen_type": "stool", "collected_at": "2026-08-20T08:10:00+08:00"}


@pytest.fixture
def bench(database: Database, client_of: Clients) -> Client:
    """A coordinator's machine, and the study with one participant."""
    with database.transaction() as session:
        load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=clock.now())
    client = client_of(Role.COORDINATOR)
    said(client.post("/participants", L07), 201)
    return client


def said(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def collect(bench: Client, **more: Any) -> Any:
    return said(bench.post("/collections", STOOL | {"amount": 2, "unit": "g", "container": "stool-tube"} | more), 201)


def aliquots_of(bench: Client, barcode: str, count: int = 4) -> list[str]:
    made = said(bench.post(f"/specimens/{barcode}/aliquots", {"count": count, "amount": "200", "unit": "mg"}), 201)
    return [tube["barcode"] for tube in made["aliquots"]]


def box(bench: Client, name: str = "B1") -> str:
    barcode: str = said(bench.post("/containers", {"type": "box-9x9", "name": name}), 201)["barcode"]
    return barcode


def act(tube: str, type_: str, number: int = 1, **more: Any) -> dict[str, Any]:
    minute = f"2026-08-20T{12 + number // 60:02d}:{number % 60:02d}:00+08:00"
    return {"op_id": f"op-{tube}-{number}", "type": type_, "barcode": tube, "occurred_at": minute} | more


def one(answer: Any) -> Any:
    (result,) = said(answer, 200)["results"]
    return result


def test_from_enrolment_to_a_tube_in_its_hole(bench: Client) -> None:
    treated = said(bench.post("/participants/L07/treatments", {"kind": "ildr", "at": "2026-08-24T10:00:00+08:00"}), 201)
    assert (treated["code"], treated["flags"]) == ("L07", [])
    late = said(bench.post("/participants/l07/treatments", {"kind": "icb", "at": "2026-08-26T10:00:00+08:00"}), 201)
    assert late["flags"]
    primary = collect(bench)["specimens"][0]
    assert primary["label"].startswith("ILDR02-L07-PRE-STL")
    tubes = aliquots_of(bench, primary["barcode"])
    where = box(bench)
    placed = [one(bench.post("/custody-events", act(tube, "placed", container=where))) for tube in tubes]
    assert [each["status"] for each in placed] == ["recorded"] * 4
    assert [each["event"]["to"]["position"] for each in placed] == ["A1", "A2", "A3", "A4"]
    tube = said(bench.get(f"/specimens/{tubes[0]}"), 200)
    assert (tube["state"], tube["amount"], tube["unit"], tube["thaw_count"]) == ("stored", 200, "mg", 0)
    assert (tube["participant"], tube["timepoint"], tube["side"]) == ("L07", "PRE", "pre")
    assert tube["parents"] == [primary["barcode"]]
    assert (tube["location"]["container"], tube["location"]["position"]) == (where, "A1")
    parent = said(bench.get(f"/specimens/{primary['barcode']}"), 200)
    assert (parent["amount"], parent["unit"], sorted(parent["children"])) == (1.2, "g", sorted(tubes))
    shown = said(bench.get(f"/containers/{where}/map"), 200)
    assert (shown["rows"], shown["columns"], len(shown["positions"])) == (9, 9, 81)
    assert {hole["position"]: hole["barcode"] for hole in shown["positions"] if hole["barcode"]} == dict(
        zip(["A1", "A2", "A3", "A4"], tubes, strict=True)
    )
    history = said(bench.get(f"/specimens/{tubes[0]}/custody-events"), 200)["items"]
    assert [event["type"] for event in history] == ["registered", "placed"]
    assert history[1]["previous_hash"] == history[0]["hash"]
    course = said(bench.get("/participants/L07"), 200)
    assert [dose["kind"] for dose in course["treatments"]] == ["ildr", "icb"]
    assert course["external_ids"] == {"ILDR-01": "01-07"}
    pairs = said(bench.get("/pairs", assay="metagenomics"), 200)["items"]
    assert [(pair["participant"], len(pair["pre"]), len(pair["post"])) for pair in pairs] == [("L07", 5, 0)]
    assert sum(tube["usable"] for tube in pairs[0]["pre"]) == 4


def test_from_a_batch_to_the_cores_hands(bench: Client, client_of: Clients, database: Database) -> None:
    tubes = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"])
    code = said(bench.post("/batches", {"assay": "metagenomics", "specimens": tubes[:2]}), 201)["code"]
    issued = said(bench.post(f"/batches/{code}/manifests", key="issue-1"), 201)
    assert said(bench.post(f"/batches/{code}/manifests", key="issue-1"), 201) == issued
    core = client_of(Role.CORE)
    assert [each["number"] for each in said(core.get(f"/batches/{code}"), 200)["manifests"]] == [issued["number"]]
    for form in ("csv", "json", "xlsx"):
        first, second = (core.get(f"/manifests/{issued['number']}", format=form) for _ in range(2))
        assert first.data == second.data
        assert hashlib.sha256(first.data).hexdigest() == issued["checksums"][form] == first.get_etag()[0]
    header, *lines = core.get(f"/manifests/{issued['number']}", format="csv").text.splitlines()
    assert header == (
        "manifest,line,barcode,label,participant,cohort,timepoint,side,pair_id,specimen_type,assay,amount,unit,container,position,"
        "plate,well,collected_at,days_from_ildr,frozen_at,thaw_count,flags"
    )
    assert len(lines) == 2
    with database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM manifest_pull").scalar_one() == 7
    assert core.get("/manifests/M-999999").status_code == 404
    assert core.get(f"/manifests/{issued['number']}", format="pdf").status_code == 422
    assert core.post(f"/batches/{code}/manifests").status_code == 403


def test_a_scan_says_what_it_is_and_what_may_be_done(bench: Client, client_of: Clients, database: Database) -> None:
    tube, where = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 1)[0], box(bench)
    one(bench.post("/custody-events", act(tube, "placed", container=where)))
    spoken = f" {tube[:4].lower()}%20{tube[4:].lower()} "
    scan = said(bench.get(f"/scans/{spoken}"), 200)
    assert (scan["kind"], scan["code"], scan["subject"]["barcode"]) == ("specimen", tube, tube)
    assert scan["subject"]["location"]["position"] == "A1"
    assert "checked_out" in scan["actions"]
    assert said(bench.get(f"/scans/{tube}", context="thawed"), 200)["actions"][0] == "thawed"
    assert "disposed" not in said(client_of(Role.TECHNICIAN).get(f"/scans/{tube}"), 200)["actions"]
    assert said(bench.get(f"/scans/{where}"), 200)["kind"] == "container"
    unknown = said(bench.get("/scans/nobody-has-this"), 404)
    assert (unknown["code"], unknown["read"]) == ("scanning.unknown-code", "NOBODY-HAS-THIS")
    wrong = tube[:-1] + ("2" if tube[-1] != "2" else "3")
    assert said(bench.get(f"/scans/{wrong}"), 404)["code"] == "scanning.wrong-check-character"
    with count_statements(database) as cost:
        said(bench.get(f"/scans/{tube}"), 200)
    assert len(cost.statements) <= 3, cost.statements


def test_several_tubes_one_with_its_own_code_and_what_was_not_collected(bench: Client) -> None:
    several = said(bench.post("/collections", STOOL | {"specimens": [{"barcode": "  vendor-77 "}, {"amount": "1.5", "unit": "g"}]}), 201)
    assert several["specimens"][0]["barcode"] == "VENDOR-77"
    assert [tube["amount"] for tube in several["specimens"]] == [None, 1.5]
    missing = {"participant": "L07", "timepoint": "POST", "specimen_type": "stool", "not_collected": "no-such-reason"}
    assert bench.post("/collections", missing).status_code == 422
    reason = "refused"
    answer = bench.post("/collections", missing | {"not_collected": reason})
    assert answer.status_code in {201, 422}
    both = bench.post("/collections", missing | {"not_collected": reason, "collected_at": STOOL["collected_at"]})
    assert [each["pointer"] for each in said(both, 422)["errors"]] == ["/collected_at"]
    undated = {name: value for name, value in STOOL.items() if name != "collected_at"}
    assert [each["pointer"] for each in said(bench.post("/collections", undated), 422)["errors"]] == ["/collected_at"]


def test_each_row_of_a_bulk_has_its_own_fate(bench: Client) -> None:
    tubes, where = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 3), box(bench)
    rows: list[Any] = [
        act(tubes[0], "placed", container=where, position="A1"),
        act(tubes[1], "placed", container=where, position="A1"),
        act("S2222229", "thawed"),
        act(tubes[2], "placed", 2, container=where) | {"surprise": 1},
        act(tubes[2], "thawed", 3, device="scanner 2"),
        act(tubes[0], "placed", container=where, position="A1"),
        {"op_id": 7},
        "nonsense",
    ]
    results = said(bench.post("/custody-events", rows), 200)["results"]
    assert [each["status"] for each in results] == [
        "recorded", "refused", "refused", "refused", "recorded", "repeated", "refused", "refused",
    ]  # fmt: skip
    codes = [each["problem"]["code"] for each in results if "problem" in each]
    assert codes[0] == "storage.position-occupied"
    assert codes[2:] == ["api.invalid-request"] * 3
    assert results[3]["problem"]["errors"][0]["pointer"] == "/3/surprise"
    assert results[4]["event"]["device"] == "scanner 2"
    assert results[5]["event"] == results[0]["event"]
    again = said(bench.post("/custody-events", rows[:5]), 200)["results"]
    assert [each["status"] for each in again] == ["repeated", "refused", "refused", "refused", "repeated"]
    assert again[1]["problem"]["code"] == "storage.position-occupied"
    other = one(bench.post("/custody-events", rows[0] | {"position": "B2"}))
    assert (other["status"], other["problem"]["code"]) == ("refused", "accounts.operation-reused")


def test_a_technician_does_not_destroy_but_may_thaw(bench: Client, client_of: Clients) -> None:
    (tube,) = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 1)
    technician = client_of(Role.TECHNICIAN)
    assert one(technician.post("/custody-events", act(tube, "disposed")))["problem"]["code"] == "accounts.not-allowed"
    assert one(technician.post("/custody-events", act(tube, "thawed", 2)))["status"] == "recorded"


def test_more_than_is_there_is_refused_and_nothing_is_gone(bench: Client) -> None:
    barcode = collect(bench)["specimens"][0]["barcode"]
    answer = bench.post(f"/specimens/{barcode}/aliquots", {"count": 11, "amount": 200, "unit": "mg"})
    assert said(answer, 422)["code"] == "specimens.not-enough"
    assert said(bench.get(f"/specimens/{barcode}"), 200)["amount"] == 2


def test_lists_are_paged_without_gap_or_double(bench: Client) -> None:
    tubes = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 7)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = said(bench.get("/specimens", limit=3, participant="l07", **cursor), 200)
        seen += [item["barcode"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen[1:] == tubes
    for bad in ("nonsense", "WyJhIl0", "é", "A" * 500, "bnVsbA"):
        assert said(bench.get("/specimens", cursor=bad), 422)["code"] == "api.bad-cursor"
    for limit in ("0", "201", "x", "1.5"):
        assert said(bench.get("/specimens", limit=limit), 422)["code"] == "api.invalid-request"
    assert said(bench.get("/specimens", surprise="1"), 422)["errors"][0]["pointer"] == "/surprise"
    assert said(bench.get("/specimens", q=tubes[0][:4]), 200)["items"]


def test_the_cost_of_a_call_does_not_grow(bench: Client, database: Database) -> None:
    tubes, where = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 5), box(bench)
    one(bench.post("/custody-events", act(tubes[0], "placed", container=where)))
    with count_statements(database) as cost:
        said(bench.get(f"/specimens/{tubes[0]}"), 200)
    assert len(cost.statements) <= 3, cost.statements
    with count_statements(database) as cost:
        one(bench.post("/custody-events", act(tubes[1], "placed", container=where)))
    assert len(cost.statements) <= 9, cost.statements
    assert cost.commits == 1
    with count_statements(database) as cost:
        one(bench.post("/custody-events", act(tubes[0], "thawed", 2)))
    assert len(cost.statements) <= 9, cost.statements
    with count_statements(database) as cost:
        said(bench.get("/specimens", participant="L07", limit=50), 200)
    assert len(cost.statements) <= 3, cost.statements
    for many in (1, 100):
        with count_statements(database) as cost:
            collect(bench, specimens=[{"amount": 1, "unit": "g"}] * many, amount=None, unit=None, container=None)
        assert len(cost.statements) <= 12, cost.statements
        assert cost.commits == 1


def test_dividing_costs_as_much_for_a_hundred_as_for_one(bench: Client, database: Database) -> None:
    parent = collect(bench, amount=90, unit="g")["specimens"][0]["barcode"]
    one, hundred = (_cost_of_dividing(bench, database, parent, count) for count in (1, 100))
    assert len(one.statements) == len(hundred.statements) <= 12, hundred.statements
    assert one.commits == hundred.commits == 1


def test_reading_commits_nothing(bench: Client, database: Database) -> None:
    (tube,) = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 1)
    with count_statements(database) as cost:
        said(bench.get(f"/scans/{tube}"), 200)
        said(bench.get("/specimens", participant="L07"), 200)
    assert len(cost.statements) <= 6, cost.statements
    assert cost.commits == 0


def test_an_act_alone_needs_no_savepoint_and_a_refused_one_is_kept_all_the_same(bench: Client, database: Database) -> None:
    (tube,) = aliquots_of(bench, collect(bench)["specimens"][0]["barcode"], 1)
    with count_statements(database) as cost:
        said(bench.post("/custody-events", act(tube, "thawed")), 200)
    assert len(cost.statements) <= 9, cost.statements
    assert cost.commits == 1
    refused = [said(bench.post("/custody-events", act(tube, "returned", 2)), 200)["results"][0] for _ in range(2)]
    assert refused[0]["status"] == "refused"
    assert refused[0] == refused[1]


def _cost_of_dividing(bench: Client, database: Database, parent: str, count: int) -> Cost:
    with count_statements(database) as cost:
        assert len(aliquots_of(bench, parent, count)) == count
    return cost


def test_a_time_to_come_or_without_offset_is_refused(bench: Client) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert bench.post("/collections", STOOL | {"collected_at": tomorrow}).status_code == 422
    for bad in (
        "2026-08-20T08:10:00",
        "2026-08-20",
        "20.08.2026 08:10",
        "2026-02-30T08:10:00Z",
        "0001-01-01T00:00:00+14:00",
        1755648600,
        None,
    ):
        answer = bench.post("/collections", STOOL | {"collected_at": bad})
        assert [each["pointer"] for each in said(answer, 422)["errors"]] == ["/collected_at"]


def test_an_amount_that_is_none_is_pointed_at(bench: Client) -> None:
    none: list[Any] = [-1, "-1", "1.0001", 1.0001, "1e3", "NaN", True, [], {}, "", " ", 10**13, "１"]
    for amount in none:
        answer = bench.post("/collections", STOOL | {"amount": amount, "unit": "g"})
        assert [each["pointer"] for each in said(answer, 422)["errors"]] == ["/amount"], amount


def test_a_unit_nobody_uses_is_refused(bench: Client) -> None:
    assert said(bench.post("/collections", STOOL | {"amount": 1, "unit": "kg"}), 422)["code"] == "api.invalid-request"
    assert said(bench.post("/collections", STOOL | {"amount": 1, "unit": "mL"}), 422)["code"] == "specimens.unit-does-not-fit"
