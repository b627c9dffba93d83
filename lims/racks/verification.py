"""What is kept of rack scans, compared with the events that closed them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.racks.models import RackScan, RackScanEnd

_SCAN, _END = table_of(RackScan), table_of(RackScanEnd)
_TOLD = ("state", "turn", "file", "sha256", "reading_sha256")


def check_rack_scans(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every scan of these boxes that was accepted or put aside is what its event says, and no other was. One statement."""
    wanted = select(_SCAN, _END.c.state, _END.c.turn).join(_END, _END.c.scan_id == _SCAN.c.id)
    kept: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in session.execute(wanted.where(_SCAN.c.container_id.in_(list(histories)))):
        reading = hashlib.sha256(row.reading.encode()).hexdigest()
        kept[row.container_id][row.id] = dict(zip(_TOLD, (row.state, row.turn, row.file_name, row.sha256, reading), strict=True))
    for container_id, events in histories.items():
        said: dict[object, dict[str, Any]] = {
            event.facts.get("scan"): {name: event.facts.get(name) for name in _TOLD}
            for event in events
            if event.type is EventType.RACK_SCANNED
        }
        here: dict[object, dict[str, Any]] = dict(kept[container_id].items())
        for scan_id in sorted(here.keys() | said.keys(), key=str):
            if here.get(scan_id) != said.get(scan_id):
                yield Difference(SubjectKind.CONTAINER, container_id, f"rack scan {scan_id} is not what its event says")
