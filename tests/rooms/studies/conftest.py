"""A study on the database, and one-line ways to fill it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import enrol_participant, load_protocol
from lims.studies.vocabulary import EnrolParticipant, Recorded

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ILDR_02 = shipped_protocol("ILDR-02")

Enrol = Callable[..., Recorded]


@pytest.fixture
def trial(session: Session) -> Session:
    """A session on a database with the protocol of ILDR-02."""
    load_protocol(session, ILDR_02, "ildr-02.toml", actor=SYSTEM, at=NOW)
    return session


@pytest.fixture
def enrol(trial: Session) -> Enrol:
    """``enrol("L07")``: a participant of the cohort of that letter, with whatever else is said."""

    def enrol_one(code: str, **more: object) -> Recorded:
        return enrol_participant(trial, replace(participant(code), **more), actor=SYSTEM, at=NOW)  # type: ignore[arg-type]  # fields by name

    return enrol_one


def participant(code: str) -> EnrolParticipant:
    cohort = {"L": "lung", "E": "esophageal"}.get(code.strip()[:1].upper(), "other")
    return EnrolParticipant(code=code, cohort=cohort, enrolled_on=date(2026, 8, 10), consent_on=date(2026, 8, 8))
