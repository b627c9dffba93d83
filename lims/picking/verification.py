"""What is kept of pick lists, compared with what their events say: the list, its lines, and what was taken."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.picking.models import Pick, PickLine, PickList

_LIST, _LINE, _PICK = table_of(PickList), table_of(PickLine), table_of(Pick)
_LISTS = select(_LIST).where(_LIST.c.id.in_(bindparam("ids", expanding=True)))
_LINES = select(_LINE).where(_LINE.c.list_id.in_(bindparam("ids", expanding=True)))
_PICKS = select(_PICK).where(_PICK.c.list_id.in_(bindparam("ids", expanding=True)))
_MADE = ("name", "batch_id", "into_id", "minutes_out")
_ENDINGS = {EventType.PICK_LIST_DONE: "done", EventType.PICK_LIST_CANCELLED: "cancelled"}

Lines = dict[int, dict[str, Any]]
"""By line, its columns, with those of its pick."""


def check_pick_lists(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these lists and their lines, against their events. Three statements, however many lists."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_LISTS, asked)}
    kept: dict[int, Lines] = defaultdict(dict)
    for row in session.execute(_LINES, asked):
        columns = {name: row._mapping[name] for name in ("specimen_id", "instead_of", "not_found_at")}
        kept[row.list_id][row.line] = columns | {"event_id": None, "store_id": None, "picked_at": None}
    for row in session.execute(_PICKS, asked):
        picked = {"event_id": row.event_id, "store_id": row.store_id, "picked_at": row.picked_at}
        kept[row.list_id].setdefault(row.line, {}).update(picked)
    for list_id, events in histories.items():
        try:
            sentences = list(_differences(rows.get(list_id), kept[list_id], events))
        except (LookupError, TypeError, AttributeError):
            sentences = ["its events do not fit together"]
        yield from (Difference(SubjectKind.PICK_LIST, list_id, sentence) for sentence in sentences)


def _differences(row: Any, kept: Lines, events: Sequence[Event]) -> Iterator[str]:
    if not events or events[0].type is not EventType.PICK_LIST_MADE:
        yield "its history does not begin with its making"
        return
    made = events[0].facts
    if row is None:
        yield f"{made['pick_list']}: its row is missing"
        return
    said = {"code": made["pick_list"], "made_at": events[0].recorded_at} | {column: made[column] for column in _MADE}
    ending = next((event for event in events if event.type in _ENDINGS), None)
    said |= {"ended": ending and _ENDINGS[ending.type], "ended_at": ending and ending.occurred_at}
    for column, expected in said.items():
        if getattr(row, column) != expected:
            yield f"{row.code}: {column} is {getattr(row, column)}, its events say {expected}"
    lines = _lines_said(events)
    for line in sorted(lines.keys() | kept.keys()):
        found, expected_line = kept.get(line, {}), lines.get(line, {})
        for column in sorted(found.keys() | expected_line.keys()):
            if found.get(column) != expected_line.get(column):
                yield f"{row.code}: {column} of line {line} is {found.get(column)}, its events say {expected_line.get(column)}"


def _lines_said(events: Sequence[Event]) -> Lines:
    lines: Lines = {each["line"]: _line(each["specimen_id"], None) for each in events[0].facts["lines"]}
    for event in events[1:]:
        facts = event.facts
        match event.type:
            case EventType.PICKED:
                picked = {"event_id": facts["event"], "store_id": facts["store_id"], "picked_at": event.occurred_at}
                lines[facts["line"]] |= picked
            case EventType.UNPICKED:
                lines[facts["line"]] |= {"event_id": None, "store_id": None, "picked_at": None}
            case EventType.PICK_NOT_FOUND:
                lines[facts["line"]] |= {"not_found_at": event.occurred_at}
            case EventType.PICK_SUBSTITUTED:
                lines[facts["line"]] = _line(facts["specimen_id"], facts["instead_of"])
            case _:
                continue
    return lines


def _line(specimen_id: int, instead_of: int | None) -> dict[str, Any]:
    nothing = dict.fromkeys(("not_found_at", "event_id", "store_id", "picked_at"))
    return {"specimen_id": specimen_id, "instead_of": instead_of} | nothing
