"""Labels that count no more: any copy finds its tube, and a void one says why, since when, and which copy counts instead."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.ids import ALPHABET, in_fours
from lims.printing.service import cancel_job, reprint_from, void_labels
from lims.printing.vocabulary import VoidReason
from lims.scanning.errors import UnknownScan
from lims.scanning.resolve import resolve_scan
from lims.scanning.rules import describe
from lims.scanning.vocabulary import Scan, ScanKind, ScannedBatch, ScannedTube, VoidLabel
from lims.storage.label_fields import label_fields
from lims.storage.tubes import get_tube, get_tubes
from tests.factories import kits, printing, trial
from tests.factories.printing import ask, come_out
from tests.support.bench import Bench
from tests.support.counting import count_statements

LATE = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)  # the 23rd where the study is


@pytest.fixture
def tube(bench: Bench) -> str:
    """A tube whose first label is out."""
    printing.printer(bench.session)
    code = bench.tube()
    come_out(bench.session, ask(bench.session, code))
    return code


def reprint(bench: Bench, tube: str, at: datetime = LATE) -> str:
    """A further label of it comes out; what its symbol carries."""
    job = ask(bench.session, tube, "torn", at=at)
    come_out(bench.session, job, at=at)
    return tube + ALPHABET[0]


def scan(bench: Bench, code: str) -> Scan:
    return resolve_scan(bench.session, code)


def said(found: Scan) -> list[tuple[str, str]]:
    return [(warning.code, warning.sentence) for warning in found.warnings]


def test_a_label_that_counts_says_nothing_of_itself(bench: Bench, tube: str) -> None:
    assert scan(bench, tube).warnings == ()
    copy = reprint(bench, tube)
    assert scan(bench, copy).warnings == ()
    assert scan(bench, bench.tube()).warnings == ()


def test_every_copy_finds_its_tube_however_it_is_read(bench: Bench, tube: str) -> None:
    copy = reprint(bench, tube)
    found = [scan(bench, read) for read in (tube, copy, copy.lower(), in_fours(copy), f"]d1{copy}\r", f" {tube} {copy[-1]} ")]
    assert {one.subject.barcode for one in found if isinstance(one.subject, ScannedTube)} == {tube}
    assert {one.kind for one in found} == {ScanKind.SPECIMEN}


def test_the_bare_code_of_a_replaced_label_names_the_day_and_the_successor(bench: Bench, tube: str) -> None:
    reprint(bench, tube)
    assert said(scan(bench, tube)) == [
        ("label-replaced", "This label was replaced on 2026-11-23 by copy 2. Use the tube; destroy this label.")
    ]


def test_a_replaced_copy_names_the_copy_after_it(bench: Bench, tube: str) -> None:
    second = reprint(bench, tube)
    reprint(bench, tube)
    assert "by copy 3." in said(scan(bench, second))[0][1]
    assert "by copy 3." in said(scan(bench, tube))[0][1]
    assert scan(bench, tube + ALPHABET[1]).warnings == ()


def test_a_successor_that_waits_for_its_printer_is_said_to(bench: Bench, tube: str) -> None:
    job = ask(bench.session, tube, "torn", at=LATE)
    assert said(scan(bench, tube)) == [
        ("label-replaced", "This label was replaced on 2026-11-23 by copy 2, which is not printed yet. Use the tube.")
    ]
    cancel_job(bench.session, job, actor=SYSTEM, at=LATE)
    assert said(scan(bench, tube))[0][1] == "This label counts no more since 2026-11-23. Destroy it, and print another for the tube."


def test_a_label_spoilt_in_a_jam_says_so(bench: Bench) -> None:
    printing.printer(bench.session)
    code = bench.tube()
    job = ask(bench.session, code)
    come_out(bench.session, job)
    come_out(bench.session, reprint_from(bench.session, job, 1, "jam", actor=SYSTEM, at=LATE))
    ((jam, sentence),) = said(scan(bench, code))
    assert jam == "label-jam"
    assert sentence.startswith("This label was spoilt in a jam on 2026-11-23, and copy 2 was printed.")


def test_a_containers_void_label_is_warned_of_too(bench: Bench) -> None:
    printing.printer(bench.session, stock="box")
    box = bench.freezer_box().barcode
    come_out(bench.session, ask(bench.session, box, template="box"))
    come_out(bench.session, ask(bench.session, box, "faded", template="box", at=LATE))
    assert scan(bench, box + ALPHABET[0]).kind is ScanKind.CONTAINER
    assert scan(bench, box + ALPHABET[0]).warnings == ()
    assert [code for code, _ in said(scan(bench, box))] == ["label-replaced"]


def test_a_copy_of_a_code_from_elsewhere_may_be_typed_with_its_mark_apart(bench: Bench) -> None:
    printing.printer(bench.session)
    tube = bench.tube(barcode="IL1-3901-9")
    come_out(bench.session, ask(bench.session, tube))
    come_out(bench.session, ask(bench.session, tube, "torn"))
    for read in ("IL1-3901-92", "il1-3901-9 2"):
        found = scan(bench, read)
        assert isinstance(found.subject, ScannedTube)
        assert (found.subject.barcode, found.code, found.warnings) == (tube, "IL1-3901-92", ())
    bench.tube(barcode="IL1-3901-93")
    with pytest.raises(UnknownScan):
        scan(bench, "IL1-3901-9 3")  # another tube's code, not a copy of this one


def test_a_tube_of_a_kit_is_known_by_a_copy_of_its_label_too(session: Session) -> None:
    trial.begin(session)
    printing.printer(session)
    kit = kits.make(session)
    (code,) = kits.stool(kit)
    void_labels(session, [tube.id for tube in kit.tubes], VoidReason.UNUSED, LATE)
    assert resolve_scan(session, code).kind is ScanKind.KIT_TUBE


@pytest.mark.parametrize(
    ("why", "begins"), [(VoidReason.INTERRUPTED, "The printing of this label was interrupted"), (VoidReason.UNUSED, "This")]
)
def test_each_reason_has_its_sentence(why: VoidReason, begins: str) -> None:
    label = VoidLabel(why=why, on=LATE.date(), successor=4, successor_out=True)
    batch = ScannedBatch(id=1, code="MG-1", assay="metagenomics", state="open")
    (warning,) = describe("MG-1", batch, void_label=label).warnings
    assert (warning.code, warning.sentence.split(" label ")[0]) == (f"label-{why}", begins.split(" label ")[0])
    assert "2026-11-22" in warning.sentence


def test_a_void_label_costs_no_statement_more(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        printing.printer(session)
        code = bench.tube()
        come_out(session, ask(session, code))
        come_out(session, ask(session, code, "torn"))
    with database.read() as session:
        resolve_scan(session, code)  # the protocol, whose days they are, is read once a process
    for read in (code, code + ALPHABET[0]):
        with count_statements(database) as cost, database.read() as session:
            resolve_scan(session, read)
        assert len(cost.statements) == 1


def test_whatever_is_done_with_a_tube_may_be_done_by_any_copy(bench: Bench, tube: str) -> None:
    copy = reprint(bench, tube)
    bench.place(copy, bench.freezer_box(), "C4")
    bench.take_out(in_fours(copy))
    assert [found.barcode for found in get_tubes(bench.session, [copy])] == [tube]
    assert get_tube(bench.session, in_fours(copy)).state == "checked-out"
    assert label_fields(bench.session, "specimen", [copy])[0]["barcode"] == tube
