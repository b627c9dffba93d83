"""How many statements and commits a piece of work costs; BEGIN, COMMIT and savepoints are not counted as statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from lims.db import Database

_NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@dataclass
class Cost:
    """What was sent to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def count_statements(database: Database) -> Iterator[Cost]:
    """Everything sent to ``database`` within the block, by whichever thread."""
    cost = Cost()

    def note_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(_NOT_COUNTED):
            cost.statements.append(statement)

    def note_commit(_connection: Any) -> None:
        cost.commits += 1

    for engine in (database.engine, database.reading_engine):
        event.listen(engine, "before_cursor_execute", note_statement)
    event.listen(database.engine, "commit", note_commit)
    try:
        yield cost
    finally:
        for engine in (database.engine, database.reading_engine):
            event.remove(engine, "before_cursor_execute", note_statement)
        event.remove(database.engine, "commit", note_commit)
