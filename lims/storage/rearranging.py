"""Several tubes put where they are in one act: all are lifted before any is set, so that two may change places.

Nobody sees it half done: it is one transaction, and the box is held by whoever calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, Event, History
from lims.specimens.projections import step
from lims.specimens.rules import check_transition
from lims.specimens.service import projection_of, with_projection, write_projections
from lims.specimens.vocabulary import LockedSpecimen
from lims.storage.placements import begin_placement, end_placement
from lims.storage.records import Hole


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """One tube, locked: where it was, where it is (``away``: out, its hole kept), and the act that says so. None and None: where it was."""

    specimen: LockedSpecimen
    was: Hole | None
    is_: Hole | None
    act: Act


def rearrange(
    session: Session, changes: Sequence[Rearrangement], besides: Sequence[tuple[History, Act]] = (), *, actor: Actor, at: datetime
) -> list[Event]:
    """Lift every tube, set every tube, and write every act down; ``besides`` is what else happened, written last.

    :raises PositionOccupied: a tube that is not among these has the hole; nothing has moved.
    :raises NotInThisState: an act that cannot be done to its tube.
    """
    after, acts = [], []
    for change in changes:
        specimen, act = change.specimen, change.act
        check_transition(specimen.barcode, specimen.state, specimen.quarantined, act.type)
        changed = with_projection(specimen, step(projection_of(specimen), act.type, act.facts))
        if changed != specimen:
            after.append(changed)
        acts.append((specimen.history, act))
    for change in changes:
        if change.was is not None:
            end_placement(session, change.specimen.id)
    for change in changes:
        if change.is_ is not None:
            begin_placement(session, change.specimen.id, change.is_, change.act.occurred_at)
    if after:
        write_projections(session, after)
    return custody.append_all(session, [*acts, *besides], actor=actor, at=at)


def from_and_to(act: Act, was: Hole | None, is_: Hole | None) -> Act:
    """The act with the holes it led from and to, as an event has them."""
    facts = dict(act.facts)
    if was is not None:
        facts["from"] = replace(was, away=False).facts if is_ is not None and is_.away else was.facts
    if is_ is not None and not is_.away:
        facts["to"] = is_.facts
    return replace(act, facts=facts)
