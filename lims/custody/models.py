"""Tables of the ledger: the row a write locks first, and the events, which are only ever appended."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class CustodySubject(Base):
    """A thing with a history: how many events it has, the hash of the last, and the latest time any happened; a trigger keeps them."""

    __tablename__ = "custody_subject"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    sequence: Mapped[int]
    head: Mapped[str]
    latest_occurred_at: Mapped[datetime | None]


class CustodyEvent(Base):
    """One act. ``canonical`` is the text that was hashed; the other columns repeat it for looking things up."""

    __tablename__ = "custody_event"
    __table_args__ = (
        UniqueConstraint("subject_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence"),
        Index("ix_custody_event_recorded_at", "recorded_at"),
        Index("ix_custody_event_actor_id", "actor_id", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"))
    sequence: Mapped[int]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    canonical: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]
