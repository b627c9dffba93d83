"""Words of temperatures: readings in thousandths of a degree, the limits of a freezer, and an excursion beyond them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

MILLI = 1000
"""How finely a temperature is kept: in thousandths of a degree Celsius, as a whole number."""


class Beyond(StrEnum):
    """On which side of the limits."""

    WARM = "warm"
    COLD = "cold"


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """How cold it was at an instant."""

    at: datetime
    milli_c: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between what a freezer must be, and how many minutes outside are tolerated; None: no limit on that side."""

    warm_milli_c: int | None
    cold_milli_c: int | None
    tolerated_minutes: int

    def beyond(self, milli_c: int) -> Beyond | None:
        """On which side a reading is outside; None where it is within, the limits themselves counting as within."""
        if self.warm_milli_c is not None and milli_c > self.warm_milli_c:
            return Beyond.WARM
        return Beyond.COLD if self.cold_milli_c is not None and milli_c < self.cold_milli_c else None

    def limit(self, side: Beyond) -> int:
        """The limit on one side, where there is one."""
        limit = self.warm_milli_c if side is Beyond.WARM else self.cold_milli_c
        assert limit is not None
        return limit


@dataclass(frozen=True, slots=True)
class LimitsFrom:
    """Limits and the instant from which they hold."""

    since: datetime
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A time for which a freezer was outside its limits, longer than is tolerated.

    It ends with the first reading within them; ``lasting`` where the log ends before that. ``extreme_milli_c`` is the reading
    farthest outside, ``limit_milli_c`` the limit that was passed.
    """

    side: Beyond
    begun_at: datetime
    ended_at: datetime
    lasting: bool
    extreme_milli_c: int
    limit_milli_c: int
    tolerated_minutes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which the log says nothing."""

    begun_at: datetime
    ended_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.ended_at - self.begun_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimits:
    """Between what this freezer must be from now on; the first limits hold for all that was logged before, too."""

    container: str
    warm_c: Decimal | None
    cold_c: Decimal | None
    tolerated_minutes: int
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLog:
    """A logger's file of this freezer. ``zone`` names whose clocks it is by, where its times say no offset."""

    container: str
    file_name: str
    content: bytes
    zone: str


@dataclass(frozen=True, slots=True)
class LogFile:
    """A logger's file as it was read: its readings by time, and how many lines held no temperature."""

    readings: tuple[Reading, ...]
    without_value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """A logger's file as it was taken in: how many readings were new, and from when to when they are."""

    id: int
    container_id: int
    file_name: str
    sha256: str
    zone: str
    readings: int
    first_at: datetime
    last_at: datetime
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What came of a logger's file. ``log`` is None where every reading was there already."""

    log: LogRecord | None
    readings: int
    new: int
    without_value: int
    first_at: datetime
    last_at: datetime
    lowest_milli_c: int
    highest_milli_c: int
    gaps: tuple[Gap, ...]
    excursions: tuple["ExcursionRecord", ...]
    limits_set: bool

    @property
    def already(self) -> int:
        """How many readings were there before."""
        return self.readings - self.new


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionRecord:
    """An excursion of a freezer as it is kept; ``reviewed_at`` once somebody has decided on it."""

    id: int
    container_id: int
    container: str
    container_name: str
    excursion: Excursion
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A tube that was in the freezer during an excursion, and from when to when of it."""

    specimen_id: int
    begun_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedTube:
    """A tube that an excursion touched, as it is today. ``for_it`` says that it is in quarantine because of it."""

    id: int
    barcode: str
    label: str
    participant_id: int
    participant: str
    cohort: str
    timepoint: str
    specimen_type: str
    state: str
    quarantined: bool
    for_it: bool
    place: str | None
    stay: Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAtStake:
    """A pair of which tubes were touched. ``lost`` says that a side of it has nothing usable but what was touched."""

    participant: str
    cohort: str
    assay: str
    state: str
    touched: tuple[str, ...]
    lost: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A tube that was left as it is, and why: the state it is in."""

    barcode: str
    state: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """What came of setting aside, or releasing, the tubes of an excursion."""

    done: tuple[str, ...]
    left: tuple[Left, ...]


def celsius(milli_c: int) -> str:
    """``−79.85``, with a real minus sign and no digit that says nothing."""
    text = f"{Decimal(milli_c) / MILLI:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")
