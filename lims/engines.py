"""How a connection to either engine is set up.

SQLite is held to what PostgreSQL does by itself: foreign keys, write-ahead log with ``synchronous=FULL`` (anything less loses
acknowledged rows in a power cut), ``BEGIN IMMEDIATE`` for every write (the default mode loses updates), and recursive triggers
(without them ``INSERT OR REPLACE`` slips past an append-only table).
"""

import math
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

_PRAGMAS = (
    "busy_timeout = 30000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "trusted_schema = OFF",
)
_IDLE_S = 1.0
"""A connection that lay idle for longer is asked whether it still lives; asking one in use each time would cost a round trip a call."""


def sqlite_engine(url: str, begin: str | None = "BEGIN IMMEDIATE") -> Engine:
    """An engine whose transactions begin so, or as its execution option ``lims_begin`` says; with None each statement is by itself."""
    arguments = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, skip_autocommit_rollback=begin is None)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    if begin is not None:

        @event.listens_for(engine, "begin")
        def say_so(connection: Connection) -> None:
            connection.exec_driver_sql(connection.get_execution_options().get("lims_begin", begin))

    return engine


def postgresql_engine(url: str, pool_size: int, **options: Any) -> Engine:
    """An engine that keeps ``pool_size`` connections, and no dead one."""
    arguments = {"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=20000"}
    engine = create_engine(url, pool_size=pool_size, max_overflow=8, pool_recycle=600, connect_args=arguments, **options)

    @event.listens_for(engine, "checkin")
    def note_when(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["left_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask_the_idle(connection: Any, record: ConnectionPoolEntry, _lent: Any) -> None:
        if time.monotonic() - record.info.get("left_at", math.inf) > _IDLE_S:
            _check_alive(engine, connection)

    return engine


def _check_alive(engine: Engine, connection: Any) -> None:
    """
    :raises DisconnectionError: it was cut; the pool takes another.
    """
    assert engine.dialect.dbapi is not None
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.dbapi.Error as error:
        raise DisconnectionError from error
