"""Statements of the hot path: written in SQLAlchemy's language, compiled once for each engine, run on the driver itself.

What SQLAlchemy works out anew at every execution (its cache's key, a context, what the cursor says of its columns, a result) costs as
much as an indexed look-up's answer and the rest of a scan together. Columns, types and refusals stay SQLAlchemy's, and whoever listens
to its engine hears these statements too. Only statements without lists of values, whose text would change, can be prepared.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, Delete, Dialect, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_Convert = Callable[[Any], Any]
_Row = tuple[Any, ...]


class _Compiled(NamedTuple):
    """As one driver takes it: the text, the values it always has, their order where they have no names, and what must be converted."""

    text: str
    fixed: dict[str, Any]
    order: tuple[str, ...] | None
    going: tuple[tuple[str, _Convert], ...]
    coming: tuple[tuple[int, _Convert], ...]


_Statement = TypeVar("_Statement", Select[Any], Update | Delete)


class _Prepared(Generic[_Statement]):
    """A statement, and what became of it for each engine that asked."""

    def __init__(self, statement: _Statement, columns: Iterable[Any] = ()) -> None:
        self.statement: _Statement = statement
        self._columns = tuple(columns)
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self.statement.compile(dialect=dialect)
        unset = {name: None for name, bind in compiled.binds.items() if bind.required}
        if lists := [name for name in unset if compiled.binds[name].expanding]:
            raise TypeError(f"a statement with a list of values cannot be prepared: {', '.join(lists)}")
        state = compiled.construct_expanded_state(unset)
        coming = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in self._columns]
        return _Compiled(
            state.statement,
            {name: value for name, value in state.parameters.items() if name not in unset},
            None if state.positiontup is None else tuple(state.positiontup),
            tuple(state.processors.items()),
            tuple((index, convert) for index, convert in enumerate(coming) if convert is not None),
        )


class PreparedRead(_Prepared[Select[Any]]):
    """A select whose rows come as named tuples."""

    def __init__(self, statement: Select[Any]) -> None:
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
        compiled = self._for(connection.dialect)
        rows: list[_Row] = execute(connection, compiled.text, _values(compiled, given)).fetchall()
        return [_converted(row, compiled.coming) for row in rows] if compiled.coming else rows


class PreparedWrite(_Prepared[Update | Delete]):
    """An update or a delete."""

    def run(self, session: Session, given: Mapping[str, object]) -> None:
        """Once."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        execute(connection, compiled.text, _values(compiled, given))

    def run_each(self, session: Session, given: Sequence[Mapping[str, object]]) -> None:
        """Once for each, sent together."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
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


def _values(compiled: _Compiled, given: Mapping[str, object]) -> Any:
    values = {**compiled.fixed, **given}
    for name, convert in compiled.going:
        values[name] = convert(values[name])
    return values if compiled.order is None else [values[name] for name in compiled.order]


def _converted(row: _Row, coming: tuple[tuple[int, _Convert], ...]) -> _Row:
    values = list(row)
    for index, convert in coming:
        values[index] = convert(values[index])
    return tuple(values)
