"""Kits over the API: made, shown, given, collected from, taken back; each act done once, and every refusal in words."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.factories import trial

from .conftest import Client, Clients

PRE = "2026-08-21T09:00:00+08:00"


@pytest.fixture
def technician(database: Database, client_of: Clients) -> Client:
    """A technician's machine, the trial, and two participants."""
    with database.transaction() as session:
        trial.begin(session, at=clock.now())
        trial.enrol(session, "L08", at=clock.now())
    return client_of(Role.TECHNICIAN)


def made(client: Client, **more: Any) -> dict[str, Any]:
    answer = client.post("/kits", {"participant": "L07", "timepoint": "PRE"} | more)
    assert answer.status_code == 201, answer.text
    (kit,) = told(answer)["kits"]
    found: dict[str, Any] = kit
    return found


def codes(kit: dict[str, Any], specimen_type: str, form: str = "primary") -> Iterator[str]:
    return (tube["barcode"] for tube in kit["tubes"] if (tube["specimen_type"], tube["form"]) == (specimen_type, form))


def told(answer: Any) -> Any:
    """What an answer says."""
    return answer.json


def refused(answer: Any) -> tuple[int, str, list[str]]:
    problem = answer.json
    return answer.status_code, problem["code"], [error["pointer"] for error in problem.get("errors", [])]


def test_a_kit_is_made_collected_from_and_what_was_not_used_is_void(technician: Client) -> None:
    kit = made(technician)
    assert (kit["state"], kit["ready"], len(kit["tubes"])) == ("made", 27, 27)
    assert kit["tubes"][1] | {"barcode": ""} == {
        "line": 2,
        "barcode": "",
        "specimen_type": "blood-edta",
        "form": "primary",
        "made_of": None,
        "purpose": None,
        "container": "k2-edta",
        "amount": 10,
        "unit": "mL",
        "state": "ready",
        "label": None,
    }
    (stool,), portions = codes(kit, "stool"), list(codes(kit, "stool", "aliquot"))
    body = {"collected_at": PRE, "tubes": [{"barcode": stool, "amount": 2400, "unit": "mg"}, *({"barcode": code} for code in portions)]}
    answer = technician.post(f"/kits/{kit['barcode']}/collect", body)
    assert answer.status_code == 201, answer.text
    assert [tube["barcode"] for tube in told(answer)["collections"][0]["specimens"]] == [stool]
    assert [tube["barcode"] for tube in told(answer)["aliquots"]] == portions
    after = told(technician.get(f"/kits/{kit['barcode']}"))
    assert after == told(answer)["kit"]
    assert (after["state"], after["used"], after["ready"], after["void"]) == ("used", 5, 0, 22)
    assert told(technician.get(f"/specimens/{portions[0]}"))["amount"] == 200


def test_the_same_operation_id_makes_and_collects_once(technician: Client) -> None:
    first, second = (technician.post("/kits", {"timepoint": "PRE", "count": 3}, key="make") for _ in range(2))
    assert first.data == second.data
    kit = told(first)["kits"][0]
    body = {"collected_at": PRE, "tubes": [{"barcode": next(codes(kit, "stool"))}], "participant": "L07"}

    def send(_: int) -> bytes:
        fresh = Client(technician.http.application.test_client(), technician.token)
        answer = fresh.post(f"/kits/{kit['barcode']}/collect", body, key="collect")
        assert answer.status_code == 201, answer.text
        return bytes(answer.data)

    with ThreadPoolExecutor(8) as clients:
        assert len(set(clients.map(send, range(8)))) == 1
    assert len(told(technician.get("/kits"))["items"]) == 3
    assert len(told(technician.get("/specimens", participant="L07"))["items"]) == 1


def test_a_kit_of_the_stock_is_given_and_listed_as_theirs(technician: Client) -> None:
    kit = made(technician, participant=None, timepoint=None)
    assert [each["barcode"] for each in told(technician.get("/kits", whose="stock"))["items"]] == [kit["barcode"]]
    assert refused(technician.post(f"/kits/{kit['barcode']}/bind", {"participant": "L08"})) == (422, "kits.not-bound", ["/timepoint"])
    bound = technician.post(f"/kits/{kit['barcode']}/bind", {"participant": "L08", "timepoint": "POST"})
    assert (bound.status_code, told(bound)["participant"], told(bound)["timepoint"]) == (200, "L08", "POST")
    assert [each["barcode"] for each in told(technician.get("/kits", participant="L08"))["items"]] == [kit["barcode"]]
    assert told(technician.get("/kits", whose="stock"))["items"] == []


def test_registering_with_the_code_of_a_kits_tube_uses_the_kit(technician: Client) -> None:
    kit = made(technician)
    taken = {"participant": "L07", "timepoint": "PRE", "specimen_type": "stool", "collected_at": PRE, "barcode": next(codes(kit, "stool"))}
    assert refused(technician.post("/collections", taken | {"participant": "L08"}))[:2] == (422, "kits.of-another")
    assert refused(technician.post("/collections", taken | {"specimen_type": "blood-serum"}))[:2] == (422, "kits.of-another-type")
    answer = technician.post("/collections", taken | {"amount": 2400, "unit": "mg"})
    assert told(answer)["specimens"][0]["barcode"] == taken["barcode"]
    assert told(technician.get(f"/kits/{kit['barcode']}"))["used"] == 1
    again = technician.post("/collections", taken)
    assert refused(again) == (409, "kits.tube-filled-already", ["/barcode"])

    body = {"count": 4, "amount": 200, "unit": "mg", "barcodes": list(codes(kit, "stool", "aliquot"))}
    path = f"/specimens/{taken['barcode']}/aliquots"
    assert refused(technician.post(path, body | {"count": 3, "barcodes": ["FD01", "FD02"]}))[1:] == (
        "specimens.codes-not-for-each",
        ["/barcodes"],
    )
    made_of_it = technician.post(path, body)
    assert [tube["purpose"] for tube in told(made_of_it)["aliquots"]] == ["metagenomics", "metagenomics", "metabolomics-stool", "reserve"]
    assert refused(technician.post(path, body)) == (409, "kits.tube-filled-already", ["/barcodes/0"])


def test_a_scan_of_a_kit_and_of_its_tubes_says_what_to_do(technician: Client) -> None:
    kit = made(technician)
    scan = told(technician.get(f"/scans/{kit['barcode']}"))
    assert (scan["kind"], scan["actions"], scan["subject"]["ready"]) == ("kit", ["collected", "voided"], 27)
    stool = next(codes(kit, "stool"))
    tube = told(technician.get(f"/scans/{stool}"))
    assert (tube["kind"], tube["subject"]["kit"]) == ("kit-tube", kit["barcode"])
    assert tube["explanation"].endswith("not used yet: collect it.")
    assert refused(technician.get(f"/specimens/{stool}"))[:2] == (404, "specimens.not-filled")
    thawed = {"op_id": "a", "type": "thawed", "barcode": stool, "occurred_at": PRE}
    assert told(technician.post("/custody-events", thawed))["results"][0]["problem"]["code"] == "specimens.not-filled"
    void = technician.post(f"/kits/{kit['barcode']}/void", {"reason": "not needed"})
    assert (void.status_code, told(void)["state"]) == (200, "void")
    assert told(technician.get(f"/scans/{stool}"))["explanation"].startswith("This label counts no more")


def test_bad_input_is_refused_at_its_place(technician: Client) -> None:
    kit = made(technician)
    path, stool = f"/kits/{kit['barcode']}/collect", next(codes(kit, "stool"))
    tubes = [{"barcode": stool}]
    assert refused(technician.post("/kits", {"count": 101})) == (422, "api.invalid-request", ["/count"])
    assert refused(technician.post("/kits", {"participant": "L07"})) == (422, "kits.timepoint-missing", ["/timepoint"])
    assert refused(technician.post("/kits", {"timepoint": "PRE", "specimen_types": ["plasma"]})) == (
        422,
        "studies.unknown-code",
        ["/specimen_types/0"],
    )
    assert refused(technician.post(path, {"tubes": []})) == (422, "api.invalid-request", ["/tubes"])
    assert refused(technician.post(path, {"tubes": tubes})) == (422, "kits.collection-time-missing", ["/collected_at"])
    assert refused(technician.post(path, {"collected_at": PRE, "tubes": tubes, "more_to_come": "yes"})) == (
        422,
        "api.invalid-request",
        ["/more_to_come"],
    )
    assert refused(technician.post(path, {"collected_at": PRE, "tubes": [*tubes, {"barcode": "NOPE"}]})) == (
        422,
        "kits.not-of-this-kit",
        ["/tubes/1/barcode"],
    )
    assert refused(technician.post(path, {"collected_at": PRE, "tubes": tubes, "flags": ["nonsense"]}))[2] == ["/flags/0"]
    assert refused(technician.get("/kits/NOPE"))[:2] == (404, "kits.unknown")
    assert refused(technician.get("/kits", timepoint="XXX"))[1] == "studies.unknown-code"
    assert told(technician.get(f"/kits/{kit['barcode']}"))["ready"] == 27


def test_who_only_reads_makes_no_kits(technician: Client, client_of: Clients) -> None:
    kit = made(technician)
    analyst = client_of(Role.ANALYST)
    assert analyst.get(f"/kits/{kit['barcode']}").status_code == 200
    for path in ("/kits", f"/kits/{kit['barcode']}/void", f"/kits/{kit['barcode']}/bind"):
        assert analyst.post(path, {"participant": "L07", "timepoint": "PRE"} if "void" not in path else {}).status_code == 403
