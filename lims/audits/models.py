"""Tables of audits: what is counted, its tubes, and the codes nobody knew. Projections of the audit's events."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Audit(Base):
    """A container being counted, or counted; one at a time, which the database enforces."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("kind IN ('box', 'sample')", name="kind"),
        CheckConstraint("(kind = 'sample') = (seed IS NOT NULL)", name="seed"),
        CheckConstraint("NOT accepted OR ended_at IS NOT NULL", name="accepted"),
        Index(
            "uq_audit_open",
            "container_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_audit_container_id", "container_id", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    seed: Mapped[int | None]
    begun_at: Mapped[datetime]
    begun_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    accepted: Mapped[bool]


class AuditLine(Base):
    """A tube looked for, or one that turned up: where it was recorded then, how it was found, and where it lies if elsewhere."""

    __tablename__ = "audit_line"
    __table_args__ = (
        CheckConstraint(
            "found IS NULL OR found IN ('here', 'back', 'wrong-place', 'misplaced', 'unexpected', 'missing')",
            name="found",
        ),
        CheckConstraint("expected OR found IS NOT NULL", name="turned_up"),
        CheckConstraint("lies_container_id IS NULL OR found IN ('back', 'wrong-place')", name="lies"),
        {"sqlite_strict": True},
    )

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), primary_key=True, index=True)
    expected: Mapped[bool]
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    row: Mapped[int | None]
    column: Mapped[int | None]
    away: Mapped[bool]
    found: Mapped[str | None]
    lies_container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    lies_row: Mapped[int | None]
    lies_column: Mapped[int | None]
    scanned_at: Mapped[datetime | None]
    scanned_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class AuditUnknown(Base):
    """A code scanned in an audit that names nothing."""

    __tablename__ = "audit_unknown"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    scanned_at: Mapped[datetime]
