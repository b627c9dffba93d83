"""The ground the other tests stand on: two engines, and nothing of one test left for the next."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.db import Database
from lims.migrate import check_current
from tests.support.engines import Databases

WRITE = text("INSERT INTO sign_in_throttle (key, failures, next_try_at) VALUES ('anybody', 1, '2026-11-22T08:00:00+00:00')")
COUNT = text("SELECT count(*) FROM sign_in_throttle")


def test_a_database_is_made_by_the_migrations(database: Database) -> None:
    check_current(database)


def test_a_database_keeps_what_is_committed_and_the_next_one_has_none_of_it(databases: Databases, database: Database) -> None:
    with database.transaction() as session:
        session.execute(WRITE)
    with database.read() as session:
        assert session.execute(COUNT).scalar_one() == 1
    following = databases.make()
    with following.read() as session:
        assert session.execute(COUNT).scalar_one() == 0
    databases.drop(following)


@pytest.mark.parametrize("test", ["one", "the next"])
def test_what_a_session_writes_is_gone_after_the_test(session: Session, test: str) -> None:
    assert session.execute(COUNT).scalar_one() == 0
    session.execute(WRITE)
    session.commit()
