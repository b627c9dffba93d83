"""The verbs by which specimens come into the register: a collection, what was not collected, a tube of an older inventory."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.rules import check_has_happened
from lims.custody.vocabulary import Act, EventType, History, Json, SubjectKind
from lims.db import IsoDate, table_of, take_ids
from lims.ids import normalise_code
from lims.sentences import Sentence
from lims.specimens import amounts
from lims.specimens.errors import ConsentMissing, CountOutOfRange, FlagNotGiven, ImpossibleTimes, NotAPrimary
from lims.specimens.flags import CollectionFacts, remarks_on
from lims.specimens.models import Collection
from lims.specimens.queries import Used, used_labels
from lims.specimens.rules import check_consent
from lims.specimens.vocabulary import (
    PrimaryTube,
    RecordNotCollected,
    RegisterCollection,
    Registered,
    RegisterExistingTube,
    Remark,
    ReservedTube,
    SpecimenForm,
    SpecimenState,
)
from lims.specimens.writing import NONE_RESERVED, Donor, Draft, Writing, begin_tubes, with_reserved, write_tubes
from lims.studies.participants import lock_participant
from lims.studies.protocol import UNIT_DIMENSIONS, ComputedFlag, Protocol
from lims.studies.queries import by_kind, protocol_of_version, treatments_of
from lims.studies.rules import Times, check_before_fraction, time_order_findings
from lims.studies.vocabulary import ParticipantFacts

MOST_TUBES = 100
"""How many primary tubes one collection may have."""

_COLLECTIONS = insert(table_of(Collection))
_EXISTING = select(Collection.id).where(
    Collection.participant_id == bindparam("participant_id"),
    Collection.timepoint == bindparam("timepoint"),
    Collection.specimen_type == bindparam("specimen_type"),
    Collection.frozen_on.is_not_distinct_from(bindparam("frozen_on", type_=IsoDate())),
    Collection.collected_at.is_(None),
    Collection.not_collected.is_(None),
)


def register_collection(
    session: Session, command: RegisterCollection, *, actor: Actor, at: datetime, reserved: Mapping[str, ReservedTube] = NONE_RESERVED
) -> Registered:
    """Register what was taken: the collection, and each primary tube with its code and label.

    Lateness, haemolysis, antibiotics and the like flag what is kept; only what cannot be, or may not be, is refused.

    :param reserved: by its barcode, each tube that was labelled before.
    :raises TreatedAlready: a sample of a timepoint before the treatment, taken after it.
    :raises ConsentWithdrawn: taken after the day consent was withdrawn.
    :raises ImpossibleTimes: handled before it was collected.
    :raises InvalidInput: an unknown timepoint, type, container, flag; an amount that is none; a time to come.
    """
    participant = lock_participant(session, command.participant, command.study)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    drafts = [with_reserved(_primary(protocol, command, tube), reserved) for tube in command.tubes]
    facts = _collection_facts(session, participant, command)
    _check_collection(protocol, participant, command, facts, at)
    used = used_labels(session, participant.id, command.timepoint)
    warnings = (*remarks_on(protocol, facts), *_departures(protocol, command, used.get(command.specimen_type, Used())))

    collection_id, *ids = take_ids(session, 2 + 2 * len(drafts))
    writing = Writing(_donor(participant), collection_id, protocol, command.collected_at, ids, drafts)
    histories = begin_tubes(session, writing, with_collection=True, at=at)
    row = _collection_row(participant, collection_id, command)
    session.execute(_COLLECTIONS, [row])
    facts_written = _collected_facts(participant, row) | {"tubes": len(drafts)}
    collected = Act(type=EventType.COLLECTED, occurred_at=command.collected_at, facts=facts_written)
    write_tubes(session, writing, histories, used, [(histories[0], collected)], actor=actor, at=at)
    return Registered(collection_id, tuple(writing.tubes), tuple(warnings))


def record_not_collected(session: Session, command: RecordNotCollected, *, actor: Actor, at: datetime) -> Registered:
    """Write down that a planned collection did not happen, and why: a fact of its own, never a blank.

    :raises UnknownCode: no such timepoint, type or reason in the protocol.
    """
    participant = lock_participant(session, command.participant, command.study)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    timepoint, plan = protocol.get_timepoint(command.timepoint), protocol.get_collection_plan(command.specimen_type)
    reason = protocol.get_not_collected(command.reason)
    collection_id, event_id = take_ids(session, 2)
    history = custody.begin_histories(session, SubjectKind.COLLECTION, [collection_id])[0]
    row = _bare_collection(participant, timepoint.code, plan.specimen_type)
    row |= {"id": collection_id, "not_collected": reason.code, "note": command.note}
    session.execute(_COLLECTIONS, [row])
    facts = _collected_facts(participant, row) | {"code": reason.code}
    act = Act(type=EventType.NOT_COLLECTED, occurred_at=at, facts=facts, reason=command.note)
    custody.append(session, history, act, actor=actor, at=at, event_id=event_id)
    return Registered(collection_id, (), ())


def register_existing_tube(session: Session, command: RegisterExistingTube, *, actor: Actor, at: datetime) -> Registered:
    """Register a tube of an older inventory under the code it has: an aliquot as it stands, its collection time unknown, not guessed.

    :raises CodeTaken: its code is on another thing.
    """
    participant = lock_participant(session, command.participant, command.study)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    timepoint, type_ = protocol.get_timepoint(command.timepoint), protocol.get_specimen_type(command.specimen_type)
    amounts.check_unit(command.unit, type_.code, type_.dimension)
    frozen_at = None if command.frozen_on is None else datetime.combine(command.frozen_on, datetime.min.time(), protocol.study.zone)
    check_has_happened(frozen_at or at, at)
    check_consent(participant.code, participant.withdrawn_on, frozen_at or at, protocol.study.zone)
    draft = Draft(
        specimen_type=type_.code,
        form=SpecimenForm.ALIQUOT,
        timepoint=timepoint.code,
        unit=command.unit,
        amount=None if command.amount is None else amounts.to_base(command.amount, command.unit),
        state=SpecimenState.RECEIVED,
        thaw_count=None,
        container_kind=None if command.container is None else protocol.get_container(command.container).code,
        given_code=normalise_code(command.barcode),
    )
    key = {"participant_id": participant.id, "timepoint": timepoint.code, "specimen_type": type_.code, "frozen_on": command.frozen_on}
    existing = session.execute(_EXISTING, key).scalar()
    used = used_labels(session, participant.id, timepoint.code)
    new_id, *ids = take_ids(session, 4)
    writing = Writing(_donor(participant), existing or new_id, protocol, frozen_at or at, ids, [draft])
    histories = begin_tubes(session, writing, with_collection=existing is None, at=at)
    first: list[tuple[History, Act]] = []
    if existing is None:
        row = _bare_collection(participant, timepoint.code, type_.code) | {"id": new_id, "frozen_on": command.frozen_on}
        session.execute(_COLLECTIONS, [row])
        act = Act(type=EventType.COLLECTED, occurred_at=frozen_at or at, facts=_collected_facts(participant, row))
        first = [(histories[0], act)]
    write_tubes(session, writing, histories, used, first, actor=actor, at=at, reason=command.note)
    return Registered(writing.collection_id, tuple(writing.tubes), ())


def _primary(protocol: Protocol, command: RegisterCollection, tube: PrimaryTube) -> Draft:
    type_ = protocol.get_specimen_type(command.specimen_type)
    if not type_.primary:
        raise NotAPrimary(type_.code)
    plan = protocol.get_collection_plan(type_.code)
    unit = tube.unit or plan.unit or next(unit for unit, dimension in UNIT_DIMENSIONS.items() if dimension is type_.dimension)
    amounts.check_unit(unit, type_.code, type_.dimension)
    for flag in command.flags:
        if protocol.get_nonconformance(flag).computed:
            raise FlagNotGiven(flag)
    return Draft(
        specimen_type=type_.code,
        form=SpecimenForm.PRIMARY,
        timepoint=command.timepoint,
        unit=unit,
        amount=None if tube.amount is None else amounts.to_base(tube.amount, unit),
        state=SpecimenState.COLLECTED if command.received_at is None and command.processed_at is None else SpecimenState.RECEIVED,
        container_kind=None if tube.container is None else protocol.get_container(tube.container).code,
        given_code=None if tube.barcode is None else normalise_code(tube.barcode),
        flags=tuple(sorted(set(command.flags))),
    )


def _collection_facts(session: Session, participant: ParticipantFacts, command: RegisterCollection) -> CollectionFacts:
    return CollectionFacts(
        timepoint=command.timepoint,
        specimen_type=command.specimen_type,
        times=Times(
            collected_at=command.collected_at,
            received_at=command.received_at,
            processed_at=command.processed_at,
            frozen_at=command.frozen_at,
        ),
        enrolled_on=participant.enrolled_on,
        withdrawn_on=participant.withdrawn_on,
        doses=by_kind(treatments_of(session, [participant.id])[participant.id]),
    )


def _check_collection(
    protocol: Protocol, participant: ParticipantFacts, command: RegisterCollection, facts: CollectionFacts, at: datetime
) -> None:
    timepoint, zone = protocol.get_timepoint(command.timepoint), protocol.study.zone
    if not 1 <= len(command.tubes) <= MOST_TUBES:
        raise CountOutOfRange(len(command.tubes), MOST_TUBES)
    if protocol.consent.demanded_before_collection and participant.consent_on is None:
        raise ConsentMissing(participant.code)
    for instant in (command.collected_at, command.received_at, command.processed_at, command.frozen_at):
        if instant is not None:
            check_has_happened(instant, at)
    if findings := time_order_findings(facts.times):
        raise ImpossibleTimes(findings)
    check_consent(participant.code, participant.withdrawn_on, command.collected_at, zone)
    anchor = facts.doses.get(protocol.anchor.kind, ())
    check_before_fraction(timepoint, command.collected_at, min(anchor) if anchor else None, zone)


def _departures(protocol: Protocol, command: RegisterCollection, used: Used) -> list[Remark]:
    """Where a collection departs from the plan without being wrong."""
    plan, remarks = protocol.get_collection_plan(command.specimen_type), []
    where = {"specimen_type": command.specimen_type, "timepoint": command.timepoint}
    if command.timepoint not in plan.timepoints:
        remarks.append(Remark("unplanned", Sentence("%(specimen_type)s is not planned at %(timepoint)s. Kept, and marked.", **where)))
    if used.primaries and used.primaries + len(command.tubes) > plan.tubes:
        sentence = Sentence(
            "%(specimen_type)s was collected at %(timepoint)s before (%(there)s of %(planned)s planned are there). Kept, and marked.",
            there=used.primaries,
            planned=plan.tubes,
            **where,
        )
        remarks.append(Remark(ComputedFlag.SECOND_COLLECTION, sentence))
    for tube in command.tubes:
        if tube.container is not None and (kind := protocol.get_container(tube.container).code) not in plan.containers:
            remarks.append(
                Remark(
                    "other-container",
                    Sentence(
                        "%(tube)s is not the planned container (%(planned)s). Kept, and marked.",
                        tube=kind,
                        planned=", ".join(plan.containers),
                    ),
                )
            )
    return remarks


def _bare_collection(participant: ParticipantFacts, timepoint: str, specimen_type: str) -> dict[str, object]:
    unknown = dict.fromkeys(("collected_at", "received_at", "processed_at", "frozen_at", "frozen_on", "not_collected", "note"))
    return unknown | {
        "participant_id": participant.id,
        "protocol_version_id": participant.protocol_version_id,
        "timepoint": timepoint,
        "specimen_type": specimen_type,
    }


def _donor(participant: ParticipantFacts) -> Donor:
    return Donor(participant.id, participant.study_id, participant.code)


def _collection_row(participant: ParticipantFacts, collection_id: int, command: RegisterCollection) -> dict[str, object]:
    return _bare_collection(participant, command.timepoint, command.specimen_type) | {
        "id": collection_id,
        "collected_at": command.collected_at,
        "received_at": command.received_at,
        "processed_at": command.processed_at,
        "frozen_at": command.frozen_at,
        "note": command.note,
    }


def _collected_facts(participant: ParticipantFacts, row: Mapping[str, object]) -> dict[str, Json]:
    """A collection's row as it stands in its first event."""
    facts = {name: row[name] for name in ("timepoint", "specimen_type", "protocol_version_id", "note")}
    instants = {name: _iso_or_none(row[name]) for name in ("collected_at", "received_at", "processed_at", "frozen_at", "frozen_on")}
    return {"participant": participant.code, **facts, **instants}


def _iso_or_none(time: object) -> str | None:
    match time:
        case datetime():
            return clock.iso(time)
        case date():
            return time.isoformat()
        case _:
            return None
