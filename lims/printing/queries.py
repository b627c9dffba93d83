"""Reads of printing: printers, jobs and how they stand, the labels of a job or of a thing, what nobody has scanned back."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.db import LARGEST_INTEGER, table_of
from lims.printing.errors import UnknownJob
from lims.printing.models import LabelPrintRow, PrinterRow, PrintJob
from lims.printing.printer_errors import UnknownPrinter
from lims.printing.rules import job_state
from lims.printing.vocabulary import Fault, Job, JobState, LabelPrint, LabelState, Printer, PrinterKind, PrinterState, VoidReason

_PRINTERS, _JOBS, _LABELS, _PEOPLE = table_of(PrinterRow), table_of(PrintJob), table_of(LabelPrintRow), table_of(UserAccount)
_PRINTER, _JOB, _LABEL = _PRINTERS.c, _JOBS.c, _LABELS.c

LABEL_COLUMNS = tuple(_LABEL)
"""What :func:`label_from` makes a label of."""
_BY_NAME = select(_PRINTERS).where(_PRINTER.name == bindparam("name"))
_ALL_PRINTERS = select(_PRINTERS).order_by(_PRINTER.retired_at.is_not(None), _PRINTER.name)
_JOB_COLUMNS = (
    _JOB.id,
    _PRINTER.name.label("printer"),
    _PRINTER.kind.label("printer_kind"),
    *(_JOB[name] for name in ("template", "start", "purpose")),
    _PEOPLE.c.username.label("requested_by"),
    *(_JOB[name] for name in ("requested_at", "paused", "cancelled_at")),
)
_ALL_JOBS = (
    select(*_JOB_COLUMNS).join(_PRINTERS, _PRINTER.id == _JOB.printer_id).join(_PEOPLE, _PEOPLE.c.id == _JOB.requested_by)
).order_by(_JOB.id.desc())
_JOB_BY_ID = _ALL_JOBS.where(_JOB.id == bindparam("job_id"))
_COUNTS = (
    select(_LABEL.job_id, _LABEL.state, func.count().label("number"))
    .where(_LABEL.job_id.in_(bindparam("ids", expanding=True)))
    .group_by(_LABEL.job_id, _LABEL.state)
)
_OF_JOB = select(*LABEL_COLUMNS).where(_LABEL.job_id == bindparam("job_id")).order_by(_LABEL.line)
_OF_SUBJECTS = select(*LABEL_COLUMNS).where(_LABEL.subject_id.in_(bindparam("ids", expanding=True))).order_by(_LABEL.id)
_BY_SYMBOL = select(*LABEL_COLUMNS).where(_LABEL.symbol == bindparam("symbol")).order_by(_LABEL.id.desc())


def list_printers(session: Session) -> list[Printer]:
    """Every printer by name, the retired ones last."""
    return [printer_from(row) for row in session.execute(_ALL_PRINTERS)]


def get_printer(session: Session, name: str) -> Printer:
    """
    :raises UnknownPrinter: none has that name.
    """
    row = session.execute(_BY_NAME, {"name": name.strip()}).one_or_none()
    if row is None:
        raise UnknownPrinter(name)
    return printer_from(row)


def list_jobs(
    session: Session, *, before: int | None = None, limit: int = 50, states: Collection[JobState] | None = None, printer: str | None = None
) -> list[Job]:
    """Jobs, the newest first, without their labels; ``before`` is the id of the last one seen. Two statements."""
    wanted = _narrowed(_ALL_JOBS.limit(limit), before, printer)
    return _counted(session, wanted if states is None else wanted.where(or_(*(_IS[state] for state in states))))


def list_unproven(session: Session, limit: int = 50, *, before: int | None = None, printer: str | None = None) -> list[Job]:
    """Jobs of which labels are out that nobody has scanned back, the newest first; ``before`` as for :func:`list_jobs`. Two statements."""
    return _counted(session, _narrowed(_ALL_JOBS.where(_JOB.id.in_(_jobs_with("'sent', 'printed'"))).limit(limit), before, printer))


def get_job(session: Session, job_id: int) -> Job:
    """A job with its labels, in the order of their lines. Two statements.

    :raises UnknownJob: none has that number.
    """
    row = session.execute(_JOB_BY_ID, {"job_id": min(job_id, LARGEST_INTEGER)}).one_or_none()
    if row is None:
        raise UnknownJob(job_id)
    labels = [label_from(label) for label in session.execute(_OF_JOB, {"job_id": job_id})]
    counts: dict[LabelState, int] = defaultdict(int)
    for label in labels:
        counts[label.state] += 1
    return _job(row, dict(counts), tuple(labels))


def labels_of(session: Session, subject_ids: Iterable[int]) -> dict[int, list[LabelPrint]]:
    """By thing, every label it was ever to have, the oldest first. One statement."""
    found: dict[int, list[LabelPrint]] = defaultdict(list)
    for row in session.execute(_OF_SUBJECTS, {"ids": list(subject_ids)}):
        found[row.subject_id].append(label_from(row))
    return dict(found)


def find_label_by_symbol(session: Session, symbol: str) -> LabelPrint | None:
    """The label that carries this code: the one that counts, else the last that left the queue, else the last of all."""
    found = [label_from(row) for row in session.execute(_BY_SYMBOL, {"symbol": symbol})]
    return max(found, key=lambda label: (label.state is not LabelState.VOID, label.sent_at is not None, label.id), default=None)


def printer_from(row: Row[*tuple[Any, ...]]) -> Printer:
    """A printer from its row."""
    return Printer(
        id=row.id,
        name=row.name,
        kind=PrinterKind(row.kind),
        address=row.address,
        dpi=row.dpi,
        stock=row.stock,
        language=row.language,
        paused=row.paused,
        retired=row.retired_at is not None,
        state=PrinterState(row.state),
        faults=tuple(Fault(fault) for fault in row.faults.split()),
        asked_at=row.asked_at,
    )


def label_from(row: Any) -> LabelPrint:
    """A label from a row that has :data:`LABEL_COLUMNS`."""
    return LabelPrint(
        id=row.id,
        job_id=row.job_id,
        line=row.line,
        subject_id=row.subject_id,
        participant_id=row.participant_id,
        barcode=row.barcode,
        symbol=row.symbol,
        copy=row.copy,
        fields=json.loads(row.fields),
        reason=row.reason,
        state=LabelState(row.state),
        sent_at=row.sent_at,
        printed_at=row.printed_at,
        verified_at=row.verified_at,
        voided_at=row.voided_at,
        void_reason=None if row.void_reason is None else VoidReason(row.void_reason),
    )


def _narrowed(wanted: Select[*tuple[Any, ...]], before: int | None, printer: str | None) -> Select[*tuple[Any, ...]]:
    if before is not None:
        wanted = wanted.where(_JOB.id < before)
    return wanted if printer is None else wanted.where(_PRINTER.name == printer)


def _counted(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[Job]:
    rows = session.execute(wanted).all()
    counts: dict[int, dict[LabelState, int]] = {row.id: {} for row in rows}
    for counted in session.execute(_COUNTS, {"ids": list(counts)}) if rows else ():
        counts[counted.job_id][LabelState(counted.state)] = counted.number
    return [_job(row, counts[row.id]) for row in rows]


def _job(row: Row[*tuple[Any, ...]], counts: dict[LabelState, int], labels: Sequence[LabelPrint] = ()) -> Job:
    state = job_state(counts, paused=row.paused, cancelled=row.cancelled_at is not None)
    kind = {"printer_kind": PrinterKind(row.printer_kind)}
    return Job(**{**row._mapping, **kind}, state=state, counts=counts, labels=tuple(labels))


def _jobs_with(states: str) -> Select[int]:
    """The jobs that have a label in one of these states, in words as the partial indexes say them."""
    return select(_LABEL.job_id).where(text(f"label_print.state IN ({states})"))


def _has(*states: LabelState) -> ColumnElement[bool]:
    """Whether a job has a label in one of these states: a look at that job's labels alone."""
    return exists().where(_LABEL.job_id == _JOB.id, _LABEL.state.in_(states))


def _states() -> dict[JobState, ColumnElement[bool]]:
    """What :func:`~lims.printing.rules.job_state` says, as conditions on a job's row."""
    going_on, waiting = _JOB.cancelled_at.is_(None), _JOB.id.in_(_jobs_with("'queued', 'sending', 'sent'"))
    out = _JOB.id.in_(_jobs_with("'sent', 'printed'"))
    printed, verified = _has(LabelState.PRINTED), _has(LabelState.VERIFIED)
    moved = _has(LabelState.SENDING, LabelState.SENT, LabelState.PRINTED, LabelState.VERIFIED)
    return {
        JobState.CANCELLED: ~going_on,
        JobState.PAUSED: going_on & waiting & _JOB.paused,
        JobState.WAITING: going_on & waiting & ~_JOB.paused & ~moved,
        JobState.PRINTING: going_on & waiting & ~_JOB.paused & moved,
        JobState.PRINTED: going_on & ~waiting & out & printed,
        JobState.PROVEN: going_on & ~waiting & ~printed & verified,
        JobState.VOID: going_on & ~waiting & ~moved,
    }


_IS = _states()
