"""Statements of the hot path: written in SQLAlchemy's language, compiled once for each engine, run on the driver itself.

What SQLAlchemy works out anew at every execution (its cache's key, a context, what the cursor says of its columns, a result) costs as
much as an indexed look-up's answer and the rest of a scan together. Columns, types and refusals stay SQLAlchemy's, and whoever listens
to its engine hears these statements too. A list of values is filled up to the next power of two by its last one: so there are few texts
of a statement, however many values it is given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import BindParameter, Connection, Delete, Dialect, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import iterate

MOST_FILLED = 16_384
"""Up to how many values a list is filled up; SQLite takes 32,766 in a statement, PostgreSQL 65,535."""

_Convert = Callable[[Any], Any]
_Row = tuple[Any, ...]


class _Compiled(NamedTuple):
    """As one driver takes it: the text, the values it always has, by what names it takes each value of a list, the order of all where they
    have no names, and what must be converted."""

    text: str
    fixed: dict[str, Any]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    order: tuple[str, ...] | None
    going: tuple[tuple[str, _Convert], ...]
    coming: tuple[tuple[int, _Convert], ...]


_Statement = TypeVar("_Statement", Select[Any], Update | Delete)


class _Prepared(Generic[_Statement]):
    """A statement, and what became of it for each engine that asked."""

    def __init__(self, statement: _Statement, columns: Iterable[Any] = ()) -> None:
        self.statement: _Statement = statement
        self._columns = tuple(columns)
        self._lists = tuple(bind.key for bind in iterate(statement) if isinstance(bind, BindParameter) and bind.expanding and bind.required)
        self._compiled: dict[tuple[str, tuple[int, ...]], _Compiled] = {}

    def _for(self, dialect: Dialect, given: Mapping[str, Any]) -> _Compiled:
        lengths = tuple(_room_for(given[name]) for name in self._lists)
        found = self._compiled.get((dialect.name, lengths))
        if found is None:
            found = self._compiled[dialect.name, lengths] = self._compile(dialect, dict(zip(self._lists, lengths, strict=True)))
        return found

    def _compile(self, dialect: Dialect, lengths: Mapping[str, int]) -> _Compiled:
        compiled: Any = self.statement.compile(dialect=dialect)
        unset = {name: [None] * lengths[name] if name in lengths else None for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(unset)
        coming = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in self._columns]
        return _Compiled(
            state.statement,
            {name: value for name, value in state.parameters.items() if name in compiled.binds and name not in unset},
            tuple((name, tuple(state.parameter_expansion[name])) for name in lengths),
            None if state.positiontup is None else tuple(state.positiontup),
            tuple(state.processors.items()),
            tuple((index, convert) for index, convert in enumerate(coming) if convert is not None),
        )


class PreparedRead(_Prepared[Select[Any]]):
    """A select whose rows come as named tuples."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        super().__init__(statement, statement.selected_columns)
        self.names: tuple[str, ...] = tuple(statement.selected_columns.keys())
        self._as_row: Any = NamedTuple("Row", [(name, Any) for name in self.names])._make

    def first(self, session: Session, given: Mapping[str, object]) -> Any:
        """The first row, or None."""
        rows = self.rows(session, given)
        return self._as_row(rows[0]) if rows else None

    def all(self, session: Session, given: Mapping[str, object]) -> list[Any]:
        """Every row."""
        return [self._as_row(row) for row in self.rows(session, given)]

    def rows(self, session: Session, given: Mapping[str, object]) -> Sequence[_Row]:
        """Every row as a bare tuple, its values in the order of ``names``."""
        connection = connection_of(session)
        compiled = self._for(connection.dialect, given)
        rows: list[_Row] = execute(connection, compiled.text, _values(compiled, given)).fetchall()
        return [_converted(row, compiled.coming) for row in rows] if compiled.coming else rows


class PreparedWrite(_Prepared[Update | Delete]):
    """An update or a delete; it takes no lists of values."""

    def run(self, session: Session, given: Mapping[str, object]) -> None:
        """Once."""
        connection = session.connection()
        compiled = self._for(connection.dialect, {})
        execute(connection, compiled.text, _values(compiled, given))

    def run_each(self, session: Session, given: Sequence[Mapping[str, object]]) -> None:
        """Once for each, sent together."""
        connection = session.connection()
        compiled = self._for(connection.dialect, {})
        execute(connection, compiled.text, [_values(compiled, each) for each in given], many=True)


def connection_of(session: Session) -> Connection:
    """What a session reads through; one for reading has it at hand, and begins nothing on it. Who writes has to begin."""
    return session.bind if isinstance(session.bind, Connection) else session.connection()


def execute(connection: Connection, text: str, values: Any, *, many: bool = False) -> Any:
    """Run ``text`` on the driver; gives its cursor. What the driver refuses is raised as SQLAlchemy raises it."""
    connection.dispatch.before_cursor_execute(connection, None, text, values, None, many)
    driver: Any = connection.connection.dbapi_connection
    dialect, errors = connection.dialect, connection.dialect.loaded_dbapi.Error
    cursor = driver.cursor()
    try:
        return cursor.executemany(text, values) or cursor if many else cursor.execute(text, values)
    except errors as error:
        lost = dialect.is_disconnect(error, driver, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(text, None, error, errors, dialect=dialect, connection_invalidated=lost) from error


def _room_for(values: Sequence[object]) -> int:
    """How many values a list of so many is filled up to: 0, 1, 2, 4, 8 …; a longer one than :data:`MOST_FILLED` stays as long as it is."""
    return min(1 << (len(values) - 1).bit_length(), max(len(values), MOST_FILLED)) if values else 0


def _values(compiled: _Compiled, given: Mapping[str, Any]) -> Any:
    values = {**compiled.fixed, **given}
    for name, names in compiled.lists:
        listed = values.pop(name)
        values.update((each, listed[min(index, len(listed) - 1)]) for index, each in enumerate(names))
    for name, convert in compiled.going:
        values[name] = convert(values[name])
    return values if compiled.order is None else [values[name] for name in compiled.order]


def _converted(row: _Row, coming: tuple[tuple[int, _Convert], ...]) -> _Row:
    values = list(row)
    for index, convert in coming:
        values[index] = convert(values[index])
    return tuple(values)
