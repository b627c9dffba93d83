"""A refusal says where in the request it stands, in the request's own names, and in the units of the bench."""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol

from .conftest import Client

NOW = clock.now()
PRIMARY = {"participant": "L01", "timepoint": "PRE", "specimen_type": "stool", "collected_at": (NOW - timedelta(days=1)).isoformat()}
NEW = {"code": "L02", "cohort": "lung", "enrolled_on": "2026-01-05"}
LATER = (NOW + timedelta(days=400)).isoformat()


@pytest.fixture
def trial(database: Database, admin: Client) -> Client:
    """A client of a service that has the trial's protocol, and one participant."""
    with database.transaction() as session:
        load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=NOW)
    enrolled = admin.post("/participants", {"code": "L01", "cohort": "lung", "enrolled_on": "2026-01-05"})
    assert enrolled.status_code == 201, enrolled.text
    return admin


def _tubes(*tubes: Any) -> dict[str, Any]:
    return PRIMARY | {"specimens": list(tubes)}


def tube_of(trial: Client, **more: Any) -> str:
    answer = trial.post("/collections", PRIMARY | {"amount": 1.5, "unit": "g"} | more)
    assert answer.json is not None, answer.text
    barcode: str = answer.json["specimens"][0]["barcode"]
    return barcode


def pointers(answer: TestResponse) -> list[str]:
    assert answer.json is not None
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json["errors"]]


def test_every_refusal_points_at_a_field_of_the_request(trial: Client) -> None:
    tube = tube_of(trial)
    aliquots = {"count": 2, "amount": 200, "unit": "mg"}
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("/participants", NEW | {"carried_over_from": "ILDR-00"}, "/carried_over_from"),
        ("/participants", NEW | {"code": 7}, "/code"),
        ("/participants/L01/treatments", {"kind": "radiation", "at": NOW.isoformat()}, "/kind"),
        ("/participants/L01/treatments", {"kind": "ildr", "at": LATER}, "/at"),
        ("/collections", PRIMARY | {"flags": ["nonsense"]}, "/flags/0"),
        ("/collections", PRIMARY | {"amount": 1, "unit": "mL"}, "/unit"),
        ("/collections", {name: PRIMARY[name] for name in list(PRIMARY)[:3]} | {"not_collected": "nonsense"}, "/not_collected"),
        (f"/specimens/{tube}/aliquots", aliquots | {"purpose": "nonsense"}, "/purpose"),
        (f"/specimens/{tube}/aliquots", aliquots | {"amount": 0}, "/amount"),
        (f"/specimens/{tube}/aliquots", aliquots | {"unit": "uL"}, "/unit"),
        (f"/specimens/{tube}/nonconformances", {"code": "nonsense"}, "/code"),
    ]
    assert [pointers(trial.post(path, body)) for path, body, _ in wrong] == [[pointer] for *_, pointer in wrong]


def test_a_refusal_points_at_the_one_of_many_that_is_wrong(trial: Client) -> None:
    tube, wrong_code = tube_of(trial), "S2222222"
    of_lists: list[tuple[str, Any, list[str]]] = [
        ("/collections", _tubes({}, {"amount": 1, "unit": "g"}, {"amount": 1, "unit": "mL"}), ["/specimens/2/unit"]),
        ("/collections", _tubes({"container": "stool-tube"}, {"container": "bucket"}), ["/specimens/1/container"]),
        ("/collections", _tubes({"amount": 1}, {"amount": "1.23456"}), ["/specimens/1/amount"]),
        ("/collections", _tubes({"amount": 1}, {"amount": 999_999_999_999.0, "unit": "g"}), ["/specimens/1/amount"]),
        ("/collections", _tubes({"barcode": "P-1"}, {"barcode": wrong_code}), ["/specimens/1/barcode"]),
        ("/collections", _tubes({"barcode": "P-1"}, {"barcode": tube.lower()}), ["/specimens/1/barcode"]),
        ("/collections", _tubes({}, 7, {"colour": 1}), ["/specimens/1", "/specimens/2/colour"]),
        ("/collections", PRIMARY | {"flags": ["haemolysed", "window-late"]}, ["/flags/1"]),
        ("/collections", PRIMARY | {"received_at": LATER}, ["/received_at"]),
        ("/collections", PRIMARY | {"participant": "L 1"}, ["/participant"]),
        ("/collections", PRIMARY | {"participant": "L99"}, ["/participant"]),
        ("/batches", {"assay": "metagenomics", "specimens": [tube, "NOPE"]}, ["/specimens/1"]),
        ("/batches", {"assay": "metagenomics", "specimens": [tube, 7]}, ["/specimens/1"]),
        ("/batches", {"assay": "metagenomics", "controls": ["blank", 7]}, ["/controls/1"]),
        ("/batches", {"assay": "metagenomics", "select": {"participants": ["L01", "L99"]}}, ["/select/participants/1"]),
        (f"/specimens/{tube}/aliquots", {"count": 1, "amount": 1, "unit": "mg", "parents": [tube, "NOPE"]}, ["/parents/1"]),
        ("/containers", {"type": "box-9x9", "name": "B1", "parent": "NOPE"}, ["/parent"]),
        ("/containers", {"type": "box-9x9", "name": "B1", "temperature_c": 90}, ["/temperature_c"]),
        ("/containers", {"type": "bucket", "name": "B1"}, ["/type"]),
        ("/participants", NEW | {"external_ids": {"ILDR-01": 7, "a/b": "7"}}, ["/external_ids/ILDR-01"]),
        ("/participants", NEW | {"external_ids": {"a/b": ""}}, ["/external_ids/a~1b"]),
        ("/tokens", {"scopes": ["read", "fly"]}, ["/scopes/1"]),
    ]
    for path, body, expected in of_lists:
        answer = trial.post(path, body)
        assert [each["pointer"] for each in (answer.json or {}).get("errors", ())] == expected, (path, body, answer.text)


def test_a_row_of_a_bulk_points_into_the_list_it_came_in(trial: Client) -> None:
    tube = tube_of(trial)
    box = (trial.post("/containers", {"type": "box-9x9", "name": "B1"}).json or {})["barcode"]
    good = {"type": "placed", "barcode": tube, "occurred_at": NOW.isoformat(), "container": box}
    wrong: list[tuple[Any, str]] = [
        ({"position": "Z99"}, "/position"),
        ({"container": "NOPE"}, "/container"),
        ({"barcode": "NOPE"}, "/barcode"),
        ({"occurred_at": LATER}, "/occurred_at"),
        ({"type": "consumed", "amount": "0.0001", "unit": "g"}, "/amount"),
        ({"type": "consumed", "amount": 1, "unit": "mL"}, "/unit"),
        ({"type": "quarantined"}, "/reason"),
        ({"type": "corrected", "reason": "x", "changes": {"amount": "many"}}, "/changes/amount"),
    ]
    rows = [good | {"op_id": f"op-{number}"} | row for number, (row, _) in enumerate(wrong)]
    for _ in range(2):  # what is told again points at the same place
        results = (trial.post("/custody-events", rows).json or {})["results"]
        assert [each["problem"].get("errors", [{}])[0].get("pointer") for each in results] == [
            f"/{number}{pointer}" for number, (_, pointer) in enumerate(wrong)
        ]
    alone = (trial.post("/custody-events", rows[0]).json or {})["results"][0]
    assert alone["problem"]["errors"][0]["pointer"] == "/position"
    empty = trial.post("/custody-events", {})
    assert (empty.status_code, (empty.json or {})["detail"]) == (422, "The body: Send 1 to 500 rows at once.")


def test_a_warning_points_at_a_field_of_the_request(trial: Client) -> None:
    trial.post("/participants/L01/treatments", {"kind": "icb", "at": (NOW - timedelta(days=3)).isoformat()})
    answer = trial.post("/participants/L01/treatments", {"kind": "ildr", "at": (NOW - timedelta(days=2)).isoformat()})
    assert answer.json is not None
    assert [warning["pointer"] for warning in answer.json["warnings"]] == ["/at"]


def test_what_is_left_is_told_in_the_tubes_own_unit(trial: Client) -> None:
    problem = trial.post(f"/specimens/{tube_of(trial)}/aliquots", {"count": 4, "amount": 400, "unit": "mg"}).json
    assert problem is not None
    assert (problem["code"], problem["has"], problem["needs"], problem["unit"]) == ("specimens.not-enough", 1.5, 1.6, "g")


def test_a_code_with_a_wrong_character_is_found_nowhere(trial: Client) -> None:
    tube = tube_of(trial)
    wrong = tube[:-1] + ("2" if tube[-1] != "2" else "3")
    answers = [trial.get(f"/specimens/{wrong}"), trial.get(f"/containers/{wrong}/map"), trial.get(f"/specimens/{wrong}/custody-events")]
    assert [(answer.status_code, (answer.json or {})["code"]) for answer in answers] == [(404, "ids.wrong-check-character")] * 3
    assert trial.post("/collections", PRIMARY | {"barcode": wrong}).status_code == 422, "nobody looks up what is to be bound"


def test_an_act_that_comes_with_another_is_called_by_its_name(trial: Client) -> None:
    act = {"op_id": "1", "type": "flagged", "barcode": tube_of(trial), "occurred_at": NOW.isoformat()}
    results = (trial.post("/custody-events", act).json or {})["results"]
    assert results[0]["problem"]["detail"].startswith("“flagged” is not recorded by itself. Record the nonconformance")


def test_an_amount_is_corrected_with_its_unit(trial: Client) -> None:
    tube = tube_of(trial)
    act = {"op_id": "1", "type": "corrected", "barcode": tube, "occurred_at": NOW.isoformat(), "reason": "Misread the scale."}
    results = (trial.post("/custody-events", act | {"changes": {"amount": 900, "unit": "mg"}}).json or {})["results"]
    assert results[0]["status"] == "recorded", results
    shown = trial.get(f"/specimens/{tube}").json or {}
    assert (shown["amount"], shown["unit"]) == (0.9, "g")


def test_a_list_is_not_narrowed_by_what_does_not_exist(trial: Client) -> None:
    tube = tube_of(trial)
    box = (trial.post("/containers", {"type": "box-9x9", "name": "B1"}).json or {})["barcode"]
    assert trial.get("/specimens", container=box).json == {"items": [], "next": None}
    assert trial.get("/specimens", container=tube).status_code == 404
    assert pointers(trial.get("/specimens", state="checked_out")) == ["/state"]
    assert [len((trial.get("/specimens", state=state).json or {})["items"]) for state in ("collected", "checked-out", "quarantined")] == [
        1,
        0,
        0,
    ]
