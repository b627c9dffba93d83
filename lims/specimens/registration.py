"""The verbs by which specimens come into the register: a collection, what was not collected, a tube of an older inventory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.rules import check_has_happened
from lims.custody.vocabulary import Act, EventType, History, Json, SubjectKind
from lims.db import table_of, take_ids
from lims.ids import Prefix, normalise_code
from lims.labels.service import bind_codes, draw_codes, roles_of
from lims.labels.vocabulary import Binding
from lims.specimens import amounts
from lims.specimens.errors import ConsentMissing, CountOutOfRange, FlagNotGiven, ImpossibleTimes, NotAPrimary
from lims.specimens.flags import CollectionFacts, remarks_on
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.queries import Used, flags_to_text, used_labels
from lims.specimens.rules import check_consent, human_label
from lims.specimens.vocabulary import (
    NewTube,
    PrimaryTube,
    RecordNotCollected,
    RegisterCollection,
    Registered,
    RegisterExistingTube,
    Remark,
    SpecimenForm,
    SpecimenState,
)
from lims.studies.participants import lock_participant
from lims.studies.protocol import UNIT_DIMENSIONS, ComputedFlag, Protocol
from lims.studies.queries import by_kind, protocol_of_version, treatments_of
from lims.studies.rules import Times, check_before_fraction, time_order_findings
from lims.studies.vocabulary import ParticipantFacts

MOST_TUBES = 100
"""How many primary tubes one collection may have."""

_COLLECTIONS = insert(table_of(Collection))
_SPECIMENS = insert(table_of(Specimen))
_LINEAGE = insert(table_of(Lineage))
_EXISTING = select(Collection.id).where(
    Collection.participant_id == bindparam("participant_id"),
    Collection.timepoint == bindparam("timepoint"),
    Collection.specimen_type == bindparam("specimen_type"),
    Collection.collected_at.is_(None),
    Collection.not_collected.is_(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A tube about to be registered: everything but its id, code and number."""

    specimen_type: str
    form: SpecimenForm
    timepoint: str
    unit: str
    amount: int | None
    state: SpecimenState
    thaw_count: int | None = 0
    container_kind: str | None = None
    purpose: str | None = None
    given_code: str | None = None
    flags: tuple[str, ...] = ()
    parents: tuple["Parent", ...] = ()


@dataclass(frozen=True, slots=True)
class Parent:
    """A specimen a new tube is made of, and how much it gave to this tube (base units of the parent; None: not measured)."""

    id: int
    barcode: str
    drawn: int | None


@dataclass(slots=True)
class Writing:
    """What one act writes: subjects first, then codes, tubes and events, each in one statement."""

    participant: ParticipantFacts
    collection_id: int
    label_prefix: str
    occurred_at: datetime
    ids: list[int]
    drafts: Sequence[Draft]
    tubes: list[NewTube] = field(default_factory=list)


def register_collection(session: Session, command: RegisterCollection, *, actor: Actor, at: datetime) -> Registered:
    """Register what was taken: the collection, and each primary tube with its code and label.

    Lateness, haemolysis, antibiotics and the like flag what is kept; only what cannot be, or may not be, is refused.

    :raises TreatedAlready: a sample of a timepoint before the treatment, taken after it.
    :raises ConsentWithdrawn: taken after the day consent was withdrawn.
    :raises ImpossibleTimes: handled before it was collected.
    :raises InvalidInput: an unknown timepoint, type, container, flag; an amount that is none; a time to come.
    """
    participant = lock_participant(session, command.participant, command.study)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    drafts = [_primary(protocol, command, tube) for tube in command.tubes]
    facts = _collection_facts(session, participant, command)
    _check_collection(protocol, participant, command, facts, at)
    used = used_labels(session, participant.id, command.timepoint)
    warnings = (*remarks_on(protocol, facts), *_departures(protocol, command, used.get(command.specimen_type, Used())))

    collection_id, *ids = take_ids(session, 2 + 2 * len(drafts))
    writing = Writing(participant, collection_id, protocol.study.label_prefix, command.collected_at, ids, drafts)
    histories = _begin(session, writing, with_collection=True, at=at)
    session.execute(_COLLECTIONS, [_collection_row(writing, command)])
    collected = Act(type=EventType.COLLECTED, occurred_at=command.collected_at, facts=_collected_facts(command, participant))
    _write_tubes(session, writing, histories, used, [(histories[0], collected)], actor=actor, at=at)
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
    row = _bare_collection(participant, timepoint.code, plan.specimen_type) | {"id": collection_id}
    session.execute(_COLLECTIONS, [row | {"not_collected": reason.code, "note": command.note}])
    facts = {"participant": participant.code, "timepoint": timepoint.code, "specimen_type": plan.specimen_type, "code": reason.code}
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
    check_consent(participant.code, participant.withdrawn_on, frozen_at or at, protocol.study.zone)
    check_has_happened(frozen_at or at, at)
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
    key = {"participant_id": participant.id, "timepoint": timepoint.code, "specimen_type": type_.code}
    existing = session.execute(_EXISTING, key).scalar()
    used = used_labels(session, participant.id, timepoint.code)
    new_id, *ids = take_ids(session, 4)
    writing = Writing(participant, existing or new_id, protocol.study.label_prefix, frozen_at or at, ids, [draft])
    histories = _begin(session, writing, with_collection=existing is None, at=at)
    first: list[tuple[History, Act]] = []
    if existing is None:
        row = _bare_collection(participant, timepoint.code, type_.code) | {"id": new_id, "frozen_on": command.frozen_on}
        session.execute(_COLLECTIONS, [row])
        collected = {"participant": participant.code, "timepoint": timepoint.code, "specimen_type": type_.code, "collected_at": None}
        first = [(histories[0], Act(type=EventType.COLLECTED, occurred_at=frozen_at or at, facts=collected))]
    _write_tubes(session, writing, histories, used, first, actor=actor, at=at, reason=command.note)
    return Registered(writing.collection_id, tuple(writing.tubes), ())


def write_derived_tubes(
    session: Session,
    writing: Writing,
    used: dict[str, Used],
    parent_acts: list[tuple[History, Act]],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write tubes made of others, with what happened to the parents, into the collection the parents are of."""
    histories = _begin(session, writing, with_collection=False, at=at)
    _write_tubes(session, writing, histories, used, parent_acts, actor=actor, at=at)


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
    if command.timepoint not in plan.timepoints:
        remarks.append(Remark("unplanned", f"{command.specimen_type} is not planned at {command.timepoint}. Kept, and marked."))
    if used.primaries and used.primaries + len(command.tubes) > plan.tubes:
        there = f"{used.primaries} of {plan.tubes} planned are there"
        sentence = f"{command.specimen_type} was collected at {command.timepoint} before ({there}). Kept, and marked."
        remarks.append(Remark(ComputedFlag.SECOND_COLLECTION, sentence))
    for tube in command.tubes:
        if tube.container is not None and (kind := protocol.get_container(tube.container).code) not in plan.containers:
            remarks.append(
                Remark("other-container", f"{kind} is not the planned container ({', '.join(plan.containers)}). Kept, and marked.")
            )
    return remarks


def _begin(session: Session, writing: Writing, *, with_collection: bool, at: datetime) -> list[History]:
    """Draw the codes, make the rows things are locked by, bind the codes. Collection first, where there is one."""
    given = [draft.given_code for draft in writing.drafts]
    codes = draw_codes(session, Prefix.SPECIMEN, given)
    ids = writing.ids[: len(codes)]
    subjects = [(SubjectKind.SPECIMEN, id_) for id_ in ids]
    if with_collection:
        subjects.insert(0, (SubjectKind.COLLECTION, writing.collection_id))
    histories = custody.begin_all(session, subjects)
    roles = roles_of(given)
    bind_codes(session, [Binding(*each) for each in zip(codes, [SubjectKind.SPECIMEN] * len(codes), ids, roles, strict=True)], at)
    writing.tubes = [
        NewTube(id_, code, "", draft.specimen_type, draft.amount, draft.unit, draft.purpose)
        for id_, code, draft in zip(ids, codes, writing.drafts, strict=True)
    ]
    return histories


def _write_tubes(
    session: Session,
    writing: Writing,
    histories: Sequence[History],
    used: dict[str, Used],
    first: Sequence[tuple[History, Act]],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Number and write the tubes, then everything that happened: to the collection or the parents, then to each tube."""
    protocol = protocol_of_version(session, writing.participant.protocol_version_id)
    last = {type_: each.last for type_, each in used.items()}
    rows, acts = [], list(first)
    tube_histories = histories[len(histories) - len(writing.drafts) :]
    for index, (draft, history) in enumerate(zip(writing.drafts, tube_histories, strict=True)):
        last[draft.specimen_type] = ordinal = last.get(draft.specimen_type, 0) + 1
        short = protocol.get_specimen_type(draft.specimen_type).short
        label = human_label(writing.label_prefix, writing.participant.code, draft.timepoint, short, ordinal)
        tube = writing.tubes[index] = replace(writing.tubes[index], label=label)
        rows.append(_specimen_row(writing, draft, tube, ordinal, at))
        acts.append((history, _registered(writing, draft, tube, reason)))
    session.execute(_SPECIMENS, rows)
    _write_lineage(session, writing)
    custody.append_all(session, acts, actor=actor, at=at, event_ids=writing.ids[len(writing.drafts) :][: len(acts)])


def _write_lineage(session: Session, writing: Writing) -> None:
    rows = [
        {"child_id": tube.id, "parent_id": parent.id, "drawn": parent.drawn}
        for tube, draft in zip(writing.tubes, writing.drafts, strict=True)
        for parent in draft.parents
    ]
    if rows:
        session.execute(_LINEAGE, rows)


def _registered(writing: Writing, draft: Draft, tube: NewTube, reason: str | None) -> Act:
    facts: dict[str, Json] = {
        "barcode": tube.barcode,
        "label": tube.label,
        "participant": writing.participant.code,
        "timepoint": draft.timepoint,
        "specimen_type": draft.specimen_type,
        "form": draft.form,
        "unit": draft.unit,
        "amount": draft.amount,
        "thaw_count": draft.thaw_count,
        "state": draft.state,
        "container_kind": draft.container_kind,
        "purpose": draft.purpose,
        "flags": list(draft.flags),
        "parents": [parent.barcode for parent in draft.parents],
    }
    return Act(type=EventType.REGISTERED, occurred_at=writing.occurred_at, facts=facts, reason=reason)


def _specimen_row(writing: Writing, draft: Draft, tube: NewTube, ordinal: int, at: datetime) -> dict[str, object]:
    return {
        "id": tube.id,
        "study_id": writing.participant.study_id,
        "participant_id": writing.participant.id,
        "collection_id": writing.collection_id,
        "barcode": tube.barcode,
        "label": tube.label,
        "specimen_type": draft.specimen_type,
        "form": draft.form,
        "timepoint": draft.timepoint,
        "ordinal": ordinal,
        "container_kind": draft.container_kind,
        "purpose": draft.purpose,
        "unit": draft.unit,
        "initial_amount": draft.amount,
        "amount": draft.amount,
        "thaw_count": draft.thaw_count,
        "state": draft.state,
        "quarantined": False,
        "flags": flags_to_text(draft.flags),
        "created_at": at,
    }


def _bare_collection(participant: ParticipantFacts, timepoint: str, specimen_type: str) -> dict[str, object]:
    unknown = dict.fromkeys(("collected_at", "received_at", "processed_at", "frozen_at", "frozen_on", "not_collected", "note"))
    return unknown | {
        "participant_id": participant.id,
        "protocol_version_id": participant.protocol_version_id,
        "timepoint": timepoint,
        "specimen_type": specimen_type,
    }


def _collection_row(writing: Writing, command: RegisterCollection) -> dict[str, object]:
    return _bare_collection(writing.participant, command.timepoint, command.specimen_type) | {
        "id": writing.collection_id,
        "collected_at": command.collected_at,
        "received_at": command.received_at,
        "processed_at": command.processed_at,
        "frozen_at": command.frozen_at,
        "note": command.note,
    }


def _collected_facts(command: RegisterCollection, participant: ParticipantFacts) -> dict[str, Json]:
    return {
        "participant": participant.code,
        "timepoint": command.timepoint,
        "specimen_type": command.specimen_type,
        "collected_at": clock.iso(command.collected_at),
        "received_at": _iso_or_none(command.received_at),
        "processed_at": _iso_or_none(command.processed_at),
        "frozen_at": _iso_or_none(command.frozen_at),
        "tubes": len(command.tubes),
        "note": command.note,
    }


def _iso_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else clock.iso(instant)
