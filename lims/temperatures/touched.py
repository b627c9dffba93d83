"""Which tubes were in a freezer during an excursion, by the ledger and not by where they are now; and which pairs are at stake."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.custody.models import CustodyEvent, CustodySubject
from lims.custody.queries import as_event
from lims.custody.rules import CLOCK_SLACK
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.pairs.queries import pairs_of, protocols_of
from lims.pairs.vocabulary import PairState, PairView, ReasonCode, TubeView
from lims.specimens.models import Specimen
from lims.specimens.rules import shown_state
from lims.specimens.vocabulary import SpecimenState
from lims.storage.models import Container, Placement
from lims.storage.queries import places_of
from lims.studies.models import Participant
from lims.studies.queries import participants_by_id
from lims.temperatures.stays import InFreezer, Span, stays_of_container, stays_of_tube
from lims.temperatures.vocabulary import ExcursionRecord, PairAtStake, Stay, TouchedTube

_CHUNK = 500
_PLACING = (
    *(EventType.PLACED, EventType.MOVED, EventType.RETURNED, EventType.CHECKED_OUT, EventType.REMOVED),
    *(EventType.DISPATCHED, EventType.DISPOSED, EventType.CORRECTED, EventType.AUDITED, EventType.REBOXED),
)
_STANDING = (EventType.CONTAINER_MADE, EventType.CONTAINER_MOVED, EventType.CONTAINER_CLOSED)
_SETTING_ASIDE = (EventType.QUARANTINED, EventType.RELEASED)
_EVENT, _SUBJECT, _CONTAINER = table_of(CustodyEvent), table_of(CustodySubject), table_of(Container)
_PLACEMENT, _SPECIMEN, _PARTICIPANT = table_of(Placement), table_of(Specimen), table_of(Participant)

_ACTED_ON = (
    select(_EVENT.c.subject_id)
    .distinct()
    .join(_SUBJECT, _SUBJECT.c.id == _EVENT.c.subject_id)
    .where(_EVENT.c.recorded_at >= bindparam("since"), _SUBJECT.c.kind == bindparam("kind"))
    .where(_EVENT.c.type.in_(bindparam("types", expanding=True)))
)
_EVENTS = (
    select(_EVENT.c.id, _EVENT.c.subject_id, _EVENT.c.canonical, _EVENT.c.previous_hash, _EVENT.c.hash)
    .where(_EVENT.c.subject_id.in_(bindparam("ids", expanding=True)), _EVENT.c.type.in_(bindparam("types", expanding=True)))
    .order_by(_EVENT.c.subject_id, _EVENT.c.sequence)
)
_IN_NOW = select(_PLACEMENT.c.specimen_id, _PLACEMENT.c.container_id, _PLACEMENT.c.since).where(
    _PLACEMENT.c.container_id.in_(bindparam("ids", expanding=True)), ~_PLACEMENT.c.away
)
_TUBES = (
    select(_SPECIMEN.c.id, _SPECIMEN.c.barcode, _SPECIMEN.c.label, _SPECIMEN.c.participant_id, _SPECIMEN.c.timepoint)
    .add_columns(_SPECIMEN.c.specimen_type, _SPECIMEN.c.state, _SPECIMEN.c.quarantined)
    .add_columns(_PARTICIPANT.c.code.label("participant"), _PARTICIPANT.c.cohort)
    .join(_PARTICIPANT, _PARTICIPANT.c.id == _SPECIMEN.c.participant_id)
    .where(_SPECIMEN.c.id.in_(bindparam("ids", expanding=True)))
)


def stays_in(session: Session, container_id: int, begun_at: datetime, ended_at: datetime) -> list[Stay]:
    """Every tube that was in a freezer for some of a time, by its id.

    Whatever nothing was recorded of since the time began is where it was then: so only what was acted on since is read event by
    event, and the rest by where it is now.
    """
    when, since = Span(begun_at, ended_at), begun_at - CLOCK_SLACK  # a bench's clock may run ahead of the server's
    moved = _acted_on(session, since, SubjectKind.CONTAINER, _STANDING)
    stays = {id_: list(stays_of_container(events)) for id_, events in _events(session, moved, _STANDING).items()}
    parents: dict[int, int | None] = {row.id: row.parent_id for row in session.execute(select(_CONTAINER.c.id, _CONTAINER.c.parent_id))}
    freezer = InFreezer(container_id, when, parents, stays)
    acted_on = _acted_on(session, since, SubjectKind.SPECIMEN, _PLACING)
    found: dict[int, list[Span]] = defaultdict(list)
    for container in _chunks([each for each in parents if freezer.spans(each)]):
        for row in session.execute(_IN_NOW, {"ids": container}):
            if row.specimen_id not in acted_on:
                found[row.specimen_id] += freezer.spans(row.container_id)
    for tube_id, events in _events(session, acted_on, _PLACING).items():
        for stay in stays_of_tube(events):
            found[tube_id] += [both for span in freezer.spans(stay.container_id) if (both := span.within(stay.span))]
    return [
        Stay(id_, min(span.begun_at for span in spans), max(span.ended_at or ended_at for span in spans))
        for id_, spans in sorted(found.items())
        if spans
    ]


def touched_tubes(session: Session, excursion: ExcursionRecord) -> list[TouchedTube]:
    """The tubes that were in the freezer then, as they are today; by participant, timepoint and label."""
    stays = stays_in(session, excursion.container_id, excursion.excursion.begun_at, excursion.excursion.ended_at)
    by_id = {stay.specimen_id: stay for stay in stays}
    for_it = set_aside_for(session, excursion.id, by_id)
    tubes = []
    for ids in _chunks(by_id):
        places = places_of(session, ids)
        for row in session.execute(_TUBES, {"ids": ids}):
            told = {name: value for name, value in row._asdict().items() if name != "state"}
            state = shown_state(SpecimenState(row.state), row.quarantined)
            place = places[row.id].text if row.id in places else None
            tubes.append(TouchedTube(**told, state=state, for_it=row.id in for_it, place=place, stay=by_id[row.id]))
    return sorted(tubes, key=lambda tube: (tube.participant, tube.timepoint, tube.label))


def set_aside_for(session: Session, excursion_id: int, specimen_ids: Iterable[int]) -> set[int]:
    """Which of these tubes are in quarantine because of this excursion."""
    return {
        id_
        for id_, events in _events(session, set(specimen_ids), _SETTING_ASIDE).items()
        if events[-1].type is EventType.QUARANTINED and events[-1].facts.get("excursion") == excursion_id
    }


def pairs_at_stake(session: Session, touched: Sequence[TouchedTube], *, at: datetime) -> list[PairAtStake]:
    """The pairs these tubes stand in, those first of which a side has nothing else. Three statements for every 500 participants."""
    ids, for_it = {tube.id for tube in touched}, {tube.id for tube in touched if tube.for_it}
    protocols = protocols_of(session)
    found = []
    for people_ids in _chunks(sorted({tube.participant_id for tube in touched})):
        people = list(participants_by_id(session, people_ids).values())
        found += [stake for view in pairs_of(session, people, protocols, at=at) if (stake := _at_stake(view, ids, for_it))]
    return sorted(found, key=lambda stake: (not stake.lost, stake.participant, stake.assay))


def _at_stake(view: PairView, ids: set[int], for_it: set[int]) -> PairAtStake | None:
    """A pair of which a tube that could be used was touched; None of one that is excluded, or that was not."""
    if view.state is PairState.EXCLUDED:
        return None
    sides = [[tube for tube in side if _could_be_used(tube, for_it)] for side in (view.pre, view.post)]
    touched = [tube.barcode for side in sides for tube in side if tube.facts.id in ids]
    if not touched:
        return None
    lost = any(side and all(tube.facts.id in ids for tube in side) for side in sides)
    person = view.participant
    return PairAtStake(
        participant=person.code, cohort=person.cohort, assay=view.assay, state=view.state.value, touched=tuple(touched), lost=lost
    )


def _could_be_used(tube: TubeView, for_it: set[int]) -> bool:
    """Whether nothing stands against it but this excursion."""
    return tube.usable or (tube.facts.id in for_it and {reason.code for reason in tube.why} == {ReasonCode.QUARANTINED})


def _acted_on(session: Session, since: datetime, kind: SubjectKind, types: Sequence[EventType]) -> set[int]:
    given = {"since": since, "kind": kind.value, "types": [type_.value for type_ in types]}
    return set(session.execute(_ACTED_ON, given).scalars())


def _events(session: Session, ids: Iterable[int], types: Sequence[EventType]) -> Mapping[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for some in _chunks(sorted(ids)):
        for row in session.execute(_EVENTS, {"ids": some, "types": [type_.value for type_ in types]}):
            found[row.subject_id].append(as_event(row))
    return found


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    every = list(ids)
    return [every[begin : begin + _CHUNK] for begin in range(0, len(every), _CHUNK)]
