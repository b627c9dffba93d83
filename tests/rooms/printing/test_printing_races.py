"""Many people at one printer, on both engines: one first label of a tube, the others are told; copies are counted right."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.errors import LimsError
from lims.printing.errors import NothingWaits, ReprintNeedsReason
from lims.printing.proof import scan_back
from lims.printing.queries import get_job, labels_of
from lims.printing.service import cancel_job, reprint_from
from lims.printing.vocabulary import LabelState, ScanOutcome
from lims.specimens.vocabulary import PrimaryTube
from tests.factories.printing import ask, come_out, printer
from tests.factories.trial import NOW, begin, divide, tube
from tests.support.counting import count_statements
from tests.support.races import at_once

CLIENTS = 8
_ALL_PRINTED = """UPDATE label_print SET state = 'printed', sent_at = requested_at, printed_at = requested_at
    FROM print_job WHERE print_job.id = job_id"""


def four_aliquots(database: Database) -> list[str]:
    with database.transaction() as session:
        begin(session)
        printer(session)
        return [each.barcode for each in divide(session, tube(session).barcode)]


def assert_verifies(database: Database) -> None:
    with database.snapshot() as session:
        assert [str(each) for each in verify(session, ledger_checks())] == []


def told(outcomes: list[int | LimsError]) -> list[type]:
    return [type(outcome) for outcome in outcomes if isinstance(outcome, LimsError)]


def won(outcomes: list[int | LimsError]) -> list[int]:
    return [outcome for outcome in outcomes if not isinstance(outcome, LimsError)]


def test_of_eight_who_ask_at_once_one_has_the_first_label_and_the_others_are_told(
    database: Database, how_many: Callable[[int, int], int]
) -> None:
    barcodes = four_aliquots(database)
    for barcode in barcodes[: how_many(2, 4)]:
        outcomes = at_once(database, [partial(ask, barcodes=barcode)] * CLIENTS)
        assert (len(won(outcomes)), told(outcomes)) == (1, [ReprintNeedsReason] * (CLIENTS - 1))
    assert_verifies(database)


def test_trays_asked_for_at_once_in_different_order_share_their_tubes(database: Database) -> None:
    barcodes = four_aliquots(database)
    trays = [barcodes, barcodes[::-1], [barcodes[1], barcodes[3]], [barcodes[2], barcodes[0]]]
    outcomes = at_once(database, [partial(ask, barcodes=tray) for tray in trays * 2])
    assert set(told(outcomes)) == {ReprintNeedsReason}
    with database.read() as session:
        printed = [label.barcode for job_id in won(outcomes) for label in get_job(session, job_id).labels]
    assert sorted(printed) == sorted(set(printed))
    assert_verifies(database)


def test_eight_copies_asked_for_at_once_are_numbered_without_a_gap(database: Database) -> None:
    barcode = four_aliquots(database)[0]
    with database.transaction() as session:
        come_out(session, ask(session, barcode))

    def print_copy(session: Session) -> int:
        job_id = ask(session, barcode, "lost")
        come_out(session, job_id)
        return job_id

    outcomes = at_once(database, [print_copy] * CLIENTS)
    assert told(outcomes) == []
    with database.read() as session:
        labels = labels_of(session, [get_job(session, won(outcomes)[0]).labels[0].subject_id])
    ((_, copies),) = labels.items()
    assert sorted(label.copy for label in copies) == list(range(1, CLIENTS + 2))
    assert len({label.symbol for label in copies}) == CLIENTS + 1
    assert [label.state for label in copies if label.state is not LabelState.VOID] == [LabelState.PRINTED]
    assert_verifies(database)


def test_a_job_cancelled_while_it_is_printed_again_and_scanned_back_stays_whole(database: Database) -> None:
    barcodes = four_aliquots(database)
    with database.transaction() as session:
        job_id = ask(session, barcodes)
        come_out(session, job_id, lines=(1, 2))
    acts: list[Callable[[Session], object]] = [
        lambda session: cancel_job(session, job_id, actor=SYSTEM, at=NOW),
        lambda session: cancel_job(session, job_id, actor=SYSTEM, at=NOW),
        lambda session: reprint_from(session, job_id, 2, "jam", actor=SYSTEM, at=NOW),
        lambda session: scan_back(session, job_id, barcodes[0], actor=SYSTEM, at=NOW).outcome,
        lambda session: scan_back(session, job_id, barcodes[0], actor=SYSTEM, at=NOW).outcome,
        lambda session: ask(session, barcodes[2], "wrong printer"),
        lambda session: ask(session, barcodes[3], "wrong printer"),
    ]
    outcomes = at_once(database, acts)
    assert sorted(str(outcome) for outcome in outcomes[3:5]) == [ScanOutcome.ALREADY, ScanOutcome.OK]
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, LimsError)} <= {NothingWaits, ReprintNeedsReason}
    assert_verifies(database)


def test_five_hundred_labels_cost_as_many_statements_as_one(database: Database) -> None:
    with database.transaction() as session:
        begin(session)
        printer(session)
        source = tube(session, tubes=(PrimaryTube("stool-tube", Decimal(200_000), "mg"),)).barcode
        tray = [each.barcode for each in divide(session, source, 500)]
        one = [each.barcode for each in divide(session, source, 1)]
    _cost_of_asking(database, [source])  # a process reads a protocol once
    assert _cost_of_asking(database, one) == _cost_of_asking(database, tray) == (9, 4)
    with database.transaction() as session:
        session.execute(text(_ALL_PRINTED))
    assert _cost_of_asking(database, tray, "tray dropped") == (12, 5)
    assert_verifies(database)


def _cost_of_asking(database: Database, barcodes: list[str], reason: str | None = None) -> tuple[int, int]:
    """All statements of a request for these labels, and how many of them read."""
    with count_statements(database) as cost, database.transaction() as session:
        ask(session, barcodes, reason)
    reads = [each for each in cost.statements if each.startswith("SELECT") and "nextval" not in each]
    return len(cost.statements), len(reads)
