"""What is kept of audits, compared with what their events say: what was counted, how each tube was found, and how it ended."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.audits.models import Audit, AuditLine, AuditUnknown
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.storage.vocabulary import Found

_AUDITS = select(table_of(Audit)).where(table_of(Audit).c.id.in_(bindparam("ids", expanding=True)))
_LINES = select(table_of(AuditLine)).where(table_of(AuditLine).c.audit_id.in_(bindparam("ids", expanding=True)))
_UNKNOWN = select(table_of(AuditUnknown)).where(table_of(AuditUnknown).c.audit_id.in_(bindparam("ids", expanding=True)))

Line = dict[str, Any]
"""A tube of an audit, as its row would have it."""


def check_audits(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these audits, their tubes and the codes nobody knew, against their events. Three statements."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_AUDITS, asked)}
    lines: dict[int, dict[int, Line]] = defaultdict(dict)
    for row in session.execute(_LINES, asked):
        lines[row.audit_id][row.specimen_id] = dict(row._mapping)
    unknown: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(_UNKNOWN, asked):
        unknown[row.audit_id].add(row.code)
    for audit_id, events in histories.items():
        try:
            sentences = list(_differences(rows.get(audit_id), lines[audit_id], unknown[audit_id], events))
        except (LookupError, TypeError, AttributeError):
            sentences = ["its events do not fit together"]
        yield from (Difference(SubjectKind.AUDIT, audit_id, sentence) for sentence in sentences)


def _differences(row: Any, lines: dict[int, Line], unknown: set[str], events: Sequence[Event]) -> Iterator[str]:
    if not events or events[0].type is not EventType.AUDIT_BEGUN:
        yield "its history does not begin with its beginning"
        return
    begun = events[0].facts
    if row is None:
        yield f"{begun['audit']}: its row is missing"
        return
    name = row.code
    said = {column: begun[column] for column in ("kind", "container_id", "seed")} | {"code": begun["audit"]}
    said |= {"begun_at": events[0].recorded_at} | _ending(events)
    for column, expected in said.items():
        if getattr(row, column) != expected:
            yield f"{name}: {column} is {getattr(row, column)}, its events say {expected}"
    expected_lines, expected_unknown = _lines_said(events)
    if unknown != expected_unknown:
        yield f"{name}: the codes nobody knew are {sorted(unknown)}, its events say {sorted(expected_unknown)}"
    for specimen_id in sorted(lines.keys() | expected_lines.keys()):
        kept, told = lines.get(specimen_id), expected_lines.get(specimen_id)
        if kept is None or told is None:
            yield f"{name}: specimen {specimen_id} is {'not ' if kept is None else ''}in it, its events say otherwise"
            continue
        for column, value in told.items():
            if kept[column] != value:
                yield f"{name}: {column} of specimen {specimen_id} is {kept[column]}, its events say {value}"


def _ending(events: Sequence[Event]) -> dict[str, Any]:
    for event in events:
        if event.type is EventType.AUDIT_ACCEPTED:
            return {"ended_at": event.occurred_at, "accepted": True}
        if event.type is EventType.AUDIT_ABANDONED:
            return {"ended_at": event.recorded_at, "accepted": False}
    return {"ended_at": None, "accepted": False}


def _lines_said(events: Sequence[Event]) -> tuple[dict[int, Line], set[str]]:
    """The tubes and the unknown codes of an audit as its events leave them."""
    lines = {each["specimen_id"]: _line(True, each["recorded"]) for each in events[0].facts["lines"]}
    unknown: set[str] = set()
    for event in events[1:]:
        facts = event.facts
        if event.type is EventType.AUDIT_SCANNED and "unknown" in facts:
            unknown.add(facts["unknown"])
        elif event.type is EventType.AUDIT_SCANNED:
            expected = lines.get(facts["specimen_id"], {"expected": False})["expected"]
            seen = {"found": facts["found"], "scanned_at": event.occurred_at} | _place(facts["lies"], "lies_")
            lines[facts["specimen_id"]] = _line(expected, facts["recorded"]) | seen
        elif event.type is EventType.AUDIT_UNSCANNED:
            _take_back(lines, facts["specimen_id"])
        elif event.type is EventType.AUDIT_ACCEPTED:
            _accept(lines, set(facts["stale_ids"]))
    return lines, unknown


def _take_back(lines: dict[int, Line], specimen_id: int) -> None:
    if lines[specimen_id]["expected"]:
        lines[specimen_id] |= {"found": None, "scanned_at": None} | _place(None, "lies_")
    else:
        del lines[specimen_id]


def _accept(lines: dict[int, Line], stale: set[int]) -> None:
    for specimen_id, line in lines.items():
        if line["found"] is None and not line["away"] and specimen_id not in stale:
            line["found"] = Found.MISSING.value


def _line(expected: bool, recorded: Any) -> Line:
    away = bool(recorded and recorded.get("away"))
    return {"expected": expected, "away": away, "found": None, "scanned_at": None} | _place(recorded) | _place(None, "lies_")


def _place(hole: Any, prefix: str = "") -> Line:
    return {f"{prefix}{name}": hole and hole[name] for name in ("container_id", "row", "column")}
