"""Today: who is due and until when, what came and is not divided or put away yet, what needs a hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import actor as current_actor
from lims.http_context import allow, read
from lims.pairs.due import due_list
from lims.printing.queries import list_printers, list_unproven
from lims.racks.queries import list_waiting
from lims.specimens.collected import Undivided, count_by_state, count_to_destroy, undivided_of
from lims.specimens.vocabulary import QUARANTINED, SpecimenState
from lims.studies.protocol import Protocol
from lims.studies.rules import Due as DueStep
from lims.studies.rules import Times, processing_due
from lims.temperatures.queries import list_open
from lims.web.due import as_due, due_headline
from lims.web.frame import go, page, web
from lims.web.printers import needs_hand
from lims.web.study_here import protocol_here, study_here

AHEAD_DAYS = 7
SHOWN = 12
SHOWN_JOBS = 5


@dataclass(frozen=True, slots=True)
class ToDivide:
    """A tube waiting to be divided, and the step of its handling that is due next."""

    tube: Undivided
    step: DueStep | None
    late: bool


@web.get("/")
@allow(Action.OWN_ACCOUNT)
def start() -> ResponseReturnValue:
    """Where somebody begins: today, or for who sees no participants the batches."""
    return today_page() if current_actor().may(Action.READ_PARTICIPANTS) else go("/batches")


@web.get("/today")
@allow(Action.READ_PARTICIPANTS)
def today() -> ResponseReturnValue:
    """The same, by its own address."""
    return today_page()


def today_page() -> ResponseReturnValue:
    """What the day asks for."""
    protocol, at = protocol_here(), clock.now()
    if protocol is None:
        return page("no_study.html")
    divided = [plan.specimen_type for plan in protocol.collections if plan.divided]
    with read() as (session, _actor):
        dues = [as_due(visit) for visit in due_list(session, at=at, study=study_here().code, ahead_days=AHEAD_DAYS)]
        waiting = [_to_divide(tube, protocol, at) for tube in undivided_of(session, study_here().id, divided, limit=SHOWN + 1)]
        counts = count_by_state(session, study_here().id)
        unproven, stuck = list_unproven(session, limit=SHOWN_JOBS + 1), [one for one in list_printers(session) if needs_hand(one)]
        excursions, scans = list_open(session, limit=SHOWN + 1), list_waiting(session, limit=SHOWN)
        facts: dict[str, Any] = {"to_destroy": count_to_destroy(session, study_here().id)}
    facts |= {"without_hole": counts.get(SpecimenState.RECEIVED, 0), "not_here": counts.get(SpecimenState.COLLECTED, 0)}
    facts |= {"quarantined": counts.get(QUARANTINED, 0), "out": counts.get(SpecimenState.CHECKED_OUT, 0)}
    facts |= {"excursions": excursions[:SHOWN], "more_excursions": len(excursions) > SHOWN, "scans": scans}
    facts |= {"stored": counts.get(SpecimenState.STORED, 0)}
    facts |= {"unproven": unproven[:SHOWN_JOBS], "more_unproven": len(unproven) > SHOWN_JOBS, "stuck": stuck}
    facts["more_waiting"] = len(waiting) > SHOWN
    return page("today.html", dues=dues, waiting=waiting[:SHOWN], headline=due_headline(dues), **facts)


def _to_divide(tube: Undivided, protocol: Protocol, at: datetime) -> ToDivide:
    times = Times(collected_at=tube.collected_at, received_at=tube.received_at, processed_at=tube.processed_at, frozen_at=tube.frozen_at)
    step = processing_due(protocol.find_collection_plan(tube.specimen_type), times)
    return ToDivide(tube, step, step is not None and step.due_at < at)
