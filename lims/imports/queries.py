"""Reads of imports: which rows were loaded before, and what became of each run."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.imports.errors import UnknownRun
from lims.imports.findings import error_from_json, with_facts
from lims.imports.models import ImportedRow, ImportProgress, ImportRun
from lims.imports.report import read_report
from lims.imports.vocabulary import ImportKind, RowFinding

_KNOWN = select(ImportedRow.fingerprint).where(
    ImportedRow.study_id == bindparam("study_id"), ImportedRow.fingerprint.in_(bindparam("fingerprints", expanding=True))
)
_RUNS = select(
    ImportRun.id,
    ImportRun.kind,
    ImportRun.file_name,
    ImportRun.started_at,
    ImportRun.rows,
    ImportRun.loaded,
    ImportRun.refused,
    ImportRun.already,
    (ImportRun.report != "").label("has_ended"),
    UserAccount.username,
).join(UserAccount, UserAccount.id == ImportRun.actor_id)

_PROGRESS = select(ImportProgress, UserAccount.username).join(UserAccount, UserAccount.id == ImportProgress.actor_id)

SILENCE = timedelta(seconds=20)
"""After so long without a word nobody works on a file any more; whoever does says so twice a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One file taken in, or tried."""

    id: int
    kind: ImportKind
    file_name: str
    actor: str
    started_at: datetime
    rows: int
    loaded: int
    refused: int
    already: int
    has_ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFacts:
    """How far a file is that somebody gave in the browser."""

    id: int
    kind: ImportKind
    file_name: str
    dry_run: bool
    actor: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    rows: int
    loaded: int
    refused: int
    already: int
    problem: RowFinding | None
    findings: tuple[RowFinding, ...]

    @property
    def done(self) -> int:
        """How many rows have been dealt with."""
        return self.loaded + self.refused + self.already

    def has_stopped(self, now: datetime) -> bool:
        """Whether nobody works on it any more, though it has not ended: the service was stopped, or died."""
        return self.ended_at is None and now - self.seen_at > SILENCE


def known_rows(session: Session, study_id: int, fingerprints: Collection[str]) -> set[str]:
    """Which of these rows were loaded before."""
    return set(session.execute(_KNOWN, {"study_id": study_id, "fingerprints": list(fingerprints)}).scalars()) if fingerprints else set()


def list_runs(session: Session, *, before_id: int | None = None, only: int | None = None, limit: int = 50) -> list[RunFacts]:
    """Runs, the newest first; or the one of that number."""
    wanted = _RUNS.order_by(ImportRun.id.desc()).limit(limit)
    if only is not None:
        wanted = wanted.where(ImportRun.id == only)
    if before_id is not None:
        wanted = wanted.where(ImportRun.id < before_id)
    return [_as_run(row) for row in session.execute(wanted)]


def find_progress(session: Session, run_id: int) -> ProgressFacts | None:
    """How far a file is, and what came of it."""
    row = session.execute(_PROGRESS.where(ImportProgress.id == run_id)).one_or_none()
    return None if row is None else _as_progress(row)


def list_in_hand(session: Session, now: datetime) -> list[ProgressFacts]:
    """Files that are being read or loaded at this moment."""
    working = _PROGRESS.where(ImportProgress.ended_at.is_(None), ImportProgress.seen_at > now - SILENCE)
    return [_as_progress(row) for row in session.execute(working.order_by(ImportProgress.id))]


def findings_of_run(session: Session, run_id: int) -> list[RowFinding]:
    """What a run found, each with what its sentence is made of."""
    row = session.execute(select(ImportRun.report, ImportRun.findings).where(ImportRun.id == run_id)).one()
    return with_facts(read_report(row.report), row.findings)


def get_run(session: Session, run_id: int) -> tuple[RunFacts, str]:
    """A run with its report, as CSV.

    :raises UnknownRun: there is none of that number.
    """
    row = session.execute(_RUNS.add_columns(ImportRun.report).where(ImportRun.id == run_id)).one_or_none()
    if row is None:
        raise UnknownRun(run_id)
    return _as_run(row), row.report


def _as_run(row: Row[*tuple[Any, ...]]) -> RunFacts:
    return RunFacts(
        id=row.id,
        kind=ImportKind(row.kind),
        file_name=row.file_name,
        actor=row.username,
        started_at=row.started_at,
        rows=row.rows,
        loaded=row.loaded,
        refused=row.refused,
        already=row.already,
        has_ended=bool(row.has_ended),
    )


def _as_progress(row: Row[*tuple[Any, ...]]) -> ProgressFacts:
    kept: ImportProgress = row.ImportProgress
    return ProgressFacts(
        id=kept.id,
        kind=ImportKind(kept.kind),
        file_name=kept.file_name,
        dry_run=kept.dry_run,
        actor=row.username,
        started_at=kept.started_at,
        seen_at=kept.seen_at,
        ended_at=kept.ended_at,
        rows=kept.rows,
        loaded=kept.loaded,
        refused=kept.refused,
        already=kept.already,
        problem=error_from_json(kept.problem) if kept.problem else None,
        findings=tuple(with_facts(read_report(kept.report), kept.findings)) if kept.report else (),
    )
