"""A rack of 96 in a freezer, and the scanner that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.custody.vocabulary import Event
from lims.racks.queries import difference_of, get_scan
from lims.racks.rules import seen_of
from lims.racks.service import accept_scan, offer_scan
from lims.racks.vocabulary import AcceptScan, Difference, OfferScan, ScanRecord, Turn
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from tests.support.bench import Bench


@dataclass
class Scanner:
    """Gives files of one rack, and takes over what they show."""

    bench: Bench
    box: ContainerRecord
    files: int = field(default=0)

    @property
    def session(self) -> Session:
        return self.bench.session

    def offer(self, holes: Mapping[str, str], box: ContainerRecord | None = None) -> ScanRecord:
        """A file of two columns; every hole not said is empty in a file of its own number."""
        self.files += 1
        text = f"Scan,{self.files}\nWell,Barcode\n" + "".join(f"{hole},{code}\n" for hole, code in holes.items())
        return self.give(text.encode(), box)

    def give(self, content: bytes, box: ContainerRecord | None = None, name: str = "scan.csv") -> ScanRecord:
        """A file as it is."""
        command = OfferScan((box or self.box).barcode, name, content)
        return offer_scan(self.session, command, actor=SYSTEM, at=self.bench.at)

    def look(self, scan: ScanRecord, turn: Turn = Turn.NONE) -> Difference:
        return difference_of(self.session, get_scan(self.session, scan.id), turn)[1]

    def accept(self, scan: ScanRecord, *, turn: Turn = Turn.NONE, seen: Mapping[str, str] | None = None, **more: Any) -> list[Event]:
        """Accept what stands there now, unless ``seen`` says otherwise."""
        shown = seen_of(self.box, self.look(scan, turn)) if seen is None else seen
        command = AcceptScan(scan_id=scan.id, turn=turn, seen=shown, occurred_at=self.bench.at, **more)
        return accept_scan(self.session, command, actor=SYSTEM, at=self.bench.at)

    def holds(self, box: ContainerRecord | None = None) -> dict[str | None, str | None]:
        """Which tube is in which hole by the record; with ``~`` before those that are out."""
        found = container_map(self.session, (box or self.box).barcode).positions
        return {hole.position: f"~{hole.barcode}" if hole.state == "away" else hole.barcode for hole in found if hole.state != "free"}

    def is_clean(self) -> bool:
        """Whether the ledger and all that follows from it agree."""
        return [str(each) for each in verify(self.session, ledger_checks())] == []


@pytest.fixture
def scanner(session: Session) -> Scanner:
    bench = Bench(session).open_study()
    return Scanner(bench, bench.freezer_box("rack-96", "R-7"))
