"""Rules of audits: how a scanned tube was found, and what of it can still be written down when the audit is accepted. Pure."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence

from lims.audits.errors import BadSample, HoleClaimed
from lims.audits.vocabulary import AuditLine, Stale
from lims.specimens.vocabulary import AT_HAND, SpecimenState
from lims.storage.errors import PositionOccupied
from lims.storage.positions import next_free
from lims.storage.records import ContainerRecord, Hole
from lims.storage.vocabulary import Found, Position

LARGEST_SAMPLE = 500
LARGEST_SEED = 2**31 - 1


def check_sample(size: int) -> None:
    """
    :raises BadSample: none, or more than one person counts in a day.
    """
    if not 1 <= size <= LARGEST_SAMPLE:
        raise BadSample(LARGEST_SAMPLE, size)


def draw(tubes: Sequence[int], size: int, seed: int) -> list[int]:
    """Tubes drawn at random, each as likely as any other; the same of the same seed."""
    return sorted(random.Random(seed).sample(tubes, min(size, len(tubes))))  # a draw anybody can repeat, not a secret


def seen_at(now: Hole | None, box: ContainerRecord, position: Position | None, *, was_named: bool) -> tuple[Found, Hole | None]:
    """How a tube of which this is recorded was found in this box: and its hole, where it is not where it is recorded.

    Where no hole was named, a tube of the box is taken to be in its own: nobody scans holes that are right.
    """
    if now is None or now.container_id != box.id:
        return Found.WRONG_PLACE, box.hole(position)
    if was_named and position != now.position:
        return Found.WRONG_PLACE, box.hole(position)
    if now.away:
        return Found.BACK, box.hole(now.position)
    return Found.HERE, None


def may_be_put_here(state: SpecimenState) -> bool:
    """Whether a tube in this state can be recorded in a hole; one that was sent or destroyed cannot be lying here."""
    return state in AT_HAND or state is SpecimenState.DEPLETED


def hole_for(box: ContainerRecord, lines: Iterable[AuditLine], taken: Collection[Position]) -> Position | None:
    """The next hole for a tube that does not belong into this box: free in the records, and not promised to another."""
    if box.grid is None:
        return None
    promised = {line.lies.position for line in lines if line.lies is not None and line.lies.container_id == box.id}
    return next_free(box.grid, {*taken, *(position for position in promised if position is not None)})


def check_hole_is_free(lines: Iterable[AuditLine], tube: AuditLine | None, barcode: str, hole: Hole) -> None:
    """
    :raises PositionOccupied: a tube was scanned there, or the hole is kept for one that is out.
    """
    for line in lines:
        if hole.position is None or line is tube:
            continue
        sits = line.lies or (line.recorded if line.found in {Found.HERE, None} else None)
        if sits is None or (sits.container_id, sits.position) != (hole.container_id, hole.position):
            continue
        if line.found is not None or sits.away:
            raise PositionOccupied(hole.position_text or "", hole.container_name, line.barcode, away=sits.away)


def check_not_claimed(lines: Iterable[AuditLine], tube: AuditLine) -> None:
    """
    :raises HoleClaimed: another tube was scanned in the very hole this one is recorded in.
    """
    for line in lines:
        if line is tube or line.lies is None or tube.recorded is None or tube.recorded.position is None:
            continue
        if (line.lies.container_id, line.lies.position) == (tube.recorded.container_id, tube.recorded.position):
            raise HoleClaimed(tube.recorded.position_text or "", line.barcode, tube.barcode)


def stale_lines(lines: Iterable[AuditLine], now: Mapping[int, Hole]) -> list[Stale]:
    """Tubes that somebody put elsewhere, took out or put back since they were looked for."""
    return [Stale(line.barcode, line.recorded, now.get(line.specimen_id)) for line in lines if line.recorded != now.get(line.specimen_id)]


def claimed_by_others(lines: Sequence[AuditLine], stale: Collection[str], inside: Mapping[int, Mapping[str, Hole]]) -> list[AuditLine]:
    """Tubes that cannot be written into the hole they were scanned in, since somebody has put another tube there meanwhile.

    :param inside: by container, who is recorded in it now.
    """
    sure = {line.barcode for line in lines if line.barcode not in stale}
    found = []
    for line in lines:
        if line.lies is None or line.lies.position is None or line.barcode in stale:
            continue
        holders = [barcode for barcode, hole in inside.get(line.lies.container_id, {}).items() if hole.position == line.lies.position]
        if any(holder != line.barcode and holder not in sure for holder in holders):
            found.append(line)
    return found
