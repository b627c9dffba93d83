"""Tables of kits: the kit, and the tubes in it that wait to be filled."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Kit(Base):
    """Tubes for one timepoint, of a participant or, in stock, of nobody yet. Triggers refuse to reopen it or to give it to another."""

    __tablename__ = "kit"
    __table_args__ = (
        CheckConstraint("state IN ('made', 'used', 'void')", name="state"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.code"), unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    timepoint: Mapped[str | None]
    state: Mapped[str]
    made_at: Mapped[datetime]


class KitTube(Base):
    """A labelled tube that waits to be filled. Used, it is the specimen of the same id: its barcode names one thing for ever.

    Triggers refuse to make a used or void one ready again.
    """

    __tablename__ = "kit_tube"
    __table_args__ = (
        UniqueConstraint("kit_id", "line"),
        CheckConstraint("state IN ('ready', 'used', 'void')", name="state"),
        CheckConstraint("form IN ('primary', 'aliquot')", name="form"),
        CheckConstraint("(form = 'aliquot') = (made_of IS NOT NULL)", name="made_of"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"))
    line: Mapped[int]
    """The order of the work, from 1."""
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.code"), unique=True)
    specimen_type: Mapped[str]
    form: Mapped[str]
    made_of: Mapped[str | None]
    """Of an aliquot, the type of the primary tubes it is made of."""
    purpose: Mapped[str | None]
    container_kind: Mapped[str | None]
    amount: Mapped[int | None]
    """What the plan wants in it, in base units."""
    unit: Mapped[str]
    state: Mapped[str]
