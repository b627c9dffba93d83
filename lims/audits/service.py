"""The verbs of audits: begin one or go on with it, scan a tube, take a scan back, accept, abandon.

Nothing is changed in the register until an audit is accepted; then every tube that was looked for has one event, in one act.
"""

import secrets
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.audits import rules
from lims.audits.accepting import write_outcomes
from lims.audits.errors import AuditEnded, NothingToAudit, NothingToDraw, NotScanned
from lims.audits.models import Audit, AuditLine, AuditUnknown
from lims.audits.queries import get_audit, line_of, lines_of, open_audit_of, tubes_within, view_audit
from lims.audits.scanning import look_at
from lims.audits.vocabulary import Accepted, AuditKind, AuditRecord, AuditView, BeginAudit, Scanned, ScanOutcome, ScanTube
from lims.batches.numbers import next_number
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, History, Json, SubjectKind
from lims.db import table_of, take_ids
from lims.ids import MisreadCode, normalise_code
from lims.labels.queries import find_binding, unknown_code
from lims.specimens.queries import barcodes_of, lock_specimen
from lims.storage.queries import get_container, holes_of, tubes_in
from lims.storage.records import ContainerRecord, Hole
from lims.storage.rules import check_open
from lims.storage.sightings import Sighting

_AUDITS, _LINES, _UNKNOWN = table_of(Audit), table_of(AuditLine), table_of(AuditUnknown)
_END = update(_AUDITS).where(_AUDITS.c.id == bindparam("of_audit")).values(ended_at=bindparam("ended"), accepted=bindparam("is_accepted"))
_OF_TUBE = (_LINES.c.audit_id == bindparam("of_audit"), _LINES.c.specimen_id == bindparam("of_specimen"))
_SEEN = ("found", "lies_container_id", "lies_row", "lies_column", "scanned_at", "scanned_by")
_RECORDED = ("container_id", "row", "column", "away")
_WRITE_SEEN = update(_LINES).where(*_OF_TUBE).values({name: bindparam(f"new_{name}") for name in (*_SEEN, *_RECORDED)})
_UNSEE = update(_LINES).where(*_OF_TUBE).values(dict.fromkeys(_SEEN))
_DROP = delete(_LINES).where(*_OF_TUBE)


def begin_audit(session: Session, command: BeginAudit, *, actor: Actor, at: datetime) -> AuditView:
    """Begin to count a container, or go on with the audit somebody began: there is one at a time.

    :raises NothingToAudit: it holds no tubes itself, and nobody said how many are to be drawn.
    :raises NothingToDraw: no tube lies in it.
    :raises BadSample: too many, or none.
    :raises ContainerClosed: it is no longer used.
    """
    if command.size is not None:
        rules.check_sample(command.size)
    custody.lock_histories(session, [get_container(session, command.container).id])
    container = get_container(session, command.container)
    check_open(container)
    going_on = open_audit_of(session, container.id)
    if going_on is not None:
        return view_audit(session, going_on)
    if command.size is None and not container.kind.holds_tubes:
        raise NothingToAudit(container.name)
    return _begin(session, container, command, actor=actor, at=at)


def scan_tube(session: Session, command: ScanTube, *, actor: Actor, at: datetime) -> Scanned:
    """A tube of the audit, or one that turned up, or a code that names nothing: written into the audit, and nowhere else.

    :raises AuditEnded: it was accepted or abandoned meanwhile.
    :raises MisreadCode: a code of ours with a wrong character.
    :raises NotDrawn: an audit of a sample, and the tube is not in it.
    :raises PositionOccupied: another tube was scanned in that hole.
    :raises HoleClaimed: the tube's own hole was scanned for another one.
    """
    code = normalise_code(command.code)
    if find_binding(session, code) is None:
        if isinstance(wrong := unknown_code(code), MisreadCode):
            raise wrong
        audit, history = _lock_open(session, command.audit)
        return _write_unknown(session, audit, history, code, command.occurred_at, actor=actor, at=at)
    audit, history = _lock_open(session, command.audit, code)
    tube = lock_specimen(session, code)
    lines = lines_of(session, audit.id)
    before = line_of(lines, tube.id)
    seen = look_at(session, audit, lines, before, tube, command)
    if seen is None:
        return Scanned(ScanOutcome.ALREADY, tube.barcode, before)
    _write_seen(session, audit, before is None, seen, actor.id, command.occurred_at)
    facts: dict[str, Json] = {"audit": audit.code, "specimen": tube.barcode, "specimen_id": tube.id, "found": seen.found.value}
    facts |= {"recorded": seen.now and seen.now.facts, "lies": seen.there and seen.there.facts}
    act = Act(type=EventType.AUDIT_SCANNED, occurred_at=command.occurred_at, facts=facts)
    custody.append(session, history, act, actor=actor, at=at)
    return Scanned(ScanOutcome.RECORDED, tube.barcode, line_of(lines_of(session, audit.id), tube.id))


def take_scan_back(session: Session, code: str, read: str, *, actor: Actor, at: datetime) -> AuditView:
    """A tube is as if it had not been scanned.

    :raises NotScanned: it was not.
    """
    audit, history = _lock_open(session, code, read)
    tube = lock_specimen(session, read)
    line = line_of(lines_of(session, audit.id), tube.id)
    if line is None or line.found is None:
        raise NotScanned(tube.barcode, audit.code)
    session.execute(_UNSEE if line.expected else _DROP, {"of_audit": audit.id, "of_specimen": tube.id})
    facts: dict[str, Json] = {"audit": audit.code, "specimen": tube.barcode, "specimen_id": tube.id}
    custody.append(session, history, Act(type=EventType.AUDIT_UNSCANNED, occurred_at=at, facts=facts), actor=actor, at=at)
    return view_audit(session, audit)


def accept_audit(session: Session, code: str, *, occurred_at: datetime, actor: Actor, at: datetime) -> Accepted:
    """Write down how each tube was found, put right where those are that lie elsewhere, and mark missing what nobody scanned.

    A tube that somebody did something with since it was looked for is left as that act left it, and named.

    :raises AuditEnded: it was accepted or abandoned already.
    """
    audit = get_audit(session, code)
    everything = {line.specimen_id for line in lines_of(session, audit.id)}
    histories = custody.lock_histories(session, {audit.id, audit.container_id, *everything})
    audit = _still_open(session, code)
    stale = write_outcomes(session, audit, histories, occurred_at=occurred_at, actor=actor, at=at)
    session.execute(_END, {"of_audit": audit.id, "ended": occurred_at, "is_accepted": True})
    return Accepted(view_audit(session, get_audit(session, code)), stale)


def abandon_audit(session: Session, code: str, *, reason: str | None = None, actor: Actor, at: datetime) -> AuditView:
    """Leave an audit: nothing of it counts, and the next one begins anew.

    :raises AuditEnded: it was accepted or abandoned already.
    """
    audit, history = _lock_open(session, code)
    session.execute(_END, {"of_audit": audit.id, "ended": at, "is_accepted": False})
    act = Act(type=EventType.AUDIT_ABANDONED, occurred_at=at, facts={"audit": audit.code}, reason=reason)
    custody.append(session, history, act, actor=actor, at=at)
    return view_audit(session, get_audit(session, code))


def _begin(session: Session, container: ContainerRecord, command: BeginAudit, *, actor: Actor, at: datetime) -> AuditView:
    seed = None if command.size is None else command.seed if command.seed is not None else secrets.randbelow(rules.LARGEST_SEED)
    tubes = _looked_for(session, container, command.size, seed)
    code = f"AUD-{at.year}-{next_number(session, f'audit {at.year}'):02d}"
    kind = AuditKind.BOX if seed is None else AuditKind.SAMPLE
    audit_id = take_ids(session)[0]
    history = custody.begin_histories(session, SubjectKind.AUDIT, [audit_id])[0]
    row = {"id": audit_id, "code": code, "kind": kind, "container_id": container.id, "seed": seed, "begun_at": at, "begun_by": actor.id}
    session.execute(insert(_AUDITS), row | {"ended_at": None, "accepted": False})
    if tubes:
        session.execute(insert(_LINES), [_line_row(audit_id, specimen_id, hole, expected=True) for specimen_id, hole in tubes.items()])
    names = barcodes_of(session, tubes)
    lines: list[Json] = [{"specimen": names[each], "specimen_id": each} | {"recorded": hole.facts} for each, hole in sorted(tubes.items())]
    facts = {"audit": code, "kind": kind.value, "container": container.barcode, "container_id": container.id, "seed": seed, "lines": lines}
    custody.append(session, history, Act(type=EventType.AUDIT_BEGUN, occurred_at=at, facts=facts), actor=actor, at=at)
    return view_audit(session, get_audit(session, code))


def _looked_for(session: Session, container: ContainerRecord, size: int | None, seed: int | None) -> dict[int, Hole]:
    """The tubes to be counted, and where each is recorded: all of a box with those that are out, or those drawn."""
    if size is None or seed is None:
        return holes_of(session, tubes_in(session, container.id))
    lying = tubes_within(session, container.id)
    if not lying:
        raise NothingToDraw(container.name)
    return holes_of(session, rules.draw(lying, size, seed))


def _lock_open(session: Session, code: str, read: str | None = None) -> tuple[AuditRecord, History]:
    """An audit that goes on, locked together with the tube that is scanned, in the order of their ids."""
    audit_id = get_audit(session, code).id
    binding = None if read is None else find_binding(session, normalise_code(read))
    histories = custody.lock_histories(session, {audit_id} | ({binding.subject_id} if binding else set()))
    return _still_open(session, code), histories[audit_id]


def _still_open(session: Session, code: str) -> AuditRecord:
    audit = get_audit(session, code)
    if audit.ended_at is not None:
        raise AuditEnded(audit.code, audit.state)
    return audit


def _write_unknown(
    session: Session, audit: AuditRecord, history: History, code: str, occurred_at: datetime, *, actor: Actor, at: datetime
) -> Scanned:
    if code in view_audit(session, audit).unknown:
        return Scanned(ScanOutcome.UNKNOWN, code)
    session.execute(insert(_UNKNOWN), {"audit_id": audit.id, "code": code, "scanned_at": occurred_at})
    facts = {"audit": audit.code, "unknown": code}
    custody.append(session, history, Act(type=EventType.AUDIT_SCANNED, occurred_at=occurred_at, facts=facts), actor=actor, at=at)
    return Scanned(ScanOutcome.UNKNOWN, code)


def _write_seen(session: Session, audit: AuditRecord, turned_up: bool, seen: Sighting, actor_id: int, when: datetime) -> None:
    """How a tube was found, and where it was recorded at that moment: what comes after that, acceptance will notice."""
    new = dict(zip(_SEEN, (seen.found.value, *_columns(seen.there), when, actor_id), strict=True))
    row = _line_row(audit.id, seen.specimen.id, seen.now, expected=False) | new
    if turned_up:
        session.execute(insert(_LINES), row)
    else:
        changed = {f"new_{name}": row[name] for name in (*_SEEN, *_RECORDED)}
        session.execute(_WRITE_SEEN, {"of_audit": audit.id, "of_specimen": seen.specimen.id} | changed)


def _line_row(audit_id: int, specimen_id: int, hole: Hole | None, *, expected: bool) -> dict[str, object]:
    container_id, row, column = _columns(hole)
    where = {"container_id": container_id, "row": row, "column": column, "away": hole is not None and hole.away}
    return {"audit_id": audit_id, "specimen_id": specimen_id, "expected": expected} | where | dict.fromkeys(_SEEN)


def _columns(hole: Hole | None) -> tuple[int | None, int | None, int | None]:
    if hole is None:
        return None, None, None
    position = hole.position
    return hole.container_id, None if position is None else position.row, None if position is None else position.column
