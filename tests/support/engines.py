"""The two engines every test runs on, and databases on them: each made by our migrations, once, then copied.

One run of pytest has one folder, shared by its workers: a migrated SQLite file, and the one PostgreSQL server they all use.
"""

import fcntl
import functools
import os
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text

from lims.db import Database
from lims.migrate import upgrade
from tests.support.postgres import start_server, stop_server

ENGINES = ("sqlite", "postgresql")


class Databases(ABC):
    """Databases of one engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def make(self) -> Database:
        """A new database with every table and no row."""

    @abstractmethod
    def make_empty(self) -> Database:
        """A new database without a table, for the tests of the migrations themselves."""

    @abstractmethod
    def drop(self, database: Database) -> None:
        """Close the database and throw it away."""


class SqliteDatabases(Databases):
    """Files in the run's folder."""

    def make(self) -> Database:
        template = self.folder / "template.db"
        with _alone(self.folder / "sqlite.lock"):
            if not template.exists():
                _migrate(Database(f"sqlite:///{template}.new"))
                Path(f"{template}.new").rename(template)
        path = self._new_path()
        shutil.copyfile(template, path)
        return Database(f"sqlite:///{path}")

    def make_empty(self) -> Database:
        return Database(f"sqlite:///{self._new_path()}")

    def drop(self, database: Database) -> None:
        database.dispose()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database.url.database}{suffix}").unlink(missing_ok=True)

    def _new_path(self) -> Path:
        return self.folder / f"{secrets.token_hex(6)}.db"


class PostgresqlDatabases(Databases):
    """Databases on the server of ``LIMS_TEST_DATABASE_URL``, or else on one of our own."""

    def make(self) -> Database:
        template = _name(self.folder, "template")
        with _alone(self.folder / "postgresql.lock"):
            server = server_url(self.folder)
            if not _ask(server, f"SELECT 1 FROM pg_database WHERE datname = '{template}'"):
                _ask(server, f"CREATE DATABASE {template}_new")
                _migrate(Database(_on(server, f"{template}_new")))
                _ask(server, f"ALTER DATABASE {template}_new RENAME TO {template}")
        return self._make(server, copied_from(template))

    def make_empty(self) -> Database:
        with _alone(self.folder / "postgresql.lock"):
            server = server_url(self.folder)
        return self._make(server)

    def drop(self, database: Database) -> None:
        database.dispose()
        _ask(server_url(self.folder), f"DROP DATABASE {database.url.database} WITH (FORCE)")

    def _make(self, server: URL, template: str = "") -> Database:
        name = _name(self.folder, secrets.token_hex(6))
        _ask(server, f"CREATE DATABASE {name} {template}")
        return Database(_on(server, name))


def copied_from(template: str) -> str:
    """How a database of ours is begun as a copy of another: file by file, which costs half of writing each page to the log."""
    return f"TEMPLATE {template} STRATEGY file_copy"


def server_url(folder: Path) -> URL:
    """The superuser's address on this run's PostgreSQL server, which the first call starts."""
    if given := os.environ.get("LIMS_TEST_DATABASE_URL"):
        return make_url(given).set(drivername="postgresql+psycopg")
    note = folder / "postgresql.url"
    if not note.exists():
        # What the tests write is thrown away, so nothing waits for a disk.
        url = start_server(folder / "postgresql", fsync="off", full_page_writes="off", max_connections=300)
        note.write_text(url.render_as_string(hide_password=False))
    return make_url(note.read_text())


def close_run(folder: Path) -> None:
    """Throw away everything a run of pytest made."""
    if os.environ.get("LIMS_TEST_DATABASE_URL"):
        ours = _ask(server_url(folder), f"SELECT datname FROM pg_database WHERE datname LIKE '{_name(folder, '%')}'")
        for name in ours:
            _ask(server_url(folder), f"DROP DATABASE {name} WITH (FORCE)")
    stop_server(folder / "postgresql")
    shutil.rmtree(folder, ignore_errors=True)


def _migrate(database: Database) -> None:
    upgrade(database)
    database.dispose()


def _on(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


def _name(folder: Path, name: str) -> str:
    """Runs may share a server: the folder's own name keeps their databases apart."""
    return f"{folder.name.replace('-', '_')}_{name}".lower()


def _ask(server: URL, statement: str) -> list[str]:
    with _engine(server).connect() as connection:
        result = connection.execute(text(statement))
        return [str(value) for value in result.scalars()] if result.returns_rows else []


@functools.cache
def _engine(server: URL) -> Engine:
    return create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One worker at a time."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
