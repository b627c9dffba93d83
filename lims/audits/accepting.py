"""What is written down when an audit is accepted: each tube's outcome, and what somebody else did meanwhile left as it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.audits import rules
from lims.audits.models import AuditLine as LineRow
from lims.audits.queries import lines_of
from lims.audits.vocabulary import AuditLine, AuditRecord, Stale
from lims.custody.vocabulary import Act, EventType, History, Json
from lims.db import table_of
from lims.specimens.queries import lock_specimens
from lims.storage.audit_ages import set_audited
from lims.storage.queries import containers_by_id, holes_in, holes_of
from lims.storage.records import Hole
from lims.storage.sightings import Sighting, record_sightings, with_room_made
from lims.storage.vocabulary import Found

_LINES = table_of(LineRow)
_NOT_FOUND = (
    update(_LINES)
    .where(_LINES.c.audit_id == bindparam("of_audit"), _LINES.c.specimen_id == bindparam("of_specimen"))
    .values(found=Found.MISSING)
)


def write_outcomes(
    session: Session, audit: AuditRecord, histories: Mapping[int, History], *, occurred_at: datetime, actor: Actor, at: datetime
) -> tuple[Stale, ...]:
    """Write every outcome of a locked audit down, and say which tubes were left out because of what somebody did meanwhile."""
    lines = lines_of(session, audit.id)
    now = holes_of(session, [line.specimen_id for line in lines])
    stale = _stale(session, lines, now)
    left_out = {each.barcode for each in stale}
    sure = [line for line in lines if line.barcode not in left_out and not line.is_out]
    tubes = dict(zip((line.barcode for line in sure), lock_specimens(session, [line.barcode for line in sure]), strict=True))
    sightings = [Sighting(tubes[line.barcode], line.found or Found.MISSING, now.get(line.specimen_id), line.lies) for line in sure]
    missing = [line.specimen_id for line in sure if line.found is None]
    if missing:
        session.execute(_NOT_FOUND, [{"of_audit": audit.id, "of_specimen": specimen_id} for specimen_id in missing])
    counts = {found.value: sum(each.found is found for each in sightings) for found in Found}
    facts: dict[str, Json] = {"audit": audit.code, "counts": counts, "stale": sorted(left_out)}
    ids = sorted(line.specimen_id for line in lines if line.barcode in left_out)
    besides = [
        (histories[audit.id], Act(type=EventType.AUDIT_ACCEPTED, occurred_at=occurred_at, facts=facts | {"stale_ids": ids})),
        (histories[audit.container_id], _of_container(audit, facts, occurred_at)),
    ]
    act = Act(type=EventType.AUDITED, occurred_at=occurred_at, facts={"audit": audit.code})
    record_sightings(session, with_room_made(sightings), act, besides, actor=actor, at=at)
    set_audited(session, audit.container_id, occurred_at)
    return tuple(stale)


def _of_container(audit: AuditRecord, facts: Mapping[str, Json], occurred_at: datetime) -> Act:
    of_it = dict(facts) | {"barcode": audit.container, "kind": audit.kind.value}
    return Act(type=EventType.CONTAINER_AUDITED, occurred_at=occurred_at, facts=of_it)


def _stale(session: Session, lines: Sequence[AuditLine], now: Mapping[int, Hole]) -> list[Stale]:
    stale = rules.stale_lines(lines, now)
    boxes = {line.lies.container_id for line in lines if line.lies is not None}
    inside = {box.id: holes_in(session, box) for box in containers_by_id(session, boxes).values()} if boxes else {}
    while claimed := rules.claimed_by_others(lines, {each.barcode for each in stale}, inside):
        stale += [Stale(line.barcode, line.recorded, now.get(line.specimen_id)) for line in claimed]
    return stale
