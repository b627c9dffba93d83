"""Proof: a label is scanned back, after printing or on its tube, and counts as verified from then on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.ids import normalise_code
from lims.labels.queries import get_binding
from lims.labels.vocabulary import Binding, CodeRole
from lims.printing.errors import UnknownJob
from lims.printing.queries import get_job
from lims.printing.rules import outcome_of, scan_sentence, to_verify
from lims.printing.vocabulary import LabelPrint, LabelState, ScanBack, ScanOutcome
from lims.printing.writing import write_advance

_COUNTS = {ScanOutcome.OK, ScanOutcome.WRONG_ORDER}


def scan_back(session: Session, job_id: int, code: str, tube_code: str | None = None, *, actor: Actor, at: datetime) -> ScanBack:
    """One scan of a label of a job; with ``tube_code`` also of the code the tube had before it was labelled.

    A right label counts in whatever order it is scanned: the wrong order is said, and what was passed over is named.

    :raises UnknownJob: none has that number.
    :raises MalformedCode: what was read cannot be a code.
    :raises MisreadCode: it is a code of ours with a wrong character.
    :raises UnknownCode: nothing has that code.
    """
    history = custody.lock_histories(session, [job_id]).get(job_id) if 0 < job_id < 2**63 else None
    if history is None or history.kind is not SubjectKind.PRINT_JOB:
        raise UnknownJob(job_id)
    labels = get_job(session, job_id).labels
    read = normalise_code(code)
    scanned = get_binding(session, read)
    label = _label_with(labels, read)
    outcome = _outcome(labels, label, scanned)
    if outcome in _COUNTS and tube_code is not None:
        outcome, read = _with_tube(session, scanned, tube_code, outcome, read)
    if outcome not in _COUNTS or label is None:
        return _answer(outcome, read, label, labels)
    write_advance(session, [label], LabelState.VERIFIED, at)
    facts = {"line": label.line, "symbol": label.symbol, "tube_code": tube_code and normalise_code(tube_code)}
    custody.append(session, history, Act(type=EventType.LABEL_VERIFIED, occurred_at=at, facts=facts), actor=actor, at=at)
    return _answer(outcome, read, replace(label, state=LabelState.VERIFIED, verified_at=at), labels)


def _label_with(labels: Sequence[LabelPrint], code: str) -> LabelPrint | None:
    """The label that carries this code, the one that counts before one that does not."""
    carrying = [label for label in labels if label.symbol == code]
    return next((label for label in carrying if label.state is not LabelState.VOID), carrying[-1] if carrying else None)


def _outcome(labels: Sequence[LabelPrint], label: LabelPrint | None, scanned: Binding) -> ScanOutcome:
    """A code of a tube of this job that none of its labels carries is on a label from before, or is the tube's own."""
    if label is not None:
        return outcome_of(label, labels)
    of_job = any(each.subject_id == scanned.subject_id for each in labels)
    return ScanOutcome.VOID if of_job and scanned.role in {CodeRole.OWN, CodeRole.COPY} else ScanOutcome.NOT_OF_THIS_JOB


def _with_tube(session: Session, scanned: Binding, tube_code: str, outcome: ScanOutcome, read: str) -> tuple[ScanOutcome, str]:
    """What the tube's own code adds: a code of ours is only ever on a label, so it proves nothing of the tube beneath."""
    own = get_binding(session, tube_code)
    if own.subject_id != scanned.subject_id:
        return ScanOutcome.TUBE_DIFFERS, own.code
    return (ScanOutcome.LABEL_AGAIN, own.code) if own.role in {CodeRole.OWN, CodeRole.COPY} else (outcome, read)


def _answer(outcome: ScanOutcome, code: str, label: LabelPrint | None, labels: Sequence[LabelPrint]) -> ScanBack:
    left = [each for each in to_verify(labels) if not (outcome in _COUNTS and label is not None and each.id == label.id)]
    missing = tuple(each for each in left if label is not None and each.line < label.line) if outcome in _COUNTS else ()
    expected = left[0] if left else None
    return ScanBack(
        outcome=outcome,
        code=code,
        label=label,
        expected=expected,
        missing=missing,
        left=len(left),
        sentence=scan_sentence(outcome, code, label, expected, len(left)),
    )
