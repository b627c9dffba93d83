"""Tables of pick lists: the list, its lines, and what was taken. Projections of the list's events."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class PickList(Base):
    """Tubes somebody wants; open until it is done or cancelled."""

    __tablename__ = "pick_list"
    __table_args__ = (
        CheckConstraint("minutes_out BETWEEN 1 AND 1440", name="minutes_out"),
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_at"),
        CheckConstraint("ended IS NULL OR ended IN ('done', 'cancelled')", name="ended"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    into_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    minutes_out: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    ended: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class PickLine(Base):
    """A tube a list wants; ``instead_of`` is the line nobody found, for which it stands in."""

    __tablename__ = "pick_line"
    __table_args__ = (
        UniqueConstraint("list_id", "specimen_id"),
        UniqueConstraint("list_id", "instead_of"),
        CheckConstraint("line > 0", name="line"),
        CheckConstraint("instead_of < line", name="instead_of"),
        Index("ix_pick_line_specimen_id", "specimen_id"),
        {"sqlite_strict": True},
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("pick_list.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"))
    instead_of: Mapped[int | None]
    not_found_at: Mapped[datetime | None]


class Pick(Base):
    """A line taken: once, whoever scans at the same moment, which the database enforces. Undone, the row goes."""

    __tablename__ = "pick"
    __table_args__ = (UniqueConstraint("event_id"), {"sqlite_strict": True})

    list_id: Mapped[int] = mapped_column(ForeignKey("pick_list.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("custody_event.id"))
    """The act on the tube."""
    store_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    """The freezer it was taken from, whose clock it starts."""
    picked_at: Mapped[datetime]
    picked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
