"""Something of everything in a laboratory, made by the API itself, so that what is made up afterwards finds it."""

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lims import clock

SOMEBODY = "L98"
"""Whose tubes they are."""

TUBES, SCANS = 12, 6
PRINTERS = ("office", "spare")


@dataclass(frozen=True)
class Api:
    """A service's API, asked by an administrator's machine."""

    address: str
    token: str

    def get(self, path: str) -> Any:
        """Read."""
        return self._ask(urllib.request.Request(self._url(path)))

    def post(self, path: str, body: Any) -> Any:
        """Do something; bytes are a file."""
        content, kind = (body, "text/csv") if isinstance(body, bytes) else (json.dumps(body).encode(), "application/json")
        return self._ask(urllib.request.Request(self._url(path), data=content, headers={"Content-Type": kind}))

    def items(self, path: str) -> list[dict[str, Any]]:
        """The first page of a list."""
        found: list[dict[str, Any]] = self.get(path)["items"]
        return found

    def _url(self, path: str) -> str:
        return f"{self.address}/api/v1{path}"

    def _ask(self, request: urllib.request.Request) -> Any:
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Furniture:
    """What was put there; each of ``scans`` with what was seen of it."""

    freezer: str
    rack: str
    tubes: Sequence[str]
    kits: Sequence[dict[str, Any]]
    collection: int
    lists: Sequence[str]
    audits: Sequence[str]
    scans: dict[int, dict[str, str]]
    printers: Sequence[str]
    jobs: Sequence[int]
    excursions: Sequence[int]


def furnish(api: Api) -> Furniture:
    """A rack of tubes in a freezer that was too warm; scans of it, lists and audits of it, labels for it; kits."""
    collection, tubes = _tubes(api)
    freezer = api.post("/containers", {"type": "freezer", "name": "F-98"})["barcode"]
    rack = api.post("/containers", {"type": "rack-96", "name": "R-98", "parent": freezer})["barcode"]
    put = [
        {"op_id": tube, "type": "placed", "barcode": tube, "occurred_at": ago(hours=20), "container": rack, "position": f"A{hole}"}
        for hole, tube in enumerate(tubes, 1)
    ]
    assert {row["status"] for row in api.post("/custody-events", put)["results"]} == {"recorded"}
    return Furniture(
        freezer=freezer,
        rack=rack,
        tubes=tubes,
        kits=_kits(api),
        collection=collection,
        lists=[api.post("/pick-lists", {"codes": tubes[: TUBES // 2]})["code"] for _ in range(3)],
        audits=[api.post(f"/containers/{rack}/audits", {})["code"], api.post(f"/containers/{freezer}/audits", {"size": 3})["code"]],
        scans={scan["id"]: scan["seen"] for scan in (_scan(api, rack, tubes, turn) for turn in range(SCANS))},
        printers=[_printer(api, name) for name in PRINTERS],
        jobs=_jobs(api, tubes),
        excursions=_too_warm(api, freezer),
    )


def _tubes(api: Api) -> tuple[int, list[str]]:
    """A collection of somebody enrolled for it, and what it was divided into."""
    somebody = {"code": SOMEBODY, "cohort": "lung", "override_reason": "made up"}
    api.post("/participants", somebody | {"enrolled_on": ago(days=9)[:10], "consent_on": ago(days=9)[:10]})
    stool = {"participant": SOMEBODY, "timepoint": "PRE", "specimen_type": "stool", "amount": 5000, "unit": "mg"}
    collected = api.post("/collections", stool | {"collected_at": ago(days=1)})
    primary = collected["specimens"][0]["barcode"]
    divided = api.post(f"/specimens/{primary}/aliquots", {"count": TUBES, "amount": 200, "unit": "mg"})
    return collected["id"], [tube["barcode"] for tube in divided["aliquots"]]


def _kits(api: Api) -> list[dict[str, Any]]:
    """One that is somebody's, two of the stock."""
    theirs = api.post("/kits", {"participant": SOMEBODY, "timepoint": "POST"})["kits"]
    stock = api.post("/kits", {"timepoint": "POST", "count": 2, "specimen_types": ["stool"]})["kits"]
    return [*theirs, *stock]


def _scan(api: Api, rack: str, tubes: Sequence[str], turn: int) -> Any:
    """A file in which the tubes stand so many holes further on."""
    lines = "".join(f"A{1 + (at + turn) % len(tubes)},{tube}\n" for at, tube in enumerate(tubes))
    return api.post(f"/containers/{rack}/rack-scans?file_name={turn}.csv", lines.encode())


def _printer(api: Api, name: str) -> str:
    added: str = api.post("/labels/printers", {"name": name, "kind": "office", "stock": "cryo-wrap"})["name"]
    return added


def _jobs(api: Api, tubes: Sequence[str]) -> list[int]:
    """Labels of the tubes, for sheets to download."""
    asked = {"printer": PRINTERS[0], "template": "cryo-wrap"}
    halves = (tubes[: TUBES // 2], tubes[TUBES // 2 :])
    return [api.post("/labels/jobs", asked | {"barcodes": list(half)})["id"] for half in halves]


def _too_warm(api: Api, freezer: str) -> list[int]:
    """Twice within the time that the tubes were in it."""
    api.post(f"/containers/{freezer}/temperature-limits", {"warm_c": -70, "tolerated_minutes": 30})
    degrees = [-80, *[-55] * 6, -80, -80, *[-60] * 6, -80]
    lines = [f"{ago(hours=10, minutes=-10 * at)[:16]},{degree}\n" for at, degree in enumerate(degrees)]
    log = "Time,Temperature\n" + "".join(lines)
    return [each["id"] for each in api.post(f"/containers/{freezer}/temperatures?file_name=f.csv&zone=UTC", log.encode())["excursions"]]


def ago(**how_long: float) -> str:
    """So long before now."""
    return (clock.now() - timedelta(**how_long)).isoformat()
