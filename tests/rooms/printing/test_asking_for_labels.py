"""Asking for labels: the first is free, a further one needs a reason, is counted, marked, and replaces the former."""

import pytest
from sqlalchemy.orm import Session

from lims.labels.queries import get_binding
from lims.labels.vocabulary import CodeRole
from lims.printing.errors import ReprintNeedsReason
from lims.printing.queries import get_job, labels_of
from lims.printing.vocabulary import JobState, LabelState, VoidReason
from tests.factories.printing import ask, come_out, printer
from tests.factories.trial import begin, divide, tube


@pytest.fixture
def barcodes(session: Session) -> list[str]:
    """Four aliquots of L07, and a printer."""
    begin(session)
    printer(session)
    return [each.barcode for each in divide(session, tube(session).barcode)]


def test_labels_are_queued_in_the_order_asked_for(session: Session, barcodes: list[str]) -> None:
    job = get_job(session, ask(session, barcodes[::-1]))
    assert [label.barcode for label in job.labels] == barcodes[::-1]
    assert {(label.symbol == label.barcode, label.copy, label.state) for label in job.labels} == {(True, 1, LabelState.QUEUED)}
    assert job.state is JobState.WAITING


def test_a_further_label_needs_a_reason_and_carries_a_mark(session: Session, barcodes: list[str]) -> None:
    come_out(session, ask(session, barcodes[0]))
    with pytest.raises(ReprintNeedsReason):
        ask(session, barcodes[0])
    second = get_job(session, ask(session, barcodes[0], "frosted over")).labels[0]
    assert (second.copy, second.symbol, second.reason) == (2, f"{barcodes[0]}2", "frosted over")
    binding = get_binding(session, second.symbol)
    assert (binding.subject_id, binding.role) == (second.subject_id, CodeRole.COPY)
    first = labels_of(session, [second.subject_id])[second.subject_id][0]
    assert (first.state, first.void_reason, first.copy) == (LabelState.VOID, VoidReason.REPLACED, 1)
