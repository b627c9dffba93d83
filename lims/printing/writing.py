"""The rows and events of the queue: a label's row, and what the event of its job says of it, are written in one place."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.bulk import insert_rows
from lims.custody.vocabulary import Act, EventType, History, Json
from lims.db import table_of, violated_constraint
from lims.labels.service import bind_codes
from lims.labels.vocabulary import Binding, CodeRole
from lims.printing.copies import NewLabel
from lims.printing.errors import AskedAtOnce
from lims.printing.models import LabelPrintRow
from lims.printing.vocabulary import LabelPrint, LabelState, VoidReason

_LABELS = table_of(LabelPrintRow)
_VOID = (
    update(_LABELS)
    .where(_LABELS.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=LabelState.VOID, voided_at=bindparam("at"), void_reason=bindparam("why"))
)
_ADVANCE: dict[LabelState, dict[str, Any]] = {
    LabelState.SENT: {"sent_at": bindparam("at")},
    LabelState.PRINTED: {"printed_at": bindparam("at")},
    LabelState.VERIFIED: {"verified_at": bindparam("at")},
}


def write_labels(session: Session, job_id: int, new: Mapping[int, NewLabel], ids: Sequence[int], at: datetime) -> None:
    """Queue labels, by their lines. Two statements, with one more where a new code is bound.

    :raises AskedAtOnce: the database found a label that counts already, or one of the same number.
    :raises CodeTaken: the code of a copy was given to something else at this moment.
    """
    codes = [Binding(each.symbol, each.wanted.kind, each.wanted.subject_id, CodeRole.COPY) for each in new.values() if each.is_new_code]
    if codes:
        bind_codes(session, codes, at)
    try:
        insert_rows(session, _LABELS, [_row(job_id, line, each, id_) for (line, each), id_ in zip(new.items(), ids, strict=True)])
    except IntegrityError as error:
        if violated_constraint(error) in {"uq_label_print_live", "uq_label_print_copy"}:
            raise AskedAtOnce from error
        raise


def write_void(session: Session, labels: Iterable[LabelPrint], why: VoidReason, at: datetime) -> None:
    """These labels count no more. One statement, where there are any."""
    ids = [label.id for label in labels]
    if ids:
        session.execute(_VOID, {"ids": ids, "why": why, "at": at})


def write_advance(session: Session, labels: Iterable[LabelPrint], state: LabelState, at: datetime) -> None:
    """These labels are sent, printed or verified. One statement, where there are any."""
    ids = [label.id for label in labels]
    if ids:
        advance = update(_LABELS).where(_LABELS.c.id.in_(bindparam("ids", expanding=True))).values(state=state, **_ADVANCE[state])
        session.execute(advance, {"ids": ids, "at": at})


def write_participant(session: Session, labels: Iterable[LabelPrint], participant_id: int) -> None:
    """These labels were nobody's, and are this participant's now. One statement, where there are any."""
    ids = [label.id for label in labels]
    if ids:
        session.execute(update(_LABELS).where(_LABELS.c.id.in_(ids)).values(participant_id=participant_id))


def replaced_acts(
    labels: Iterable[LabelPrint], jobs: Mapping[int, History], why: VoidReason, at: datetime, reason: str | None = None
) -> list[tuple[History, Act]]:
    """For each job, that labels of it count no more."""
    by_job: dict[int, list[LabelPrint]] = defaultdict(list)
    for label in labels:
        by_job[label.job_id].append(label)
    return [
        (jobs[job_id], labels_act(EventType.LABELS_REPLACED, of_job, at, reason=reason, void_reason=why.value))
        for job_id, of_job in sorted(by_job.items())
    ]


def labels_act(type_: EventType, labels: Iterable[LabelPrint], at: datetime, *, reason: str | None = None, **more: Json) -> Act:
    """One act on labels of a job."""
    named: list[Json] = [{"line": label.line, "symbol": label.symbol} for label in sorted(labels, key=lambda label: label.line)]
    return Act(type=type_, occurred_at=at, facts={**more, "labels": named}, reason=reason)


def fields_text(fields: Mapping[str, str]) -> str:
    """What the fields of a label say, as its row keeps it."""
    return json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"))


def text_checksum(fields: str) -> str:
    """SHA-256 of that text: an event names it, so that an edit of what a label says is found."""
    return sha256(fields.encode()).hexdigest()


def in_words(new: Mapping[int, NewLabel]) -> list[Json]:
    """New labels, as the event that queues them names them."""
    return [
        {
            "line": line,
            "barcode": each.wanted.barcode,
            "subject_id": each.wanted.subject_id,
            "symbol": each.symbol,
            "copy": each.copy,
            "reason": each.reason,
            "text": text_checksum(fields_text(each.wanted.fields)),
        }
        for line, each in new.items()
    ]


def _row(job_id: int, line: int, new: NewLabel, id_: int) -> dict[str, Any]:
    return {
        "id": id_,
        "job_id": job_id,
        "line": line,
        "subject_id": new.wanted.subject_id,
        "participant_id": new.wanted.participant_id,
        "barcode": new.wanted.barcode,
        "symbol": new.symbol,
        "copy": new.copy,
        "fields": fields_text(new.wanted.fields),
        "reason": new.reason,
        "state": LabelState.QUEUED,
    }
