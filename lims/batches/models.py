"""Tables of batches: one assay, its members, its controls; and of numbers given in order, without a gap."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Batch(Base):
    """Aliquots worked together for one assay; open until ``closed_at``."""

    __tablename__ = "batch"
    __table_args__ = (CheckConstraint("size > 0", name="size"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    assay: Mapped[str]
    name: Mapped[str | None]
    size: Mapped[int | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class BatchMember(Base):
    """An aliquot in a batch. While its batch is open (``released_at`` NULL) it is in no other, which the database enforces.

    A projection: one taken out of an open batch leaves no row, and stands in the events.
    """

    __tablename__ = "batch_member"
    __table_args__ = (
        Index(
            "uq_batch_member_specimen",
            "specimen_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        {"sqlite_strict": True},
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), primary_key=True, index=True)
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


class RunningNumber(Base):
    """The last number given of a series. An act that is rolled back gives its number back, so there is no gap."""

    __tablename__ = "running_number"
    __table_args__ = (CheckConstraint("last > 0", name="last"), {"sqlite_strict": True})

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
