"""Locking before looking: things whose labels are asked for, then their labels with the jobs those stand in.

Everybody locks in this order (printer and things by their ids, then for each label its job and itself), so that two acts never wait
for each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, or_, select
from sqlalchemy.orm import Session

from lims.custody.models import CustodySubject
from lims.custody.vocabulary import History, SubjectKind
from lims.db import table_of
from lims.printing.models import LabelPrintRow, PrinterRow
from lims.printing.queries import label_from
from lims.printing.vocabulary import LabelPrint

_SUBJECTS, _LABELS, _PRINTERS = table_of(CustodySubject), table_of(LabelPrintRow), table_of(PrinterRow)
_SUBJECT = _SUBJECTS.c
_THE_PRINTER = select(_PRINTERS.c.id).where(_PRINTERS.c.name == bindparam("printer")).scalar_subquery()
_THINGS = (
    select(_SUBJECT.id, _SUBJECT.kind)
    .where(or_(_SUBJECT.id.in_(bindparam("ids", expanding=True)), _SUBJECT.id == _THE_PRINTER))
    .order_by(_SUBJECT.id)
    .with_for_update(of=_SUBJECTS)
)
_WITH_JOBS = (
    select(_LABELS, *(_SUBJECT[name].label(f"of_job_{name}") for name in ("sequence", "head", "latest_occurred_at")))
    .join(_SUBJECTS, _SUBJECT.id == _LABELS.c.job_id)
    .order_by(_LABELS.c.job_id, _LABELS.c.line)
    .with_for_update(of=[_SUBJECTS, _LABELS])
)
_OF_SUBJECTS = _WITH_JOBS.where(_LABELS.c.subject_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Held:
    """Labels nobody else changes until this transaction ends, and the histories of the jobs they stand in."""

    labels: tuple[LabelPrint, ...]
    jobs: dict[int, History]

    def by_subject(self) -> dict[int, list[LabelPrint]]:
        """The labels of each thing."""
        found: dict[int, list[LabelPrint]] = defaultdict(list)
        for label in self.labels:
            found[label.subject_id].append(label)
        return found


def hold_things(session: Session, subject_ids: Iterable[int], printer: str | None = None) -> dict[int, SubjectKind]:
    """What each thing is, locked in the order of their ids; with them a printer, so that it is not retired meanwhile. One statement."""
    rows = session.execute(_THINGS, {"ids": sorted(set(subject_ids)), "printer": printer})
    return {row.id: SubjectKind(row.kind) for row in rows}


def hold_labels_of(session: Session, subject_ids: Iterable[int]) -> Held:
    """Every label these things ever had. One statement."""
    return _held(session.execute(_OF_SUBJECTS, {"ids": list(subject_ids)}).all())


def hold_labels(session: Session, *which: ColumnElement[bool]) -> Held:
    """The labels that are so. One statement."""
    return _held(session.execute(_WITH_JOBS.where(*which)).all())


def _held(rows: Sequence[Row[*tuple[Any, ...]]]) -> Held:
    jobs = {
        row.job_id: History(row.job_id, SubjectKind.PRINT_JOB, row.of_job_sequence, row.of_job_head, row.of_job_latest_occurred_at)
        for row in rows
    }
    return Held(tuple(label_from(row) for row in rows), jobs)
