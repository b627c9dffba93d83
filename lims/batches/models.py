"""Tables of batches: one assay, its members, its controls."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Batch(Base):
    """Aliquots worked together for one assay."""

    __tablename__ = "batch"
    __table_args__ = (CheckConstraint("size > 0", name="size"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(
        ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    assay: Mapped[str]
    name: Mapped[str | None]
    size: Mapped[int | None]
    state: Mapped[str]
    created_at: Mapped[datetime]


class BatchMember(Base):
    """An aliquot in a batch; in one open batch at a time, which the database enforces."""

    __tablename__ = "batch_member"
    __table_args__ = (
        Index(
            "uq_batch_member_specimen",
            "specimen_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_batch_member_batch_id", "batch_id", "line"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), index=True)
    line: Mapped[int]
    pair_id: Mapped[str | None]
    side: Mapped[str | None]
    added_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class BatchControl(Base):
    """A control worked with the batch."""

    __tablename__ = "batch_control"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
