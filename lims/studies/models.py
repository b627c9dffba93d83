"""Tables of studies, their protocol versions, participants, treatments and consent."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Study(Base):
    """A study; what it asks for stands in its protocol versions."""

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    time_zone: Mapped[str]
    current_protocol_id: Mapped[int | None]


class ProtocolVersion(Base):
    """A protocol file as it was loaded; never rewritten, so what was collected under it can always be read by it."""

    __tablename__ = "protocol_version"
    __table_args__ = (UniqueConstraint("study_id", "version"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    version: Mapped[str]
    source: Mapped[str]
    sha256: Mapped[str]
    loaded_at: Mapped[datetime]


class Participant(Base):
    """A person in a study, by a pseudonymous code. Nothing that identifies them is kept here."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("study_id", "code"),
        Index("ix_participant_code", "code"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    code: Mapped[str]
    cohort: Mapped[str]
    sex: Mapped[str | None]
    enrolled_on: Mapped[date]
    consent_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    off_study_on: Mapped[date | None]
    carried_over_from: Mapped[str | None]


class ParticipantExternalId(Base):
    """What another study or register calls a participant."""

    __tablename__ = "participant_external_id"
    __table_args__ = (
        Index("ix_participant_external_id_value", "value"),
        {"sqlite_strict": True},
    )

    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    system: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))


Index(
    "uq_participant_external_id_study_id_system_value",
    ParticipantExternalId.study_id,
    ParticipantExternalId.system,
    ParticipantExternalId.value,
    unique=True,
)


class Treatment(Base):
    """A dose given; ``ordinal`` counts the doses of one kind, from 1, in the order they were given."""

    __tablename__ = "treatment"
    __table_args__ = (
        UniqueConstraint("participant_id", "kind", "given_at"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[str]
    given_at: Mapped[datetime]


class ConsentRecord(Base):
    """Consent given or withdrawn, on a day."""

    __tablename__ = "consent_record"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    kind: Mapped[str]
    on: Mapped[date] = mapped_column("happened_on")
    reason: Mapped[str | None]
    recorded_at: Mapped[datetime]
