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


@pytest.fixture
def box(bench: Client, database: Database, replaced: list[str]) -> str:
    """The code of a box with the three in it; its own first label was replaced too."""
    code: str = told(bench.post("/containers", {"type": "box-9x9", "name": "B1"}))["barcode"]
    at = "2026-09-02T09:00:00+08:00"
    rows = [{"op_id": f"in-{tube}", "type": "placed", "barcode": tube, "container": code, "occurred_at": at} for tube in replaced]
    assert {row["status"] for row in told(bench.post("/custody-events", rows))["results"]} == {"recorded"}
    with database.transaction() as session:
        printer(session, "racks", stock="box")
        for reason in (None, "faded"):
            come_out(session, ask(session, code, reason, on="racks", template="box"))
    return code


def replaced_ones(*codes: str) -> list[tuple[str, str]]:
    """That each of these labels was replaced, and nothing else."""
    return [("label-replaced", in_fours(code)) for code in codes]


def test_a_pick_list_warns_of_the_labels_scanned_for_it(client_of: Clients, replaced: list[str], box: str) -> None:
    first, second, counts = replaced
    desk = client_of(Role.COORDINATOR)
    listed = told(desk.post("/pick-lists", {"codes": [first, counts], "into": box}))
    assert warned(listed) == replaced_ones(first, box)
    path = f"/pick-lists/{told(desk.post('/pick-lists', {'codes': replaced}))['code']}"
    assert warned(told(desk.post(f"{path}/picks", {"barcode": first}))) == replaced_ones(first)
    assert warned(told(desk.post(f"{path}/picks", {"barcode": counts}))) == []
    assert warned(told(desk.post(f"{path}/picks/undo", {"barcode": first, "reason": "not this one"}))) == replaced_ones(first)
    lost = told(desk.post(f"/pick-lists/{listed['code']}/not-found", {"line": 1}))
    assert "warnings" not in lost
    instead = {"line": 1, "barcode": second}
    assert warned(told(desk.post(f"/pick-lists/{listed['code']}/substitutes", instead))) == replaced_ones(second)


def test_an_audit_warns_of_the_labels_scanned_for_it(bench: Client, replaced: list[str], box: str) -> None:
    audit = told(bench.post(f"/containers/{box}/audits"))
    assert warned(audit) == replaced_ones(box)
    path = f"/audits/{audit['code']}/scans"
    assert warned(told(bench.post(path, {"code": replaced[0]}))) == replaced_ones(replaced[0])
    assert warned(told(bench.post(path, {"code": replaced[2]}))) == []
    assert warned(told(bench.post(path, {"code": "NOBODY-1"}))) == []
    assert warned(told(bench.post(f"{path}/undo", {"code": replaced[0]}))) == replaced_ones(replaced[0])


def test_moving_and_filling_a_box_anew_warn_of_its_label_and_those_of_its_tubes(bench: Client, replaced: list[str], box: str) -> None:
    first, second, counts = replaced
    tubes = [{"barcode": each} for each in (second, counts, first)]
    assert warned(told(bench.post(f"/containers/{box}/rebox", {"tubes": tubes}))) == replaced_ones(box, second, first)
    rack = told(bench.post("/containers", {"type": "rack", "name": "R1"}))
    assert rack["warnings"] == []
    assert warned(told(bench.post(f"/containers/{box}/move", {"parent": rack["barcode"]}))) == replaced_ones(box)


def test_a_nonconformance_warns_of_the_label_it_was_given_by(bench: Client, replaced: list[str]) -> None:
    flagged = told(bench.post(f"/specimens/{replaced[0]}/nonconformances", {"code": "leaked"}))
    assert (flagged["type"], warned(flagged)) == ("flagged", replaced_ones(replaced[0]))
