"""Requests made up from the API's own description, over real HTTP: no answer is a 5xx, each is as described, and nonsense is refused.

Most of what is made up names things that are there, so that it gets past the first look-up. Whole (``--full``), the demo's data are
there, and every operation is tried at its limits, at random, and one after the other with what the answers gave.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lims import clock
from lims.accounts import service as accounts
from lims.accounts.vocabulary import SYSTEM, Role
from lims.cli.demo import load_demo
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.support.bench import Bench
from tests.support.engines import Databases
from tests.support.service import RunningService

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = """
[checks]
positive_data_acceptance = { enabled = false }
[[operations]]
include-path = "/api/v1/custody-events"
checks = { negative_data_rejection = { enabled = false } }
"""
"""All of them, but for two. What is described may still be refused, by a rule of the laboratory which no schema says; and of many acts
each row has its own fate: the answer to a row that cannot be read is 200, with its refusal within."""

OF_ACCOUNTS = "/people/|/revoke"
"""What shuts people out goes last: it may shut out whoever asks."""

SHARE = 0.8
"""How often a name is one of a thing that is there."""

NAMES = {
    "tubes": ("body.barcode", "body.specimens[*]", "body.parents[*]"),
    "things": ("path.barcode", "body.container", "body.parent", "query.container", "query.parent"),
    "people": ("path.participant", "query.participant", "body.participant"),
    "batches": ("path.code",),
    "manifests": ("path.number",),
    "users": ("path.username",),
    "timepoints": ("query.timepoint", "body.timepoint"),
    "types": ("query.specimen_type", "body.specimen_type"),
    "cohorts": ("query.cohort", "body.cohort"),
    "assays": ("query.assay", "body.assay", "body.purpose"),
    "units": ("body.unit",),
    "containers": ("body.type",),
    "moments": ("body.occurred_at", "body.collected_at", "body.at"),
    "days": ("body.enrolled_on", "body.on"),
}
"""By kind of thing, where a request names one."""


@pytest.fixture
def full(pytestconfig: pytest.Config) -> bool:
    """Whether all is tried."""
    return bool(pytestconfig.getoption("full"))


@pytest.fixture
def running(databases: Databases, full: bool, tmp_path: Path) -> Iterator[tuple[RunningService, str]]:
    """The service as ``lims up`` starts it, with something in it, and an administrator's token."""
    database = databases.make()
    with database.transaction() as session:
        if full:
            load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=clock.now())
        else:
            Bench(session, at=clock.now()).open_study().tubes(3)
        accounts.add_user(session, "tester", Role.ADMIN, actor=SYSTEM, at=clock.now())
        token = accounts.issue_token(session, "tester", actor=SYSTEM, at=clock.now()).text
    if full:
        load_demo(database, tmp_path)
    service = RunningService(database, tmp_path / "service")
    service.start()
    yield service, token
    service.stop()
    databases.drop(database)


def test_every_made_up_request_is_answered_as_described(
    running: tuple[RunningService, str], full: bool, how_many: Callable[[int, int], int], tmp_path: Path
) -> None:
    service, token = running
    config = tmp_path / "schemathesis.toml"
    config.write_text(_config(_known(service.address, token)))
    phases = "coverage,fuzzing,stateful" if full else "fuzzing"
    for which in ("--exclude-path-regex", "--include-path-regex"):
        command: list[str | Path] = [
            SCHEMATHESIS,
            "--config-file",
            config,
            "run",
            f"{service.address}/api/v1/openapi.json",
            which,
            OF_ACCOUNTS,
        ]
        command += ["-H", f"Authorization: Bearer {token}", "-n", str(how_many(3, 200)), "--phases", phases]
        command += ["--suppress-health-check", "all", "--continue-on-failure", "--no-shrink"]
        command += [] if full else ["--seed", "1"]
        tried = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert tried.returncode == 0, tried.stdout[-20_000:] + tried.stderr
    assert "Traceback" not in service.log.read_text()


def _known(address: str, token: str) -> dict[str, list[Any]]:
    """What is there, by kind."""

    def items(path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(f"{address}/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            found: list[dict[str, Any]] = json.load(answer)["items"]
        return found

    tubes, batches = items("/specimens?limit=200"), items("/batches")
    barcodes = [tube["barcode"] for tube in tubes][::4]
    boxes = {tube["location"]["container"] for tube in tubes if tube["location"]} | {one["barcode"] for one in items("/containers")}
    return {
        "tubes": barcodes,
        "things": [*barcodes[:10], *sorted(boxes)],
        "people": [person["code"] for person in items("/participants")],
        "batches": [batch["code"] for batch in batches] or ["MG-2026-01"],
        "manifests": [each["number"] for batch in batches for each in items(f"/batches/{batch['code']}/manifests")] or ["M-000001"],
        "users": ["technician", "core"],
        "timepoints": ["PRE", "POST"],
        "types": ["stool", "plasma", "pbmc", "dna"],
        "cohorts": ["lung", "esophageal"],
        "assays": ["metagenomics", "germline"],
        "units": ["mg", "g", "uL", "count"],
        "containers": ["box-9x9", "freezer", "rack"],
        "moments": ["2026-11-01T08:00:00Z", "2026-11-02T10:00:00+08:00"],
        "days": ["2026-11-01"],
    }


def _config(known: dict[str, list[Any]]) -> str:
    """As schemathesis reads it: words, and where to use them."""
    words = [f"{kind} = {{ values = {json.dumps(values)} }}" for kind, values in known.items()]
    places = [f'"{place}" = {{ dictionary = "{kind}", probability = {SHARE} }}' for kind, places in NAMES.items() for place in places]
    return "\n".join(["[dictionaries]", *words, "[parameters]", *places, CHECKS])
