"""The floor: a bare Flask view under the same server, with the driver's statements written by hand.

The rows each operation cannot do without, and answers of the same size; no authentication, no audit, no idempotency, no ORM. What is
measured as the service's ratio is all that it adds to this. It reads the service's tables and writes to its own
(:mod:`~scripts.bench_suite.floor_tables`).
"""

import csv
import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from jinja2 import Template
from xlsxwriter import Workbook

from scripts.bench_suite.driver import Driver

_TUBE = """s.id, s.barcode, s.label, s.specimen_type, s.form, p.code, s.timepoint, s.state, s.amount, s.unit, s.thaw_count, s.flags,
    c.barcode, c.name, l."row", l."column", l.away"""
_WHERE_IT_IS = """JOIN participant p ON p.id = s.participant_id LEFT JOIN placement l ON l.specimen_id = s.id
    LEFT JOIN container c ON c.id = l.container_id"""
_ONE_TUBE = f"SELECT {_TUBE} FROM barcode b JOIN specimen s ON s.id = b.subject_id {_WHERE_IT_IS} WHERE b.code = ?"
_FIFTY = f"""SELECT {_TUBE}, t.code, s.container_kind, s.purpose, k.collected_at, k.received_at, k.processed_at, k.frozen_at
    FROM specimen s {_WHERE_IT_IS} JOIN collection k ON k.id = s.collection_id JOIN study t ON t.id = s.study_id
    WHERE s.specimen_type = ? AND s.id > ? ORDER BY s.id LIMIT 51"""
_FAMILY = f"""SELECT {_TUBE} FROM specimen me JOIN specimen s ON s.collection_id = me.collection_id {_WHERE_IT_IS}
    WHERE me.id = ? ORDER BY s.id"""
_HISTORY = """SELECT e.type, e.occurred_at, e.recorded_at, u.username, e.canonical, e.previous_hash, e.hash
    FROM custody_event e JOIN user_account u ON u.id = e.actor_id WHERE e.subject_id = ? ORDER BY e.sequence"""
_WAY = """WITH RECURSIVE up (id, above) AS (SELECT l.container_id, 0 FROM placement l WHERE l.specimen_id = ?
    UNION ALL SELECT c.parent_id, up.above + 1 FROM up JOIN container c ON c.id = up.id WHERE c.parent_id IS NOT NULL)
    SELECT c.barcode, c.type, c.name, c.slot FROM up JOIN container c ON c.id = up.id ORDER BY up.above DESC"""
_LABELS = """SELECT b.id, b.state, b.copy, b.reason, b.symbol, r.name FROM label_print b JOIN print_job j ON j.id = b.job_id
    JOIN printer r ON r.id = j.printer_id WHERE b.subject_id = ? ORDER BY b.id DESC"""
_IN_PAIRS = f"""SELECT {_TUBE}, s.purpose, s.quarantined, s.missing, k.collected_at, k.processed_at, k.frozen_at FROM specimen me
    JOIN specimen s ON s.participant_id = me.participant_id {_WHERE_IT_IS} JOIN collection k ON k.id = s.collection_id
    WHERE me.id = ? ORDER BY s.id"""
_DOSES = (
    """SELECT t.kind, t.given_at FROM specimen me JOIN treatment t ON t.participant_id = me.participant_id WHERE me.id = ? ORDER BY t.id"""
)
_LINES = """SELECT s.barcode, s.label, p.code, p.cohort, s.timepoint, m.side, m.pair_id, s.specimen_type, s.amount, s.unit,
    c.barcode, l."row", l."column", k.collected_at, k.frozen_at, s.thaw_count, s.flags FROM batch_member m
    JOIN specimen s ON s.id = m.specimen_id JOIN participant p ON p.id = s.participant_id JOIN collection k ON k.id = s.collection_id
    LEFT JOIN placement l ON l.specimen_id = s.id LEFT JOIN container c ON c.id = l.container_id
    WHERE m.batch_id = ? ORDER BY p.code, m.pair_id, m.side, s.id"""
_LOCK = """SELECT s.id, s.participant_id, s.collection_id, s.timepoint, s.specimen_type, p.code, s.amount, s.thaw_count, s.state
    FROM floor_barcode b JOIN floor_specimen s ON s.id = b.specimen_id JOIN participant p ON p.id = s.participant_id
    WHERE b.code = ? FOR UPDATE OF s"""
_LAST_NUMBER = "SELECT max(ordinal) FROM floor_specimen WHERE participant_id = ? AND timepoint = ? AND specimen_type = ?"
_NEW_EVENT = "INSERT INTO floor_event VALUES (?, ?, ?, ?, ?, ?, ?)"


def create_floor() -> Flask:
    """The floor's views, on the database that ``FLOOR_DATABASE_URL`` names."""
    app, driver = Flask("floor"), Driver(os.environ["FLOOR_DATABASE_URL"])

    @app.get("/resolve/<code>")
    def resolve(code: str) -> Response:
        return _json(_as_scan(driver.rows(_ONE_TUBE, code)[0]))

    @app.get("/page/<code>")
    def page(code: str) -> Any:
        tube = driver.rows(_ONE_TUBE, code)[0]
        tables = [driver.rows(statement, tube[0]) for statement in (_FAMILY, _IN_PAIRS, _DOSES, _WAY, _LABELS)]
        return _PAGE.render(tube=tube, tables=tables, history=driver.rows(_HISTORY, tube[0]))

    @app.get("/list")
    def list_fifty() -> Response:
        rows = driver.rows(_FIFTY, request.args["specimen_type"], int(request.args.get("after", 0)))
        return _json({"items": [_as_item(row) for row in rows[:50]], "next": str(rows[49][0]) if len(rows) > 50 else None})

    @app.post("/event/<code>")
    def event(code: str) -> Response:
        return _json(_record(driver, code, json.loads(request.get_data())))

    @app.post("/register/<code>")
    def register(code: str) -> Response:
        return _json({"aliquots": _divide(driver, code, json.loads(request.get_data()))})

    @app.post("/manifest/<int:batch_id>")
    def issue(batch_id: int) -> Response:
        return _json({"number": _issue(driver, batch_id)})

    @app.get("/manifest/<int:number>")
    def pull(number: int) -> Response:
        ((content,),) = driver.rows("SELECT content FROM floor_document WHERE number = ? AND format = ?", number, request.args["format"])
        return Response(content, mimetype="text/csv")

    return app


def _record(driver: Driver, code: str, asked: dict[str, Any]) -> dict[str, Any]:
    """A thaw: the tube locked, its count and its event written."""
    now = datetime.now(UTC).isoformat()
    with driver.transaction():
        ((tube, *_, thaw_count, _state),) = driver.rows(_LOCK, code)
        (id_,) = driver.take_ids(1)
        driver.many(_NEW_EVENT, [(id_, tube, asked["type"], asked["occurred_at"], now, "bench", "{}")])
        driver.many("UPDATE floor_specimen SET thaw_count = ?, state = ? WHERE id = ?", [(thaw_count + 1, "received", tube)])
    event = {"id": id_, "type": asked["type"], "occurred_at": asked["occurred_at"], "recorded_at": now, "actor": "bench", "facts": {}}
    as_long = {"device": None, "from": None, "to": None, "reason": None, "corrects": None, "previous_hash": "0" * 64, "hash": "0" * 64}
    return {"results": [{"op_id": asked["op_id"], "status": "recorded", "event": event | as_long}]}


def _divide(driver: Driver, code: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Aliquots: the parent locked and drawn from; codes, numbered tubes, lineage and an event for each."""
    count, amount, now = asked["count"], int(asked["amount"] * 1000), datetime.now(UTC).isoformat()
    with driver.transaction():
        ((parent, participant, collection, timepoint, type_, who, left, thaw_count, _),) = driver.rows(_LOCK, code)
        ((last,),) = driver.rows(_LAST_NUMBER, participant, timepoint, type_)
        ids = driver.take_ids(2 * count + 1)
        same = (asked["purpose"], asked["unit"], amount, thaw_count, "received", "", now)
        tubes = []
        for ordinal, id_ in enumerate(ids[:count], start=last + 1):
            label = f"FLOOR-{who}-{timepoint}-{ordinal}"
            tubes.append((id_, participant, collection, _new_code(), label, type_, timepoint, ordinal, *same))
        driver.many("INSERT INTO floor_barcode VALUES (?, ?)", [(tube[3], tube[0]) for tube in tubes])
        driver.many(f"INSERT INTO floor_specimen VALUES ({', '.join('?' * 15)})", tubes)
        driver.many("INSERT INTO floor_lineage VALUES (?, ?, ?)", [(tube[0], parent, amount) for tube in tubes])
        events = [(ids[-1], parent, "aliquoted", now, now, "bench", json.dumps({"count": count, "amount": amount}))]
        events += [(id_, tube[0], "registered", now, now, "bench", json.dumps(tube)) for id_, tube in zip(ids[count:], tubes, strict=False)]
        driver.many(_NEW_EVENT, events)
        driver.many("UPDATE floor_specimen SET amount = ? WHERE id = ?", [(left - count * amount, parent)])
    return [
        {"barcode": tube[3], "label": tube[4], "specimen_type": type_, "unit": tube[9], "amount": asked["amount"], "purpose": tube[8]}
        for tube in tubes
    ]


def _new_code() -> str:
    """From so many that it need not be asked whether one is taken, as the service does ask."""
    return secrets.token_hex(6)


def _issue(driver: Driver, batch_id: int) -> int:
    """A manifest in the three formats every one is kept in."""
    (number,) = driver.take_ids(1)
    rows = driver.rows(_LINES, batch_id)
    lines = [(f"M-{number}", line, *row, "metagenomics", "") for line, row in enumerate(_in_text(rows), start=1)]
    contents = {"csv": _as_csv(lines), "json": _as_json(lines), "xlsx": _as_workbook(lines)}
    kept = [(number, batch_id, format_, content, hashlib.sha256(content).hexdigest()) for format_, content in contents.items()]
    with driver.transaction():
        driver.many("INSERT INTO floor_document VALUES (?, ?, ?, ?, ?)", kept)
    return number


def _in_text(rows: list[tuple[Any, ...]]) -> Iterator[list[Any]]:
    for row in rows:
        yield [cell.isoformat() if isinstance(cell, datetime) else cell for cell in row]


def _as_csv(lines: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(lines)
    return text.getvalue().encode()


def _as_json(lines: list[tuple[Any, ...]]) -> bytes:
    return json.dumps({"lines": [dict(zip(_COLUMNS, line, strict=True)) for line in lines]}).encode()


def _as_workbook(lines: list[tuple[Any, ...]]) -> bytes:
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([_COLUMNS, *lines]):
            for column, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    return written.getvalue()


_PAGE = Template(
    """<!doctype html><html lang="en"><head><title>{{ tube[1] }}</title></head><body><h1>{{ tube[1] }}</h1>
    {% for rows in tables %}<table>
    {% for one in rows %}<tr>{% for cell in one %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}
    <ol>{% for act in history %}<li>{% for cell in act %}<span>{{ cell }}</span>{% endfor %}</li>{% endfor %}</ol>"""
    + "<form method='post'><label>As much that never changes as the service's page has.<input name='what'></label></form>" * 72
    + "</body></html>",
    autoescape=True,
)
_COLUMNS = (
    *("manifest", "line", "barcode", "label", "participant", "cohort", "timepoint", "side", "pair_id", "specimen_type", "amount", "unit"),
    *("container", "row", "column", "collected_at", "frozen_at", "thaw_count", "flags", "assay", "plate"),
)
_NAMES = ("barcode", "label", "specimen_type", "form", "participant", "timepoint", "state", "amount", "unit", "thaw_count")
_TIMES = ("collected_at", "received_at", "processed_at", "frozen_at")
_ACTS = ["placed", "aliquoted", "thawed", "consumed", "dispatched", "quarantined", "disposed"]


def _as_tube(row: tuple[Any, ...]) -> dict[str, Any]:
    tube = dict(zip(_NAMES, row[1:11], strict=True))
    place = None
    if row[12] is not None:
        position = f"{chr(65 + row[14])}{row[15] + 1}"
        place = {"container": row[12], "name": row[13], "position": position, "path": f"{row[13]} / {position}", "away": bool(row[16])}
    return tube | {"flags": row[11].split(), "location": place}


def _as_item(row: tuple[Any, ...]) -> dict[str, Any]:
    tube = _as_tube(row) | {"study": row[17], "container_kind": row[18], "purpose": row[19]}
    tube |= {"side": "pre", "frozen_on": None, "window": "in"}
    return tube | {name: at.isoformat() if isinstance(at, datetime) else at for name, at in zip(_TIMES, row[20:], strict=True)}


def _as_scan(row: tuple[Any, ...]) -> dict[str, Any]:
    tube = _as_tube(row)
    explanation = f"{tube['label']}, {tube['amount']} {tube['unit']}. In the laboratory, in no container."
    title = f"{tube['participant']} {tube['timepoint']} {tube['specimen_type']}"
    said = {"kind": "specimen", "code": row[1], "title": title, "explanation": explanation}
    return said | {"subject": tube | {"withdrawn_on": None}, "actions": _ACTS}


def _json(answer: object) -> Response:
    return Response(json.dumps(answer), mimetype="application/json")
