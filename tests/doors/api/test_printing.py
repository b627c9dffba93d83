"""The print queue over HTTP: asked for once, told what became of each label, refused at the field that is wrong."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.factories.printing import TEMPLATE, come_out, office_printer, printer
from tests.factories.trial import begin, divide, tube

from .conftest import Client, Clients


@pytest.fixture
def barcodes(database: Database) -> list[str]:
    """Three aliquots; a label printer and a printer of somebody's own."""
    with database.transaction() as session:
        begin(session)
        printer(session)
        office_printer(session)
        return [each.barcode for each in divide(session, tube(session).barcode, 3)]


@pytest.fixture
def bench(client_of: Clients) -> Client:
    """A technician's machine."""
    return client_of(Role.TECHNICIAN)


def said(answer: TestResponse) -> Any:
    """What an answer says."""
    return answer.get_json()


def asked(barcodes: list[str], **more: object) -> dict[str, object]:
    return {"printer": "bench", "template": TEMPLATE, "barcodes": barcodes, **more}


def test_a_job_is_asked_for_and_looked_up(bench: Client, barcodes: list[str]) -> None:
    answer = bench.post("/labels/jobs", asked(barcodes, purpose="aliquots of today"))
    assert answer.status_code == 201
    job = said(answer)
    assert (job["state"], job["counts"], job["requested_by"]) == ("waiting", {"queued": 3}, "technician")
    assert [(label["line"], label["symbol"], label["copy"]) for label in job["labels"]] == [
        (line, barcode, 1) for line, barcode in enumerate(barcodes, start=1)
    ]
    assert job.pop("warnings") == []
    assert said(bench.get(f"/labels/jobs/{job['id']}")) == job
    listed = said(bench.get("/labels/jobs", state="waiting", printer="bench"))
    assert listed == {"items": [{name: value for name, value in job.items() if name != "labels"}], "next": None}
    assert said(bench.get("/labels/jobs", state="proven"))["items"] == []


def test_a_request_sent_twice_prints_once(bench: Client, barcodes: list[str]) -> None:
    first = bench.post("/labels/jobs", asked(barcodes), key="job-1")
    again = bench.post("/labels/jobs", asked(barcodes), key="job-1")
    assert (again.status_code, said(again)) == (201, said(first))
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(said(bench.get("/labels/jobs"))["items"]) == 1


def test_a_job_goes_its_way(bench: Client, barcodes: list[str], database: Database) -> None:
    job_id = said(bench.post("/labels/jobs", asked(barcodes)))["id"]
    assert said(bench.post(f"/labels/jobs/{job_id}/pause"))["state"] == "paused"
    assert said(bench.post(f"/labels/jobs/{job_id}/resume"))["state"] == "waiting"
    with database.transaction() as session:
        come_out(session, job_id, lines=(1, 2))
    new = bench.post(f"/labels/jobs/{job_id}/reprint", {"line": 2, "reason": "jam"})
    assert (new.status_code, said(new)["labels"][0]["symbol"]) == (201, f"{barcodes[1]}2")
    cancelled = said(bench.post(f"/labels/jobs/{job_id}/cancel"))
    assert [label["void_reason"] for label in cancelled["labels"]] == [None, "jam", "cancelled"]
    assert said(bench.post(f"/labels/jobs/{job_id}/cancel"))["code"] == "printing.nothing-waits"
    scanned = said(bench.post(f"/labels/jobs/{job_id}/proof", {"code": barcodes[0].lower()}))
    assert (scanned["outcome"], scanned["label"]["state"], scanned["left"], scanned["proven"]) == ("ok", "verified", 0, True)
    assert said(bench.post(f"/labels/jobs/{job_id}/proof", {"code": barcodes[1]}))["outcome"] == "void"


def test_a_sheet_is_downloaded_and_said_to_be_printed(bench: Client, client_of: Clients, barcodes: list[str]) -> None:
    job_id = said(bench.post("/labels/jobs", asked(barcodes, printer="office")))["id"]
    assert client_of(Role.AUDITOR).get(f"/labels/jobs/{job_id}/file").status_code == 403
    file = bench.get(f"/labels/jobs/{job_id}/file")
    assert (file.status_code, file.content_type, file.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert said(bench.get(f"/labels/jobs/{job_id}"))["counts"] == {"sent": 3}
    assert said(bench.post(f"/labels/jobs/{job_id}/printed"))["state"] == "printed"
    refused = bench.get(f"/labels/jobs/{job_id}/file")
    assert (refused.status_code, said(refused)["code"]) == (422, "printing.nothing-to-download")


def test_a_refusal_names_the_field(bench: Client, client_of: Clients, barcodes: list[str], database: Database) -> None:
    job_id = said(bench.post("/labels/jobs", asked(barcodes[:1])))["id"]
    for body, status, code, where in (
        (asked(barcodes), 422, "printing.reason-missing", "/reason"),
        (asked([barcodes[1]] * 2), 422, "printing.label-wanted-twice", "/barcodes/1"),
        (asked(barcodes[1:], printer="nowhere"), 404, "printing.unknown-printer", "/printer"),
        (asked(barcodes[1:], template="nothing"), 404, "labels.template-not-found", "/template"),
        (asked([barcodes[1], "NOTHING-7"]), 404, "specimens.unknown", "/barcodes/1"),
        (asked([]), 422, "api.invalid-request", "/barcodes"),
        (asked([barcodes[1]] * 501), 422, "api.invalid-request", "/barcodes"),
        (asked(barcodes[1:], start=2), 422, "labels.start-out-of-range", "/start"),
    ):
        answer = bench.post("/labels/jobs", body)
        assert (answer.status_code, said(answer)["code"], [each["pointer"] for each in said(answer)["errors"]]) == (status, code, [where])
    for _ in range(3):
        with database.transaction() as session:
            come_out(session, job_id)
        job_id = said(bench.post("/labels/jobs", asked(barcodes[:1], reason="lost"))).get("id", job_id)
    refused = bench.post("/labels/jobs", asked(barcodes[:1], reason="lost"))
    assert (refused.status_code, said(refused)["code"]) == (403, "printing.more-copies-not-allowed")
    assert client_of(Role.COORDINATOR).post("/labels/jobs", asked(barcodes[:1], reason="lost")).status_code == 201


def test_a_job_nobody_knows_is_not_found(bench: Client, barcodes: list[str]) -> None:
    for number in ("1", "99999999"):
        assert said(bench.get(f"/labels/jobs/{number}"))["code"] == "printing.unknown-job"
        for act in ("pause", "resume", "cancel", "printed"):
            assert said(bench.post(f"/labels/jobs/{number}/{act}"))["code"] == "printing.unknown-job"
