"""The verb of imports: take a file in, good rows at once, bad ones back with their reasons.

Rows are loaded a hundred to a transaction, each by itself: one that is refused takes nothing with it. The same row again is
nothing new, so a run that broke off is simply given again.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.service import append, begin_histories, lock_histories
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.db import Database, table_of, take_ids
from lims.errors import LimsError
from lims.imports.findings import facts_json, finding
from lims.imports.loading import Work, code_of, load_row
from lims.imports.mapping import FileMapping
from lims.imports.mapping_file import load_mapping, shipped_mapping
from lims.imports.models import ImportedRow, ImportRun
from lims.imports.queries import known_rows
from lims.imports.reading import read_sheet
from lims.imports.reasons import refusals
from lims.imports.report import report_csv
from lims.imports.row_reader import find_layout
from lims.imports.rules import Setting, column_unread, map_rows
from lims.imports.trying import ground_to_try_on
from lims.imports.vocabulary import FingerprintedRow, ImportFile, ImportReport, Outcome, RefusedRow, RowFinding
from lims.studies.queries import current_protocol, get_study

ROWS_A_TRANSACTION = 100
BREATH_S = 0.003
"""Between two transactions, so that whoever else waits to write has a turn."""


_IMPORTED = insert(table_of(ImportedRow))


@dataclass(slots=True)
class Tally:
    """What has come of a run so far, counted in rows."""

    rows: int
    loaded: int = 0
    refused: int = 0
    already: int = 0
    flagged: int = 0
    warned: int = 0
    findings: list[RowFinding] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many rows have been dealt with."""
        return self.loaded + self.refused + self.already

    def in_order(self) -> tuple[RowFinding, ...]:
        """The findings by line."""
        return tuple(sorted(self.findings, key=lambda each: each.line))

    def refuse(self, findings: Sequence[RowFinding]) -> None:
        """A row came back."""
        self.refused += 1
        self.findings += findings

    def load(self, findings: Sequence[RowFinding]) -> None:
        """A row was loaded, with these marks."""
        self.loaded += 1
        self.flagged += any(each.outcome is Outcome.FLAGGED for each in findings)
        self.warned += any(each.outcome is Outcome.WARNED for each in findings)
        self.findings += findings


Report: TypeAlias = Callable[[Tally], None]
"""Told when the rows are known, and after each of them; also of rows that are not committed yet."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it works with, what has come of it, whom it tells."""

    work: Work
    tally: Tally
    report: Report


Rows: TypeAlias = Sequence[FingerprintedRow | RefusedRow]


def import_file(
    database: Database,
    file: ImportFile,
    *,
    actor: Actor,
    at: datetime,
    report: Report = lambda _tally: None,
    run_id: int | None = None,
) -> ImportReport:
    """Take a file in; the study is the mapping's, or the only one. A dry run tries everything and keeps nothing.

    :param run_id: the number of the run, where somebody has taken one for it already.
    :raises FileUnreadable: it is no table, or too large a one.
    :raises ColumnsMissing: it lacks a column that every row needs.
    :raises MappingFileError: the mapping has faults.
    :raises NoStudy: no protocol is loaded yet.
    """
    mapping = _mapping_of(file)
    sheet = read_sheet(file.content, file.name, tuple(mapping.known_columns()), encoding=mapping.encoding, sheet=mapping.sheet)
    layout = find_layout(sheet.header, mapping, file.name)
    with database.read() as session:
        study = get_study(session, mapping.study)
        _, protocol = current_protocol(session, study.id)
    for each in mapping.doses:
        protocol.get_treatment(each.kind)
    rows = map_rows(sheet.rows, Setting(layout, mapping, protocol, at))
    tally = Tally(rows=len(sheet.rows), findings=[column_unread(column) for column in layout.unread])
    run = Run(Work(study, protocol, actor, at), tally, report)
    report(tally)
    if file.dry_run:
        _try(database, run, rows)
        return _as_report(file, tally, None)
    return _as_report(file, tally, _load(database, file, run, rows, run_id))


def _mapping_of(file: ImportFile) -> FileMapping:
    if file.mapping is None:
        return load_mapping(shipped_mapping(file.kind), f"{file.kind}.toml")
    mapping = load_mapping(file.mapping, file.mapping_name)
    mapping.check_is_for(file.kind)
    return mapping


def _load(database: Database, file: ImportFile, run: Run, rows: Rows, run_id: int | None) -> int:
    with database.transaction() as session:
        run_id = _begin_run(session, file, run, run_id)
    for begin in range(0, len(rows), ROWS_A_TRANSACTION):
        with database.transaction() as session:
            imported = _load_some(session, run, rows[begin : begin + ROWS_A_TRANSACTION])
            if imported:
                session.execute(_IMPORTED, [{**each, "run_id": run_id} for each in imported])
            _write_tally(session, run_id, run.tally)
        time.sleep(BREATH_S)
    with database.transaction() as session:
        _end_run(session, run_id, file, run)
    return run_id


class _TriedOnly(Exception):
    """Leaves the transaction of a dry run, so that nothing is kept."""


def _try(database: Database, run: Run, rows: Rows) -> None:
    try:
        with ground_to_try_on(database) as ground, ground.transaction() as session:
            _load_some(session, run, rows)
            raise _TriedOnly
    except _TriedOnly:
        return


def _load_some(session: Session, run: Run, rows: Rows) -> list[dict[str, object]]:
    """Load rows; what each new one became. The study is held meanwhile: two who give the same file at once load it once."""
    study_id = run.work.study.id
    lock_histories(session, [study_id])
    known = known_rows(session, study_id, [row.fingerprint for row in rows if isinstance(row, FingerprintedRow)])
    imported: list[dict[str, object]] = []
    for row in rows:
        if isinstance(row, RefusedRow):
            run.tally.refuse(row.findings)
        elif row.fingerprint in known:
            _count_already(row, run)
        elif (subject_id := _load_new(session, row, run)) is not None:
            imported.append({"fingerprint": row.fingerprint, "study_id": study_id, "subject_id": subject_id})
        run.report(run.tally)
    return imported


def _load_new(session: Session, row: FingerprintedRow, run: Run) -> int | None:
    """What the row became; None where it is refused, or says nothing new."""
    try:
        with _by_itself(session):
            loaded = load_row(session, row.mapped, run.work)
    except LimsError as error:
        run.tally.refuse(refusals(row.mapped, error, run.work.lines))
        return None
    if not loaded.is_new:
        _count_already(row, run)
        return None
    run.work.containers.update(loaded.containers)
    _note_code(row, run.work)
    run.tally.load([*row.mapped.findings, *loaded.findings])
    return loaded.subject_id


@contextmanager
def _by_itself(session: Session) -> Iterator[None]:
    """A row that is refused is as if it had not been tried.

    One savepoint name for all rows: the session's own counts up, and each new statement would push a prepared one out.
    """
    connection = session.connection()
    connection.exec_driver_sql("SAVEPOINT import_row")
    try:
        yield
    except LimsError:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT import_row")
        connection.exec_driver_sql("RELEASE SAVEPOINT import_row")
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT import_row")


def _count_already(row: FingerprintedRow, run: Run) -> None:
    _note_code(row, run.work)
    run.tally.already += 1
    said = "Loaded before; nothing was done."
    run.tally.findings.append(finding(row.mapped.line, Outcome.ALREADY, "", "", "imports.already", said))


def _note_code(row: FingerprintedRow, work: Work) -> None:
    if (code := code_of(row.mapped)) is not None:
        work.lines[code] = row.mapped.line


def _begin_run(session: Session, file: ImportFile, run: Run, run_id: int | None) -> int:
    run_id = take_ids(session)[0] if run_id is None else run_id
    begin_histories(session, SubjectKind.IMPORT, [run_id])
    row = {
        "id": run_id,
        "kind": file.kind,
        "file_name": file.name,
        "file_sha256": _sha256(file.content),
        "actor_id": run.work.actor.id,
        "started_at": run.work.at,
        "report": "",
    }
    session.execute(insert(ImportRun).values(row | _counts(run.tally)))
    return run_id


def _write_tally(session: Session, run_id: int, tally: Tally, **more: str) -> None:
    session.execute(update(ImportRun).where(ImportRun.id == run_id).values(_counts(tally) | more))


def _end_run(session: Session, run_id: int, file: ImportFile, run: Run) -> None:
    """Keep the report. A run that changed something is an act of its own; one that changed nothing leaves the ledger as it was."""
    report, findings = report_csv(run.tally.in_order()), facts_json(run.tally.in_order())
    _write_tally(session, run_id, run.tally, report=report, findings=findings)
    if run.tally.loaded:
        facts: dict[str, object] = {
            "kind": file.kind,
            "file": file.name,
            "sha256": _sha256(file.content),
            "report_sha256": _sha256(report.encode()),
            "findings_sha256": _sha256(findings.encode()),
        }
        facts |= _counts(run.tally)
        act = Act(type=EventType.IMPORTED, occurred_at=run.work.at, facts=facts)
        append(session, lock_histories(session, [run_id])[run_id], act, actor=run.work.actor, at=run.work.at)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _counts(tally: Tally) -> dict[str, int]:
    return {"rows": tally.rows, "loaded": tally.loaded, "refused": tally.refused, "already": tally.already}


def _as_report(file: ImportFile, tally: Tally, run_id: int | None) -> ImportReport:
    return ImportReport(
        kind=file.kind,
        name=file.name,
        dry_run=file.dry_run,
        rows=tally.rows,
        loaded=tally.loaded,
        refused=tally.refused,
        already=tally.already,
        flagged=tally.flagged,
        warned=tally.warned,
        findings=tally.in_order(),
        run_id=run_id,
    )
