"""A label that counts no more is warned of by every call that takes its code and has room to say so; what was asked is done."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.ids import ALPHABET, in_fours
from tests.factories import kits
from tests.factories.printing import TEMPLATE, ask, come_out, printer
from tests.factories.trial import begin, divide, tube
from tests.support.counting import count_statements

from .conftest import Client, Clients


@pytest.fixture
def replaced(database: Database) -> list[str]:
    """Three aliquots; the first labels of the first two were replaced by copies that are out."""
    with database.transaction() as session:
        begin(session)
        printer(session)
        codes = [each.barcode for each in divide(session, tube(session).barcode, 3)]
        come_out(session, ask(session, codes))
        come_out(session, ask(session, codes[:2], "torn"))
    return codes


@pytest.fixture
def bench(client_of: Clients) -> Client:
    """A technician's machine."""
    return client_of(Role.TECHNICIAN)


def warned(said: Any) -> list[tuple[str, str]]:
    """Of which labels, and how, an answer warns."""
    return [(each["code"], each["detail"].split(":")[0]) for each in said["warnings"]]


def told(answer: TestResponse) -> Any:
    assert answer.status_code < 300, answer.get_json()
    return answer.get_json()


def thaw(code: str, number: int) -> dict[str, str]:
    return {"op_id": f"op-{number}", "type": "thawed", "barcode": code, "occurred_at": "2026-09-02T09:00:00+08:00"}


def test_acts_sent_together_are_recorded_and_warn_of_their_labels(bench: Client, replaced: list[str]) -> None:
    first, _, counts = replaced
    rows = [thaw(first, 1), thaw(counts, 2), thaw(first + ALPHABET[0], 3)]
    results = told(bench.post("/custody-events", rows))["results"]
    assert [result["status"] for result in results] == ["recorded"] * 3
    assert warned(results[0]) == [("label-replaced", in_fours(first))]
    assert results[0]["warnings"][0]["detail"].endswith("by copy 2. Use the tube; destroy this label.")
    assert not any("warnings" in result for result in results[1:])
    (again, *_) = told(bench.post("/custody-events", rows))["results"]
    assert (again["status"], again["warnings"]) == ("repeated", results[0]["warnings"])


def test_of_many_acts_each_row_warns_of_its_own_label_for_one_statement_in_all(
    bench: Client, replaced: list[str], database: Database
) -> None:
    told(bench.post("/custody-events", [thaw(code, number) for number, code in enumerate(replaced)]))
    with count_statements(database) as cost:
        results = told(bench.post("/custody-events", [thaw(code, 10 + number) for number, code in enumerate(replaced)]))["results"]
    assert [warned(result) if "warnings" in result else [] for result in results] == [
        [("label-replaced", in_fours(replaced[0]))],
        [("label-replaced", in_fours(replaced[1]))],
        [],
    ]
    assert sum("void_reason" in statement for statement in cost.statements) == 1


def test_dividing_warns_of_the_labels_of_the_parents(bench: Client, replaced: list[str]) -> None:
    body = {"count": 1, "amount": 10, "unit": "mg", "parents": [replaced[2]]}
    said = told(bench.post(f"/specimens/{replaced[0]}/aliquots", body))
    assert warned(said) == [("label-replaced", in_fours(replaced[0]))]
    assert len(said["aliquots"]) == 1


def test_a_batch_warns_of_the_labels_scanned_into_it(client_of: Clients, replaced: list[str]) -> None:
    desk = client_of(Role.COORDINATOR)
    batch = told(desk.post("/batches", {"assay": "metagenomics", "specimens": replaced[:1]}))
    assert ("label-replaced", in_fours(replaced[0])) in warned(batch)
    path = f"/batches/{batch['code']}"
    assert ("label-replaced", in_fours(replaced[1])) in warned(told(desk.post(f"{path}/members", {"specimens": replaced[1:]})))
    assert ("label-replaced", in_fours(replaced[1])) in warned(told(desk.post(f"{path}/removals", {"barcode": replaced[1]})))
    assert not any(code.startswith("label") for code, _ in warned(told(desk.get(path))) if code)


def test_a_print_job_warns_of_labels_that_were_void_when_it_was_asked_for(bench: Client, replaced: list[str]) -> None:
    asked = {"printer": "bench", "template": TEMPLATE, "barcodes": replaced, "reason": "torn"}
    assert warned(told(bench.post("/labels/jobs", asked))) == [("label-replaced", in_fours(code)) for code in replaced[:2]]


@pytest.mark.parametrize("by_kit", [True, False], ids=["by its kit", "as a collection"])
def test_collecting_warns_of_void_labels_on_a_kits_tubes(bench: Client, database: Database, *, by_kit: bool) -> None:
    with database.transaction() as session:
        begin(session)
        printer(session)
        kit = kits.make(session)
        (stool,) = kits.stool(kit)
        come_out(session, kits.ask(session, stool))
        come_out(session, kits.ask(session, stool, "torn"))
    taken = {"collected_at": "2026-08-21T09:00:00+08:00"}
    if by_kit:
        answer = bench.post(f"/kits/{kit.summary.barcode}/collect", taken | {"tubes": [{"barcode": stool, "amount": 900, "unit": "mg"}]})
    else:
        what = {"participant": "L07", "timepoint": "PRE", "specimen_type": "stool", "barcode": stool, "amount": 900, "unit": "mg"}
        answer = bench.post("/collections", taken | what)
    assert [code for code in warned(told(answer)) if code[0] == "label-replaced"] == [("label-replaced", in_fours(stool))]
