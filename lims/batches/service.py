"""The verbs of batches: begin one, put tubes in, take one out, close it.

Whoever fills a batch holds the study first, so that two who fill at once never choose the same tubes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.batches import rules
from lims.batches.errors import AliquotInBatch, BatchClosed, NotInBatch
from lims.batches.models import Batch, BatchControl, BatchMember
from lims.batches.numbers import next_number
from lims.batches.queries import get_batch, members_of, open_batches_of, view_batch
from lims.batches.selection import Held, hold_free, hold_named
from lims.batches.vocabulary import BatchRecord, BatchView, CreateBatch, PairSelection
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, History, Json, SubjectKind
from lims.db import table_of, take_ids, violated_constraint
from lims.ids import normalise_code
from lims.labels.queries import find_binding
from lims.specimens.models import Specimen
from lims.specimens.queries import lock_specimen
from lims.studies.protocol import Protocol
from lims.studies.queries import get_study, list_studies, protocol_of_version
from lims.studies.vocabulary import StudyRecord
from lims.studies.windows import local_day

_BATCHES, _CONTROLS, _MEMBERS = insert(table_of(Batch)), insert(table_of(BatchControl)), insert(table_of(BatchMember))
_MEMBER = table_of(BatchMember).c
_TAKE_OUT = (
    delete(table_of(BatchMember))
    .where(_MEMBER.batch_id == bindparam("of_batch"), _MEMBER.specimen_id == bindparam("of_specimen"))
    .returning(_MEMBER.specimen_id)
)
_STUDY_OF_TUBE = select(table_of(Specimen).c.study_id).where(table_of(Specimen).c.id == bindparam("id"))
_RELEASE = update(table_of(BatchMember)).where(_MEMBER.batch_id == bindparam("of_batch")).values(released_at=bindparam("at"))
_CLOSE = update(table_of(Batch)).where(table_of(Batch).c.id == bindparam("of_batch")).values(closed_at=bindparam("at"))


def create_batch(session: Session, command: CreateBatch, *, actor: Actor, at: datetime) -> BatchView:
    """Begin a batch, filled with the tubes named or with what is free. Its code is the assay's prefix, the year, a number.

    :raises BadBatch: a size, a name or a control that cannot be.
    :raises UnknownCode: the protocol has no such assay.
    :raises NotUsable: a tube named that the assay cannot use.
    :raises AliquotInBatch: a tube named that is in an open batch.
    :raises NothingFree: nothing to select.
    :raises BatchFull: more tubes and controls than places.
    """
    rules.check_batch(command)
    study = _study_of(session, command)
    custody.lock_histories(session, [study.id])
    protocol = protocol_of_version(session, study.protocol_version_id)
    assay = protocol.get_assay(command.assay)
    places = None if command.size is None else command.size - len(command.controls)
    held = hold_named(session, command.specimens, study, protocol, assay)
    rules.check_fits(command.size, len(held) + len(command.controls))
    if command.select is not None and not held:
        held = hold_free(session, command.select, study, protocol, assay, places, at)
    prefix, year = rules.batch_prefix(assay), local_day(at, study.zone).year
    code = rules.batch_code(prefix, year, next_number(session, f"batch {prefix}-{year}"))
    batch_id, *event_ids = take_ids(session, 2 + len(held))
    history = custody.begin_histories(session, SubjectKind.BATCH, [batch_id])[0]
    record = BatchRecord(
        id=batch_id,
        code=code,
        study_id=study.id,
        study_code=study.code,
        protocol_version_id=study.protocol_version_id,
        current_protocol_id=study.protocol_version_id,
        assay=assay.code,
        name=command.name.strip() if command.name else None,
        size=command.size,
        created_at=at,
        closed_at=None,
    )
    _write_batch(session, record, command.controls)
    facts = {"batch": code, "assay": assay.code, "name": record.name, "size": record.size, "controls": list(command.controls)}
    opened = Act(type=EventType.BATCH_OPENED, occurred_at=at, facts=facts | {"members": _in_words(held)})
    _write_members(session, record, held, (history, opened), event_ids, actor=actor, at=at)
    members = rules.in_order(each.member for each in held)
    return BatchView(batch=record, members=members, controls=command.controls, warnings=rules.half_pairs(members))


def add_members(
    session: Session,
    batch_code: str,
    *,
    specimens: Sequence[str] = (),
    select: PairSelection | None = None,
    actor: Actor,
    at: datetime,
) -> BatchView:
    """Put more tubes into an open batch: those named, or what is free.

    :raises BatchClosed: nothing comes in any more.
    :raises LimsError: as for :func:`create_batch`.
    """
    study, protocol = _study_and_protocol(session, get_batch(session, batch_code))
    custody.lock_histories(session, [study.id])
    record, history = _lock_open(session, batch_code)
    assay = protocol.get_assay(record.assay)
    before = view_batch(session, record)
    held = hold_named(session, specimens, study, protocol, assay)
    rules.check_fits(record.size, len(before.members) + len(held) + len(before.controls))
    if select is not None and not held:
        held = hold_free(session, select, study, protocol, assay, before.places_left, at)
    if held:
        changed = Act(type=EventType.BATCH_CHANGED, occurred_at=at, facts={"batch": record.code, "added": _in_words(held)})
        _write_members(session, record, held, (history, changed), take_ids(session, 1 + len(held)), actor=actor, at=at)
    members = rules.in_order((*before.members, *(each.member for each in held)))
    return BatchView(batch=record, members=members, controls=before.controls, warnings=rules.half_pairs(members))


def remove_member(session: Session, batch_code: str, read: str, *, reason: str | None = None, actor: Actor, at: datetime) -> BatchView:
    """Take a tube out of an open batch.

    :raises BatchClosed: nothing comes out any more.
    :raises NotInBatch: the tube is not in it.
    """
    record, history = _lock_open(session, batch_code)
    tube = lock_specimen(session, read)
    taken_out = session.execute(_TAKE_OUT, {"of_batch": record.id, "of_specimen": tube.id}).scalar_one_or_none()
    if taken_out is None:
        raise NotInBatch(tube.barcode, record.code)
    facts = {"batch": record.code, "removed": [tube.barcode]}
    out: dict[str, Json] = {"batch": record.code, "batch_id": record.id}
    acts = [
        (history, Act(type=EventType.BATCH_CHANGED, occurred_at=at, facts=facts, reason=reason)),
        (tube.history, Act(type=EventType.UNBATCHED, occurred_at=at, facts=out, reason=reason)),
    ]
    custody.append_all(session, acts, actor=actor, at=at)
    left = view_batch(session, record)
    return BatchView(batch=record, members=left.members, controls=left.controls, warnings=rules.half_pairs(left.members))


def close_batch(session: Session, batch_code: str, *, reason: str | None = None, actor: Actor, at: datetime) -> BatchView:
    """The batch is worked: nothing comes in or out any more, and what is left of its tubes may go into another.

    :raises BatchClosed: it is closed already.
    """
    record, history = _lock_open(session, batch_code)
    members = members_of(session, record.id)
    tubes = custody.lock_histories(session, [member.specimen_id for member in members])
    session.execute(_RELEASE, {"of_batch": record.id, "at": at})
    session.execute(_CLOSE, {"of_batch": record.id, "at": at})
    out: dict[str, Json] = {"batch": record.code, "batch_id": record.id, "closed": True}
    acts = [(history, Act(type=EventType.BATCH_CLOSED, occurred_at=at, facts={"batch": record.code}, reason=reason))]
    acts += [(tubes[each.specimen_id], Act(type=EventType.UNBATCHED, occurred_at=at, facts=out, reason=reason)) for each in members]
    custody.append_all(session, acts, actor=actor, at=at)
    return view_batch(session, get_batch(session, record.code))


def _study_of(session: Session, command: CreateBatch) -> StudyRecord:
    """The study named, or else the one of the first tube named, or else the only one there is."""
    if command.study is None and command.specimens:
        binding = find_binding(session, normalise_code(command.specimens[0]))
        study_id = session.execute(_STUDY_OF_TUBE, {"id": binding.subject_id}).scalar_one_or_none() if binding else None
        if study_id is not None:
            return next(study for study in list_studies(session) if study.id == study_id)
    return get_study(session, command.study)


def _study_and_protocol(session: Session, batch: BatchRecord) -> tuple[StudyRecord, Protocol]:
    """A batch's study, and its protocol of today: what is added is judged by that."""
    study = get_study(session, batch.study_code)
    return study, protocol_of_version(session, study.protocol_version_id)


def _lock_open(session: Session, batch_code: str) -> tuple[BatchRecord, History]:
    batch_id = get_batch(session, batch_code).id
    history = custody.lock_histories(session, [batch_id])[batch_id]
    record = get_batch(session, batch_code)
    if record.closed_at is not None:
        raise BatchClosed(record.code)
    return record, history


def _write_batch(session: Session, record: BatchRecord, controls: Sequence[str]) -> None:
    row = {column.name: getattr(record, column.name) for column in table_of(Batch).columns}
    session.execute(_BATCHES, row)
    if controls:
        session.execute(_CONTROLS, [{"batch_id": record.id, "line": line, "kind": kind} for line, kind in enumerate(controls, 1)])


def _write_members(
    session: Session,
    batch: BatchRecord,
    held: Sequence[Held],
    first: tuple[History, Act],
    event_ids: Sequence[int],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """The rows of the members, what happened to the batch, and what happened to each tube. Two statements, however many."""
    acts = [first]
    for each in held:
        facts: dict[str, Json] = {"batch": batch.code, "batch_id": batch.id, "pair_id": each.member.pair_id, "side": each.member.side}
        acts.append((each.history, Act(type=EventType.BATCHED, occurred_at=at, facts=facts)))
    if held:
        _insert_members(session, batch, held, at)
    custody.append_all(session, acts, actor=actor, at=at, event_ids=event_ids)


def _insert_members(session: Session, batch: BatchRecord, held: Sequence[Held], at: datetime) -> None:
    """
    :raises AliquotInBatch: the database found one in another open batch.
    """
    rows: list[dict[str, Any]] = [
        {
            "batch_id": batch.id,
            "specimen_id": each.member.specimen_id,
            "pair_id": each.member.pair_id,
            "side": each.member.side,
            "added_at": at,
            "released_at": None,
        }
        for each in held
    ]
    try:
        with session.begin_nested():
            session.execute(_MEMBERS, rows)
    except IntegrityError as error:
        if violated_constraint(error) not in {"uq_batch_member_specimen", "pk_batch_member"}:
            raise
        taken = open_batches_of(session, [each.member.specimen_id for each in held])
        first = next((each.member for each in held if each.member.specimen_id in taken), held[0].member)
        raise AliquotInBatch(first.barcode, taken.get(first.specimen_id)) from error


def _in_words(held: Sequence[Held]) -> list[Json]:
    """The members as an event names them."""
    return [{"specimen": each.member.barcode, "pair_id": each.member.pair_id, "side": each.member.side} for each in held]
