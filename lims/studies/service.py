"""The verbs of studies: load a protocol, enrol, consent, treat, take off study. Each appends one act to its subject's history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody.errors import ReasonMissing
from lims.custody.service import append, begin_histories, lock_histories
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.db import take_ids, violated_constraint
from lims.studies.amendments import load_protocol, take_shipped
from lims.studies.enrolment import check_day_has_come, check_has_place, enrolment_warnings, external_id, participant_code, read_sex
from lims.studies.errors import (
    ConsentOutOfOrder,
    ConsentWithdrawn,
    ExternalIdTaken,
    OffStudyAlready,
    ParticipantExists,
)
from lims.studies.followers import tell_withdrawn
from lims.studies.models import ConsentRecord, Participant, ParticipantExternalId
from lims.studies.participants import change, lock_participant, lock_with_history
from lims.studies.protocol import Protocol
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import count_in_cohorts, current_protocol, find_participant, get_participant, get_study
from lims.studies.treatments import correct_treatment, record_treatment
from lims.studies.vocabulary import ConsentKind, EnrolParticipant, ParticipantFacts, RecordConsent, Recorded, StudyRecord, TakeOffStudy

__all__ = [
    "correct_treatment",
    "enrol_participant",
    "load_protocol",
    "lock_participant",
    "record_consent",
    "record_treatment",
    "take_off_study",
    "take_shipped",
]


def enrol_participant(session: Session, command: EnrolParticipant, *, actor: Actor, at: datetime) -> Recorded:
    """Take a participant into a cohort.

    The study's row is locked before places are counted, so that two at once never share the last place.

    :raises CohortFull: every place is taken, and no reason is given why one more.
    :raises NotAllowed: a reason is given, by somebody who may not decide it.
    :raises ParticipantExists: the code is taken in this study.
    :raises ExternalIdTaken: that id of another study is another participant.
    :raises UnknownCode: the protocol has no such cohort, or no such earlier study.
    """
    study = get_study(session, command.study)
    lock_histories(session, [study.id])
    _, protocol = current_protocol(session, study.id)
    code, cohort, sex = participant_code(command.code), protocol.get_cohort(command.cohort), read_sex(command.sex)
    _check_carried_over(command.carried_over_from, protocol)
    for what, day in (("enrolled_on", command.enrolled_on), ("consent_on", command.consent_on)):
        check_day_has_come(what, day, at, study.zone)
    if find_participant(session, code, study.code) is not None:
        raise ParticipantExists(study.code, code)
    taken = count_in_cohorts(session, study.id).get(cohort.code, 0)
    by_override = check_has_place(cohort, taken, command.override_reason, actor)

    participant_id, event_id, consent_id = take_ids(session, 3)
    history = begin_histories(session, SubjectKind.PARTICIPANT, [participant_id])[0]
    _insert_participant(session, participant_id, study, code, sex, command)
    external_ids = _insert_external_ids(session, participant_id, study.id, command.external_ids)
    if command.consent_on is not None:
        _insert_consent(
            session, consent_id, participant_id, RecordConsent(participant=code, kind=ConsentKind.GIVEN, on=command.consent_on), at
        )
    act = Act(
        type=EventType.ENROLLED,
        occurred_at=_begin_of(command.enrolled_on, study.zone),
        facts={
            "study": study.code,
            "code": code,
            "cohort": cohort.code,
            "sex": sex,
            "enrolled_on": command.enrolled_on.isoformat(),
            "consent_on": command.consent_on and command.consent_on.isoformat(),
            "carried_over_from": command.carried_over_from,
            "external_ids": [list(pair) for pair in external_ids],
            "over_capacity": by_override,
        },
        reason=command.override_reason if by_override else None,
    )
    event = append(session, history, act, actor=actor, at=at, event_id=event_id)
    warnings = enrolment_warnings(command, code, cohort)
    return Recorded(participant=get_participant(session, code, study.code), event=event, warnings=warnings)


def record_consent(session: Session, command: RecordConsent, *, actor: Actor, at: datetime) -> Recorded:
    """Write down that consent was given, or withdrawn.

    A withdrawal stops everything from that day; consent given anew after it, with a reason, lifts that again.

    :raises ConsentWithdrawn: withdrawn before, or given anew without a reason.
    :raises ConsentOutOfOrder: the day is before what it follows.
    :raises NotYet: the day has not come.
    """
    participant, history = lock_with_history(session, command.participant)
    check_day_has_come("on", command.on, at, participant.zone)
    values = _consent_given(participant, command) if command.kind is ConsentKind.GIVEN else _consent_withdrawn(participant, command)

    consent_id, event_id = take_ids(session, 2)
    _insert_consent(session, consent_id, participant.id, command, at)
    change(session, participant.id, **values)
    act = Act(
        type=EventType.CONSENT_GIVEN if command.kind is ConsentKind.GIVEN else EventType.CONSENT_WITHDRAWN,
        occurred_at=_begin_of(command.on, participant.zone),
        facts={"on": command.on.isoformat()},
        reason=command.reason,
    )
    event = append(session, history, act, actor=actor, at=at, event_id=event_id)
    if command.kind is ConsentKind.WITHDRAWN:
        tell_withdrawn(session, participant.id, actor, at)
    return Recorded(participant=get_participant(session, participant.code, participant.study_code), event=event)


def take_off_study(session: Session, command: TakeOffStudy, *, actor: Actor, at: datetime) -> Recorded:
    """A participant leaves the study from a day on; what was collected stays and counts.

    :raises OffStudyAlready: they have left.
    :raises ReasonMissing: nobody is taken off without saying why.
    """
    participant, history = lock_with_history(session, command.participant)
    check_day_has_come("on", command.on, at, participant.zone)
    if not command.reason.strip():
        raise ReasonMissing("taking off study")
    if participant.off_study_on is not None:
        raise OffStudyAlready(participant.code, participant.off_study_on)
    change(session, participant.id, off_study_on=command.on)
    facts = {"on": command.on.isoformat()}
    occurred_at = _begin_of(command.on, participant.zone)
    act = Act(type=EventType.TAKEN_OFF_STUDY, occurred_at=occurred_at, facts=facts, reason=command.reason)
    event = append(session, history, act, actor=actor, at=at)
    return Recorded(participant=get_participant(session, participant.code, participant.study_code), event=event)


def _check_carried_over(earlier: str | None, protocol: Protocol) -> None:
    known = [study.code for study in protocol.study.earlier_studies]
    if earlier is not None and earlier not in known:
        raise UnknownCode("earlier study", earlier, known)


def _insert_participant(
    session: Session, participant_id: int, study: StudyRecord, code: str, sex: str | None, command: EnrolParticipant
) -> None:
    row = {
        "id": participant_id,
        "study_id": study.id,
        "code": code,
        "cohort": command.cohort,
        "sex": sex,
        "enrolled_on": command.enrolled_on,
        "consent_on": command.consent_on,
        "carried_over_from": command.carried_over_from,
    }
    try:
        session.execute(insert(Participant).values(row))
    except IntegrityError as error:
        if violated_constraint(error) == "uq_participant_study_id_code":
            raise ParticipantExists(study.code, code) from error
        raise


def _insert_external_ids(session: Session, participant_id: int, study_id: int, given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = list(dict.fromkeys((external_id(system), external_id(value)) for system, value in given))
    for system, value in pairs:
        row = {"participant_id": participant_id, "study_id": study_id, "system": system, "value": value}
        try:
            session.execute(insert(ParticipantExternalId).values(row))
        except IntegrityError as error:
            if violated_constraint(error) == "uq_participant_external_id_study_id_system_value":
                raise ExternalIdTaken(system, value) from error
            raise
    return pairs


def _insert_consent(session: Session, consent_id: int, participant_id: int, command: RecordConsent, at: datetime) -> None:
    row = {"id": consent_id, "participant_id": participant_id, "kind": command.kind, "on": command.on}
    session.execute(insert(ConsentRecord).values(row | {"reason": command.reason, "recorded_at": at}))


def _consent_given(participant: ParticipantFacts, command: RecordConsent) -> dict[str, date | None]:
    if participant.withdrawn_on is None:
        earlier = participant.consent_on
        return {"consent_on": command.on if earlier is None else min(earlier, command.on)}
    if command.reason is None or not command.reason.strip():
        raise ConsentWithdrawn(participant.code, participant.withdrawn_on)
    if command.on < participant.withdrawn_on:
        raise ConsentOutOfOrder(f"Consent anew comes after the withdrawal of {participant.withdrawn_on.isoformat()}.", command.on)
    return {"consent_on": command.on, "withdrawn_on": None}


def _consent_withdrawn(participant: ParticipantFacts, command: RecordConsent) -> dict[str, date | None]:
    if participant.withdrawn_on is not None:
        raise ConsentWithdrawn(participant.code, participant.withdrawn_on)
    if participant.consent_on is not None and command.on < participant.consent_on:
        raise ConsentOutOfOrder(f"Consent was given on {participant.consent_on.isoformat()}.", command.on)
    return {"withdrawn_on": command.on}


def _begin_of(day: date, zone: ZoneInfo) -> datetime:
    """A day has no hour: an act of a day stands at its beginning, by the study's calendar."""
    return clock.in_utc(datetime.combine(day, time.min, zone)).astimezone(UTC)
