"""Tables of containers and of which tube is in which hole."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Container(Base):
    """A freezer, rack, box …: where it stands in its parent, and how many holes it has (None: no grid)."""

    __tablename__ = "container"
    __table_args__ = (
        Index(
            "uq_container_parent_id_slot",
            "parent_id",
            "slot",
            unique=True,
            sqlite_where=text("slot IS NOT NULL"),
            postgresql_where=text("slot IS NOT NULL"),
        ),
        Index(
            "uq_container_parent_id_name",
            "parent_id",
            "name",
            unique=True,
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.code"), unique=True)
    type: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"), index=True)
    slot: Mapped[str | None]
    rows: Mapped[int | None]
    columns: Mapped[int | None]
    temperature_c: Mapped[int | None]
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"))
    holds: Mapped[str | None]
    """The specimen types it is kept for, sorted, with a comma between them; NULL: any."""
    closed_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]


class Device(Base):
    """A tablet or computer by the name people know it by. ``key`` is what it calls itself in acts and claims."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 64", name="key"),
        CheckConstraint("length(name) BETWEEN 1 AND 40", name="name"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)


class BoxClaim(Base):
    """One device fills a box, and may choose its next hole without asking; nobody else does meanwhile. One living claim a box."""

    __tablename__ = "box_claim"
    __table_args__ = (
        Index(
            "uq_box_claim_living",
            "container_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("until > claimed_at", name="until"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    device: Mapped[str]
    claimed_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Placement(Base):
    """Where a tube is now: one row a tube, one tube a hole. ``away`` while the tube is out and the hole is kept for it.

    A projection: where the tube was before stands in its events.
    """

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint('("row" IS NULL) = ("column" IS NULL)', name="hole"),
        CheckConstraint('"row" BETWEEN 0 AND 99 AND "column" BETWEEN 0 AND 99', name="grid"),
        Index("uq_placement_hole", "container_id", "row", "column", unique=True),
        {"sqlite_strict": True},
    )

    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), primary_key=True, autoincrement=False)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    row: Mapped[int | None]
    column: Mapped[int | None]
    away: Mapped[bool]
    since: Mapped[datetime]
