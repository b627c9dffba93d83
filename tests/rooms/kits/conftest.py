"""ILDR-02 with participants L07, whose fraction is given, and L08."""

import pytest
from sqlalchemy.orm import Session

from tests.factories import trial


@pytest.fixture
def bench(session: Session) -> Session:
    trial.begin(session)
    trial.enrol(session, "L08")
    return session
