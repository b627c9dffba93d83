"""Rows of one table written in one statement, however many, without what SQLAlchemy works out anew for each row.

PostgreSQL is given one array for each column, where there is more than one row; SQLite's driver runs one prepared statement over
the rows.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Table, Text
from sqlalchemy.orm import Session

from lims.prepared import execute

_Column = tuple[str, Callable[[Any], Any]]


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write ``rows``, all of which name the same columns. A broken constraint is raised as by any other statement."""
    dialect = session.get_bind().dialect
    as_arrays = dialect.name != "sqlite" and len(rows) > 1
    statement, columns = _prepared(table, tuple(rows[0]), dialect, as_arrays)
    values = [[as_driven(row[name]) for row in rows] for name, as_driven in columns]
    if as_arrays or len(rows) == 1:
        execute(session.connection(), statement, values if as_arrays else [value for (value,) in values])
    else:
        execute(session.connection(), statement, list(zip(*values, strict=True)), many=True)


@functools.lru_cache(maxsize=256)
def _prepared(table: Table, names: tuple[str, ...], dialect: Dialect, as_arrays: bool) -> tuple[str, list[_Column]]:
    """The statement, and for each column how its values are given to the driver."""
    quote = dialect.identifier_preparer.quote
    into = f"INSERT INTO {quote(table.name)} ({', '.join(quote(name) for name in names)})"
    if as_arrays:
        arrays = ", ".join(f"%s::{table.c[name].type.compile(dialect)}[]" for name in names)
        statement = f"{into} SELECT * FROM unnest({arrays})"
    else:
        mark = "?" if dialect.name == "sqlite" else "%s"
        statement = f"{into} VALUES ({', '.join(mark for _ in names)})"
    return statement, [(name, _as_driven(table, name, dialect)) for name in names]


def _as_driven(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any]:
    type_ = table.c[name].type.dialect_impl(dialect)
    return type_.bind_processor(dialect) or (_plain_text if isinstance(type_, Text) else _as_it_is)


def _plain_text(value: str | None) -> str | None:
    """A word of ours as bare text: in one array, drivers want one type."""
    return None if value is None else str(value)


def _as_it_is(value: Any) -> Any:
    return value
