"""How a connection is set up, on SQLite above all: nothing acknowledged is lost, nothing half is seen, and nobody waits to read."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from lims import engines, write_turns
from lims.db import Database, DatabaseBusy, take_ids, violated_constraint
from tests.support.racing import CLIENTS, race, refusals

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "trusted_schema": 0, "busy_timeout": 30_000}
COUNT = text("SELECT failures FROM sign_in_throttle WHERE key = 'counter'")
SET = text("UPDATE sign_in_throttle SET failures = :value WHERE key = 'counter'")
MAKE = text("INSERT INTO sign_in_throttle (key, failures, next_try_at) VALUES (:key, 0, '2026-11-22T04:00:00.000000Z')")


def test_on_sqlite_every_connection_is_set_up_alike(database: Database) -> None:
    if not database.is_sqlite:
        return
    doors: tuple[Callable[[], Any], ...] = (database.transaction, database.read, database.snapshot)
    with doors[0]() as first, doors[1]() as second, doors[2]() as third:  # three connections at once
        for session in (first, second, third):
            assert {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in PRAGMAS} == PRAGMAS


def test_on_sqlite_who_writes_says_so_at_the_beginning(database: Database) -> None:
    if not database.is_sqlite:
        return
    assert _begun_with(database, database.transaction) == "BEGIN IMMEDIATE"
    assert _begun_with(database, database.snapshot) == "BEGIN"
    assert _begun_with(database, database.read) == "SELECT 1"  # each statement by itself, as on PostgreSQL


def _begun_with(database: Database, door: Callable[[], Any]) -> str:
    begun: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        begun.append(statement)

    for engine in (database.engine, database.reading_engine):
        event.listen(engine, "before_cursor_execute", note)
    with door() as session:
        session.execute(text("SELECT 1"))
    for engine in (database.engine, database.reading_engine):
        event.remove(engine, "before_cursor_execute", note)
    return begun[0]


def test_no_read_modify_write_is_lost(database: Database, how_many: Callable[[int, int], int]) -> None:
    rounds = how_many(15, 60)
    _make(database, "counter")

    def add_many() -> None:
        for _ in range(rounds):
            with database.transaction() as session:
                lock = "" if database.is_sqlite else " FOR UPDATE"
                value = session.execute(text(COUNT.text + lock)).scalar_one()
                session.execute(SET, {"value": value + 1})

    threads = [threading.Thread(target=add_many) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(COUNT).scalar_one() == CLIENTS * rounds


def test_reading_does_not_wait_for_somebody_who_writes(database: Database) -> None:
    _make(database, "counter")
    with database.transaction() as writer:
        writer.execute(SET, {"value": 7})
        began = time.monotonic()
        for door in (database.read, database.snapshot):
            with door() as reader:
                assert reader.execute(COUNT).scalar_one() == 0
        assert time.monotonic() - began < 2
    with database.read() as reader:
        assert reader.execute(COUNT).scalar_one() == 7


def test_a_snapshot_stays_as_it_was_while_others_write(database: Database) -> None:
    _make(database, "counter")
    with database.snapshot() as reader:
        assert reader.execute(COUNT).scalar_one() == 0
        with database.transaction() as writer:
            writer.execute(SET, {"value": 7})
        assert reader.execute(COUNT).scalar_one() == 0


def test_what_is_raised_within_a_transaction_undoes_all_of_it(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as session:
            session.execute(MAKE, {"key": "counter"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with database.read() as session:
        assert session.execute(COUNT).all() == []


def test_ids_are_given_once_however_many_ask(database: Database) -> None:
    outcomes = race(database, [lambda session: [take_ids(session, count) for count in (1, 5, 100)]] * CLIENTS)
    assert refusals(outcomes) == []
    given = [id_ for outcome in outcomes for ids in outcome.answer for id_ in ids]
    assert len(given) == len(set(given)) == CLIENTS * 106


def test_who_waits_too_long_is_told_that_others_write(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(database, "counter")
    database.dispose()
    monkeypatch.setattr(engines, "_PRAGMAS", ("busy_timeout = 50", *engines._PRAGMAS[1:]))
    monkeypatch.setattr(write_turns, "LONGEST_WAIT_S", 0.05)

    def write_impatiently() -> None:
        with database.transaction() as session:
            if not database.is_sqlite:
                session.execute(text("SET LOCAL lock_timeout = 50"))
            session.execute(SET, {"value": 2})

    with database.transaction() as writer:
        writer.execute(SET, {"value": 1})
        with pytest.raises(DatabaseBusy):
            write_impatiently()
    with database.read() as session:
        assert session.execute(COUNT).scalar_one() == 1


def test_a_broken_constraint_has_the_same_name_on_both_engines(database: Database) -> None:
    _make(database, "counter")
    broken = {
        "pk_sign_in_throttle": "INSERT INTO sign_in_throttle SELECT * FROM sign_in_throttle",
        "uq_user_account_username": "INSERT INTO user_account (id, username, role, created_at)"
        " SELECT 500, username, role, created_at FROM user_account WHERE id = 1",
        "ck_barcode_code": "INSERT INTO barcode (code, kind, subject_id, role, bound_at) SELECT '', kind, id, 'own', '2026-11-22T04:00:00Z'"
        " FROM custody_subject WHERE id = 1",
    }
    for name, statement in broken.items():
        with pytest.raises(IntegrityError) as refused, database.transaction() as session:
            session.execute(text(statement))
        assert violated_constraint(refused.value) == name


def test_on_sqlite_who_does_not_take_turns_is_kept_out_all_the_same(database: Database) -> None:
    if not database.is_sqlite:
        return
    with (
        closing(sqlite3.connect(str(database.url.database), timeout=0.05, isolation_level=None)) as other,
        database.transaction() as writer,
    ):
        writer.execute(MAKE, {"key": "counter"})
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def _make(database: Database, key: str) -> None:
    with database.transaction() as session:
        session.execute(MAKE, {"key": key})
