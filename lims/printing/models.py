"""Tables of printing: printers, jobs, and each label that was asked for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base

_NEVER_LEFT = "state = 'void' AND sent_at IS NULL"
"""A label that was void before it left the queue: nobody can hold it, so its copy number is free again."""


class PrinterRow(Base):
    """A printer. ``leased_by`` is the one worker that talks to it until ``leased_until``."""

    __tablename__ = "printer"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("length(name) BETWEEN 1 AND 40", name="name"),
        CheckConstraint("kind IN ('raw', 'ipp', 'office')", name="kind"),
        CheckConstraint("language IN ('zpl', 'pdf')", name="language"),
        CheckConstraint("dpi IN (203, 300, 600)", name="dpi"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    name: Mapped[str]
    kind: Mapped[str]
    address: Mapped[str]
    dpi: Mapped[int]
    stock: Mapped[str]
    language: Mapped[str]
    paused: Mapped[bool]
    retired_at: Mapped[datetime | None]
    state: Mapped[str]
    faults: Mapped[str]
    asked_at: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]


class PrintJob(Base):
    """Labels asked for in one act, for one printer, from one template, in the order of their lines."""

    __tablename__ = "print_job"
    __table_args__ = (
        CheckConstraint("start BETWEEN 1 AND 1000", name="start"),
        Index("ix_print_job_requested_at", "requested_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    printer_id: Mapped[int] = mapped_column(ForeignKey("printer.id"), index=True)
    template: Mapped[str]
    start: Mapped[int]
    """First free position of a used sheet, from 1."""
    purpose: Mapped[str]
    requested_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    paused: Mapped[bool]
    cancelled_at: Mapped[datetime | None]


class LabelPrintRow(Base):
    """One label. A subject has at most one that is not void; triggers refuse a step back, a changed line, a deleted row."""

    __tablename__ = "label_print"
    __table_args__ = (
        UniqueConstraint("job_id", "line"),
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'printed', 'verified', 'void')", name="state"),
        CheckConstraint("copy BETWEEN 1 AND 99", name="copy"),
        CheckConstraint("copy = 1 OR reason IS NOT NULL", name="reason"),
        CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name="voided"),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void_reason"),
        CheckConstraint("state <> 'verified' OR verified_at IS NOT NULL", name="verified"),
        Index(
            "uq_label_print_live", "subject_id", unique=True, sqlite_where=text("state <> 'void'"), postgresql_where=text("state <> 'void'")
        ),
        Index(
            "uq_label_print_copy",
            "subject_id",
            "copy",
            unique=True,
            sqlite_where=text(f"NOT ({_NEVER_LEFT})"),
            postgresql_where=text(f"NOT ({_NEVER_LEFT})"),
        ),
        Index("ix_label_print_symbol", "symbol"),
        Index(
            "ix_label_print_unfinished",
            "job_id",
            "line",
            sqlite_where=text("state IN ('queued', 'sending', 'sent')"),
            postgresql_where=text("state IN ('queued', 'sending', 'sent')"),
        ),
        Index(
            "ix_label_print_unproven",
            "job_id",
            sqlite_where=text("state IN ('sent', 'printed')"),
            postgresql_where=text("state IN ('sent', 'printed')"),
        ),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    job_id: Mapped[int] = mapped_column(ForeignKey("print_job.id"))
    line: Mapped[int]
    subject_id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    barcode: Mapped[str]
    symbol: Mapped[str]
    copy: Mapped[int]
    fields: Mapped[str]
    """What the template's fields say, JSON."""
    reason: Mapped[str | None]
    state: Mapped[str]
    sent_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
