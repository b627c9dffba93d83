"""Statements run on the driver itself say what SQLAlchemy's own way says, and refuse as it does, on both engines."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Select, Update, bindparam, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from lims import clock
from lims.accounts.models import UserAccount
from lims.bulk import insert_rows
from lims.db import Database, table_of, take_ids, violated_constraint
from lims.prepared import PreparedRead, PreparedWrite
from lims.specimens.models import Specimen
from lims.studies.models import Participant
from tests.factories.trial import begin, divide, open_trial, tube
from tests.support.counting import count_statements

SPECIMENS, PARTICIPANTS, PEOPLE = table_of(Specimen), table_of(Participant), table_of(UserAccount)
EVERY_KIND: Select[tuple[object, ...]] = (
    select(
        SPECIMENS,
        PARTICIPANTS.c.withdrawn_on,
        literal("#").label("mark"),
        func.coalesce(SPECIMENS.c.purpose, bindparam("purpose")).label("for_what"),
    )
    .join(PARTICIPANTS, PARTICIPANTS.c.id == SPECIMENS.c.participant_id)
    .where(SPECIMENS.c.created_at > bindparam("since"), SPECIMENS.c.quarantined == bindparam("quarantined"))
    .order_by(SPECIMENS.c.id)
    .limit(bindparam("most"))
)


@pytest.fixture
def tubes(database: Database) -> list[str]:
    """A primary tube and three aliquots of it."""
    with database.transaction() as session:
        open_trial(session)
        begin(session)
        primary = tube(session).barcode
        return [primary, *(aliquot.barcode for aliquot in divide(session, primary, 3))]


def test_rows_are_those_sqlalchemy_gives_value_for_value(tubes: list[str], database: Database) -> None:
    given = {"purpose": "nothing", "since": datetime(2020, 1, 1, tzinfo=UTC), "quarantined": False, "most": 50}
    prepared = PreparedRead(EVERY_KIND)
    with database.read() as session:
        expected = session.execute(EVERY_KIND, given).all()
        found = prepared.all(session, given)
    assert [row.barcode for row in found] == tubes
    assert [tuple(row) for row in found] == [tuple(row) for row in expected]
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in expected]
    assert (found[0].barcode, found[0].mark, found[0].for_what) == (expected[0].barcode, "#", expected[0].for_what)


@pytest.mark.usefixtures("tubes")
def test_days_and_instants_come_back_as_what_they_are(database: Database) -> None:
    statement = select(PARTICIPANTS.c.enrolled_on, literal(datetime(2026, 6, 1, tzinfo=UTC), PEOPLE.c.created_at.type).label("at"))
    with database.read() as session:
        row = PreparedRead(statement).first(session, {})
    assert type(row.enrolled_on) is date
    assert row.at == datetime(2026, 6, 1, tzinfo=UTC)


def test_nothing_found_is_none(database: Database) -> None:
    with database.read() as session:
        assert PreparedRead(select(PEOPLE).where(PEOPLE.c.username == bindparam("name"))).first(session, {"name": "nobody"}) is None


def test_many_updates_go_together_and_are_undone_together(database: Database) -> None:
    statement = update(PEOPLE).where(PEOPLE.c.id == bindparam("who")).values(language=bindparam("language"))
    ids = _people(database, "ada", "grace")
    with pytest.raises(IntegrityError):
        _speak_and_collide(database, statement, ids)
    assert _languages(database) == {"ada": None, "grace": None}
    with database.transaction() as session, count_statements(database) as cost:
        PreparedWrite(statement).run_each(session, [{"who": id_, "language": "zh"} for id_ in ids])
        PreparedWrite(statement).run(session, {"who": ids[0], "language": "en"})
    assert _languages(database) == {"ada": "en", "grace": "zh"}
    assert len(cost.statements) == 2


def test_a_broken_constraint_is_named_as_by_any_other_statement(database: Database) -> None:
    _people(database, "ada")
    for names in (["ada"], ["grace", "ada"]):
        with pytest.raises(IntegrityError) as refused, database.transaction() as session:
            insert_rows(session, PEOPLE, [_row(take_ids(session)[0], name) for name in names])
        assert violated_constraint(refused.value) == "uq_user_account_username"


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5])
def test_lists_of_values_find_what_sqlalchemy_finds_however_long(tubes: list[str], database: Database, count: int) -> None:
    some = select(SPECIMENS).where(
        SPECIMENS.c.barcode.in_(bindparam("codes", expanding=True)), SPECIMENS.c.created_at.not_in(bindparam("instants", expanding=True))
    )
    given = {"codes": [*tubes, "nobody's"][:count], "instants": [datetime(2020, 1, day, tzinfo=UTC) for day in range(1, count + 1)]}
    with database.read() as session:
        found = PreparedRead(some).rows(session, given)
        assert [tuple(row) for row in session.execute(some, given)] == found
    assert len(found) == min(count, len(tubes))


def test_a_few_texts_serve_lists_of_every_length(database: Database) -> None:
    several = PreparedRead(select(PEOPLE).where(PEOPLE.c.id.in_(bindparam("ids", expanding=True))))
    with database.read() as session, count_statements(database) as cost:
        for length in range(100):
            several.all(session, {"ids": list(range(length))})
    assert len(set(cost.statements)) == 9


def test_a_list_is_not_filled_up_beyond_what_an_engine_takes(tubes: list[str], database: Database) -> None:
    """PostgreSQL takes 65,535 values and SQLite, as it comes, 32,766: the next power of two would be too many."""
    some = PreparedRead(select(SPECIMENS).where(SPECIMENS.c.barcode.in_(bindparam("codes", expanding=True))))
    codes = [*(f"nobody's {number}" for number in range(32_000 if database.is_sqlite else 40_000)), *tubes]
    with database.read() as session:
        assert {row.barcode for row in some.all(session, {"codes": codes})} == set(tubes)


def _speak_and_collide(database: Database, statement: Update, ids: list[int]) -> None:
    with database.transaction() as session:
        PreparedWrite(statement).run_each(session, [{"who": id_, "language": "zh"} for id_ in ids])
        insert_rows(session, PEOPLE, [_row(ids[0], "somebody else")])


def _people(database: Database, *names: str) -> list[int]:
    with database.transaction() as session:
        ids = take_ids(session, len(names))
        insert_rows(session, PEOPLE, [_row(id_, name) for id_, name in zip(ids, names, strict=True)])
    return ids


def _row(id_: int, name: str) -> dict[str, object]:
    return {"id": id_, "username": name, "role": "technician", "created_at": clock.now()}


def _languages(database: Database) -> dict[str, str | None]:
    with database.read() as session:
        return {row.username: row.language for row in session.execute(select(PEOPLE).where(PEOPLE.c.id != 1))}
