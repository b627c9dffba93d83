"""What is kept of an import, compared with the event that closed it. A run that changed nothing has none."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, SubjectKind
from lims.db import table_of
from lims.imports.models import ImportedRow, ImportRun

_COUNTS = ("rows", "loaded", "refused", "already")


def check_runs(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Counts, file and report of these runs against their events, and the rows remembered against what was loaded."""
    runs, rows = table_of(ImportRun), table_of(ImportedRow)
    kept = {row.id: row for row in session.execute(select(runs).where(runs.c.id.in_(list(histories))))}
    counted = select(rows.c.run_id, func.count()).where(rows.c.run_id.in_(list(histories))).group_by(rows.c.run_id)
    remembered = {row[0]: row[1] for row in session.execute(counted)}
    for run_id, events in histories.items():
        for sentence in _run_differs(kept.get(run_id), remembered.get(run_id, 0), events):
            yield Difference(SubjectKind.IMPORT, run_id, sentence)


def _run_differs(run: Any, remembered: int, events: Sequence[Event]) -> Iterator[str]:
    if run is None:
        yield "the register does not have this import any more"
        return
    if run.loaded != remembered:
        yield f"{run.file_name}: {remembered} rows are remembered, {run.loaded} were loaded"
    for event in events:
        said = {name: event.facts.get(name) for name in (*_COUNTS, "kind", "file", "sha256", "report_sha256", "findings_sha256")}
        is_so = {name: getattr(run, name) for name in (*_COUNTS, "kind")}
        is_so |= {"file": run.file_name, "sha256": run.file_sha256}
        is_so |= {"report_sha256": hashlib.sha256(run.report.encode()).hexdigest()}
        is_so |= {"findings_sha256": None if run.findings is None else hashlib.sha256(run.findings.encode()).hexdigest()}
        for name, value in is_so.items():
            if value != said[name]:
                yield f"{run.file_name}: {name} is {value}, its event says {said[name]}"
