"""A list narrowed to what cannot be there is a problem that names what can, not an empty list; a parameter nobody knows is one too."""

from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from tests.support.bench import Bench

from .conftest import Client, Clients

WRONG: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("/specimens", {"participant": "L99"}, 404, "studies.unknown-participant", "No participant is called L99."),
    ("/specimens", {"participant": "L 99"}, 422, "studies.malformed-participant-code", "'L 99' cannot be a participant"),
    ("/specimens", {"timepoint": "pre"}, 422, "studies.unknown-code", "The protocol has no timepoint 'pre'. Did you mean PRE?"),
    ("/specimens", {"specimen_type": "saliva"}, 422, "studies.unknown-code", "The protocol has no specimen type 'saliva'."),
    ("/specimens", {"state": "lost"}, 422, "api.invalid-request", "/state: One of collected, received, stored"),
    ("/specimens", {"container": "NOPE"}, 404, "storage.unknown-container", "Read as NOPE: no container has that code."),
    ("/specimens", {"container": "T-1"}, 404, "storage.unknown-container", "that is a tube, not a container."),
    ("/containers", {"parent": "NOPE"}, 404, "storage.unknown-container", "Read as NOPE: no container has that code."),
    ("/participants", {"cohort": "lungs"}, 422, "studies.unknown-code", "The protocol has no cohort 'lungs'. Did you mean lung?"),
    ("/participants", {"study": "ILDR-09"}, 404, "studies.unknown-study", "There is no study 'ILDR-09'. Known: ILDR-02."),
    ("/pairs", {"participant": "L99"}, 404, "studies.unknown-participant", "No participant is called L99."),
    ("/pairs", {"cohort": "lungs"}, 422, "studies.unknown-code", "The protocol has no cohort 'lungs'."),
    ("/pairs", {"assay": "metagenomic"}, 422, "studies.unknown-code", "Did you mean metagenomics?"),
    ("/pairs", {"assay": "germline"}, 422, "pairs.not-paired", "germline is of one side only"),
    ("/pairs", {"state": "fine"}, 422, "api.invalid-request", "/state: One of complete, waiting"),
    ("/pairs", {"study": "ILDR-09"}, 404, "studies.unknown-study", "There is no study 'ILDR-09'."),
    ("/batches", {"assay": "metagenomic"}, 422, "studies.unknown-code", "Did you mean metagenomics?"),
    ("/batches", {"state": "shut"}, 422, "api.invalid-request", "/state: One of open, closed."),
    ("/scans/T-1", {"context": "juggled"}, 422, "api.invalid-request", "/context: One of returned, placed"),
    ("/manifests/M-000001", {"format": "pdf"}, 422, "api.invalid-request", "/format: One of"),
]
NOBODY_KNOWS = (
    "/specimens",
    "/specimens/T-1",
    "/participants",
    "/participants/L07",
    "/pairs",
    "/batches",
    "/containers",
    "/me",
    "/labels/templates",
)


@pytest.fixture
def stocked(database: Database, client_of: Clients) -> Client:
    """An administrator's machine, and a study with a tube."""
    with database.transaction() as session:
        Bench(session, at=clock.now()).open_study().tube(barcode="T-1")
    return client_of(Role.ADMIN)


def test_what_cannot_be_there_is_named_with_what_can(stocked: Client) -> None:
    for path, query, status, code, sentence in WRONG:
        answer = stocked.get(path, **query)
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (status, code), (path, query, answer.text)
        assert sentence in answer.json["detail"], answer.json["detail"]
        assert [each["pointer"] for each in answer.json["errors"]] == [f"/{name}" for name in query]


def test_what_can_be_there_and_is_not_is_an_empty_list(stocked: Client) -> None:
    for query in ({"timepoint": "POST"}, {"specimen_type": "rna"}, {"state": "disposed"}, {"q": "nothing like it"}):
        assert stocked.get("/specimens", **query).json == {"items": [], "next": None}
    assert len((stocked.get("/specimens", participant="ildr-02:l07", timepoint="PRE").json or {})["items"]) == 1
    assert stocked.get("/batches", assay="metagenomics").json == {"items": [], "next": None}
    assert stocked.get("/scans/T-1", context="thawed").status_code == 200


def test_a_parameter_nobody_knows_is_refused_everywhere(stocked: Client) -> None:
    for path in NOBODY_KNOWS:
        answer = stocked.get(path, particpant="L07")
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (422, "api.invalid-request"), path
        assert [each["pointer"] for each in answer.json["errors"]] == ["/particpant"]
        assert "There is no such parameter. This address takes" in answer.json["detail"]
    assert "takes limit, cursor, participant, timepoint" in stocked.get("/specimens", sort="label").text
    assert stocked.send("/specimens/T-1/aliquots?count=3", b"{}").status_code == 422


def test_a_parameter_given_twice_is_refused(stocked: Client) -> None:
    answer = stocked.get("/specimens", state=["stored", "disposed"])
    assert (answer.status_code, (answer.json or {})["detail"]) == (422, "/state: It is given twice. Give it once.")
