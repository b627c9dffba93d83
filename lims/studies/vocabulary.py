"""Words of studies: what may be recorded about a participant, and what is known of a study, a participant, a dose."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from lims.custody.vocabulary import Event
from lims.errors import Finding


class ConsentKind(StrEnum):
    """What a participant said."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Sex(StrEnum):
    """CDISC's words (codelist C66731)."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"
    INTERSEX = "INTERSEX"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolParticipant:
    """Take a participant into a cohort. ``external_ids`` are (system, value): what another study or register calls them.

    ``override_reason`` is why a full cohort takes one more.
    """

    code: str
    cohort: str
    enrolled_on: date
    consent_on: date | None = None
    sex: str | None = None
    carried_over_from: str | None = None
    external_ids: tuple[tuple[str, str], ...] = ()
    override_reason: str | None = None
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """Write down that consent was given, or withdrawn, on a day."""

    participant: str
    kind: ConsentKind
    on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTreatment:
    """Write down a dose."""

    participant: str
    kind: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectTreatment:
    """The dose said to be given at ``was`` was given at ``given_at``; None: it was never given."""

    participant: str
    kind: str
    was: datetime
    given_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOffStudy:
    """A participant leaves the study; what was collected stays."""

    participant: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A study as it stands, and its protocol of today."""

    id: int
    code: str
    title: str
    time_zone: str
    protocol_version_id: int

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose calendar days count."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantFacts:
    """A participant as they stand; ``protocol_version_id`` is the study's protocol of today."""

    id: int
    study_id: int
    study_code: str
    time_zone: str
    protocol_version_id: int
    code: str
    cohort: str
    sex: str | None
    enrolled_on: date
    consent_on: date | None
    withdrawn_on: date | None
    off_study_on: date | None
    carried_over_from: str | None

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose calendar days count."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Dose:
    """One treatment given."""

    kind: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What a participant said, on which day."""

    kind: ConsentKind
    on: date
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProtocol:
    """What came of a protocol file; ``is_new`` is false where the very same text was loaded before."""

    study_id: int
    version_id: int
    version: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was written down of a participant, with the flags it carries and what deserves a second look."""

    participant: ParticipantFacts
    event: Event
    flags: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
