"""Tables of imports: each run with its findings, and the rows already loaded, so that twice is once."""

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


class ImportedRow(Base):
    """A row that was loaded, by the hash of what it says, and what it became."""

    __tablename__ = "imported_row"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
