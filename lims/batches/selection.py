"""What a batch is filled with: tubes somebody named, or what is free; each checked while it is held."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lims.batches.errors import AliquotInBatch, NothingFree, NotUsable, OtherStudy
from lims.batches.queries import batched_before, open_batches_of
from lims.batches.rules import fill, group_of_pair
from lims.batches.vocabulary import Member, PairSelection
from lims.custody.service import lock_histories
from lims.custody.vocabulary import History
from lims.pairs.queries import CHUNK, pairs_of
from lims.pairs.rules import order_of_use
from lims.pairs.tubes import courses_of, tubes_by_id, tubes_of
from lims.pairs.usability import usability
from lims.pairs.vocabulary import TubeFacts, pair_id
from lims.specimens.queries import lock_specimens
from lims.studies.protocol import Assay, Protocol
from lims.studies.queries import ParticipantFilter, get_participant, list_participants, participants_by_id
from lims.studies.vocabulary import ParticipantFacts, StudyRecord

Group = tuple[TubeFacts, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A tube to be batched, whose row this act holds."""

    member: Member
    history: History


def hold_named(session: Session, reads: Sequence[str], study: StudyRecord, protocol: Protocol, assay: Assay) -> list[Held]:
    """Tubes by their codes, locked, and found usable for the assay. Four statements, however many.

    :raises UnknownSpecimen: a code names no tube.
    :raises OtherStudy: one is of another study.
    :raises NotUsable: the assay cannot use some; all of them are named.
    :raises AliquotInBatch: one is in an open batch.
    """
    locked = {tube.id: tube for tube in lock_specimens(session, reads)} if reads else {}
    for tube in locked.values():
        if tube.study_id != study.id:
            raise OtherStudy(tube.barcode, study.code)
    facts = tubes_by_id(session, list(locked), protocol, {tube.participant_id: tube.withdrawn_on for tube in locked.values()})
    why = {tube.barcode: usability(facts[tube.id], assay, protocol) for tube in locked.values()}
    if unusable := {barcode: [reason.sentence for reason in reasons] for barcode, reasons in why.items() if reasons}:
        raise NotUsable(assay.code, unusable)
    if taken := open_batches_of(session, locked):
        first = min(taken)
        raise AliquotInBatch(locked[first].barcode, taken[first])
    return [Held(_member(facts[tube.id], tube.participant, protocol, assay), tube.history) for tube in locked.values()]


def hold_free(
    session: Session,
    chosen: PairSelection,
    study: StudyRecord,
    protocol: Protocol,
    assay: Assay,
    places: int | None,
    at: datetime,
) -> list[Held]:
    """What is free of pairs not batched before, both sides together, participant by participant, as many as fit; locked.

    A group of which a tube has become unusable between the look and the lock is left out.

    :raises UnknownCode: the protocol has no such cohort.
    :raises NothingFree: there is none.
    """
    if chosen.cohort is not None:
        protocol.get_cohort(chosen.cohort)
    groups = fill(_free_groups(session, chosen, study, protocol, assay, at), places)
    ids = [tube.id for group in groups for tube in group]
    if not ids:
        raise NothingFree(assay.code, paired=assay.paired)
    histories = lock_histories(session, ids)
    people = participants_by_id(session, {tube.participant_id for group in groups for tube in group})
    now = tubes_by_id(session, ids, protocol, {person.id: person.withdrawn_on for person in people.values()})
    taken = open_batches_of(session, ids)
    still = [group for group in groups if all(tube.id not in taken and not usability(now[tube.id], assay, protocol) for tube in group)]
    return [Held(_member(tube, people[tube.participant_id].code, protocol, assay), histories[tube.id]) for group in still for tube in group]


def _free_groups(
    session: Session, chosen: PairSelection, study: StudyRecord, protocol: Protocol, assay: Assay, at: datetime
) -> Iterator[Group]:
    done = batched_before(session, study.id, assay.code)
    for people in _people(session, chosen, study):
        waiting = [person for person in people if person.id not in done]
        yield from (_pairs if assay.paired else _singles)(session, waiting, protocol, assay, at)


def _people(session: Session, chosen: PairSelection, study: StudyRecord) -> Iterator[list[ParticipantFacts]]:
    if chosen.participants:
        people = [get_participant(session, code, study.code) for code in dict.fromkeys(chosen.participants)]
        yield [person for person in people if chosen.cohort in (None, person.cohort)]
        return
    position, wanted = None, ParticipantFilter(study=study.code, cohort=chosen.cohort, withdrawn=False)
    while people := list_participants(session, wanted, after=position, limit=CHUNK):
        yield people
        position = (people[-1].code, people[-1].id)


def _pairs(session: Session, people: Sequence[ParticipantFacts], protocol: Protocol, assay: Assay, at: datetime) -> Iterator[Group]:
    if not people:
        return
    views = pairs_of(session, people, {people[0].study_id: protocol}, at=at, assay=assay.code)
    taken = frozenset(open_batches_of(session, [tube.facts.id for view in views for tube in (*view.pre, *view.post) if tube.usable]))
    for view in views:
        if group := group_of_pair(view, taken):
            yield group


def _singles(session: Session, people: Sequence[ParticipantFacts], protocol: Protocol, assay: Assay, at: datetime) -> Iterator[Group]:
    """One usable tube a participant, the collection nearest its target day first."""
    if not people:
        return
    protocols = {people[0].study_id: protocol}
    tubes = tubes_of(session, people, {timepoint.code for timepoint in protocol.timepoints}, protocols)
    courses = courses_of(session, people, protocols, at)
    usable = {person.id: [tube for tube in tubes[person.id] if not usability(tube, assay, protocol)] for person in people}
    taken = open_batches_of(session, [tube.id for each in usable.values() for tube in each])
    for person in people:
        free = [tube for tube in usable[person.id] if tube.id not in taken]
        if free:
            yield tuple(order_of_use(free, assay, protocol, courses[person.id])[:1])


def _member(tube: TubeFacts, participant: str, protocol: Protocol, assay: Assay) -> Member:
    timepoint = protocol.find_timepoint(tube.timepoint)
    side = timepoint.side if assay.paired and timepoint else None
    return Member(
        specimen_id=tube.id,
        barcode=tube.barcode,
        label=tube.label,
        participant=participant,
        timepoint=tube.timepoint,
        specimen_type=tube.specimen_type,
        pair_id=pair_id(participant, assay.code) if side else None,
        side=side.value if side else None,
    )
