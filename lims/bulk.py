"""Rows of one table written in one statement, however many, without what SQLAlchemy works out anew for each row.

PostgreSQL is given one array for each column; SQLite's driver runs one prepared statement over the rows.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Table, Text
from sqlalchemy.orm import Session


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write ``rows``, all of which name the same columns. A broken constraint is raised as by any other statement."""
    statement, columns = _prepared(table, tuple(rows[0]), session.get_bind().dialect)
    values = [[as_driven(row[name]) for row in rows] for name, as_driven in columns]
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    session.connection().exec_driver_sql(statement, list(zip(*values, strict=True)) if on_sqlite else tuple(values))


@functools.lru_cache(maxsize=256)
def _prepared(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, list[tuple[str, Callable[[Any], Any]]]]:
    """The statement, and for each column how its values are given to the driver."""
    quote = dialect.identifier_preparer.quote
    into = f"INSERT INTO {quote(table.name)} ({', '.join(quote(name) for name in names)})"
    if dialect.name == "sqlite":
        statement = f"{into} VALUES ({', '.join('?' for _ in names)})"
    else:
        arrays = ", ".join(f"%s::{table.c[name].type.compile(dialect)}[]" for name in names)
        statement = f"{into} SELECT * FROM unnest({arrays})"
    return statement, [(name, _as_driven(table, name, dialect)) for name in names]


def _as_driven(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any]:
    type_ = table.c[name].type.dialect_impl(dialect)
    return type_.bind_processor(dialect) or (_plain_text if isinstance(type_, Text) else _as_it_is)


def _plain_text(value: str | None) -> str | None:
    """A word of ours as bare text: in one array, drivers want one type."""
    return None if value is None else str(value)


def _as_it_is(value: Any) -> Any:
    return value
