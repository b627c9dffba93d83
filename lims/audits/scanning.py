"""One scan of an audit: how the tube was found, and which hole it lies in."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.audits import rules
from lims.audits.errors import NotDrawn
from lims.audits.vocabulary import AuditKind, AuditLine, AuditRecord, ScanTube
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.errors import AnotherStudy, ContainerClosed, KeptForOthers
from lims.storage.holding import taken_positions
from lims.storage.queries import containers_by_id, current_place, get_container
from lims.storage.records import ContainerRecord, Hole
from lims.storage.rules import check_may_hold, read_position
from lims.storage.sightings import Sighting
from lims.storage.vocabulary import Found


def look_at(
    session: Session, audit: AuditRecord, lines: Sequence[AuditLine], before: AuditLine | None, tube: LockedSpecimen, command: ScanTube
) -> Sighting | None:
    """How a locked tube was found; None where it was scanned before and nothing more is said now.

    Raises what :func:`~lims.audits.service.scan_tube` raises.
    """
    if audit.kind is AuditKind.SAMPLE and before is None:
        raise NotDrawn(tube.barcode, audit.code)
    if before is not None and before.found is not None and command.position is None and command.container is None:
        return None
    now = current_place(session, tube.id)
    box = _box(session, audit, now, command)
    seen = _seen(session, box, lines, before, tube, now, command.position)
    if before is not None and (before.found, before.lies) == (seen.found, seen.there):
        return None
    if seen.found is Found.HERE and before is not None:
        rules.check_not_claimed(lines, before)
    if seen.there is not None:
        rules.check_hole_is_free(lines, before, tube.barcode, seen.there)
    return seen


def _box(session: Session, audit: AuditRecord, now: Hole | None, command: ScanTube) -> ContainerRecord:
    """Where the tube lies: the box that is counted; of a sample the box that was scanned, or else its own."""
    if command.container is not None:
        return get_container(session, command.container)
    own = now.container_id if audit.kind is AuditKind.SAMPLE and now is not None else audit.container_id
    return containers_by_id(session, [own])[own]


def _seen(
    session: Session,
    box: ContainerRecord,
    lines: Sequence[AuditLine],
    before: AuditLine | None,
    tube: LockedSpecimen,
    now: Hole | None,
    named: str | None,
) -> Sighting:
    if not rules.may_be_put_here(tube.state):
        return Sighting(tube, Found.UNEXPECTED, now)
    position = None if named is None else read_position(named, box)
    found, there = rules.seen_at(now, box, position, was_named=named is not None)
    if found is not Found.WRONG_PLACE:
        return Sighting(tube, found, now, there)
    try:
        check_may_hold(box, tube)
    except (AnotherStudy, ContainerClosed, KeptForOthers):
        return Sighting(tube, Found.MISPLACED, now)
    if named is not None:
        return Sighting(tube, found, now, there)
    others = [line for line in lines if line is not before]
    free = rules.hole_for(box, others, taken_positions(session, box.id))
    if free is None and box.grid is not None:
        return Sighting(tube, Found.MISPLACED, now)
    return Sighting(tube, found, now, box.hole(free))
