"""One participant from enrolment to a manifest in the core's hands, over HTTP and by the operator's command line, as docs promise it."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims import clock
from lims.accounts.service import add_user, issue_token
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from tests.support.crowd.clients import Answer, Call, Client
from tests.support.service import RunningService, lims

COLUMNS = (
    "manifest,line,barcode,label,participant,cohort,timepoint,side,pair_id,specimen_type,assay,amount,unit,container,position,"
    "plate,well,collected_at,days_from_ildr,frozen_at,thaw_count,flags"
)
ZONE = ZoneInfo("Asia/Shanghai")
ILDR_DAY = datetime.now(ZONE).date() - timedelta(days=40)


def moment(day: int, hour: int, minute: int = 0) -> str:
    """An instant of a day counted from the fraction, at the hour of Shantou."""
    return datetime.combine(ILDR_DAY + timedelta(days=day), time(hour, minute), ZONE).isoformat()


def day(number: int) -> str:
    return (ILDR_DAY + timedelta(days=number)).isoformat()


@dataclass
class Desk:
    """Somebody with a token, and the service."""

    client: Client
    token: str
    _number: int = 0

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        """Each write under a key of its own, and once more: the second answer is the first."""
        self._number += 1
        call = Call(self.token, path, body, (f"{self.token[-8:]}-{self._number}",))
        first, again = self._send(call), self._send(call)
        assert first.status == again.status == status, first.said
        assert first.said == again.said
        return first.said

    def act(self, rows: list[dict[str, Any]]) -> list[Any]:
        answer = self._send(Call(self.token, "/custody-events", rows, tuple(row["op_id"] for row in rows)))
        assert answer.status == 200, answer.said
        results: list[Any] = answer.said["results"]
        return results

    def get(self, path: str) -> Answer:
        answer = self._send(Call(self.token, path))
        assert answer.status == 200, answer.said
        return answer

    def _send(self, call: Call) -> Answer:
        """On a connection of its own: between two acts a person is away for longer than the service keeps one open."""
        try:
            return self.client.send(call)
        finally:
            self.client.close()


@pytest.fixture
def service(database: Database, tmp_path: Path) -> Iterator[RunningService]:
    """The service at its first start: the protocol and nobody in it."""
    service = RunningService(database, tmp_path)
    service.start()
    yield service
    service.stop()


@pytest.fixture
def desk(service: RunningService, database: Database, tmp_path: Path) -> Desk:
    """A coordinator with a token from the command line."""
    assert lims(database, tmp_path, "user", "add", "chen", "--role", "coordinator").returncode == 0
    issued = lims(database, tmp_path, "token", "issue", "--user", "chen")
    assert issued.returncode == 0, issued.stderr
    return Desk(Client(service.port), issued.stdout.strip())


@pytest.fixture
def core(service: RunningService, database: Database) -> Desk:
    """The sequencing core's machine."""
    with database.transaction() as session:
        add_user(session, "core", Role.CORE, actor=SYSTEM, at=clock.now())
        return Desk(Client(service.port), issue_token(session, "core", actor=SYSTEM, at=clock.now()).text)


def enrol(desk: Desk) -> None:
    enrolled = desk.post("/participants", {"code": "L07", "cohort": "lung", "enrolled_on": day(-14), "sex": "F"})
    assert enrolled["code"] == "L07"
    desk.post("/participants/L07/consent", {"kind": "given", "on": day(-15)})
    assert desk.post("/participants/L07/treatments", {"kind": "ildr", "at": moment(0, 10)})["flags"] == []
    assert desk.post("/participants/L07/treatments", {"kind": "icb", "at": moment(1, 9)})["flags"] == []


def collect_and_divide(desk: Desk, timepoint: str, on: int) -> list[str]:
    """A stool, in time, divided by plan: the aliquots' barcodes."""
    times = {"collected_at": moment(on, 8), "received_at": moment(on, 8, 40), "processed_at": moment(on, 9), "frozen_at": moment(on, 10)}
    stool = {
        "participant": "L07",
        "timepoint": timepoint,
        "specimen_type": "stool",
        "container": "stool-tube",
        "amount": "2.5",
        "unit": "g",
    }
    collected = desk.post("/collections", stool | times)
    assert collected["warnings"] == []
    (primary,) = collected["specimens"]
    assert primary["label"] == f"ILDR02-L07-{timepoint}-STL-01"
    made = desk.post(f"/specimens/{primary['barcode']}/aliquots", {"count": 4, "amount": 200, "unit": "mg"})
    return [tube["barcode"] for tube in made["aliquots"]]


def make_box(desk: Desk) -> str:
    freezer = desk.post("/containers", {"type": "freezer", "name": "F2"})["barcode"]
    rack = desk.post("/containers", {"type": "rack", "name": "R3", "parent": freezer, "position": "S1"})["barcode"]
    box: str = desk.post("/containers", {"type": "box-9x9", "name": "B5", "parent": rack})["barcode"]
    return box


def put_away(desk: Desk, box: str, tubes: list[str]) -> None:
    """One into a hole that was scanned, the others into the next free ones; the list sent twice is done once."""
    same = {"type": "placed", "container": box, "occurred_at": moment(22, 11), "device": "scanner 1"}
    rows = [{"op_id": f"put-{tube}", "barcode": tube} | same for tube in tubes]
    rows[0]["position"] = "C4"
    first, again = desk.act(rows), desk.act(rows)
    assert {result["status"] for result in first} == {"recorded"}
    assert {result["status"] for result in again} == {"repeated"}
    assert [result["event"] for result in first] == [result["event"] for result in again]
    shown = desk.get(f"/containers/{box}/map").said
    held = {hole["barcode"]: hole["position"] for hole in shown["positions"] if hole["barcode"]}
    assert held == dict(zip(tubes, ["C4", "A1", "A2", "A3", "A4", "A5", "A6", "A7"], strict=True))
    assert (shown["rows"], shown["columns"], len(shown["positions"])) == (9, 9, 81)


def check_pair(desk: Desk, tubes: list[str]) -> None:
    (pair,) = [pair for pair in desk.get("/pairs?assay=metagenomics").said["items"] if pair["participant"] == "L07"]
    assert (pair["state"], pair["reasons"], pair["specimen_type"]) == ("complete", [], "stool")
    usable = [[tube["barcode"] for tube in pair[side] if tube["usable"]] for side in ("pre", "post")]
    assert sorted(usable[0]) == sorted(tubes[:4])
    assert sorted(usable[1]) == sorted(tubes[4:])


def issue(desk: Desk) -> tuple[str, dict[str, Any]]:
    """A batch of what is free, and its manifest."""
    batch = desk.post("/batches", {"assay": "metagenomics", "name": "first plate", "select": {}})
    assert [(member["participant"], member["side"]) for member in batch["members"]] == [("L07", "pre"), ("L07", "post")]
    return batch["code"], desk.post(f"/batches/{batch['code']}/manifests", {})


def test_from_enrolment_to_a_manifest_in_the_cores_hands(
    service: RunningService, desk: Desk, core: Desk, database: Database, tmp_path: Path
) -> None:
    enrol(desk)
    tubes = collect_and_divide(desk, "PRE", -3) + collect_and_divide(desk, "POST", 21)
    put_away(desk, make_box(desk), tubes)
    check_pair(desk, tubes)
    code, manifest = issue(desk)
    kept: dict[str, bytes] = {}
    for form in ("csv", "json", "xlsx"):
        first, second = (core.get(f"/manifests/{manifest['number']}?format={form}") for _ in range(2))
        assert first.content == second.content
        digest = hashlib.sha256(first.content).hexdigest()
        assert digest == manifest["checksums"][form] == first.headers["ETag"].strip('"')
        kept[form] = first.content
    pulled = tmp_path / "pulled.csv"
    told = lims(database, tmp_path / "core", "manifest", "pull", code, "--out", pulled, LIMS_URL=service.address, LIMS_TOKEN=core.token)
    assert told.returncode == 0, told.stderr
    assert manifest["sha256"] in told.stderr
    assert pulled.read_bytes() == kept["csv"]
    check_lines(kept["csv"].decode(), manifest, set(tubes))
    verified = lims(database, tmp_path, "verify")
    assert verified.returncode == 0, verified.stdout


def check_lines(text: str, manifest: dict[str, Any], tubes: set[str]) -> None:
    """The contract's columns in its order, both sides of the pair side by side."""
    assert text.splitlines()[0] == COLUMNS
    pre, post = csv.DictReader(io.StringIO(text, newline=""))
    assert {pre["barcode"], post["barcode"]} < tubes
    same = {"manifest": manifest["number"], "participant": "L07", "cohort": "lung", "assay": "metagenomics", "specimen_type": "stool"}
    for line in (pre, post):
        assert {name: line[name] for name in same} == same
        assert (line["amount"], line["unit"], line["thaw_count"], line["flags"]) == ("200", "mg", "0", "")
    assert pre["pair_id"] == post["pair_id"] != ""
    assert [(line["line"], line["timepoint"], line["side"], line["days_from_ildr"]) for line in (pre, post)] == [
        ("1", "PRE", "pre", "-3"),
        ("2", "POST", "post", "21"),
    ]
    assert datetime.fromisoformat(pre["collected_at"]) == datetime.fromisoformat(moment(-3, 8)).astimezone(UTC)
    assert [line["position"] for line in (pre, post)] == ["C4", "A4"]
