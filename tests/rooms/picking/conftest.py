"""A bench with a study, on either engine."""

import pytest
from sqlalchemy.orm import Session

from tests.support.bench import Bench


@pytest.fixture
def bench(session: Session) -> Bench:
    return Bench(session).open_study()
