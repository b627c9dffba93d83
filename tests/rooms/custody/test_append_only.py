"""Tables that only grow: the database itself refuses every way to change, take out or put another in the place of a row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lims.custody.chain import chain_hash
from lims.custody.vocabulary import NO_HASH
from lims.db import Base
from tests.rooms.custody.conftest import fill
from tests.support.engines import Databases, SqliteDatabases

APPEND_ONLY = ("custody_event", "barcode", "protocol_version", "lineage", "manifest", "manifest_document", "manifest_pull")
EVENT = (
    "INSERT INTO custody_event (id, subject_id, sequence, type, occurred_at, recorded_at, actor_id, canonical, previous_hash, hash)"
    " VALUES (:id, :subject_id, :sequence, 'thawed', :at, :at, 1, '[]', :previous_hash, :hash)"
)


def columns_of(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


def keys_of(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].primary_key]


def row_of(table: str, **other: str) -> str:
    """A row of the table, with other values in some columns, as a SELECT."""
    return f"SELECT {', '.join(other.get(column, column) for column in columns_of(table))} FROM {table} LIMIT 1"


def changes(table: str) -> Iterator[str]:
    """What changes or takes out rows on both engines."""
    for column in columns_of(table):
        yield f"UPDATE {table} SET {column} = {column}"
    yield f"UPDATE {table} SET {columns_of(table)[-1]} = NULL"
    yield f"DELETE FROM {table}"
    others = [column for column in columns_of(table) if column not in keys_of(table)]
    yield (
        f"INSERT INTO {table} ({', '.join(columns_of(table))}) SELECT * FROM ({row_of(table)}) AS row_of WHERE true"
        f" ON CONFLICT ({', '.join(keys_of(table))}) DO UPDATE SET {others[0]} = excluded.{others[0]}"
    )


def changes_on_postgresql(table: str) -> Iterator[str]:
    yield f"TRUNCATE {table}"
    yield f"TRUNCATE {table} CASCADE"
    yield f"TRUNCATE {table} RESTART IDENTITY CASCADE"


def changes_on_sqlite(table: str) -> Iterator[str]:
    columns = ", ".join(columns_of(table))
    yield f"INSERT OR REPLACE INTO {table} ({columns}) {row_of(table)}"
    yield f"REPLACE INTO {table} ({columns}) {row_of(table)}"
    yield f"UPDATE OR REPLACE {table} SET {keys_of(table)[0]} = {keys_of(table)[0]}"
    yield f"UPDATE OR IGNORE {table} SET {keys_of(table)[0]} = {keys_of(table)[0]}"
    yield f"INSERT OR REPLACE INTO {table} (rowid, {columns}) SELECT rowid, {columns} FROM {table} LIMIT 1"
    if keys_of(table) != ["id"]:  # these have a hidden key besides
        new = {"code": "'NEW'", "format": "'xlsx'", "child_id": "child_id + 1"}
        other = {column: new[column] for column in keys_of(table) if column in new}
        first = f"(SELECT min(rowid) FROM {table})"
        yield f"INSERT OR REPLACE INTO {table} (rowid, {columns}) SELECT {first}, * FROM ({row_of(table, **other)})"
    if table in {"manifest", "protocol_version", "custody_event"}:  # these have another key besides the primary one
        yield f"INSERT OR REPLACE INTO {table} ({columns}) {row_of(table, id='id + 500000')}"


def content(session: Session, table: str) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in session.execute(text(f"SELECT * FROM {table}"))), key=str)


def on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_once_written_stays_as_it_is(ledger: Session, table: str) -> None:
    before = content(ledger, table)
    assert before
    for statement in (*changes(table), *(changes_on_sqlite(table) if on_sqlite(ledger) else changes_on_postgresql(table))):
        with pytest.raises(DBAPIError), ledger.begin_nested():
            ledger.execute(text(statement))
        assert content(ledger, table) == before, statement


def test_on_sqlite_a_connection_that_knows_nothing_of_our_settings_is_refused_too(databases: Databases) -> None:
    if not isinstance(databases, SqliteDatabases):
        return  # PostgreSQL has its own below
    database = databases.make()
    with database.transaction() as session:
        fill(session)
        before = [content(session, table) for table in APPEND_ONLY]
    turned_back = f"UPDATE custody_subject SET sequence = 0, head = '{NO_HASH}'"
    first_again = f"INSERT OR REPLACE INTO custody_event {row_of('custody_event', id='id + 500000')}"
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as raw:
        for table in APPEND_ONLY:
            for statement in (*changes(table), *changes_on_sqlite(table)):
                with pytest.raises(sqlite3.Error):
                    raw.execute(statement)
        raw.execute(turned_back)
        with pytest.raises(sqlite3.Error):
            raw.execute(first_again)
    with database.read() as session:
        assert [content(session, table) for table in APPEND_ONLY] == before
    databases.drop(database)


def test_on_postgresql_a_replica_whose_triggers_are_silent_is_refused_too(ledger: Session) -> None:
    if on_sqlite(ledger):
        return  # SQLite has its own above
    before = [content(ledger, table) for table in APPEND_ONLY]
    ledger.execute(text("SET LOCAL session_replication_role = replica"))
    for table in APPEND_ONLY:
        for statement in (*changes(table), *changes_on_postgresql(table)):
            with pytest.raises(DBAPIError), ledger.begin_nested():
                ledger.execute(text(statement))
    assert [content(ledger, table) for table in APPEND_ONLY] == before


@pytest.mark.parametrize(
    ("sequence", "previous"),
    [(1, "head"), (3, "head"), (0, "head"), (-1, "head"), (2, NO_HASH), (2, "f" * 64), (2, "")],
    ids=range(7),
)
def test_an_event_that_is_not_the_next_of_its_chain_is_refused(ledger: Session, sequence: int, previous: str) -> None:
    subject_id, head = _one_registered(ledger)
    before = content(ledger, "custody_event")
    with pytest.raises(DBAPIError), ledger.begin_nested():
        _write(ledger, subject_id, sequence, head if previous == "head" else previous)
    assert content(ledger, "custody_event") == before
    assert _one_registered(ledger) == (subject_id, head)


def test_an_event_of_nothing_is_refused(ledger: Session) -> None:
    with pytest.raises(DBAPIError), ledger.begin_nested():
        _write(ledger, 999_999_999, 1, NO_HASH)


def test_the_next_event_is_taken_and_the_head_follows_by_itself(ledger: Session) -> None:
    subject_id, head = _one_registered(ledger)
    _write(ledger, subject_id, 2, head)
    after = ledger.execute(text("SELECT sequence, head FROM custody_subject WHERE id = :id"), {"id": subject_id}).one()
    assert tuple(after) == (2, chain_hash(head, "[]"))


def _one_registered(ledger: Session) -> tuple[int, str]:
    """An aliquot with its first event only."""
    wanted = text("SELECT id, head FROM custody_subject WHERE kind = 'specimen' AND sequence = 1 ORDER BY id LIMIT 1")
    row = ledger.execute(wanted).one()
    return row.id, row.head


def _write(ledger: Session, subject_id: int, sequence: int, previous: str) -> None:
    values = {"id": 900_000, "subject_id": subject_id, "sequence": sequence, "previous_hash": previous, "at": "2026-11-22T04:00:00.000000Z"}
    ledger.execute(text(EVENT), values | {"hash": chain_hash(previous, "[]")})
