"""The verb by which the times of a collection are completed or put right: when it was received, processed, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.rules import check_has_happened, check_reason
from lims.custody.vocabulary import Act, EventType, Json
from lims.db import table_of
from lims.specimens.errors import ImpossibleTimes, NothingCollected, NothingToRecord, UnknownCollection
from lims.specimens.flags import CollectionFacts, remarks_on
from lims.specimens.models import Collection, Specimen
from lims.specimens.queries import lock_specimens
from lims.specimens.rules import check_consent
from lims.specimens.service import apply_act
from lims.specimens.vocabulary import RecordTimes, Remark, SpecimenState
from lims.studies.models import Participant
from lims.studies.protocol import Protocol
from lims.studies.queries import by_kind, protocol_of_version, treatments_of
from lims.studies.rules import Times, check_before_fraction, time_order_findings

_MILESTONES = ("collected_at", "received_at", "processed_at", "frozen_at")
_ONE = (
    select(Collection.__table__, Participant.code.label("participant"), Participant.enrolled_on, Participant.withdrawn_on)
    .join(Participant, Participant.id == Collection.participant_id)
    .where(Collection.id == bindparam("collection_id"))
)
_WAITING = select(Specimen.barcode).where(Specimen.collection_id == bindparam("collection_id"), Specimen.state == SpecimenState.COLLECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collected:
    """A collection as it stands, locked."""

    participant_id: int
    participant: str
    timepoint: str
    specimen_type: str
    times: Times
    enrolled_on: date
    withdrawn_on: date | None
    protocol_version_id: int


def record_times(session: Session, command: RecordTimes, *, actor: Actor, at: datetime) -> tuple[Remark, ...]:
    """Write down when a collection was received, processed, frozen; or put a time right, which needs a reason.

    What follows from the times (lateness, the window) follows at once. Tubes still on their way are received with it.

    :raises UnknownCollection: no collection has that number.
    :raises NothingCollected: it is the fact that nothing was collected.
    :raises NothingToRecord: every time given is what stands there already.
    :raises ReasonMissing: a known time is changed, and nobody says why.
    :raises ImpossibleTimes: handled before it was collected.
    """
    history = custody.lock_histories(session, [command.collection_id]).get(command.collection_id)
    collected = _get(session, command.collection_id)
    if history is None or collected is None:
        raise UnknownCollection(command.collection_id)
    given = {name: value for name in _MILESTONES if (value := getattr(command, name)) is not None}
    changes = {name: value for name, value in given.items() if value != getattr(collected.times, name)}
    if not changes:
        raise NothingToRecord(command.collection_id)
    if any(getattr(collected.times, name) is not None for name in changes):
        check_reason(command.reason, "changing a time")
    protocol = protocol_of_version(session, collected.protocol_version_id)
    facts = _facts(session, collected, replace(collected.times, **changes))
    _check(protocol, collected, facts, changes, at)

    session.execute(update(table_of(Collection)).where(table_of(Collection).c.id == command.collection_id).values(**changes))
    written: dict[str, Json] = {name: [_text(getattr(collected.times, name)), clock.iso(value)] for name, value in changes.items()}
    act = Act(type=EventType.CORRECTED, occurred_at=at, facts={"changes": written}, reason=command.reason)
    custody.append(session, history, act, actor=actor, at=at)
    _receive(session, command.collection_id, facts.times, actor=actor, at=at)
    return remarks_on(protocol, facts)


def _get(session: Session, collection_id: int) -> _Collected | None:
    row = session.execute(_ONE, {"collection_id": collection_id}).one_or_none()
    if row is None:
        return None
    if row.not_collected is not None:
        raise NothingCollected(collection_id)
    return _Collected(
        participant_id=row.participant_id,
        participant=row.participant,
        timepoint=row.timepoint,
        specimen_type=row.specimen_type,
        times=Times(collected_at=row.collected_at, received_at=row.received_at, processed_at=row.processed_at, frozen_at=row.frozen_at),
        enrolled_on=row.enrolled_on,
        withdrawn_on=row.withdrawn_on,
        protocol_version_id=row.protocol_version_id,
    )


def _facts(session: Session, collected: _Collected, times: Times) -> CollectionFacts:
    return CollectionFacts(
        timepoint=collected.timepoint,
        specimen_type=collected.specimen_type,
        times=times,
        enrolled_on=collected.enrolled_on,
        withdrawn_on=collected.withdrawn_on,
        doses=by_kind(treatments_of(session, [collected.participant_id])[collected.participant_id]),
    )


def _check(protocol: Protocol, collected: _Collected, facts: CollectionFacts, changes: Mapping[str, datetime], at: datetime) -> None:
    for instant in changes.values():
        check_has_happened(instant, at)
    if findings := time_order_findings(facts.times):
        raise ImpossibleTimes(findings)
    if "collected_at" in changes:
        anchor = facts.doses.get(protocol.anchor.kind, ())
        check_consent(collected.participant, collected.withdrawn_on, changes["collected_at"], protocol.study.zone)
        timepoint = protocol.get_timepoint(collected.timepoint)
        check_before_fraction(timepoint, changes["collected_at"], min(anchor) if anchor else None, protocol.study.zone)


def _receive(session: Session, collection_id: int, times: Times, *, actor: Actor, at: datetime) -> None:
    """Whoever knows when a tube was received, or worked with it, has it."""
    arrived = times.received_at or times.processed_at or times.frozen_at
    waiting = list(session.execute(_WAITING, {"collection_id": collection_id}).scalars()) if arrived else []
    for specimen in lock_specimens(session, waiting) if waiting else ():
        assert arrived is not None
        apply_act(session, specimen, Act(type=EventType.RECEIVED, occurred_at=arrived), actor=actor, at=at)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else clock.iso(instant)
