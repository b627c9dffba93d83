"""Reads of imports: which rows were loaded before, and what became of each run."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.imports.errors import UnknownRun
from lims.imports.models import ImportedRow, ImportRun
from lims.imports.vocabulary import ImportKind

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
    UserAccount.username,
).join(UserAccount, UserAccount.id == ImportRun.actor_id)


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


def known_rows(session: Session, study_id: int, fingerprints: Collection[str]) -> set[str]:
    """Which of these rows were loaded before."""
    return set(session.execute(_KNOWN, {"study_id": study_id, "fingerprints": list(fingerprints)}).scalars()) if fingerprints else set()


def list_runs(session: Session, *, before_id: int | None = None, limit: int = 50) -> list[RunFacts]:
    """Runs, the newest first."""
    wanted = _RUNS.order_by(ImportRun.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(ImportRun.id < before_id)
    return [_as_run(row) for row in session.execute(wanted)]


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
    )
