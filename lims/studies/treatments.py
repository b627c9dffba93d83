"""What was given to a participant, and when."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.rules import CLOCK_SLACK
from lims.custody.service import append
from lims.custody.vocabulary import Act, EventType
from lims.db import take_ids
from lims.errors import Finding
from lims.sentences import Sentence
from lims.studies.errors import AnchorGivenAlready, ConsentWithdrawn, DoseRecordedAlready, NotYet, UnknownDose
from lims.studies.models import Treatment
from lims.studies.participants import lock_with_history
from lims.studies.protocol import Protocol
from lims.studies.queries import anchor_of, by_kind, protocol_of_version, treatments_of
from lims.studies.rules import is_after_withdrawal, is_late_antibody
from lims.studies.vocabulary import CorrectTreatment, Dose, ParticipantFacts, Recorded, RecordTreatment

Collected: TypeAlias = Callable[[Session, int], Iterable[tuple[str, datetime | None]]]
"""Asks the room above what was collected of a participant: (timepoint, time of collection)."""


def nothing_known(_session: Session, _participant_id: int) -> Sequence[tuple[str, datetime | None]]:
    """Where nobody can say what was collected."""
    return ()


def record_treatment(
    session: Session, command: RecordTreatment, *, actor: Actor, at: datetime, collected: Collected = nothing_known
) -> Recorded:
    """Write a dose down. The antibody later than the protocol allows is flagged; times out of order are warned.

    :raises UnknownCode: the protocol has no such treatment.
    :raises AnchorGivenAlready: the treatment all days count from is given once.
    :raises DoseRecordedAlready: this very dose is there.
    :raises NotYet: it has not been given yet.
    :raises ConsentWithdrawn: it was given after consent was withdrawn.
    """
    participant, history = lock_with_history(session, command.participant)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    treatment = protocol.get_treatment(command.kind)
    before = treatments_of(session, [participant.id])[participant.id]
    given_at = clock.in_utc(command.given_at)
    _check_may_be(participant, given_at, at)
    if treatment.anchor and (anchor := anchor_of(before, protocol)) is not None:
        raise AnchorGivenAlready(participant.code, treatment.kind, anchor.astimezone(participant.zone))
    _check_is_new(participant, before, Dose(treatment.kind, given_at))

    treatment_id, event_id = take_ids(session, 2)
    row = {"id": treatment_id, "participant_id": participant.id, "kind": treatment.kind, "given_at": given_at}
    session.execute(insert(Treatment).values(row))
    doses = (*before, Dose(treatment.kind, given_at))
    flags = late_flags(protocol, doses)
    facts = {"treatment_id": treatment_id, "kind": treatment.kind, "given_at": clock.iso(given_at), "flags": list(flags)}
    act = Act(type=EventType.TREATED, occurred_at=given_at, facts=facts)
    event = append(session, history, act, actor=actor, at=at, event_id=event_id)
    warnings = order_warnings(protocol, doses) + pre_warnings(protocol, doses, collected(session, participant.id))
    return Recorded(participant=participant, event=event, flags=flags, warnings=warnings)


def correct_treatment(
    session: Session, command: CorrectTreatment, *, actor: Actor, at: datetime, collected: Collected = nothing_known
) -> Recorded:
    """Put a dose's time right, or strike out one that was never given; what was written before stays in the history.

    :raises UnknownDose: no dose of that kind is recorded at that time.
    :raises ReasonMissing: nobody corrects without saying why.
    """
    if not command.reason.strip():
        raise ReasonMissing("correcting a treatment")
    participant, history = lock_with_history(session, command.participant)
    protocol = protocol_of_version(session, participant.protocol_version_id)
    was, given_at = clock.in_utc(command.was), None if command.given_at is None else clock.in_utc(command.given_at)
    treatment_id = _get_dose(session, participant, command.kind, was)
    others = [dose for dose in treatments_of(session, [participant.id])[participant.id] if dose != Dose(command.kind, was)]
    if given_at is not None:
        _check_may_be(participant, given_at, at)
        _check_is_new(participant, others, Dose(command.kind, given_at))

    doses = (*others, Dose(command.kind, given_at)) if given_at is not None else tuple(others)
    flags = late_flags(protocol, doses)
    _put_right(session, treatment_id, given_at)
    act = Act(
        type=EventType.CORRECTED,
        occurred_at=at,
        facts={
            "treatment_id": treatment_id,
            "kind": command.kind,
            "changes": {"given_at": [clock.iso(was), None if given_at is None else clock.iso(given_at)]},
            "flags": list(flags),
        },
        reason=command.reason.strip(),
        corrects=_last_word_on(session, participant.id, treatment_id),
    )
    event = append(session, history, act, actor=actor, at=at)
    warnings = order_warnings(protocol, doses) + pre_warnings(protocol, doses, collected(session, participant.id))
    return Recorded(participant=participant, event=event, flags=flags, warnings=warnings)


def late_flags(protocol: Protocol, doses: Iterable[Dose]) -> tuple[str, ...]:
    """The flags of treatments whose first dose came later than the protocol allows after the one they follow."""
    given = by_kind(doses)
    return tuple(
        treatment.late_flag
        for treatment in protocol.treatments
        if treatment.late_flag and treatment.must_follow
        if is_late_antibody(_first(given.get(treatment.must_follow)), _first(given.get(treatment.kind)), treatment)
    )


def order_warnings(protocol: Protocol, doses: Iterable[Dose]) -> tuple[Finding, ...]:
    """Treatments recorded before the one they follow: taken as they are, and worth a second look."""
    given = by_kind(doses)
    return tuple(
        Finding(
            "given_at",
            Sentence("%(treatment)s is before %(other)s, which it follows", treatment=treatment.kind, other=treatment.must_follow),
            clock.iso(first),
        )
        for treatment in protocol.treatments
        if treatment.must_follow and (first := _first(given.get(treatment.kind))) is not None
        if (followed := _first(given.get(treatment.must_follow))) is not None and first < followed
    )


def pre_warnings(protocol: Protocol, doses: Iterable[Dose], collected: Iterable[tuple[str, datetime | None]]) -> tuple[Finding, ...]:
    """Samples of a timepoint before the anchor treatment that now turn out to have been taken after it."""
    anchor = anchor_of(doses, protocol)
    if anchor is None:
        return ()
    return tuple(
        Finding(
            "given_at",
            Sentence(
                "a sample of %(timepoint)s is there that was collected after %(treatment)s", timepoint=code, treatment=protocol.anchor.kind
            ),
            clock.iso(collected_at),
        )
        for code, collected_at in collected
        if collected_at is not None and collected_at > anchor
        if (timepoint := protocol.find_timepoint(code)) is not None and timepoint.before_anchor_act
    )


def _check_may_be(participant: ParticipantFacts, given_at: datetime, now: datetime) -> None:
    if given_at > now + CLOCK_SLACK:
        raise NotYet("given_at", given_at.astimezone(participant.zone))
    if participant.withdrawn_on is not None and is_after_withdrawal(given_at, participant.withdrawn_on, participant.zone):
        raise ConsentWithdrawn(participant.code, participant.withdrawn_on)


def _check_is_new(participant: ParticipantFacts, known: Iterable[Dose], dose: Dose) -> None:
    if dose in known:
        raise DoseRecordedAlready(participant.code, dose.kind, dose.given_at.astimezone(participant.zone))


def _get_dose(session: Session, participant: ParticipantFacts, kind: str, given_at: datetime) -> int:
    wanted = select(Treatment.id).where(Treatment.participant_id == participant.id, Treatment.kind == kind, Treatment.given_at == given_at)
    treatment_id = session.execute(wanted).scalar_one_or_none()
    if treatment_id is None:
        raise UnknownDose(participant.code, kind, given_at.astimezone(participant.zone))
    return treatment_id


def _put_right(session: Session, treatment_id: int, given_at: datetime | None) -> None:
    if given_at is None:
        session.execute(delete(Treatment).where(Treatment.id == treatment_id))
    else:
        session.execute(update(Treatment).where(Treatment.id == treatment_id).values(given_at=given_at))


def _last_word_on(session: Session, participant_id: int, treatment_id: int) -> int:
    return [event.id for event in list_events(session, participant_id) if event.facts.get("treatment_id") == treatment_id][-1]


def _first(instants: Sequence[datetime] | None) -> datetime | None:
    return instants[0] if instants else None
