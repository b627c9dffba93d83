"""Verifying printing: each printer by its events against its row; each job and its labels by the events of the job; and each copy's
code against its label.

What a printer was seen to do (sent, printed) is told by no event, except where a person did it at a printer of their own.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.ids import in_fours
from lims.labels.models import BoundCode
from lims.labels.vocabulary import CodeRole
from lims.printing.models import LabelPrintRow, PrinterRow, PrintJob
from lims.printing.vocabulary import LabelState, PrinterKind, VoidReason
from lims.printing.writing import text_checksum

_PRINTERS, _JOBS, _LABELS, _CODES = table_of(PrinterRow), table_of(PrintJob), table_of(LabelPrintRow), table_of(BoundCode)
_PEOPLE = table_of(UserAccount)
_JOB_ROWS = (
    select(
        _JOBS.c.id,
        _PRINTERS.c.name.label("printer"),
        _PRINTERS.c.kind.label("printer_kind"),
        *(_JOBS.c[name] for name in ("template", "start", "purpose", "requested_at", "paused", "cancelled_at")),
        _PEOPLE.c.username.label("requested_by"),
    )
    .outerjoin(_PRINTERS, _PRINTERS.c.id == _JOBS.c.printer_id)
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _JOBS.c.requested_by)
    .where(_JOBS.c.id.in_(bindparam("ids", expanding=True)))
)
_OF_PRINTER = ("name", "kind", "address", "dpi", "stock", "language")
_PRINTER_ROWS = select(_PRINTERS).where(_PRINTERS.c.id.in_(bindparam("ids", expanding=True)))
_ASKED = ("barcode", "subject_id", "symbol", "copy", "reason")
_CAME = ("state", "sent_at", "printed_at", "verified_at", "voided_at", "void_reason")
_LABEL_ROWS = (
    select(*(_LABELS.c[name] for name in ("job_id", "line", "fields", *_ASKED, *_CAME)))
    .where(_LABELS.c.job_id.in_(bindparam("ids", expanding=True)))
    .order_by(_LABELS.c.job_id, _LABELS.c.line)
)
_COPY_CODES = select(_CODES.c.subject_id, _CODES.c.code).where(
    _CODES.c.subject_id.in_(bindparam("ids", expanding=True)), _CODES.c.role == CodeRole.COPY
)
_COPIES = select(_LABELS.c.subject_id, _LABELS.c.symbol).where(
    _LABELS.c.subject_id.in_(bindparam("ids", expanding=True)), _LABELS.c.copy > 1
)


@dataclass(slots=True)
class _Said:
    """What the events of a job say: of it, and by line of its labels."""

    job: dict[str, Any]
    labels: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    void: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    verified: dict[int, datetime] = field(default_factory=dict)
    taken: dict[int, datetime] = field(default_factory=dict)
    printed: dict[int, datetime] = field(default_factory=dict)


def check_printers(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each printer as its events leave it, against its row. One statement, however many printers."""
    rows = {row.id: row for row in session.execute(_PRINTER_ROWS, {"ids": list(histories)})}
    for printer_id, events in histories.items():
        for sentence in _printer_differences(rows.get(printer_id), events):
            yield Difference(SubjectKind.PRINTER, printer_id, sentence)


def check_jobs(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each job and its labels against its events. Two statements, however many jobs."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_JOB_ROWS, asked)}
    labels: dict[int, list[Any]] = defaultdict(list)
    for label in session.execute(_LABEL_ROWS, asked):
        labels[label.job_id].append(label)
    for job_id, events in histories.items():
        for sentence in _differences(rows.get(job_id), labels[job_id], events):
            yield Difference(SubjectKind.PRINT_JOB, job_id, sentence)


def check_copy_codes(kind: SubjectKind, session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each code of a copy is on a label of its thing, and each later label's code is bound to it. Two statements, however many things."""
    kept, printed = _by_thing(session, _COPY_CODES, histories), _by_thing(session, _COPIES, histories)
    for subject_id in sorted(kept.keys() | printed.keys()):
        for code in sorted(kept[subject_id] - printed[subject_id]):
            yield Difference(kind, subject_id, f"code {code} is bound to it as a copy's, and no label of it has that")
        for code in sorted(printed[subject_id] - kept[subject_id]):
            yield Difference(kind, subject_id, f"a label of it has the code {code}, which is not bound to it as a copy's")


def _printer_differences(row: Any, events: Sequence[Event]) -> Iterator[str]:
    if row is None:
        yield "it has events and no row"
        return
    try:
        said = _printer_said(events)
    except (LookupError, TypeError, ValueError):
        yield "its events do not say what it is"
        return
    for what, value in said.items():
        if (kept := getattr(row, what)) != value:
            yield f"its {what} is {kept}, its events say {value}"


def _printer_said(events: Sequence[Event]) -> dict[str, Any]:
    """What a printer is by its events, as its row keeps it; how it stands is told by no event."""
    added = events[0]
    if added.type is not EventType.PRINTER_ADDED:
        raise ValueError("a history that begins with something else")
    said: dict[str, Any] = {what: added.facts[what] for what in _OF_PRINTER} | {"paused": False, "retired_at": None}
    for event in events[1:]:
        if event.type is not EventType.PRINTER_CHANGED:
            raise ValueError(event.type)
        for what, (was, is_) in event.facts["changes"].items():
            if what == "retired":
                said["retired_at"] = event.recorded_at if is_ else None
            elif said[what] != was:
                raise ValueError(f"{what} was {said[what]}, and is said to have been {was}")
            else:
                said[what] = is_
    return said


def _differences(row: Any, labels: Sequence[Any], events: Sequence[Event]) -> Iterator[str]:
    if row is None:
        yield "it has events and no row"
        return
    try:
        said = _fold(events)
    except (LookupError, TypeError, ValueError):
        yield "its events do not say what it is"
        return
    for what, value in said.job.items():
        if (kept := getattr(row, what)) != value:
            yield f"its {what} is {kept}, its events say {value}"
    for line in sorted(said.labels.keys() - {label.line for label in labels}):
        yield f"line {line} was asked for, and is not there"
    for label in labels:
        if label.line not in said.labels:
            yield f"line {label.line} is there, and nobody asked for it"
        else:
            yield from _label_differences(label, said, by_hand=row.printer_kind == PrinterKind.OFFICE)


def _label_differences(label: Any, said: _Said, *, by_hand: bool) -> Iterator[str]:
    name, line = f"line {label.line} ({in_fours(label.symbol)})", label.line
    expected = {what: said.labels[line][what] for what in _ASKED}
    expected["verified_at"] = said.verified.get(line)
    expected["voided_at"], expected["void_reason"] = said.void.get(line, (None, None))
    if by_hand:
        expected["sent_at"], expected["printed_at"] = said.taken.get(line), said.printed.get(line)
    if said.labels[line].get("text") not in (None, text_checksum(label.fields)):  # None: queued before the text was named
        yield f"{name}: its text is not what its events say was asked for"
    for what, value in expected.items():
        if (kept := getattr(label, what)) != value:
            yield f"{name}: its {what} is {kept}, its events say {value}"
    if (state := _state(label, said)) != label.state:
        yield f"{name}: its state is {label.state}, its events say {state}"


def _state(label: Any, said: _Said) -> str:
    """The state a label must be in; where no event says one, what its row's own times say."""
    if label.line in said.void:
        return LabelState.VOID
    if label.line in said.verified:
        return LabelState.VERIFIED
    if label.printed_at is not None:
        return LabelState.PRINTED
    if label.sent_at is None:
        return LabelState.QUEUED
    return LabelState.SENDING if label.state == LabelState.SENDING else LabelState.SENT


def _fold(events: Sequence[Event]) -> _Said:
    queued = events[0]
    if queued.type is not EventType.JOB_QUEUED:
        raise ValueError("a history that begins with something else")
    told = ("printer", "template", "start", "purpose")
    said = _Said({what: queued.facts[what] for what in told})
    said.job |= {"requested_at": queued.recorded_at, "requested_by": queued.actor, "paused": False, "cancelled_at": None}
    for event in events:
        _take_in(said, event)
    return said


def _take_in(said: _Said, event: Event) -> None:
    facts, at = event.facts, event.recorded_at
    match event.type:
        case EventType.JOB_QUEUED:
            said.labels |= {label["line"]: label for label in facts["labels"]}
        case EventType.JOB_PAUSED | EventType.JOB_RESUMED:
            said.job["paused"] = event.type is EventType.JOB_PAUSED
        case EventType.JOB_CANCELLED:
            said.job["cancelled_at"] = at
            said.void |= dict.fromkeys(_lines(facts), (at, VoidReason.CANCELLED.value))
        case EventType.LABELS_REPLACED:
            said.void |= dict.fromkeys(_lines(facts), (at, facts["void_reason"]))
            said.labels |= {label["line"]: label for label in facts.get("queued", ())}
        case EventType.LABELS_TAKEN:
            said.taken = dict.fromkeys(_lines(facts), at) | said.taken
        case EventType.LABELS_PRINTED:
            said.printed |= dict.fromkeys(_lines(facts), at)
        case EventType.LABEL_VERIFIED:
            said.verified[facts["line"]] = at
        case _:
            raise ValueError(event.type)


def _lines(facts: Mapping[str, Any]) -> list[int]:
    return [label["line"] for label in facts["labels"]]


def _by_thing(session: Session, statement: Any, histories: Mapping[int, object]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for subject_id, code in session.execute(statement, {"ids": list(histories)}):
        found[subject_id].add(code)
    return found
