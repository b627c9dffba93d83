"""The verbs of printing: ask for labels, pause, resume or cancel a job, print again after a jam, say what came out, stop what must not.

A first label is free. A further one of the same thing needs a reason, is counted and marked, and the former counts no more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM, Actor
from lims.custody import service as custody
from lims.custody.rules import check_reason
from lims.custody.vocabulary import Act, EventType, History, SubjectKind
from lims.db import table_of, take_ids
from lims.labels.drawing import known_templates
from lims.labels.template_parts import Template
from lims.labels.templates import get_template
from lims.printing import rules
from lims.printing.copies import NewLabel, plan_copies
from lims.printing.drawing import check_can_be_drawn, draw, values_of
from lims.printing.errors import (
    NotAnOfficePrinter,
    NothingDownloaded,
    NothingToDownload,
    NothingToReprint,
    NothingWaits,
    PrintingPaused,
    UnknownJob,
    UnknownLine,
)
from lims.printing.holding import Held, hold_labels, hold_labels_of, hold_things
from lims.printing.models import LabelPrintRow, PrintJob
from lims.printing.queries import get_job, get_printer
from lims.printing.vocabulary import Job, LabelPrint, LabelState, LabelWanted, Printer, PrinterKind, VoidReason
from lims.printing.writing import in_words, labels_act, replaced_acts, write_advance, write_labels, write_participant, write_void
from lims.studies.models import Participant

_JOBS, _LABEL, _PARTICIPANT = table_of(PrintJob), table_of(LabelPrintRow).c, table_of(Participant).c
_GONE = (LabelState.SENDING, LabelState.SENT, LabelState.PRINTED, LabelState.VERIFIED)


def request_labels(
    session: Session,
    *,
    printer: str,
    template: str,
    wanted: Sequence[LabelWanted],
    purpose: str,
    reason: str | None = None,
    start: int = 1,
    actor: Actor,
    at: datetime,
) -> int:
    """Queue a label for each of these things, in this order: all of them, or none. Gives the job's id.

    Every label is laid out before it is queued, so nothing waits that could not be printed.

    :param reason: why, for those of them that have a label already.
    :param start: the first free label of a used sheet.
    :raises UnknownPrinter: as :class:`PrinterRetired`, :class:`OtherStockLoaded`: it cannot print these.
    :raises TemplateNotFound: as :class:`TemplateForAnotherSubject`: the template is not for these.
    :raises ReprintNeedsReason: one has a label already.
    :raises MoreCopiesNotAllowed: it would be the fourth or a later one, and ``actor`` may not decide that.
    :raises SymbolDoesNotFit: the label is too small for a code, with the numbers.
    """
    chosen = get_template(known_templates(), template)
    rules.check_wanted(chosen, wanted)
    words = rules.clean_words("purpose", purpose) or "labels"
    why = rules.clean_words("reason", reason)
    hold_things(session, [each.subject_id for each in wanted], printer.strip())
    on = get_printer(session, printer)
    _check_printer(on, chosen)
    held = hold_labels_of(session, [each.subject_id for each in wanted])
    return _queue(session, _Order(on, chosen, words, start), wanted, held, VoidReason.REPLACED, why, actor=actor, at=at)


def cancel_job(session: Session, job_id: int, *, actor: Actor, at: datetime) -> None:
    """What of a job waits is not printed any more; what left the queue stays as it is.

    :raises UnknownJob: none has that number.
    :raises NothingWaits: everything has left the queue.
    """
    history = _lock_job(session, job_id)
    waiting = hold_labels(session, _LABEL.job_id == job_id, _LABEL.state == LabelState.QUEUED)
    if not waiting.labels:
        raise NothingWaits(job_id)
    write_void(session, waiting.labels, VoidReason.CANCELLED, at)
    session.execute(update(_JOBS).where(_JOBS.c.id == job_id).values(cancelled_at=at))
    custody.append(session, history, labels_act(EventType.JOB_CANCELLED, waiting.labels, at), actor=actor, at=at)


def pause_job(session: Session, job_id: int, *, actor: Actor, at: datetime) -> None:
    """Nothing of a job is sent until it is resumed. Done twice is done once.

    :raises UnknownJob: none has that number.
    :raises NothingWaits: everything has left the queue.
    """
    _set_paused(session, job_id, True, actor, at)


def resume_job(session: Session, job_id: int, *, actor: Actor, at: datetime) -> None:
    """A paused job goes on. Done twice is done once.

    :raises UnknownJob: none has that number.
    """
    _set_paused(session, job_id, False, actor, at)


def reprint_from(session: Session, job_id: int, line: int, reason: str, *, actor: Actor, at: datetime) -> int:
    """After a jam: what came out from that line on counts no more, and is queued anew as copies. Gives the new job's id.

    What waits still stays where it is; of participants who withdrew meanwhile nothing is printed again.

    :raises ReasonMissing: nothing is printed again without saying why.
    :raises UnknownLine: the job has no such line.
    :raises NothingToReprint: from there on nothing has left the queue.
    :raises MoreCopiesNotAllowed: for one it would be the fourth or a later label, and ``actor`` may not decide that.
    """
    why = rules.clean_words("reason", reason)
    check_reason(why, "printing again")
    job = get_job(session, job_id)
    if not 1 <= line <= len(job.labels):
        raise UnknownLine(job_id, line, len(job.labels))
    kinds = hold_things(session, [label.subject_id for label in job.labels if label.line >= line], job.printer)
    held = hold_labels_of(session, kinds)
    spoilt = [label for label in held.labels if label.job_id == job_id and label.line >= line and label.state in _GONE]
    withdrawn = _withdrawn(session, spoilt)
    wanted = [_again(label, kinds[label.subject_id]) for label in spoilt if label.participant_id not in withdrawn]
    if not wanted:
        raise NothingToReprint(job_id, line)
    on, chosen = get_printer(session, job.printer), get_template(known_templates(), job.template)
    _check_printer(on, chosen)
    order = _Order(on, chosen, job.purpose, 1)
    return _queue(session, order, wanted, held, VoidReason.JAM, why, actor=actor, at=at, also_void=spoilt)


def queue_again(session: Session, label_ids: Sequence[int], why: VoidReason, reason: str, *, actor: Actor = SYSTEM, at: datetime) -> int:
    """Labels of which nobody knows whether they came out count no more, and copies follow as new last lines of the same jobs.

    For the service itself: nobody is asked whether so many copies are allowed. Gives how many were queued.
    """
    found = session.execute(select(_LABEL.id, _LABEL.subject_id).where(_LABEL.id.in_(label_ids))).all()
    kinds = hold_things(session, [row.subject_id for row in found])
    held, wanted_ids = hold_labels_of(session, kinds), set(label_ids)
    by_subject = held.by_subject()
    lost = [label for label in held.labels if label.id in wanted_ids and label.state is not LabelState.VOID]
    write_void(session, lost, why, at)
    acts = []
    for job_id in sorted({label.job_id for label in lost}):
        of_job = [label for label in lost if label.job_id == job_id]
        planned = plan_copies(session, [_again(label, kinds[label.subject_id]) for label in of_job], by_subject, reason)
        last = get_job(session, job_id).labels[-1].line
        new = dict(enumerate(planned, start=last + 1))
        write_labels(session, job_id, new, take_ids(session, len(new)), at)
        act = labels_act(EventType.LABELS_REPLACED, of_job, at, reason=reason, void_reason=why.value, queued=in_words(new))
        acts.append((held.jobs[job_id], act))
    if acts:
        custody.append_all(session, acts, actor=actor, at=at)
    return len(lost)


def take_file(session: Session, job_id: int, *, actor: Actor, at: datetime) -> bytes:
    """The labels of a job for a printer of the person's own, as PDF: those that count and are not said to be printed.

    They are sent with the first download, and may be downloaded again until somebody says that they are printed; each is an act.

    :raises NotAnOfficePrinter: the service sends the job itself.
    :raises PrintingPaused: the job waits.
    :raises NothingToDownload: every label is printed already.
    """
    history = _lock_job(session, job_id)
    job, printer = _office_job(session, job_id)
    if job.paused or printer.paused:
        raise PrintingPaused(job_id)
    held = hold_labels(session, _LABEL.job_id == job_id, _LABEL.state.in_([LabelState.QUEUED, LabelState.SENT]))
    withdrawn = _withdrawn(session, held.labels)
    labels = [label for label in held.labels if label.participant_id not in withdrawn]
    if not labels:
        raise NothingToDownload(job_id)
    file = draw(get_template(known_templates(), job.template), labels, format="pdf", dpi=printer.dpi, start=job.start)
    write_advance(session, [label for label in labels if label.state is LabelState.QUEUED], LabelState.SENT, at)
    custody.append(session, history, labels_act(EventType.LABELS_TAKEN, labels, at), actor=actor, at=at)
    return file


def mark_printed_by_hand(session: Session, job_id: int, *, actor: Actor, at: datetime) -> None:
    """Somebody who holds the sheet says that what they downloaded is printed.

    :raises NotAnOfficePrinter: the printer says so itself.
    :raises NothingDownloaded: nothing waits for that word.
    """
    history = _lock_job(session, job_id)
    _office_job(session, job_id)
    sent = hold_labels(session, _LABEL.job_id == job_id, _LABEL.state == LabelState.SENT)
    if not sent.labels:
        raise NothingDownloaded(job_id)
    write_advance(session, sent.labels, LabelState.PRINTED, at)
    custody.append(session, history, labels_act(EventType.LABELS_PRINTED, sent.labels, at), actor=actor, at=at)


def stop_labels_of(session: Session, participant_id: int, at: datetime, *, actor: Actor = SYSTEM) -> int:
    """Consent was withdrawn: what waits of this participant is not printed. Gives how many labels that were."""
    held = hold_labels(session, _LABEL.participant_id == participant_id, _LABEL.state == LabelState.QUEUED)
    return _stop(session, held, VoidReason.WITHDRAWN, actor, at)


def give_labels_to(session: Session, participant_id: int, subject_ids: Sequence[int]) -> None:
    """These things of the stock are somebody's now, and so are their labels that count: a later withdrawal stops what waits of them."""
    held = hold_labels(session, _LABEL.subject_id.in_(subject_ids), _LABEL.state != LabelState.VOID, _LABEL.participant_id.is_(None))
    write_participant(session, held.labels, participant_id)


def void_labels(session: Session, subject_ids: Sequence[int], why: VoidReason, at: datetime, *, actor: Actor = SYSTEM) -> int:
    """The labels of these things count no more, wherever they are. Gives how many labels that were."""
    held = hold_labels(session, _LABEL.subject_id.in_(subject_ids), _LABEL.state != LabelState.VOID)
    return _stop(session, held, why, actor, at)


class _Order(NamedTuple):
    """What a new job is: on which printer, from which template, what for, and where its first sheet begins."""

    printer: Printer
    template: Template
    purpose: str
    start: int


def _queue(
    session: Session,
    order: _Order,
    wanted: Sequence[LabelWanted],
    held: Held,
    void_as: VoidReason,
    reason: str | None,
    *,
    actor: Actor,
    at: datetime,
    also_void: Sequence[LabelPrint] = (),
) -> int:
    """Write a new job. What counted until now of the things wanted counts no more, and neither does ``also_void``."""
    new = dict(enumerate(plan_copies(session, wanted, held.by_subject(), reason), start=1))
    for each in new.values():
        rules.check_may_print(actor, each.wanted.barcode, each.copy)
    check_can_be_drawn(order.template, [_values(order.template, each) for each in new.values()], dpi=order.printer.dpi, start=order.start)
    former = {each.former.id: each.former for each in new.values() if each.former is not None} | {each.id: each for each in also_void}
    replaced = replaced_acts(former.values(), held.jobs, void_as, at, reason)
    job_id, *ids = take_ids(session, 1 + len(new) + 1 + len(replaced))
    write_void(session, former.values(), void_as, at)
    history = custody.begin_histories(session, SubjectKind.PRINT_JOB, [job_id])[0]
    _write_job(session, job_id, order, actor, at)
    write_labels(session, job_id, new, ids[: len(new)], at)
    facts = {"printer": order.printer.name, "template": order.template.name, "start": order.start, "purpose": order.purpose}
    queued = Act(type=EventType.JOB_QUEUED, occurred_at=at, facts=facts | {"labels": in_words(new)}, reason=reason)
    custody.append_all(session, [(history, queued), *replaced], actor=actor, at=at, event_ids=ids[len(new) :])
    return job_id


def _check_printer(printer: Printer, template: Template) -> None:
    loaded = get_template(known_templates(), printer.stock).stock if printer.stock else None
    rules.check_printer(printer, template, loaded)


def _values(template: Template, new: NewLabel) -> dict[str, str]:
    return values_of(template, new.wanted.fields, new.wanted.barcode, new.symbol, new.copy)


def _write_job(session: Session, job_id: int, order: _Order, actor: Actor, at: datetime) -> None:
    row = {"id": job_id, "printer_id": order.printer.id, "template": order.template.name, "start": order.start, "purpose": order.purpose}
    session.execute(insert(_JOBS), row | {"requested_by": actor.id, "requested_at": at, "paused": False})


def _again(label: LabelPrint, kind: SubjectKind) -> LabelWanted:
    """The same label once more."""
    return LabelWanted(
        subject_id=label.subject_id, kind=kind, barcode=label.barcode, fields=label.fields, participant_id=label.participant_id
    )


def _withdrawn(session: Session, labels: Sequence[LabelPrint]) -> set[int | None]:
    """The participants of these labels who withdrew consent."""
    ids = {label.participant_id for label in labels if label.participant_id is not None}
    return set(session.execute(select(_PARTICIPANT.id).where(_PARTICIPANT.id.in_(ids), _PARTICIPANT.withdrawn_on.is_not(None))).scalars())


def _lock_job(session: Session, job_id: int) -> History:
    """
    :raises UnknownJob: none has that number.
    """
    history = custody.lock_histories(session, [job_id]).get(job_id) if 0 < job_id < 2**63 else None
    if history is None or history.kind is not SubjectKind.PRINT_JOB:
        raise UnknownJob(job_id)
    return history


def _office_job(session: Session, job_id: int) -> tuple[Job, Printer]:
    job = get_job(session, job_id)
    if job.printer_kind is not PrinterKind.OFFICE:
        raise NotAnOfficePrinter(job_id, job.printer)
    return job, get_printer(session, job.printer)


def _set_paused(session: Session, job_id: int, paused: bool, actor: Actor, at: datetime) -> None:
    history, job = _lock_job(session, job_id), get_job(session, job_id)
    if job.paused is paused:
        return
    if paused and LabelState.QUEUED not in job.counts:
        raise NothingWaits(job_id)
    session.execute(update(_JOBS).where(_JOBS.c.id == job_id).values(paused=paused))
    type_ = EventType.JOB_PAUSED if paused else EventType.JOB_RESUMED
    custody.append(session, history, Act(type=type_, occurred_at=at), actor=actor, at=at)


def _stop(session: Session, held: Held, why: VoidReason, actor: Actor, at: datetime) -> int:
    if held.labels:
        write_void(session, held.labels, why, at)
        custody.append_all(session, replaced_acts(held.labels, held.jobs, why, at), actor=actor, at=at)
    return len(held.labels)
