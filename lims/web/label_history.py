"""The labels of things, with where each was printed: for a tube's own page, and for all tubes of a box or a participant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.prepared import PreparedRead
from lims.printing.models import LabelPrintRow, PrinterRow, PrintJob
from lims.printing.queries import LABEL_COLUMNS, label_from
from lims.printing.vocabulary import LabelPrint, LabelState
from lims.storage.models import Placement

_LABEL, _JOBS, _PRINTERS = table_of(LabelPrintRow).c, table_of(PrintJob), table_of(PrinterRow)
_PLACEMENT = table_of(Placement).c
_HISTORY = PreparedRead(
    select(*LABEL_COLUMNS, _PRINTERS.c.name.label("printer_name"))
    .join(_JOBS, _JOBS.c.id == _LABEL.job_id)
    .join(_PRINTERS, _PRINTERS.c.id == _JOBS.c.printer_id)
    .where(_LABEL.subject_id.in_(bindparam("ids", expanding=True)))
    .order_by(_LABEL.id.desc())
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A label, and the printer it was asked of."""

    label: LabelPrint
    printer: str


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Of how many things there is no label, one that waits, one nobody has scanned back, one that is proven."""

    without: int = 0
    waiting: int = 0
    unproven: int = 0
    proven: int = 0


def history_of(session: Session, subject_ids: Iterable[int]) -> dict[int, list[Printed]]:
    """By thing, every label it was ever to have, the newest first. One statement."""
    found: dict[int, list[Printed]] = defaultdict(list)
    for row in _HISTORY.all(session, {"ids": list(subject_ids)}):
        found[row.subject_id].append(Printed(label_from(row), row.printer_name))
    return dict(found)


def count_unproven_of(session: Session, participant_id: int) -> int:
    """How many labels of a participant are out, and not scanned back."""
    return _count(session, _LABEL.participant_id == participant_id)


def count_unproven_in(session: Session, container_id: int) -> int:
    """How many labels of the tubes in a box are out, and not scanned back."""
    inside = select(_PLACEMENT.specimen_id).where(_PLACEMENT.container_id == container_id)
    return _count(session, _LABEL.subject_id.in_(inside))


def _count(session: Session, which: ColumnElement[bool]) -> int:
    wanted = select(func.count()).where(which, _LABEL.state.in_([LabelState.SENT, LabelState.PRINTED]))
    return session.execute(wanted).scalar_one()


def standing_of(history: Sequence[Printed]) -> str:
    """``without``, ``waiting``, ``unproven`` or ``proven``: how the one label that counts stands."""
    living = next((one.label for one in history if one.label.state is not LabelState.VOID), None)
    if living is None:
        return "without"
    if living.state in {LabelState.QUEUED, LabelState.SENDING}:
        return "waiting"
    return "proven" if living.state is LabelState.VERIFIED else "unproven"


def count_standings(subject_ids: Sequence[int], histories: Mapping[int, Sequence[Printed]]) -> LabelCounts:
    """How the labels of several things stand."""
    counts: dict[str, int] = defaultdict(int)
    for subject_id in subject_ids:
        counts[standing_of(histories.get(subject_id, ()))] += 1
    return LabelCounts(**counts)
