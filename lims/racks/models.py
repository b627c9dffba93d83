"""Tables of rack scans: a file as it was given, and what became of it. Both only grow."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class RackScan(Base):
    """A scanner's file of a box, as it was read: the same file of the same box is there once."""

    __tablename__ = "rack_scan"
    __table_args__ = (
        UniqueConstraint("container_id", "sha256"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        Index("ix_rack_scan_scanned_at", "scanned_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    sha256: Mapped[str]
    file_name: Mapped[str]
    reading: Mapped[str]
    """Format, rack and every hole, as JSON."""
    scanned_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    scanned_at: Mapped[datetime]


class RackScanEnd(Base):
    """That a scan was accepted, or put aside: once."""

    __tablename__ = "rack_scan_end"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'dropped')", name="state"),
        CheckConstraint("turn IN ('0', '90', '180', '270')", name="turn"),
        {"sqlite_strict": True},
    )

    scan_id: Mapped[int] = mapped_column(ForeignKey("rack_scan.id"), primary_key=True, autoincrement=False)
    state: Mapped[str]
    turn: Mapped[str]
    ended_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime]
