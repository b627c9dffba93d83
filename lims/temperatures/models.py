"""Tables of temperatures: the logs that were taken in and their readings, which only grow, and the excursions that follow from them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class TemperatureLog(Base):
    """A logger's file, and how many of its readings were new."""

    __tablename__ = "temperature_log"
    __table_args__ = (
        CheckConstraint("readings > 0", name="readings"),
        Index("ix_temperature_log_container_id", "container_id", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    zone: Mapped[str]
    readings: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class TemperatureReading(Base):
    """How cold a freezer was at an instant, in thousandths of a degree: one reading an instant."""

    __tablename__ = "temperature_reading"
    __table_args__ = (
        CheckConstraint("milli_c BETWEEN -273150 AND 200000", name="milli_c"),
        {"sqlite_strict": True},
    )

    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    milli_c: Mapped[int]
    log_id: Mapped[int] = mapped_column(ForeignKey("temperature_log.id"), index=True)


class TemperatureExcursion(Base):
    """A time outside the limits. A projection of the readings and the limits; that it was reviewed stands in the freezer's events."""

    __tablename__ = "temperature_excursion"
    __table_args__ = (
        UniqueConstraint("container_id", "side", "begun_at"),
        CheckConstraint("side IN ('warm', 'cold')", name="side"),
        Index(
            "ix_temperature_excursion_open",
            "id",
            sqlite_where=text("reviewed_at IS NULL"),
            postgresql_where=text("reviewed_at IS NULL"),
        ),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    side: Mapped[str]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    lasting: Mapped[bool]
    extreme_milli_c: Mapped[int]
    limit_milli_c: Mapped[int]
    tolerated_minutes: Mapped[int]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
