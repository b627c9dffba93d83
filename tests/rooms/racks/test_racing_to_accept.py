"""Two who accept one scan, and somebody who fills the box meanwhile: nothing twice, nothing half, the loser is told."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.custody.vocabulary import Event
from lims.db import Database
from lims.errors import LimsError
from lims.racks.errors import RecordChanged, ScanEnded
from lims.racks.queries import difference_of, get_scan
from lims.racks.rules import seen_of
from lims.racks.service import accept_scan, offer_scan
from lims.racks.vocabulary import AcceptScan, OfferScan
from lims.storage.errors import PositionOccupied
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from lims.storage.service import place_specimen
from lims.storage.vocabulary import PlaceSpecimen
from tests.support.bench import NOW, Bench
from tests.support.races import at_once

ROUNDS = 3
KNOWN = {"L07": "L07"}


def offered(database: Database) -> tuple[ContainerRecord, list[str], AcceptScan]:
    """A rack with six tubes, a scan that shuffles them and adds one, and its acceptance as it was shown."""
    with database.transaction() as session:
        bench = Bench(session, participants=KNOWN)
        box, tubes = bench.freezer_box("rack-96", "R-7"), bench.tubes(7)
        for tube in tubes[:6]:
            bench.place(tube, box)
        lies = tubes[3:6] + tubes[:3] + tubes[6:]
        text = "".join(f"A{at},{tube}\n" for at, tube in enumerate(lies, 1))
        scan = offer_scan(session, OfferScan(box.barcode, "scan.csv", text.encode()), actor=SYSTEM, at=bench.at)
        _, difference = difference_of(session, scan)
        return box, lies, AcceptScan(scan_id=scan.id, seen=seen_of(box, difference), occurred_at=bench.at)


def accepts(command: AcceptScan) -> Callable[[Session], list[Event]]:
    return lambda session: accept_scan(session, command, actor=SYSTEM, at=command.occurred_at)


def puts(command: PlaceSpecimen) -> Callable[[Session], list[Event]]:
    return lambda session: [place_specimen(session, command, actor=SYSTEM, at=NOW)]


def test_a_scan_is_accepted_once_whoever_presses(database: Database) -> None:
    with database.transaction() as session:
        Bench(session).open_study().enrol()
    for _ in range(ROUNDS):
        box, lies, command = offered(database)
        answers = at_once(database, [accepts(command) for _ in range(4)])
        refusals = [answer for answer in answers if isinstance(answer, LimsError)]
        assert len(refusals) == 3
        assert {type(refusal) for refusal in refusals} <= {ScanEnded, RecordChanged}
        with database.read() as session:
            holes = [hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode]
            assert get_scan(session, command.scan_id).state == "accepted"
        assert holes == lies
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_somebody_who_puts_a_tube_there_meanwhile_or_the_scan_is_refused(database: Database) -> None:
    with database.transaction() as session:
        Bench(session).open_study().enrol()
    for _ in range(ROUNDS):
        box, lies, command = offered(database)
        with database.transaction() as session:
            rival = Bench(session, participants=KNOWN).tube()
        put = PlaceSpecimen(specimen=rival, container=box.barcode, position="A7", occurred_at=NOW)
        scan, placed = at_once(database, [accepts(command), puts(put)])
        with database.read() as session:
            holes = [hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode]
        if isinstance(scan, LimsError):
            assert isinstance(scan, RecordChanged | PositionOccupied)
            assert holes[6] == rival
        else:
            assert isinstance(placed, PositionOccupied)
            assert holes == lies
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
