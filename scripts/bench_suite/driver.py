"""Bare connections to the floor's database, one a thread, without SQLAlchemy."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import make_url


class Driver:
    """The engine's own driver, set up as the service sets it up: durable, foreign keys held, one write at a time on SQLite."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.kept = threading.local()

    def connection(self) -> Any:
        """This thread's connection."""
        if not hasattr(self.kept, "connection"):
            self.kept.connection = self._sqlite() if self.is_sqlite else self._postgresql()
        return self.kept.connection

    def rows(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        """What one statement gives; outside :meth:`transaction` by itself."""
        return list(self.connection().execute(self.text(statement), given))

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """One statement for each row, sent together."""
        self.connection().cursor().executemany(self.text(statement), rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def take_ids(self, count: int) -> list[int]:
        """Fresh ids, from the counter the service takes its own from."""
        if self.is_sqlite:
            ((following,),) = self.rows("UPDATE lims_id SET next = next + ? RETURNING next", count)
            return list(range(following - count, following))
        return [id_ for (id_,) in self.rows("SELECT nextval('lims_id') FROM generate_series(1, ?)", count)]

    def text(self, statement: str) -> str:
        """The statement with the driver's own placeholders, and its lock where rows are locked by name."""
        if self.is_sqlite:
            return statement.replace(" FOR UPDATE OF s", "")
        return statement.replace("?", "%s")

    def _sqlite(self) -> sqlite3.Connection:
        connection = sqlite3.connect(str(self.url.database), isolation_level=None, timeout=30)
        for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _postgresql(self) -> Any:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True, options="-c timezone=UTC")
