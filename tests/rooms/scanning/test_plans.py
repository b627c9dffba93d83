"""A scan finds what it names by indexes alone, on either engine: so it takes as long among a million tubes as among a few."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from lims.accounts.service import add_user
from lims.accounts.vocabulary import SYSTEM, Role
from lims.checks import connect_rooms
from lims.db import Database
from lims.labels.badges import give_badge
from lims.scanning.resolve import resolve_scan
from tests.support.bench import NOW, Bench

LOOKED_THROUGH = re.compile(r"Seq Scan on \w+|SCAN (?!CONSTANT ROW|way\b|up\b)\w+")
"""A table read from its first row to its last. The way up from a container is a list of the statement's own, as long as it is high."""


@contextmanager
def sent_to(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, values))

    engine = database.reading_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_tube_its_label_and_a_badge_are_found_without_reading_a_table_through(database: Database) -> None:
    connect_rooms()
    with database.transaction() as session:
        bench = Bench(session).open_study()
        tube = bench.primary()
        bench.place(tube.barcode, bench.freezer_box(), "C4")
        add_user(session, "chen.yutong", Role.TECHNICIAN, actor=SYSTEM, at=NOW)
        badge = give_badge(session, "chen.yutong", actor=SYSTEM, at=NOW)
    with sent_to(database) as sent, database.read() as session:
        for code in (tube.barcode, tube.label, badge):
            resolve_scan(session, code)
    assert len(sent) == 1 + 2 + 2
    explain, plans = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN", []
    with database.engine.connect() as connection:
        if not database.is_sqlite:  # a handful of rows is cheaper to read through: forbidden, what has an index shows it
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in sent:
            given = tuple(values) if isinstance(values, list) else values
            plans += [str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", given)]
    assert any("ndex" in plan or "INDEX" in plan for plan in plans)
    assert [plan for plan in plans if LOOKED_THROUGH.search(plan)] == []
