"""Tables of collections, specimens and where each came from. Amounts are whole numbers in base units (``amounts.py``)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Collection(Base):
    """What was taken from a participant at a timepoint, or the fact that it was not, under the protocol version of that day."""

    __tablename__ = "collection"
    __table_args__ = (
        Index("ix_collection_participant_id", "participant_id", "timepoint"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    timepoint: Mapped[str]
    specimen_type: Mapped[str]
    collected_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    frozen_on: Mapped[date | None]
    not_collected: Mapped[str | None]
    note: Mapped[str | None]


class Specimen(Base):
    """A tube and what is in it. State, amount, thaws and flags are projections of its events."""

    __tablename__ = "specimen"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("initial_amount >= 0", name="initial_amount"),
        CheckConstraint("amount <= initial_amount", name="amount_not_more_than_at_start"),
        CheckConstraint("thaw_count >= 0", name="thaw_count"),
        Index(
            "ix_specimen_participant_id",
            "participant_id",
            "timepoint",
            "specimen_type",
            "id",
        ),
        Index("ix_specimen_specimen_type", "specimen_type", "id"),
        Index("ix_specimen_state", "state", "id"),
        Index("ix_specimen_timepoint", "timepoint", "id"),
        Index("ix_specimen_quarantined", "id", postgresql_where=text("quarantined"), sqlite_where=text("quarantined = 1")),
        Index("ix_specimen_missing", "id", postgresql_where=text("missing"), sqlite_where=text("missing = 1")),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id"), index=True)
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.code"), unique=True)
    label: Mapped[str] = mapped_column(unique=True)
    specimen_type: Mapped[str]
    form: Mapped[str]
    timepoint: Mapped[str]
    ordinal: Mapped[int]
    container_kind: Mapped[str | None]
    purpose: Mapped[str | None]
    unit: Mapped[str]
    initial_amount: Mapped[int | None]
    amount: Mapped[int | None]
    thaw_count: Mapped[int | None]
    state: Mapped[str]
    quarantined: Mapped[bool]
    flags: Mapped[str]
    missing: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]


class Lineage(Base):
    """Which specimen came from which, and how much of the parent it took (base units of the parent; None where unknown)."""

    __tablename__ = "lineage"
    __table_args__ = (
        CheckConstraint("drawn >= 0", name="drawn"),
        {"sqlite_strict": True},
    )

    child_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), primary_key=True, index=True)
    drawn: Mapped[int | None]
