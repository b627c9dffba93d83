"""Printing in one line each: a printer, labels asked for, labels that came out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM, Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.db import table_of, take_ids
from lims.labels.drawing import known_templates
from lims.printing.models import LabelPrintRow, PrinterRow
from lims.printing.service import request_labels
from lims.printing.subjects import wanted_for
from lims.printing.vocabulary import LabelState, PrinterKind, PrinterState
from tests.factories.trial import NOW

TEMPLATE = "cryo-wrap"
LATER = NOW + timedelta(minutes=5)
_LABEL = table_of(LabelPrintRow).c


def printer(session: Session, name: str = "bench", **more: Any) -> int:
    """A label printer of 300 dpi in which the stock of :data:`TEMPLATE` is loaded; nothing is ever sent to it."""
    printer_id = take_ids(session)[0]
    facts = {"name": name, "kind": PrinterKind.RAW, "address": "printer.invalid:9100", "dpi": 300, "stock": TEMPLATE, "language": "zpl"}
    facts |= {name: more.pop(name) for name in (*more,) if name in facts}
    row = {"paused": False, "state": PrinterState.UNKNOWN, "faults": "", **facts, **more}
    history = custody.begin_histories(session, SubjectKind.PRINTER, [printer_id])[0]
    session.execute(insert(table_of(PrinterRow)), {"id": printer_id, **row})
    acts = [(history, Act(type=EventType.PRINTER_ADDED, occurred_at=NOW, facts=facts))]
    changes = {name: [False, True] for name, given in (("paused", "paused"), ("retired", "retired_at")) if more.get(given)}
    if changes:
        acts.append((history, Act(type=EventType.PRINTER_CHANGED, occurred_at=NOW, facts={"changes": changes})))
    custody.append_all(session, acts, actor=SYSTEM, at=NOW)
    return printer_id


def office_printer(session: Session, name: str = "office", stock: str = TEMPLATE) -> int:
    """A printer of somebody's own, for which sheets are downloaded."""
    return printer(session, name, kind=PrinterKind.OFFICE, address="", language="pdf", stock=stock)


def ask(
    session: Session,
    barcodes: str | Sequence[str],
    reason: str | None = None,
    *,
    on: str = "bench",
    template: str = TEMPLATE,
    actor: Actor = SYSTEM,
    at: datetime = NOW,
    start: int = 1,
) -> int:
    """Labels of these asked for; the job's id."""
    codes = [barcodes] if isinstance(barcodes, str) else barcodes
    wanted = wanted_for(session, known_templates()[template], codes)
    return request_labels(
        session, printer=on, template=template, wanted=wanted, purpose="aliquots", reason=reason, start=start, actor=actor, at=at
    )


def come_out(
    session: Session, job_id: int, state: LabelState = LabelState.PRINTED, *, lines: Sequence[int] = (), at: datetime = NOW
) -> None:
    """As the worker does: what of a job waits (or these lines of it) is sent, and printed where that is asked."""
    labels = update(table_of(LabelPrintRow)).where(_LABEL.job_id == job_id, _LABEL.state == LabelState.QUEUED)
    if lines:
        labels = labels.where(_LABEL.line.in_(lines))
    session.execute(labels.values(state=state, sent_at=at, printed_at=at if state is LabelState.PRINTED else None))
