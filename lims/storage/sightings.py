"""Many tubes looked for at once, written down together: each has one event, and holes are judged only after all of them were lifted.

So a box that was filled anew in any order is one act, and two tubes that changed holes are no conflict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.vocabulary import Act, Event, History, Json
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.rearranging import Rearrangement, rearrange
from lims.storage.records import Hole
from lims.storage.vocabulary import Found, Position


@dataclass(frozen=True, slots=True)
class Sighting:
    """How one tube was found: ``now`` is where it is recorded, ``there`` where it lies, if that is elsewhere."""

    specimen: LockedSpecimen
    found: Found
    now: Hole | None
    there: Hole | None = None


def record_sightings(
    session: Session,
    sightings: Sequence[Sighting],
    act: Act,
    besides: Sequence[tuple[History, Act]] = (),
    *,
    actor: Actor,
    at: datetime,
) -> list[Event]:
    """Write down how these locked tubes were found; ``act`` is what each event is made of, ``besides`` what else happened.

    :raises PositionOccupied: a hole holds a tube that is not among them; nothing has moved.
    :raises NotInThisState: it cannot be done to one of them.
    """
    changes = [Rearrangement(each.specimen, *_moved(each), replace(act, facts=dict(act.facts) | _facts(each))) for each in sightings]
    return rearrange(session, changes, besides, actor=actor, at=at)


def with_room_made(sightings: Iterable[Sighting]) -> list[Sighting]:
    """A tube nobody found, whose hole another one has now, is still in its box: only the hole is not known any more."""
    every = list(sightings)
    taken = {(each.there.container_id, each.there.position) for each in every if each.there is not None and each.there.position}
    return [_without_its_hole(each) if _lost_its_hole(each, taken) else each for each in every]


def _lost_its_hole(each: Sighting, taken: set[tuple[int, Position]]) -> bool:
    return each.found is Found.MISSING and each.now is not None and (each.now.container_id, each.now.position) in taken


def _without_its_hole(each: Sighting) -> Sighting:
    return each if each.now is None else replace(each, there=replace(each.now, position=None, position_text=None))


def _moved(each: Sighting) -> tuple[Hole | None, Hole | None]:
    return (each.now, each.there) if each.there is not None and each.there != each.now else (None, None)


def _facts(each: Sighting) -> dict[str, Json]:
    facts: dict[str, Json] = {"found": each.found.value}
    if each.now is not None:
        facts["from"] = each.now.facts
    if each.there is not None:
        facts["to"] = each.there.facts
    return facts
