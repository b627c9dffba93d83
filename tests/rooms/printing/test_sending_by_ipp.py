"""The worker at an IPP printer: a job of labels is one document, and the printer itself says what became of it."""

from collections.abc import Iterator

import pypdfium2
import pytest

from lims import clock
from lims.db import Database
from lims.printing import delivery, sending, worker
from lims.printing.hosts import PrinterHosts
from lims.printing.lines import IppLine
from lims.printing.queries import get_printer
from lims.printing.vocabulary import Fault, LabelState, PrinterKind, PrinterState
from tests.support.printers.ipp_printer import IppStandIn
from tests.support.printers.working import HERE, ask_for_labels, check_books, labels_in, states_in, wait_for_states, wait_until, working


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOOK_S", 0.05)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(delivery, "GONE_S", 0.3)


@pytest.fixture
def office() -> Iterator[IppStandIn]:
    """An IPP printer."""
    with IppStandIn() as printer:
        yield printer


def ask(database: Database, office: IppStandIn, count: int = 4) -> int:
    return ask_for_labels(database, office.address, count, kind=PrinterKind.IPP)


def test_the_labels_of_a_job_are_one_document(database: Database, office: IppStandIn) -> None:
    ask(database, office)
    with working(database):
        wait_for_states(database, printed=4)
    (job,) = office.printed
    assert (job.format, len(pypdfium2.PdfDocument(job.document))) == ("application/pdf", 4)
    check_books(database)


def test_a_busy_printer_is_asked_again_and_gets_the_job_once(database: Database, office: IppStandIn) -> None:
    office.busy_times = 3
    ask(database, office)
    with working(database):
        wait_for_states(database, printed=4)
    assert len(office.jobs) == 1


def test_a_printer_that_stands_still_gets_nothing_until_it_goes_on(database: Database, office: IppStandIn) -> None:
    office.reasons = ["media-jam", "cover-open-error"]
    ask(database, office)
    with working(database):
        wait_until(lambda: stands(database) == (PrinterState.NOT_READY, (Fault.MEDIA_JAM, Fault.HEAD_OPEN)))
        assert (states_in(database), office.jobs) == ({LabelState.QUEUED: 4}, [])
        office.clear()
        wait_for_states(database, printed=4)


def test_a_job_given_up_stays_sent_and_is_a_persons_affair(database: Database, office: IppStandIn) -> None:
    office.aborts = True
    ask(database, office)
    with working(database):
        wait_until(lambda: stands(database) == (PrinterState.NOT_READY, (Fault.OTHER,)))
    assert (states_in(database), len(office.jobs)) == ({LabelState.SENT: 4}, 1)


def test_a_job_taken_without_an_answer_is_not_sent_twice(database: Database, office: IppStandIn) -> None:
    office.breaks_off = 1
    ask(database, office)
    with working(database):
        wait_for_states(database, printed=4)
    assert len(office.jobs) == 1


def test_a_job_lost_on_its_way_is_void_and_copies_follow(database: Database, office: IppStandIn) -> None:
    office.swallows = 1
    ask(database, office)
    with working(database):
        wait_for_states(database, printed=4, void=4)
    assert [label.copy for label in labels_in(database)] == [1] * 4 + [2] * 4
    check_books(database)


@pytest.mark.parametrize("state", [LabelState.SENDING, LabelState.SENT])
def test_after_a_crash_the_printer_says_what_it_has(database: Database, office: IppStandIn, state: LabelState) -> None:
    """The worker died when the printer had the document, before that was written down, or just after."""
    job_id = ask(database, office)
    with database.transaction() as session:
        printer = get_printer(session, "bench")
        labels, _ = sending.find_next(session, job_id, 500)
        claimed = sending.claim(session, labels, clock.now())
    line = IppLine(PrinterHosts.of(HERE), printer.address, "pdf")
    line.ask()
    line.send(claimed, b"%PDF")
    if state is LabelState.SENT:
        with database.transaction() as session:
            sending.mark_sent(session, [label.id for label in claimed])
    with working(database):
        wait_for_states(database, printed=4)
    assert len(office.jobs) == 1


def test_a_format_it_does_not_take_is_never_sent(database: Database) -> None:
    with IppStandIn(formats=("image/urf",)) as office:
        ask(database, office)
        with working(database):
            wait_until(lambda: stands(database) == (PrinterState.NOT_READY, (Fault.OTHER,)))
        assert (office.jobs, states_in(database)) == ([], {LabelState.QUEUED: 4})


def stands(database: Database) -> tuple[PrinterState, tuple[Fault, ...]]:
    with database.read() as session:
        printer = get_printer(session, "bench")
    return printer.state, printer.faults
