"""The database: one set of tables on SQLite (STRICT ones) and PostgreSQL, how they are read, and the one way to write."""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    make_url,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session

from lims import clock
from lims.engines import postgresql_engine, sqlite_engine
from lims.errors import LimsError, OutcomeUnknown
from lims.prepared import execute
from lims.write_turns import WriteTurns

LARGEST_INTEGER = 2**63 - 1


class DatabaseBusy(LimsError):
    """Others held what this act needed for too long; nothing was kept."""

    code = "database.busy"

    def __init__(self) -> None:
        super().__init__("Too many people write at this moment. Send it again; nothing was kept.")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; ``timestamptz`` on PostgreSQL, ISO 8601 text in UTC on SQLite, where it sorts as it should."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Any:
        return _unless_none(clock.iso if dialect.name == "sqlite" else clock.in_utc)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _unless_none(clock.from_iso) if dialect.name == "sqlite" else None  # psycopg gives it in its connection's zone: UTC


class IsoDate(TypeDecorator[date]):
    """A calendar day; ``date`` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def bind_processor(self, dialect: Dialect) -> Any:
        return _unless_none(date.isoformat) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _unless_none(date.fromisoformat) if dialect.name == "sqlite" else None


def _unless_none(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A conversion for each value of a column, without the layers of a type decorator around it; NULL stays NULL."""
    return lambda value: None if value is None else convert(value)


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
def _integer_on_sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    """STRICT tables know five type names only."""
    return "INTEGER"


class Base(DeclarativeBase):
    """Every table of the house. Constraints have names, so that a refusal by the database can be put into words."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger(),
        str: Text(),
        bytes: LargeBinary(),
        bool: Boolean(create_constraint=False),
        datetime: UtcDateTime(),
        date: IsoDate(),
    }
    __table_args__: Any = {"sqlite_strict": True}


class Database:
    """One database, and the ways to read from it and write to it."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine, self.reading_engine = sqlite_engine(url), sqlite_engine(url, begin=None)
        else:
            self.engine = postgresql_engine(url, pool_size)
            self.reading_engine = postgresql_engine(url, pool_size, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)
        for engine in (self.engine, self.reading_engine):
            engine.update_execution_options(lims_database=self)
        self._snapshot = self.engine.execution_options(
            **({"lims_begin": "BEGIN"} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )
        self._turns = WriteTurns(Path(str(self.url.database))) if self.is_sqlite else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The one way to write: leaving the block commits, raising rolls everything back.

        :raises OutcomeUnknown: the connection broke while committing.
        :raises DatabaseBusy: a lock was not had in time, or two acts waited for each other.
        """
        session = Session(self.engine, autoflush=False, expire_on_commit=False)
        with self._turns.turn() if self._turns else nullcontext():
            try:
                with _in_words():
                    yield session
                _commit(session)
            finally:
                session.close()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read what is committed now, each statement by itself: no BEGIN is paid for, and PostgreSQL keeps its prepared statements.

        From connections of its own, so that none has to be turned from writing to reading and back at every call.
        """
        with _in_words(), self.reading_engine.connect() as connection:
            session = Session(connection, autoflush=False, expire_on_commit=False)
            try:
                yield session
            finally:
                if session.in_transaction():  # what is prepared begins none, and leaves nothing to close
                    session.close()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Read many statements as of one instant: for verifying and for documents."""
        session = Session(self._snapshot, autoflush=False, expire_on_commit=False)
        try:
            with _in_words():
                yield session
        finally:
            session.close()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self.reading_engine.dispose()


def take_ids(session: Session, count: int = 1) -> list[int]:
    """Fresh ids, from the one sequence all tables share, so that an id of one kind is never an id of another."""
    if session.get_bind().dialect.name == "sqlite":
        ((following,),) = execute(session.connection(), "UPDATE lims_id SET next = next + ? RETURNING next", (count,)).fetchall()
        return list(range(following - count, following))
    rows = execute(session.connection(), "SELECT nextval('lims_id') FROM generate_series(1, %s)", (count,)).fetchall()
    return [id_ for (id_,) in rows]


def database_of(session: Session) -> Database:
    """The database a session reads or writes."""
    return cast(Database, session.get_bind().get_execution_options()["lims_database"])


def table_of(model: type[Base]) -> Table:
    """The bare table of a model, for the hot statements that need no objects."""
    return cast(Table, model.__table__)


def for_update(session: Session) -> bool:
    """Whether a row must be locked by name; SQLite's BEGIN IMMEDIATE has locked everything already."""
    return session.get_bind().dialect.name != "sqlite"


def violated_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint or index an act ran into, the same on both engines."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    words = str(error.orig)
    if found := re.search(r"(?:CHECK constraint failed|index): '?(\w+)", words) or re.search(r"index '(\w+)'", words):
        return found.group(1)
    if found := re.search(r"UNIQUE constraint failed: (.+)", words):
        return _unique_names().get(frozenset(found.group(1).split(", ")))
    return None


@functools.cache
def _unique_names() -> dict[frozenset[str], str]:
    """SQLite names the columns of a broken unique constraint; this gives the constraint's name back."""
    names: dict[frozenset[str], str] = {}
    for table in Base.metadata.tables.values():
        names[frozenset(f"{table.name}.{column.name}" for column in table.primary_key)] = str(table.primary_key.name)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                names[frozenset(f"{table.name}.{column.name}" for column in constraint.columns)] = str(constraint.name)
        for index in table.indexes:
            if index.unique:
                names[frozenset(f"{table.name}.{column.name}" for column in index.columns)] = str(index.name)
    return names


@contextmanager
def _in_words() -> Iterator[None]:
    """A driver's words never leave this file."""
    try:
        yield
    except NoConnectionFree as error:
        raise DatabaseBusy from error
    except OperationalError as error:
        if error.connection_invalidated:
            raise OutcomeUnknown from error
        if _is_waiting(error):
            raise DatabaseBusy from error
        raise


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise OutcomeUnknown from error
        if _is_waiting(error):
            raise DatabaseBusy from error
        raise


def _is_waiting(error: DBAPIError) -> bool:
    """SQLite's busy file; PostgreSQL's deadlock, lock time-out, serialization failure."""
    return "locked" in str(error.orig) or getattr(error.orig, "sqlstate", "") in {
        "40P01",
        "55P03",
        "40001",
    }


def url_text(database: Database) -> str:
    """The database's address without its password, for people."""
    return database.url.render_as_string(hide_password=True)


__all__ = [
    "LARGEST_INTEGER",
    "Base",
    "Database",
    "DatabaseBusy",
    "IsoDate",
    "UtcDateTime",
    "database_of",
    "for_update",
    "table_of",
    "take_ids",
    "url_text",
    "violated_constraint",
]
