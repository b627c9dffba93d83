"""The floor: a bare Flask view under the same server, with the driver's statements written by hand.

Same tables, same rows, answers of the same size; no authentication, no audit, no idempotency, no ORM. What is measured as the
service's ratio is all that it adds to this. Its own writes go to tables of their own, ``floor_…``, made by :func:`make_tables`.
"""

import csv
import io
import itertools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask, Response, request
from psycopg.rows import tuple_row
from sqlalchemy import make_url

_TABLES = (
    "CREATE TABLE floor_specimen (id {id} PRIMARY KEY, participant_id BIGINT, barcode TEXT UNIQUE, label TEXT UNIQUE, "
    "specimen_type TEXT, timepoint TEXT, unit TEXT, amount BIGINT, state TEXT)",
    "CREATE TABLE floor_event (id {id} PRIMARY KEY, specimen_id BIGINT, type TEXT, occurred_at TEXT, actor TEXT, body TEXT)",
    "CREATE INDEX floor_event_specimen ON floor_event (specimen_id)",
)
_ONE_TUBE = """SELECT s.id, s.barcode, s.label, s.specimen_type, p.code, s.timepoint, s.state, s.amount, s.unit, s.thaw_count, s.flags,
    c.barcode, c.name, l."row", l."column" FROM barcode b JOIN specimen s ON s.id = b.subject_id
    JOIN participant p ON p.id = s.participant_id LEFT JOIN placement l ON l.specimen_id = s.id
    LEFT JOIN container c ON c.id = l.container_id WHERE b.code = ?"""
_FIFTY = """SELECT s.id, s.barcode, s.label, s.specimen_type, p.code, s.timepoint, s.state, s.amount, s.unit, s.thaw_count, s.flags,
    c.barcode, c.name, l."row", l."column" FROM specimen s JOIN participant p ON p.id = s.participant_id
    LEFT JOIN placement l ON l.specimen_id = s.id LEFT JOIN container c ON c.id = l.container_id
    WHERE s.specimen_type = ? AND s.id > ? ORDER BY s.id LIMIT 50"""
_MANIFEST = """SELECT s.barcode, s.label, p.code, p.cohort, s.timepoint, s.specimen_type, s.amount, s.unit, c.barcode, l."row",
    l."column", k.collected_at, k.frozen_at, s.thaw_count, s.flags FROM batch_member m JOIN specimen s ON s.id = m.specimen_id
    JOIN participant p ON p.id = s.participant_id JOIN collection k ON k.id = s.collection_id
    LEFT JOIN placement l ON l.specimen_id = s.id LEFT JOIN container c ON c.id = l.container_id
    WHERE m.batch_id = ? ORDER BY m.line"""

_ids = itertools.count(int(time.time() * 1_000_000))


class Driver:
    """Bare connections, one a thread."""

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
        """Read outside any transaction."""
        return list(self.connection().execute(self.text(statement), given))

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """One write."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def text(self, statement: str) -> str:
        """The statement with the driver's own placeholders."""
        return statement if self.is_sqlite else statement.replace("?", "%s")

    def _sqlite(self) -> sqlite3.Connection:
        connection = sqlite3.connect(str(self.url.database), isolation_level=None, timeout=30)
        for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _postgresql(self) -> Any:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True, row_factory=tuple_row)


def make_tables(url: str) -> None:
    """The floor's own tables, and a copy of every tube in them, so that its writes meet tables of the same size."""
    driver = Driver(url)
    for statement in _TABLES:
        driver.connection().execute(statement.format(id="INTEGER" if driver.is_sqlite else "BIGINT"))
    driver.connection().execute(
        "INSERT INTO floor_specimen SELECT id, participant_id, 'F' || barcode, 'F' || label, specimen_type, timepoint, unit, amount, state "
        "FROM specimen"
    )
    driver.connection().execute(
        "INSERT INTO floor_event SELECT id, subject_id, type, CAST(occurred_at AS TEXT), 'bench', canonical FROM custody_event"
    )


def create_floor() -> Flask:
    """The floor's views, on the database that ``FLOOR_DATABASE_URL`` names."""
    app, driver = Flask("floor"), Driver(os.environ["FLOOR_DATABASE_URL"])

    @app.get("/resolve/<code>")
    def resolve(code: str) -> Response:
        return _json(_as_tube(driver.rows(_ONE_TUBE, code)[0]))

    @app.get("/list")
    def list_fifty() -> Response:
        rows = driver.rows(_FIFTY, request.args["specimen_type"], int(request.args.get("after", 0)))
        return _json({"items": [_as_tube(row) for row in rows], "next": str(rows[-1][0]) if rows else None})

    @app.post("/event/<code>")
    def event(code: str) -> Response:
        body = request.get_data(as_text=True)
        lock = "" if driver.is_sqlite else " FOR UPDATE OF s"
        with driver.transaction() as connection:
            found = f"SELECT s.id, s.amount FROM barcode b JOIN specimen s ON s.id = b.subject_id WHERE b.code = ?{lock}"
            ((specimen_id, _),) = connection.execute(driver.text(found), (code,)).fetchall()
            connection.execute(driver.text("UPDATE floor_specimen SET state = ? WHERE id = ?"), ("received", specimen_id))
            row = (next(_ids), specimen_id, "thawed", json.loads(body)["occurred_at"], "bench", body)
            connection.execute(driver.text("INSERT INTO floor_event VALUES (?, ?, ?, ?, ?, ?)"), row)
        return _json({"results": [{"status": "recorded", "event": {"id": row[0], "type": row[2], "occurred_at": row[3], "body": body}}]})

    @app.post("/register/<code>")
    def register(code: str) -> Response:
        asked = json.loads(request.get_data())
        with driver.transaction() as connection:
            parent = "SELECT s.id, s.participant_id FROM barcode b JOIN specimen s ON s.id = b.subject_id WHERE b.code = ?"
            ((_, participant),) = connection.execute(driver.text(parent), (code,)).fetchall()
            tubes = [_new_tube(participant, asked) for _ in range(asked["count"])]
            cursor = connection.cursor()
            cursor.executemany(driver.text("INSERT INTO floor_specimen VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"), tubes)
            events = [(next(_ids), tube[0], "registered", "2026-01-01", "bench", json.dumps(tube)) for tube in tubes]
            cursor.executemany(driver.text("INSERT INTO floor_event VALUES (?, ?, ?, ?, ?, ?)"), events)
        return _json({"aliquots": [{"barcode": t[2], "label": t[3], "specimen_type": t[4], "unit": t[6], "amount": t[7]} for t in tubes]})

    @app.get("/manifest/<int:batch_id>")
    def manifest(batch_id: int) -> Response:
        text = io.StringIO()
        writer = csv.writer(text)
        for line, row in enumerate(driver.rows(_MANIFEST, batch_id), start=1):
            writer.writerow([f"M-{batch_id}", line, *row, "metagenomics", "", "", ""])
        return Response(text.getvalue(), mimetype="text/csv")

    return app


def _as_tube(row: tuple[Any, ...]) -> dict[str, Any]:
    names = ("id", "barcode", "label", "specimen_type", "participant", "timepoint", "state", "amount", "unit", "thaw_count", "flags")
    tube = dict(zip(names, row, strict=False))
    location = None if row[11] is None else {"container": row[11], "name": row[12], "position": f"{chr(65 + row[13])}{row[14] + 1}"}
    return tube | {"flags": row[10].split(), "location": location}


def _new_tube(participant: int, asked: dict[str, Any]) -> tuple[Any, ...]:
    number = next(_ids)
    return (number, participant, f"F{number}", f"FLOOR-{number}", "stool", "PRE", asked["unit"], int(asked["amount"] * 1000), "received")


def _json(answer: object) -> Response:
    return Response(json.dumps(answer), mimetype="application/json")
