"""ILDR-02 with participant L07, whose fraction is given."""

import pytest
from sqlalchemy.orm import Session

from tests.factories import trial


@pytest.fixture
def bench(session: Session) -> Session:
    trial.begin(session)
    return session
