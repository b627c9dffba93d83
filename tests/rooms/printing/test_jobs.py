"""What becomes of a job: pause, resume, cancel, print again after a jam, a sheet of one's own, and consent withdrawn meanwhile."""

import io
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.printing.errors import (
    NotAnOfficePrinter,
    NothingDownloaded,
    NothingToDownload,
    NothingToReprint,
    NothingWaits,
    PrintingPaused,
    UnknownJob,
    UnknownLine,
)
from lims.printing.proof import scan_back
from lims.printing.queries import get_job, labels_of, list_jobs, list_unproven
from lims.printing.service import (
    cancel_job,
    mark_printed_by_hand,
    pause_job,
    queue_again,
    reprint_from,
    resume_job,
    take_file,
    void_labels,
)
from lims.printing.vocabulary import JobState, LabelState, VoidReason
from tests.factories.printing import LATER, ask, come_out, office_printer, printer
from tests.factories.trial import NOW, begin, divide, enrol, give, old_tube, tube, types_of, withdraw
from tests.support.counting import count_statements


def states(session: Session, job_id: int) -> list[str]:
    """How each label of a job stands, with why it is void."""
    return [label.void_reason or label.state for label in get_job(session, job_id).labels]


def test_a_job_is_paused_and_goes_on(session: Session, barcodes: list[str]) -> None:
    job_id = ask(session, barcodes)
    for verb, state in ((pause_job, JobState.PAUSED), (pause_job, JobState.PAUSED), (resume_job, JobState.WAITING)):
        verb(session, job_id, actor=SYSTEM, at=NOW)
        assert get_job(session, job_id).state is state
    assert types_of(list_events(session, job_id)) == [EventType.JOB_QUEUED, EventType.JOB_PAUSED, EventType.JOB_RESUMED]
    come_out(session, job_id)
    with pytest.raises(NothingWaits):
        pause_job(session, job_id, actor=SYSTEM, at=NOW)


def test_what_has_left_the_queue_survives_a_cancelled_job(session: Session, barcodes: list[str]) -> None:
    job_id = ask(session, barcodes)
    come_out(session, job_id, lines=(1, 2))
    cancel_job(session, job_id, actor=SYSTEM, at=LATER)
    assert states(session, job_id) == ["printed", "printed", "cancelled", "cancelled"]
    assert get_job(session, job_id).state is JobState.CANCELLED
    with pytest.raises(NothingWaits):
        cancel_job(session, job_id, actor=SYSTEM, at=LATER)
    first_of_its_tube = get_job(session, ask(session, barcodes[2])).labels[0]
    assert (first_of_its_tube.copy, first_of_its_tube.symbol) == (1, barcodes[2])


def test_after_a_jam_the_rest_is_printed_again_and_what_waits_stays(session: Session, barcodes: list[str]) -> None:
    job_id = ask(session, barcodes)
    come_out(session, job_id, lines=(1, 2, 3))
    again = reprint_from(session, job_id, 2, "jam after the first", actor=SYSTEM, at=LATER)
    assert states(session, job_id) == ["printed", "jam", "jam", "queued"]
    job = get_job(session, again)
    assert [(label.barcode, label.copy, label.reason) for label in job.labels] == [
        (barcodes[1], 2, "jam after the first"),
        (barcodes[2], 2, "jam after the first"),
    ]
    assert (job.printer, job.template, job.purpose) == ("bench", "cryo-wrap", "aliquots")
    assert types_of(list_events(session, job_id))[-1] is EventType.LABELS_REPLACED


def test_printing_again_needs_a_line_that_came_out_and_a_reason(session: Session, barcodes: list[str]) -> None:
    job_id = ask(session, barcodes)
    with pytest.raises(NothingToReprint):
        reprint_from(session, job_id, 1, "jam", actor=SYSTEM, at=NOW)
    with pytest.raises(ReasonMissing):
        reprint_from(session, job_id, 1, "  ", actor=SYSTEM, at=NOW)
    for line in (0, 5):
        with pytest.raises(UnknownLine, match="1 to 4"):
            reprint_from(session, job_id, line, "jam", actor=SYSTEM, at=NOW)
    for number in (0, -1, job_id + 1, 10**30):
        with pytest.raises(UnknownJob):
            cancel_job(session, number, actor=SYSTEM, at=NOW)
        with pytest.raises(UnknownJob):
            get_job(session, number)


def test_labels_lost_on_their_way_follow_as_copies_at_the_end_of_their_job(session: Session, barcodes: list[str]) -> None:
    job_id = ask(session, barcodes)
    come_out(session, job_id, LabelState.SENDING, lines=(2,))
    lost = get_job(session, job_id).labels[1]
    assert queue_again(session, [lost.id], VoidReason.INTERRUPTED, "interrupted", at=LATER) == 1
    assert queue_again(session, [lost.id], VoidReason.INTERRUPTED, "interrupted", at=LATER) == 0
    job = get_job(session, job_id)
    assert states(session, job_id) == ["queued", "interrupted", "queued", "queued", "queued"]
    assert (job.labels[4].barcode, job.labels[4].copy, job.labels[4].reason) == (lost.barcode, 2, "interrupted")


def test_a_sheet_is_downloaded_printed_and_then_only_reprinted(session: Session, barcodes: list[str]) -> None:
    office_printer(session, stock="cryo-sheet-a4")
    job_id = ask(session, barcodes, on="office", template="cryo-sheet-a4", start=5)
    with pytest.raises(NothingDownloaded):
        mark_printed_by_hand(session, job_id, actor=SYSTEM, at=NOW)
    file = take_file(session, job_id, actor=SYSTEM, at=LATER)
    assert len(pypdfium2.PdfDocument(io.BytesIO(file))) == 1
    assert states(session, job_id) == ["sent"] * 4
    assert take_file(session, job_id, actor=SYSTEM, at=LATER) == file
    mark_printed_by_hand(session, job_id, actor=SYSTEM, at=LATER)
    assert get_job(session, job_id).state is JobState.PRINTED
    with pytest.raises(NothingToDownload):
        take_file(session, job_id, actor=SYSTEM, at=LATER)
    assert types_of(list_events(session, job_id))[1:] == [EventType.LABELS_TAKEN, EventType.LABELS_TAKEN, EventType.LABELS_PRINTED]


def test_nothing_is_downloaded_of_a_paused_job_or_of_one_the_service_sends(session: Session, barcodes: list[str]) -> None:
    office_printer(session)
    paused, sent = ask(session, barcodes[:2], on="office"), ask(session, barcodes[2:])
    pause_job(session, paused, actor=SYSTEM, at=NOW)
    with pytest.raises(PrintingPaused):
        take_file(session, paused, actor=SYSTEM, at=NOW)
    for verb in (take_file, mark_printed_by_hand):
        with pytest.raises(NotAnOfficePrinter):
            verb(session, sent, actor=SYSTEM, at=NOW)


def test_withdrawn_consent_stops_what_waits_and_nothing_of_it_is_printed_again(session: Session, barcodes: list[str]) -> None:
    enrol(session, "L08")
    give(session, "L08")
    other = tube(session, participant="L08").barcode
    job_id = ask(session, [*barcodes[:2], other])
    come_out(session, job_id, lines=(1,))
    withdraw(session)
    assert states(session, job_id) == ["printed", "withdrawn", "queued"]
    with pytest.raises(NothingToReprint):
        reprint_from(session, job_id, 1, "jam", actor=SYSTEM, at=NOW)
    come_out(session, job_id, lines=(3,))
    again = get_job(session, reprint_from(session, job_id, 1, "jam", actor=SYSTEM, at=NOW))
    assert [label.barcode for label in again.labels] == [other]
    assert states(session, job_id) == ["jam", "withdrawn", "jam"]


def test_unused_labels_are_void_wherever_they_are(session: Session, barcodes: list[str]) -> None:
    jobs = [ask(session, barcodes[:2]), ask(session, barcodes[2:])]
    come_out(session, jobs[0])
    ids = [label.subject_id for job_id in jobs for label in get_job(session, job_id).labels]
    assert void_labels(session, ids, VoidReason.UNUSED, LATER) == 4
    assert [get_job(session, job_id).state for job_id in jobs] == [JobState.VOID, JobState.VOID]
    assert void_labels(session, ids, VoidReason.UNUSED, LATER) == 0


def test_jobs_are_listed_by_how_they_stand(session: Session, barcodes: list[str]) -> None:
    codes = [*barcodes, *(each.barcode for each in divide(session, old_tube(session, amount=Decimal(2000)).barcode, 3))]
    jobs = {JobState.PROVEN: ask(session, codes[0])}
    come_out(session, jobs[JobState.PROVEN])
    assert [job.id for job in list_unproven(session)] == [jobs[JobState.PROVEN]]
    for state, code in zip((JobState.PRINTED, JobState.CANCELLED, JobState.PAUSED, JobState.WAITING), codes[1:5], strict=True):
        jobs[state] = ask(session, code)
    jobs[JobState.PRINTING] = ask(session, codes[5:])
    come_out(session, jobs[JobState.PRINTED])
    come_out(session, jobs[JobState.PRINTING], lines=(1,))
    cancel_job(session, jobs[JobState.CANCELLED], actor=SYSTEM, at=NOW)
    pause_job(session, jobs[JobState.PAUSED], actor=SYSTEM, at=NOW)
    jobs[JobState.VOID] = jobs.pop(JobState.PROVEN)
    jobs[JobState.PROVEN] = ask(session, codes[0], "lost")
    come_out(session, jobs[JobState.PROVEN])
    scan_back(session, jobs[JobState.PROVEN], f"{codes[0]}2", actor=SYSTEM, at=LATER)
    assert {state: [job.id for job in list_jobs(session, states=[state])] for state in JobState} == {
        state: [job_id] for state, job_id in jobs.items()
    }
    assert [job.id for job in list_jobs(session)] == sorted(jobs.values(), reverse=True)
    assert all(job.state is get_job(session, job.id).state for job in list_jobs(session))
    assert [job.id for job in list_unproven(session)] == [jobs[JobState.PRINTING], jobs[JobState.PRINTED]]
    newest = list_jobs(session, limit=2)
    assert [job.id for job in list_jobs(session, before=newest[-1].id, limit=2)] == sorted(jobs.values(), reverse=True)[2:4]
    assert list_jobs(session, printer="nowhere") == []


def test_reading_jobs_costs_the_same_however_many_and_however_long(database: Database) -> None:
    with database.transaction() as session:
        begin(session)
        printer(session)
        codes = [each.barcode for each in divide(session, tube(session).barcode, 9)]
        for code in codes[:4]:
            ask(session, code)
        long = ask(session, codes[4:])
    for read, most in ((lambda s: list_jobs(s), 2), (lambda s: list_unproven(s), 2), (lambda s: get_job(s, long), 2)):
        with count_statements(database) as cost, database.read() as session:
            read(session)
        assert len(cost.statements) <= most
    with count_statements(database) as cost, database.read() as session:
        labels_of(session, [label.subject_id for label in get_job(session, long).labels])
    assert len(cost.statements) == 3
