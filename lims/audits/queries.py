"""Reads of audits: one by its code, the one that is open of a container, its tubes, and what lies in a freezer to draw from."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.audits.errors import UnknownAudit
from lims.audits.models import Audit, AuditUnknown
from lims.audits.models import AuditLine as LineRow
from lims.audits.vocabulary import AuditKind, AuditLine, AuditRecord, AuditState, AuditView
from lims.db import table_of
from lims.specimens.models import Specimen
from lims.storage.models import Container, Placement
from lims.storage.queries import containers_by_id
from lims.storage.records import ContainerRecord, Hole
from lims.storage.vocabulary import Found, Position
from lims.studies.models import Participant

_AUDIT, _LINE, _UNKNOWN, _CONTAINER = table_of(Audit).c, table_of(LineRow).c, table_of(AuditUnknown).c, table_of(Container).c
_SPECIMEN, _PARTICIPANT, _PLACEMENT, _USER = (
    table_of(Specimen).c,
    table_of(Participant).c,
    table_of(Placement).c,
    table_of(UserAccount).c,
)

_AUDITS: Select[*tuple[Any, ...]] = (
    select(
        _AUDIT.id,
        _AUDIT.code,
        _AUDIT.kind,
        _AUDIT.container_id,
        _CONTAINER.barcode.label("container"),
        _CONTAINER.name.label("container_name"),
        _AUDIT.seed,
        _AUDIT.begun_at,
        _USER.username.label("begun_by"),
        _AUDIT.ended_at,
        _AUDIT.accepted,
    )
    .join(table_of(Container), _CONTAINER.id == _AUDIT.container_id)
    .join(table_of(UserAccount), _USER.id == _AUDIT.begun_by)
)
_LINES: Select[*tuple[Any, ...]] = (
    select(
        table_of(LineRow),
        _SPECIMEN.barcode,
        _SPECIMEN.label,
        _SPECIMEN.timepoint,
        _SPECIMEN.specimen_type,
        _PARTICIPANT.code.label("participant"),
        _USER.username,
    )
    .join(table_of(Specimen), _SPECIMEN.id == _LINE.specimen_id)
    .join(table_of(Participant), _PARTICIPANT.id == _SPECIMEN.participant_id)
    .outerjoin(table_of(UserAccount), _USER.id == _LINE.scanned_by)
    .where(_LINE.audit_id == bindparam("audit_id"))
    .order_by(_LINE.container_id, _LINE.row, _LINE.column, _LINE.specimen_id)
)
_CODES = select(_UNKNOWN.code).where(_UNKNOWN.audit_id == bindparam("audit_id")).order_by(_UNKNOWN.code)


def find_audit(session: Session, code: str) -> AuditRecord | None:
    """The audit of that code."""
    return _one(session, _AUDITS.where(_AUDIT.code == code.strip().upper()))


def get_audit(session: Session, code: str) -> AuditRecord:
    """
    :raises UnknownAudit: none has that code.
    """
    found = find_audit(session, code)
    if found is None:
        raise UnknownAudit(code)
    return found


def open_audit_of(session: Session, container_id: int) -> AuditRecord | None:
    """The audit of a container that is going on."""
    return _one(session, _AUDITS.where(_AUDIT.container_id == container_id, _AUDIT.ended_at.is_(None)))


def list_audits(
    session: Session, *, container: str | None = None, state: AuditState | None = None, before: int | None = None, limit: int = 50
) -> list[AuditRecord]:
    """Audits, the newest first; ``before`` is the id of the last one seen."""
    wanted = _AUDITS.order_by(_AUDIT.id.desc()).limit(limit)
    if container is not None:
        wanted = wanted.where(_CONTAINER.barcode == container)
    if state is AuditState.OPEN:
        wanted = wanted.where(_AUDIT.ended_at.is_(None))
    elif state is not None:
        wanted = wanted.where(_AUDIT.ended_at.is_not(None), _AUDIT.accepted.is_(state is AuditState.ACCEPTED))
    if before is not None:
        wanted = wanted.where(_AUDIT.id < before)
    return [_record(row) for row in session.execute(wanted)]


def view_audit(session: Session, audit: AuditRecord) -> AuditView:
    """An audit with its tubes, hole by hole. Three statements, however many."""
    unknown = tuple(session.execute(_CODES, {"audit_id": audit.id}).scalars())
    return AuditView(audit=audit, lines=lines_of(session, audit.id), unknown=unknown)


def lines_of(session: Session, audit_id: int) -> tuple[AuditLine, ...]:
    """The tubes of an audit. Two statements, however many."""
    rows = session.execute(_LINES, {"audit_id": audit_id}).all()
    named = {each for row in rows for each in (row.container_id, row.lies_container_id) if each is not None}
    boxes = containers_by_id(session, named) if named else {}
    return tuple(_line(row, boxes) for row in rows)


def tubes_within(session: Session, container_id: int) -> list[int]:
    """The ids of the tubes that lie in a container and in all that stands in it, and are not out; in the order of their ids."""
    found = select(_CONTAINER.id).where(_CONTAINER.id == container_id).cte("within", recursive=True)
    inner = table_of(Container).alias()
    found = found.union_all(select(inner.c.id).where(inner.c.parent_id == found.c.id))
    wanted = select(_PLACEMENT.specimen_id).where(_PLACEMENT.container_id.in_(select(found.c.id)), ~_PLACEMENT.away)
    return list(session.execute(wanted.order_by(_PLACEMENT.specimen_id)).scalars())


def _one(session: Session, statement: Select[*tuple[Any, ...]]) -> AuditRecord | None:
    row = session.execute(statement).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> AuditRecord:
    return AuditRecord(**row._asdict() | {"kind": AuditKind(row.kind)})


def _line(row: Row[*tuple[Any, ...]], boxes: Mapping[int, ContainerRecord]) -> AuditLine:
    return AuditLine(
        specimen_id=row.specimen_id,
        barcode=row.barcode,
        label=row.label,
        participant=row.participant,
        timepoint=row.timepoint,
        specimen_type=row.specimen_type,
        expected=row.expected,
        recorded=_hole(boxes, row.container_id, row.row, row.column, away=row.away),
        lies=_hole(boxes, row.lies_container_id, row.lies_row, row.lies_column),
        found=None if row.found is None else Found(row.found),
        scanned_at=row.scanned_at,
        scanned_by=row.username,
    )


def _hole(
    boxes: Mapping[int, ContainerRecord], container_id: int | None, row: int | None, column: int | None, *, away: bool = False
) -> Hole | None:
    if container_id is None:
        return None
    return boxes[container_id].hole(None if row is None or column is None else Position(row, column), away=away)


def line_of(lines: Iterable[AuditLine], specimen_id: int) -> AuditLine | None:
    """The line of a tube."""
    return next((line for line in lines if line.specimen_id == specimen_id), None)
