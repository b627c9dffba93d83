"""Reads of pairs. They are worked out whenever they are asked for, by rules, from few statements however many participants."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lims.pairs.errors import NotPaired
from lims.pairs.rules import pair_of
from lims.pairs.tubes import courses_of, tubes_of
from lims.pairs.usability import concerns
from lims.pairs.vocabulary import PairCursor, PairFilter, PairPage, PairView, TubeFacts
from lims.studies.protocol import Assay, Protocol
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import (
    ParticipantFilter,
    get_participant,
    get_study,
    list_participants,
    list_studies,
    participants_by_id,
    protocol_of_version,
)
from lims.studies.vocabulary import ParticipantFacts

CHUNK = 500
"""How many participants are looked at together."""


def list_pairs(
    session: Session, wanted: PairFilter | None = None, *, at: datetime, after: PairCursor | None = None, limit: int = 50
) -> PairPage:
    """Pairs by participant and assay, a page at a time; six statements for every 500 participants looked at.

    :param at: the instant from which windows and limits are judged.
    :param after: the ``next`` of the page before.
    :raises UnknownCode: no study has that assay or cohort.
    :raises NotPaired: the assay is of one side only.
    """
    wanted = wanted or PairFilter()
    protocols = protocols_of(session, wanted.study)
    _check_wanted(wanted, protocols)
    pairs: list[PairView] = []
    for people in _people(session, wanted, protocols, after, limit):
        for view in pairs_of(session, people, protocols, at=at, assay=wanted.assay):
            if wanted.state in (None, view.state) and not _seen(view, after, protocols):
                pairs.append(view)
        if len(pairs) > limit:
            last = pairs[limit - 1]
            return PairPage(tuple(pairs[:limit]), PairCursor(last.participant.code, last.participant.id, last.assay))
    return PairPage(tuple(pairs), None)


def pairs_of(
    session: Session,
    people: Sequence[ParticipantFacts],
    protocols: Mapping[int, Protocol],
    *,
    at: datetime,
    assay: str | None = None,
    specimen_id: int | None = None,
) -> list[PairView]:
    """The pairs of these participants, in their order and that of the protocol's assays. Three statements, however many.

    :param protocols: by study.
    :param specimen_id: only assays that concern this tube; it may still stand in none of their pairs, where another type serves better.
    """
    if not people:
        return []
    timepoints = {timepoint.code for protocol in protocols.values() for timepoint in protocol.timepoints if timepoint.side}
    tubes = tubes_of(session, people, timepoints, protocols)
    courses = courses_of(session, people, protocols, at)
    return [
        pair_of(tubes[person.id], each, protocols[person.study_id], courses[person.id])
        for person in people
        for each in _assays(protocols[person.study_id], assay)
        if specimen_id is None or _concerns(specimen_id, tubes[person.id], each, protocols[person.study_id])
    ]


def pairs_of_specimen(session: Session, specimen_id: int, participant_id: int, *, at: datetime) -> list[PairView]:
    """The pairs a tube of this participant stands in, usable or not."""
    person = participants_by_id(session, [participant_id])[participant_id]
    protocol = protocol_of_version(session, person.protocol_version_id)
    pairs = pairs_of(session, [person], {person.study_id: protocol}, at=at, specimen_id=specimen_id)
    return [view for view in pairs if any(tube.facts.id == specimen_id for tube in (*view.pre, *view.post))]


def protocols_of(session: Session, study: str | None = None) -> dict[int, Protocol]:
    """The protocols of today, by study: of the one named, or of all."""
    studies = list_studies(session) if study is None else [get_study(session, study)]
    return {each.id: protocol_of_version(session, each.protocol_version_id) for each in studies}


def _assays(protocol: Protocol, assay: str | None) -> list[Assay]:
    return [each for each in protocol.assays if each.paired and assay in (None, each.code)]


def _concerns(specimen_id: int, tubes: Sequence[TubeFacts], assay: Assay, protocol: Protocol) -> bool:
    return any(tube.id == specimen_id and concerns(tube, assay, protocol) for tube in tubes)


def _check_wanted(wanted: PairFilter, protocols: Mapping[int, Protocol]) -> None:
    """What no study knows is a slip of the pen, not an empty list."""
    if wanted.cohort is not None and not any(protocol.find_cohort(wanted.cohort) for protocol in protocols.values()):
        raise UnknownCode("cohort", wanted.cohort, [each.code for protocol in protocols.values() for each in protocol.cohorts])
    if wanted.assay is None:
        return
    found = [assay for protocol in protocols.values() if (assay := protocol.find_assay(wanted.assay))]
    if not found:
        raise UnknownCode("assay", wanted.assay, [each.code for protocol in protocols.values() for each in protocol.assays])
    if not any(assay.paired for assay in found):
        raise NotPaired(wanted.assay)


def _people(
    session: Session, wanted: PairFilter, protocols: Mapping[int, Protocol], after: PairCursor | None, limit: int
) -> Iterator[list[ParticipantFacts]]:
    """Participants in their order, in chunks; the one on whom the last page ended once more, for the assays not shown yet."""
    if wanted.participant is not None:
        person = get_participant(session, wanted.participant, wanted.study)
        if wanted.cohort in (None, person.cohort):
            yield [person]
        return
    chosen = ParticipantFilter(study=wanted.study, cohort=wanted.cohort)
    position = (after.code, after.participant_id) if after else None
    if after is not None:
        yield list(participants_by_id(session, [after.participant_id]).values())
    size = CHUNK if wanted.state is not None else min(CHUNK, limit + 1)
    while people := list_participants(session, chosen, after=position, limit=size):
        yield people
        position = (people[-1].code, people[-1].id)
        if len(people) < size:
            return


def _seen(view: PairView, after: PairCursor | None, protocols: Mapping[int, Protocol]) -> bool:
    """Whether a row stood on a page before; participants after the cursor's have not."""
    if after is None or view.participant.id != after.participant_id:
        return False
    order = [each.code for each in protocols[view.participant.study_id].assays]
    return after.assay in order and order.index(view.assay) <= order.index(after.assay)
