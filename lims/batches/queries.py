"""Reads of batches: one by its code, its members, which batch a tube is in."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from lims.batches import rules
from lims.batches.errors import UnknownBatch
from lims.batches.models import Batch, BatchControl, BatchMember
from lims.batches.vocabulary import BatchRecord, BatchState, BatchView, Member
from lims.custody.models import CustodySubject
from lims.db import for_update, table_of
from lims.specimens.models import Specimen
from lims.studies.models import Participant, Study

_BATCH, _MEMBER, _CONTROL = table_of(Batch).c, table_of(BatchMember).c, table_of(BatchControl).c
_SUBJECT = table_of(CustodySubject).c
_SPECIMEN, _PARTICIPANT, _STUDY = table_of(Specimen).c, table_of(Participant).c, table_of(Study).c

_BATCHES: Select[*tuple[Any, ...]] = select(
    _BATCH.id,
    _BATCH.code,
    _BATCH.study_id,
    _STUDY.code.label("study_code"),
    _BATCH.protocol_version_id,
    _STUDY.current_protocol_id,
    _BATCH.assay,
    _BATCH.name,
    _BATCH.size,
    _BATCH.created_at,
    _BATCH.closed_at,
).join(table_of(Study), _STUDY.id == _BATCH.study_id)
_BY_CODE = _BATCHES.where(_BATCH.code == bindparam("code"))
_LOCKED = _BY_CODE.join(table_of(CustodySubject), _SUBJECT.id == _BATCH.id).with_for_update(of=table_of(CustodySubject))
_MEMBERS = (
    select(
        _MEMBER.specimen_id,
        _SPECIMEN.barcode,
        _SPECIMEN.label,
        _PARTICIPANT.code.label("participant"),
        _SPECIMEN.timepoint,
        _SPECIMEN.specimen_type,
        _MEMBER.pair_id,
        _MEMBER.side,
    )
    .join(table_of(Specimen), _SPECIMEN.id == _MEMBER.specimen_id)
    .join(table_of(Participant), _PARTICIPANT.id == _SPECIMEN.participant_id)
    .where(_MEMBER.batch_id == bindparam("batch_id"))
)
_CONTROLS = select(_CONTROL.kind).where(_CONTROL.batch_id == bindparam("batch_id")).order_by(_CONTROL.line)
_OPEN_BATCHES = (
    select(_MEMBER.specimen_id, _BATCH.code)
    .join(table_of(Batch), _BATCH.id == _MEMBER.batch_id)
    .where(_MEMBER.specimen_id.in_(bindparam("ids", expanding=True)), _MEMBER.released_at.is_(None))
)
_ALL_OF_TUBE = _BATCHES.join(table_of(BatchMember), _MEMBER.batch_id == _BATCH.id).where(_MEMBER.specimen_id == bindparam("specimen_id"))
_BATCHED_BEFORE = (
    select(_SPECIMEN.participant_id)
    .join(table_of(BatchMember), _MEMBER.specimen_id == _SPECIMEN.id)
    .join(table_of(Batch), _BATCH.id == _MEMBER.batch_id)
    .where(_BATCH.study_id == bindparam("study_id"), _BATCH.assay == bindparam("assay"))
    .distinct()
)


def find_batch(session: Session, code: str) -> BatchRecord | None:
    """The batch of that code, without its members."""
    return _found(session, _BY_CODE, code)


def get_batch(session: Session, code: str) -> BatchRecord:
    """
    :raises UnknownBatch: none has that code.
    """
    found = find_batch(session, code)
    if found is None:
        raise UnknownBatch(code)
    return found


def lock_batch(session: Session, code: str) -> BatchRecord:
    """A batch, locked before anybody looks at it. One statement.

    :raises UnknownBatch: none has that code.
    """
    found = _found(session, _LOCKED if for_update(session) else _BY_CODE, code)
    if found is None:
        raise UnknownBatch(code)
    return found


def view_batch(session: Session, batch: BatchRecord) -> BatchView:
    """A batch with its members and controls. Two statements, whatever their number."""
    controls = tuple(session.execute(_CONTROLS, {"batch_id": batch.id}).scalars())
    return BatchView(batch=batch, members=members_of(session, batch.id), controls=controls)


def members_of(session: Session, batch_id: int) -> tuple[Member, ...]:
    """The tubes of a batch, pairs side by side. One statement."""
    return rules.in_order(Member(**row._mapping) for row in session.execute(_MEMBERS, {"batch_id": batch_id}))


def list_batches(
    session: Session, *, assay: str | None = None, state: BatchState | None = None, before: int | None = None, limit: int = 50
) -> list[BatchRecord]:
    """Batches, the newest first; ``before`` is the id of the last one seen."""
    wanted = _BATCHES.order_by(_BATCH.id.desc()).limit(limit)
    if assay is not None:
        wanted = wanted.where(_BATCH.assay == assay)
    if state is not None:
        wanted = wanted.where(_BATCH.closed_at.is_(None) if state is BatchState.OPEN else _BATCH.closed_at.is_not(None))
    if before is not None:
        wanted = wanted.where(_BATCH.id < before)
    return [_record(row) for row in session.execute(wanted)]


def open_batches_of(session: Session, specimen_ids: Iterable[int]) -> dict[int, str]:
    """For tubes in an open batch, its code. One statement."""
    return {row.specimen_id: row.code for row in session.execute(_OPEN_BATCHES, {"ids": list(specimen_ids)})}


def batches_of(session: Session, specimen_id: int) -> list[BatchRecord]:
    """The batches a tube is in, or was in when they were closed, the oldest first."""
    return [_record(row) for row in session.execute(_ALL_OF_TUBE.order_by(_BATCH.id), {"specimen_id": specimen_id})]


def batched_before(session: Session, study_id: int, assay: str) -> frozenset[int]:
    """The participants of whom something is, or was, in a batch of this assay."""
    return frozenset(session.execute(_BATCHED_BEFORE, {"study_id": study_id, "assay": assay}).scalars())


def _found(session: Session, statement: Select[*tuple[Any, ...]], code: str) -> BatchRecord | None:
    wanted = code.strip().upper()
    if not rules.may_be_code(wanted):
        return None
    row = session.execute(statement, {"code": wanted}).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> BatchRecord:
    return BatchRecord(**row._mapping)
