"""ILDR-02 in one line each: the protocol, participants with their doses, collections, aliquots, acts on a tube.

Today is :data:`NOW`; a test that wants another day passes ``at``. Participant L07's fraction is on 24 August 2026.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.vocabulary import Act, Event, EventType
from lims.specimens.division import derive_aliquots
from lims.specimens.registration import register_collection, register_existing_tube
from lims.specimens.vocabulary import DeriveAliquots, NewTube, PrimaryTube, RegisterCollection, Registered, RegisterExistingTube
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import enrol_participant, load_protocol, record_consent, record_treatment
from lims.studies.vocabulary import ConsentKind, EnrolParticipant, RecordConsent, Recorded, RecordTreatment

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ILDR_AT = datetime(2026, 8, 24, 7, 0, tzinfo=UTC)
PRE_AT = datetime(2026, 8, 21, 1, 0, tzinfo=UTC)
"""Day −3, the target day of PRE, nine in the morning in Shantou."""

_OLD_CODES = itertools.count(1)


def open_trial(session: Session, *, at: datetime = NOW) -> None:
    """The protocol of ILDR-02, loaded."""
    load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=at)


def enrol(session: Session, code: str = "L07", *, at: datetime = NOW, **more: Any) -> Recorded:
    """A participant of the cohort whose letter the code begins with, consented."""
    cohort = {"L": "lung", "E": "esophageal"}.get(code[0], "other")
    command = EnrolParticipant(code=code, cohort=cohort, enrolled_on=date(2026, 8, 10), consent_on=date(2026, 8, 8))
    return enrol_participant(session, replace(command, **more), actor=SYSTEM, at=at)


def give(session: Session, participant: str = "L07", kind: str = "ildr", given_at: datetime = ILDR_AT, *, at: datetime = NOW) -> Recorded:
    """A dose: the fraction, or with ``kind="icb"`` of the antibody."""
    return record_treatment(session, RecordTreatment(participant=participant, kind=kind, given_at=given_at), actor=SYSTEM, at=at)


def withdraw(session: Session, participant: str = "L07", on: date = date(2026, 9, 1), *, at: datetime = NOW) -> Recorded:
    """Consent withdrawn, on a day."""
    command = RecordConsent(participant=participant, kind=ConsentKind.WITHDRAWN, on=on, reason="asked to leave")
    return record_consent(session, command, actor=SYSTEM, at=at)


def begin(session: Session, code: str = "L07", *, at: datetime = NOW) -> None:
    """The trial with one participant, whose fraction is given: what most tests begin with."""
    open_trial(session, at=at)
    enrol(session, code, at=at)
    give(session, code, at=at)


def collection(**more: Any) -> RegisterCollection:
    """2.4 g of stool of L07 at PRE, frozen in time, in one planned tube, with whatever else is said."""
    plain = RegisterCollection(
        participant="L07",
        timepoint="PRE",
        specimen_type="stool",
        collected_at=PRE_AT,
        tubes=(PrimaryTube("stool-tube", Decimal(2400), "mg"),),
        received_at=PRE_AT + timedelta(hours=1),
        frozen_at=PRE_AT + timedelta(hours=3),
    )
    return replace(plain, **more)


def collect(session: Session, *, at: datetime = NOW, **more: Any) -> Registered:
    """That collection, registered."""
    return register_collection(session, collection(**more), actor=SYSTEM, at=at)


def draw_blood(session: Session, *, tubes: int = 2, at: datetime = NOW, **more: Any) -> Registered:
    """EDTA blood of L07 at PRE: two tubes of 10 mL, spun in time."""
    edta = tuple(PrimaryTube("k2-edta", Decimal(10), "mL") for _ in range(tubes))
    times = {"processed_at": PRE_AT + timedelta(minutes=90), "frozen_at": None}
    return collect(session, at=at, **{"specimen_type": "blood-edta", "tubes": edta, **times, **more})


def tube(session: Session, *, at: datetime = NOW, **more: Any) -> NewTube:
    """The one primary tube of that stool collection."""
    return collect(session, at=at, **more).specimens[0]


def old_tube(session: Session, *, at: datetime = NOW, **more: Any) -> NewTube:
    """200 mg of stool of an older inventory, frozen on 1 June 2026, under a code of its own."""
    command = RegisterExistingTube(
        participant="L07",
        timepoint="PRE",
        specimen_type="stool",
        barcode=f"OLD-{next(_OLD_CODES):05d}",
        amount=Decimal(200),
        unit="mg",
        frozen_on=date(2026, 6, 1),
    )
    return register_existing_tube(session, replace(command, **more), actor=SYSTEM, at=at).specimens[0]


def divide(session: Session, parents: str | Sequence[str], count: int = 4, *, at: datetime = NOW, **more: Any) -> tuple[NewTube, ...]:
    """Aliquots of 200 mg of one tube, or of a pool."""
    codes = (parents,) if isinstance(parents, str) else tuple(parents)
    command = DeriveAliquots(parents=codes, count=count, amount=Decimal(200), unit="mg")
    return derive_aliquots(session, replace(command, **more), actor=SYSTEM, at=at)


def act(type_: EventType, *, at: datetime = NOW, reason: str | None = None, **facts: Any) -> Act:
    """One act on a tube, done now."""
    return Act(type=type_, occurred_at=at, reason=reason, facts=facts)


def types_of(events: Sequence[Event]) -> list[EventType]:
    """What happened, in order."""
    return [event.type for event in events]
