"""Tables of imports: each run with its findings, the rows already loaded, so that twice is once, and how far a file is."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class ImportRun(Base):
    """One file read, or tried."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    rows: Mapped[int]
    loaded: Mapped[int]
    refused: Mapped[int]
    already: Mapped[int]
    report: Mapped[str]
    """As it was given out: CSV, in English; empty until the run has ended."""
    findings: Mapped[str | None]
    """What each sentence of the report is made of, as JSON; NULL for a run from before that was kept."""


class ImportProgress(Base):
    """A file that somebody gave in the browser: how far it is, and what came of it. A load's report is its run's, by the same id."""

    __tablename__ = "import_progress"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    file_name: Mapped[str]
    dry_run: Mapped[bool]
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When whoever works on it last said so."""
    ended_at: Mapped[datetime | None]
    rows: Mapped[int]
    loaded: Mapped[int]
    refused: Mapped[int]
    already: Mapped[int]
    problem: Mapped[str]
    """Why the file as a whole was refused, as JSON; empty where it was not."""
    report: Mapped[str]
    findings: Mapped[str]
    """Of a dry run: what it found."""


class ImportedRow(Base):
    """A row that was loaded, by the hash of what it says, and what it became."""

    __tablename__ = "imported_row"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
