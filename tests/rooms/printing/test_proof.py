"""Scanning back: each label once, in order or not, with or without the tube's own code; a job is proven when all are."""

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.ids import MalformedCode, MisreadCode
from lims.labels.errors import UnknownCode
from lims.printing.errors import UnknownJob
from lims.printing.proof import scan_back
from lims.printing.queries import get_job, list_unproven
from lims.printing.vocabulary import JobState, LabelState, ScanBack, ScanOutcome
from lims.specimens.service import bind_code
from tests.factories.printing import LATER, ask, come_out, printer
from tests.factories.trial import NOW, old_tube


def scan(session: Session, job_id: int, code: str, tube_code: str | None = None) -> ScanBack:
    return scan_back(session, job_id, code, tube_code, actor=SYSTEM, at=LATER)


@pytest.fixture
def job_id(session: Session, barcodes: list[str]) -> int:
    """Four labels that came out."""
    number = ask(session, barcodes)
    come_out(session, number)
    return number


def test_a_job_is_proven_when_every_label_is_scanned_back(session: Session, barcodes: list[str], job_id: int) -> None:
    answers = [scan(session, job_id, code) for code in barcodes]
    assert [(answer.outcome, answer.left, answer.proven) for answer in answers] == [
        (ScanOutcome.OK, 3, False),
        (ScanOutcome.OK, 2, False),
        (ScanOutcome.OK, 1, False),
        (ScanOutcome.OK, 0, True),
    ]
    assert [answer.expected.line if answer.expected else None for answer in answers] == [2, 3, 4, None]
    assert answers[0].sentence == "Line 1 is right. Next is line 2."
    job = get_job(session, job_id)
    assert (job.state, {label.verified_at for label in job.labels}) == (JobState.PROVEN, {LATER})
    assert list_unproven(session) == []
    events = [event for event in list_events(session, job_id) if event.type is EventType.LABEL_VERIFIED]
    assert [event.facts["symbol"] for event in events] == barcodes


def test_the_wrong_order_is_said_and_the_right_label_counts(session: Session, barcodes: list[str], job_id: int) -> None:
    answer = scan(session, job_id, barcodes[2])
    assert (answer.outcome, answer.left) == (ScanOutcome.WRONG_ORDER, 3)
    assert [label.line for label in answer.missing] == [1, 2]
    assert answer.sentence == "Line 3 is right, but line 1 comes first. Look for line 1."
    assert get_job(session, job_id).labels[2].state is LabelState.VERIFIED
    assert scan(session, job_id, barcodes[0]).outcome is ScanOutcome.OK
    assert [label.line for label in scan(session, job_id, barcodes[3]).missing] == [2]


def test_a_label_counts_once(session: Session, barcodes: list[str], job_id: int) -> None:
    for outcome in (ScanOutcome.OK, ScanOutcome.ALREADY, ScanOutcome.ALREADY):
        assert scan(session, job_id, f" {barcodes[0].lower()}\r\n").outcome is outcome
    assert len(list_events(session, job_id)) == 2


def test_a_void_label_is_known_by_its_own_code(session: Session, barcodes: list[str], job_id: int) -> None:
    again = ask(session, barcodes[0], "smudged")
    come_out(session, again)
    for job in (job_id, again):
        answer = scan(session, job, barcodes[0])
        assert (answer.outcome, "Destroy it" in answer.sentence) == (ScanOutcome.VOID, True)
    assert scan(session, again, f"{barcodes[0]}2").outcome is ScanOutcome.OK
    assert scan(session, job_id, f"{barcodes[0]}2").outcome is ScanOutcome.VOID
    assert get_job(session, again).state is JobState.PROVEN


def test_a_label_of_another_job_or_of_none_is_told(session: Session, barcodes: list[str], job_id: int) -> None:
    other = old_tube(session).barcode
    answer = scan(session, job_id, other)
    assert (answer.outcome, answer.label, answer.left) == (ScanOutcome.NOT_OF_THIS_JOB, None, 4)
    with pytest.raises(MisreadCode):
        scan(session, job_id, barcodes[0][:-1] + ("2" if barcodes[0][-1] != "2" else "3"))
    with pytest.raises(UnknownCode):
        scan(session, job_id, "NOTHING-7")
    with pytest.raises(MalformedCode):
        scan(session, job_id, " ")
    with pytest.raises(UnknownJob):
        scan(session, job_id + 1, barcodes[0])


def test_what_waits_still_cannot_have_been_scanned(session: Session, barcodes: list[str]) -> None:
    waiting = ask(session, barcodes)
    answer = scan(session, waiting, barcodes[0])
    assert (answer.outcome, answer.left) == (ScanOutcome.NOT_PRINTED, 4)
    come_out(session, waiting, LabelState.SENDING, lines=(1,))
    assert scan(session, waiting, barcodes[0]).outcome is ScanOutcome.OK


def test_the_tubes_own_code_must_be_of_the_same_tube(session: Session, barcodes: list[str], job_id: int) -> None:
    for number, barcode in enumerate(barcodes, start=1):
        bind_code(session, barcode, f"FX0000{number}", actor=SYSTEM, at=NOW)
    answer = scan(session, job_id, barcodes[0], "FX00002")
    assert (answer.outcome, answer.left) == (ScanOutcome.TUBE_DIFFERS, 4)
    assert "put it on its own tube" in answer.sentence
    assert scan(session, job_id, barcodes[0], "fx00001").outcome is ScanOutcome.OK
    assert list_events(session, job_id)[-1].facts["tube_code"] == "FX00001"
    with pytest.raises(UnknownCode):
        scan(session, job_id, barcodes[1], "FX00009")
    assert get_job(session, job_id).labels[1].state is LabelState.PRINTED


def test_a_label_scanned_twice_proves_nothing_of_the_tube(session: Session, barcodes: list[str], job_id: int) -> None:
    assert scan(session, job_id, barcodes[0], barcodes[0]).outcome is ScanOutcome.LABEL_AGAIN
    assert get_job(session, job_id).verified == 0
    pre_printed = old_tube(session).barcode
    printer(session, "second")
    alone = ask(session, pre_printed, on="second")
    come_out(session, alone)
    assert scan(session, alone, pre_printed, pre_printed).outcome is ScanOutcome.OK
