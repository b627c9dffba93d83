"""What the worker reads and writes of labels: which wait, which are on their way, which arrived, which nobody knows about.

``sending`` is committed before the first byte leaves, and ``sent`` after the last, so that whoever comes after a crash sees which
labels may have come out or not: those are replaced by copies, with that reason. The database refuses every step back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.printing.errors import MarksUsedUp, NoRoomForMark
from lims.printing.models import LabelPrintRow, PrinterRow, PrintJob
from lims.printing.queries import LABEL_COLUMNS, get_job, label_from, printer_from
from lims.printing.service import queue_again
from lims.printing.vocabulary import LabelPrint, LabelState, Printer, VoidReason
from lims.studies.models import Participant

MOST_INTERRUPTED = 3
"""So often in a row something of a job was lost on its way, and its printer is paused: it would go on so all night."""

_PRINTERS, _JOBS, _LABELS, _PARTICIPANTS = table_of(PrinterRow), table_of(PrintJob), table_of(LabelPrintRow), table_of(Participant)
_PRINTER, _JOB, _LABEL = _PRINTERS.c, _JOBS.c, _LABELS.c


def _is(condition: str) -> ColumnElement[Any]:
    """A condition in the very words of the partial index, which SQLite uses for those alone."""
    return literal_column(f"label_print.state {condition}")


_UNFINISHED = _is("IN ('queued', 'sending', 'sent')")
_OF_PRINTER = _JOB.printer_id + 0 == bindparam("printer_id")  # so that the index of unfinished labels is walked, not that of old jobs
_MAY_GO_ON = or_(_is("<> 'queued'"), ~(_PRINTER.paused | _JOB.paused))
_ALL = _LABELS.join(_JOBS, _JOB.id == _LABEL.job_id).join(_PRINTERS, _PRINTER.id == _JOB.printer_id)
_AS_TOLD = tuple(_PRINTER[name] for name in ("id", "leased_by", "leased_until", "address", "dpi", "stock", "language"))
_WORK: Select[*tuple[Any, ...]] = (
    select(*_AS_TOLD, func.count().label("labels"), func.max(_LABEL.id).label("newest"))
    .select_from(_ALL)
    .where(_UNFINISHED, _PRINTER.kind != "office", _PRINTER.retired_at.is_(None), _MAY_GO_ON)
    .group_by(*_AS_TOLD)
)
_ON_THEIR_WAY = (
    select(*LABEL_COLUMNS)
    .join(_JOBS, _JOB.id == _LABEL.job_id)
    .where(_UNFINISHED, _is("<> 'queued'"), _OF_PRINTER)
    .order_by(_LABEL.job_id, _LABEL.line)
)
_WAITING = (
    select(_JOB.id, _JOB.template, _JOB.start)
    .select_from(_ALL)
    .where(_UNFINISHED, _is("= 'queued'"), _OF_PRINTER, _PRINTER.retired_at.is_(None), ~(_PRINTER.paused | _JOB.paused))
    .group_by(_JOB.id, _JOB.template, _JOB.start)
    .order_by(_JOB.id)
)
_NEXT = (
    select(*LABEL_COLUMNS, _PARTICIPANTS.c.withdrawn_on)
    .outerjoin(_PARTICIPANTS, _PARTICIPANTS.c.id == _LABEL.participant_id)
    .where(_UNFINISHED, _is("= 'queued'"), _LABEL.job_id == bindparam("job_id"))
    .order_by(_LABEL.line)
)
_STILL_FREE = (
    select(_LABEL.id)
    .select_from(_ALL.outerjoin(_PARTICIPANTS, _PARTICIPANTS.c.id == _LABEL.participant_id))
    .where(_LABEL.id.in_(bindparam("ids", expanding=True)), _LABEL.state == LabelState.QUEUED, ~(_PRINTER.paused | _JOB.paused))
    .where(_PRINTER.retired_at.is_(None), _PARTICIPANTS.c.withdrawn_on.is_(None))
    .order_by(_LABEL.job_id, _LABEL.line)
    .with_for_update(of=_LABELS)
)
_THESE = update(_LABELS).where(_LABEL.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class PrinterWork:
    """That there is something to do for a printer."""

    id: int
    leased_by: str | None
    leased_until: datetime | None
    address: str
    dpi: int
    stock: str
    language: str
    labels: int
    newest: int

    @property
    def as_it_stands(self) -> "PrinterWork":
        """The same whoever holds the lease: while this is what it was, whoever could do nothing then can do nothing now."""
        return replace(self, leased_by=None, leased_until=None)


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job of which labels wait."""

    id: int
    template: str
    start: int


def list_work(session: Session) -> list[PrinterWork]:
    """The printers for which labels wait, or are on their way. One statement, by an index of unfinished labels alone."""
    return [PrinterWork(**row._mapping) for row in session.execute(_WORK)]


def work_of(session: Session, printer_id: int) -> PrinterWork | None:
    """The same for one printer."""
    row = session.execute(_WORK.where(_PRINTER.id == printer_id)).one_or_none()
    return None if row is None else PrinterWork(**row._mapping)


def get_printer_by_id(session: Session, printer_id: int) -> Printer:
    """A printer as it stands in the books now."""
    return printer_from(session.execute(select(_PRINTERS).where(_PRINTER.id == printer_id)).one())


def list_on_their_way(session: Session, printer_id: int) -> list[LabelPrint]:
    """The labels of a printer that are ``sending`` or ``sent``, in the order of their jobs and lines."""
    return [label_from(row) for row in session.execute(_ON_THEIR_WAY, {"printer_id": printer_id})]


def list_waiting_jobs(session: Session, printer_id: int) -> list[WaitingJob]:
    """The jobs of a printer that may go on, the oldest first; none while the printer is paused."""
    return [WaitingJob(**row._mapping) for row in session.execute(_WAITING, {"printer_id": printer_id})]


def find_next(session: Session, job_id: int, limit: int) -> tuple[list[LabelPrint], set[int]]:
    """The next labels of a job that wait; and the participants among theirs who withdrew consent, whose labels are to be stopped."""
    rows = session.execute(_NEXT.limit(limit), {"job_id": job_id}).all()
    withdrawn = {row.participant_id for row in rows if row.withdrawn_on is not None}
    return [label_from(row) for row in rows], withdrawn


def claim(session: Session, labels: Sequence[LabelPrint], at: datetime) -> list[LabelPrint]:
    """All of these labels are on their way from now on; or none, where one is not free any more."""
    ids = [label.id for label in labels]
    if session.execute(_STILL_FREE, {"ids": ids}).scalars().all() != ids:
        return []
    session.execute(_THESE.values(state=LabelState.SENDING, sent_at=at), {"ids": ids})
    return [replace(label, state=LabelState.SENDING, sent_at=at) for label in labels]


def mark_sent(session: Session, label_ids: Sequence[int]) -> None:
    """The printer has been given these labels, all their bytes."""
    session.execute(_THESE.where(_LABEL.state == LabelState.SENDING).values(state=LabelState.SENT), {"ids": list(label_ids)})


def mark_printed(session: Session, label_ids: Sequence[int], at: datetime) -> None:
    """The printer says that it has printed them."""
    if label_ids:
        advance = _THESE.where(_LABEL.state == LabelState.SENT).values(state=LabelState.PRINTED, printed_at=at)
        session.execute(advance, {"ids": list(label_ids)})


def replace_interrupted(session: Session, labels: Sequence[LabelPrint], at: datetime) -> bool:
    """Labels of which nobody knows whether they came out become void, and copies follow as new last lines of their jobs.

    One that cannot have a copy (its code is too long for a mark) stays, as sent. Gives whether what left the queue was lost so often
    in a row that the printer should be paused.
    """
    if not _queue_copies(session, labels, at):
        alone = [label for label in labels if not _queue_copies(session, [label], at)]
        mark_sent(session, [label.id for label in alone])
    return any(_interrupted_in_a_row(get_job(session, job_id).labels) for job_id in {label.job_id for label in labels})


def _queue_copies(session: Session, labels: Sequence[LabelPrint], at: datetime) -> bool:
    """Whether all of them could have one; else nothing has changed."""
    try:
        with session.begin_nested():
            queue_again(session, [label.id for label in labels], VoidReason.INTERRUPTED, VoidReason.INTERRUPTED, at=at)
    except (MarksUsedUp, NoRoomForMark):
        return False
    return True


def _interrupted_in_a_row(labels: Iterable[LabelPrint]) -> bool:
    """Whether the last times that labels of a job left the queue, all of them were lost."""
    lost = {label.sent_at: label.void_reason is VoidReason.INTERRUPTED for label in labels if label.sent_at is not None}
    latest = [lost[sent_at] for sent_at in sorted(lost)[-MOST_INTERRUPTED:]]
    return len(latest) == MOST_INTERRUPTED and all(latest)
