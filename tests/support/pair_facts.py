"""Tubes and courses as the rules of pairs see them, by the trial's own protocol: one line makes one."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from lims.pairs.vocabulary import Course, TubeFacts
from lims.specimens.amounts import to_base
from lims.specimens.vocabulary import SpecimenForm, SpecimenState
from lims.studies.protocol import Protocol
from lims.studies.protocol_file import load_protocol, shipped_protocol
from lims.studies.rules import Times
from lims.studies.vocabulary import ParticipantFacts

SHANTOU = ZoneInfo("Asia/Shanghai")
ILDR = datetime(2026, 8, 24, 15, 10, tzinfo=SHANTOU)
PLANNED_ON = {"PRE": -3, "POST": 21}
L07 = ParticipantFacts(
    id=7,
    study_id=1,
    study_code="ILDR-02",
    time_zone="Asia/Shanghai",
    protocol_version_id=2,
    code="L07",
    cohort="lung",
    sex="M",
    enrolled_on=date(2026, 8, 10),
    consent_on=date(2026, 8, 8),
    withdrawn_on=None,
    off_study_on=None,
    carried_over_from=None,
)
_ids = count(1)


@cache
def ildr_02() -> Protocol:
    """The protocol the service ships."""
    return load_protocol(shipped_protocol("ildr-02"), "ildr-02.toml")


def day(number: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of a day of the course, at the hour of Shantou."""
    on = ILDR.date() + timedelta(days=number)
    return datetime.combine(on, time(hour, minute), SHANTOU).astimezone(UTC)


def course(
    today: int = 40,
    *,
    at: datetime | None = None,
    anchor: datetime | None = ILDR,
    withdrawn_on: date | None = None,
    off_study_on: date | None = None,
    not_collected: dict[tuple[str, str], str] | None = None,
) -> Course:
    """A participant's course, seen at noon of a day of it."""
    return Course(
        participant=replace(L07, withdrawn_on=withdrawn_on, off_study_on=off_study_on),
        anchor_at=anchor,
        now=at or day(today, 12),
        not_collected=not_collected or {},
    )


def tube(
    timepoint: str,
    specimen_type: str = "stool",
    amount: str | None = "200",
    unit: str = "mg",
    *,
    form: SpecimenForm = SpecimenForm.ALIQUOT,
    on: int | None = None,
    purpose: str | None = None,
    thaws: int | None = 0,
    state: SpecimenState = SpecimenState.STORED,
    quarantined: bool = False,
    flags: tuple[str, ...] = (),
    kind: str | None = None,
    made: tuple[str, ...] = (),
    collection_type: str | None = None,
    times: Times | None = None,
    withdrawn_on: date | None = None,
) -> TubeFacts:
    """A tube; an aliquot of stool, stored and with enough in it, where nothing else is said."""
    taken = day(PLANNED_ON.get(timepoint, 0) if on is None else on)
    return TubeFacts(
        id=next(_ids),
        barcode=f"T{next(_ids)}",
        label=f"ILDR02-L07-{timepoint}",
        participant_id=7,
        specimen_type=specimen_type,
        form=form,
        timepoint=timepoint,
        unit=unit,
        amount=None if amount is None else to_base(amount, unit),
        thaw_count=thaws,
        state=state,
        quarantined=quarantined,
        flags=flags,
        purpose=purpose,
        kind=kind,
        made=frozenset(made),
        collection_type=collection_type or specimen_type,
        times=times or Times(collected_at=taken),
        withdrawn_on=withdrawn_on,
    )


def primary(timepoint: str, specimen_type: str = "stool", amount: str | None = "2000", unit: str = "mg", **facts: Any) -> TubeFacts:
    """A tube as it came from the participant."""
    return tube(timepoint, specimen_type, amount, unit, form=SpecimenForm.PRIMARY, **facts)
