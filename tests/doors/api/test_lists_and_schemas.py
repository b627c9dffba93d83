"""What goes out past the schemas agrees with them; what the description promises is what is answered."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.api.batches import FilledBatchOut, IssuedBatchOut
from lims.api.containers import MapOut
from lims.api.custody_events import ResultsOut
from lims.api.events import EventOut
from lims.api.fields import amount_number, instant_text
from lims.api.manifests import ManifestOut
from lims.api.pairs import PairOut
from lims.api.participants import ParticipantOut
from lims.api.scans import ScanOut
from lims.api.schema import Schema
from lims.api.specimens import SpecimenWithKin
from lims.db import Database
from lims.storage.records import ContainerRecord
from tests.support.bench import Bench

from .conftest import Client, Clients


@pytest.fixture
def stocked(database: Database, client_of: Clients) -> tuple[Client, str, ContainerRecord]:
    """A coordinator's machine, a tube in a box, and the box."""
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        tube, box = bench.tube(), bench.freezer_box()
        bench.at = clock.now()
        bench.place(tube, box)
    return client_of(Role.COORDINATOR), tube, box


def check(schema: type[Schema], answered: Any) -> None:
    """Every field the schema names is there, no other is, and each has the schema's type."""
    fields = schema().fields
    names = {field.data_key or name: field for name, field in fields.items()}
    assert set(answered) - set(names) == set(), schema
    assert {name for name, field in names.items() if field.required} <= set(answered), schema
    for name, value in answered.items():
        field = names[name]
        assert value is not None or field.allow_none, (schema, name)
        inner = getattr(field, "inner", field)
        if value is not None and hasattr(inner, "schema"):
            for each in value if isinstance(value, list) else [value]:
                check(type(inner.schema), each)


def test_every_plain_answer_agrees_with_its_schema(stocked: tuple[Client, str, ContainerRecord]) -> None:
    client, tube, box = stocked
    kin = client.get(f"/specimens/{tube}").json
    check(SpecimenWithKin, kin)
    listed = client.get("/specimens").json
    assert listed is not None
    assert listed["items"][0] == {name: value for name, value in (kin or {}).items() if name not in {"parents", "children"}}
    for path, schema in (("/participants", ParticipantOut), ("/pairs", PairOut), (f"/specimens/{tube}/custody-events", EventOut)):
        answer = client.get(path).json
        assert answer is not None
        assert answer["items"], path
        for item in answer["items"]:
            check(schema, item)
    check(MapOut, client.get(f"/containers/{box.barcode}/map").json)
    check(ResultsOut, client.post("/custody-events", [{"op_id": "x"}, {"op_id": "y"} | act(tube)]).json)
    batch = client.post("/batches", {"assay": "metagenomics", "specimens": [tube], "controls": ["blank"]})
    assert batch.status_code == 201, batch.text
    check(FilledBatchOut, batch.json)
    code = (batch.json or {})["code"]
    check(ManifestOut, client.post(f"/batches/{code}/manifests").json)
    check(ManifestOut, ((client.get(f"/batches/{code}/manifests").json or {})["items"])[0])
    check(IssuedBatchOut, client.get(f"/batches/{code}").json)
    for scanned in (tube, box.barcode, "L07", code, "M-000001"):
        check(ScanOut, client.get(f"/scans/{scanned}").json)


def act(tube: str) -> dict[str, Any]:
    return {"type": "thawed", "barcode": tube, "occurred_at": clock.now().isoformat()}


def test_one_aliquot_is_in_one_open_batch(stocked: tuple[Client, str, ContainerRecord]) -> None:
    client, tube, _ = stocked
    first = client.post("/batches", {"assay": "metagenomics", "specimens": [tube], "name": "first"}).json
    assert first is not None
    second = client.post("/batches", {"assay": "metagenomics", "specimens": [tube]})
    assert (second.status_code, (second.json or {})["code"]) == (409, "batches.aliquot-in-batch")
    assert client.post(f"/batches/{first['code']}/removals", {"barcode": tube}).status_code == 201
    filled = client.post(f"/batches/{first['code']}/members", {"specimens": [tube]}).json
    assert [member["barcode"] for member in (filled or {})["members"]] == [tube]
    closed = client.post(f"/batches/{first['code']}/close").json
    assert (closed or {})["state"] == "closed"
    assert [batch["code"] for batch in (client.get("/batches", state="closed").json or {})["items"]] == [first["code"]]


def test_containers_stand_in_each_other(stocked: tuple[Client, str, ContainerRecord]) -> None:
    client, tube, box = stocked
    shown = client.get(f"/containers/{box.barcode}").json
    assert shown is not None
    assert [step["type"] for step in shown["path"]] == ["freezer", "shelf", "rack"]
    top = client.get("/containers").json
    assert [one["type"] for one in (top or {})["items"]] == ["freezer"]
    inside = client.get("/containers", parent=shown["parent"]).json
    assert [one["barcode"] for one in (inside or {})["items"]] == [box.barcode]
    moved = client.post(f"/containers/{box.barcode}/move", {"parent": None}).json
    assert (moved or {})["parent"] is None
    assert client.post(f"/containers/{box.barcode}/close").status_code == 409
    assert client.get(f"/containers/{tube}").status_code == 404
    assert client.get(f"/specimens/{box.barcode}").status_code == 404
    assert client.get(f"/specimens/{box.barcode}/custody-events").status_code == 404


def test_label_templates_are_listed(stocked: tuple[Client, str, ContainerRecord]) -> None:
    items = (stocked[0].get("/labels/templates").json or {})["items"]
    assert {item["subject"] for item in items} >= {"specimen", "container"}
    assert all(item["symbols"] and item["dpi"] for item in items)


def test_moments_and_amounts_are_written_one_way() -> None:
    assert instant_text(datetime(2026, 11, 22, 8, 0, tzinfo=UTC)) == "2026-11-22T08:00:00Z"
    assert instant_text(None) is None
    assert [amount_number(Decimal(text)) for text in ("200", "1.5", "0.001")] == [200, 1.5, 0.001]
    assert ParticipantOut().dump({"enrolled_on": date(2026, 8, 10)}) == {"enrolled_on": "2026-08-10"}
