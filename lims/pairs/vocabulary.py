"""Words of pairs: their states, why a tube cannot be used or a pair is not complete, and a pair as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from lims.specimens.vocabulary import SpecimenForm, SpecimenState
from lims.studies.protocol import Side
from lims.studies.rules import Times
from lims.studies.vocabulary import ParticipantFacts
from lims.studies.windows import local_day

__all__ = [
    "Course",
    "DueVisit",
    "MissingCollection",
    "PairCursor",
    "PairFilter",
    "PairPage",
    "PairState",
    "PairView",
    "Reason",
    "ReasonCode",
    "Side",
    "TubeFacts",
    "TubeView",
    "because",
    "pair_id",
]


class PairState(StrEnum):
    """How a pair stands, from the best to the one that stands before every other."""

    COMPLETE = "complete"
    WAITING = "waiting"
    POSSIBLE = "possible"
    AT_RISK = "at_risk"
    BROKEN = "broken"
    EXCLUDED = "excluded"


class ReasonCode(StrEnum):
    """Why a tube cannot be used, or why a pair is not complete."""

    # a tube
    CONSENT_WITHDRAWN = "consent-withdrawn"
    DISPOSED = "disposed"
    DISPATCHED = "dispatched"
    DEPLETED = "depleted"
    QUARANTINED = "quarantined"
    MISSING = "missing"
    BLOCKED = "blocked"
    NOT_DIVIDED = "not-divided"
    DIVIDED = "divided"
    OTHER_TYPE = "other-type"
    OTHER_PURPOSE = "other-purpose"
    AMOUNT_UNKNOWN = "amount-unknown"
    TOO_LITTLE = "too-little"
    TOO_MANY_THAWS = "too-many-thaws"
    # a side
    WINDOW_NOT_OPEN = "window-not-open"
    NOT_DATED = "not-dated"
    BEFORE_TREATMENT = "before-treatment"
    UNSCHEDULED = "unscheduled"
    WINDOW_OPEN = "window-open"
    WINDOW_CLOSING = "window-closing"
    WINDOW_CLOSED = "window-closed"
    TREATED_ALREADY = "treated-already"
    NOT_COLLECTED = "not-collected"
    OFF_STUDY = "off-study"
    TO_DIVIDE = "to-divide"
    LIMIT_RUNNING = "limit-running"
    NOTHING_USABLE = "nothing-usable"
    NO_TIMEPOINT = "no-timepoint"
    # a pair
    CONTAINER_DIFFERS = "container-differs"


TEMPLATES: Mapping[ReasonCode, str] = {
    ReasonCode.CONSENT_WITHDRAWN: "Consent was withdrawn on %(on)s.",
    ReasonCode.DISPOSED: "It was destroyed.",
    ReasonCode.DISPATCHED: "It has left the house.",
    ReasonCode.DEPLETED: "Nothing is left of it.",
    ReasonCode.QUARANTINED: "It is in quarantine. Ask the coordinator to release it.",
    ReasonCode.MISSING: "Nobody found it where it was last seen. Look for it.",
    ReasonCode.BLOCKED: "It is marked %(flag)s, which blocks it.",
    ReasonCode.NOT_DIVIDED: "It is not divided yet.",
    ReasonCode.DIVIDED: "It was divided. Use what was made of it.",
    ReasonCode.OTHER_TYPE: "It is %(type)s; %(assay)s takes %(fed_by)s.",
    ReasonCode.OTHER_PURPOSE: "It was made for %(purpose)s.",
    ReasonCode.AMOUNT_UNKNOWN: "Nobody knows how much is in it. Measure it, and correct the amount.",
    ReasonCode.TOO_LITTLE: "%(left)s is left, %(assay)s needs %(needed)s.",
    ReasonCode.TOO_MANY_THAWS: "It was thawed %(thaws)s times, %(assay)s allows %(limit)s.",
    ReasonCode.WINDOW_NOT_OPEN: "%(timepoint)s opens on %(first)s.",
    ReasonCode.NOT_DATED: "%(timepoint)s has no date before %(treatment)s is recorded.",
    ReasonCode.BEFORE_TREATMENT: "%(timepoint)s is to be taken before %(treatment)s, whose date is not known yet.",
    ReasonCode.UNSCHEDULED: "%(timepoint)s has no window: it can come at any time.",
    ReasonCode.WINDOW_OPEN: "%(timepoint)s can be taken until %(last)s.",
    ReasonCode.WINDOW_CLOSING: "%(timepoint)s closes on %(last)s. Days left: %(days)s.",
    ReasonCode.WINDOW_CLOSED: "%(timepoint)s closed on %(last)s.",
    ReasonCode.TREATED_ALREADY: "%(timepoint)s was to be taken before %(treatment)s, which was given on %(on)s.",
    ReasonCode.NOT_COLLECTED: "%(timepoint)s was not collected: %(why)s.",
    ReasonCode.OFF_STUDY: "Taken off study on %(on)s, before %(timepoint)s.",
    ReasonCode.TO_DIVIDE: "%(timepoint)s is there and not divided yet: %(barcode)s.",
    ReasonCode.LIMIT_RUNNING: "%(barcode)s is to be %(milestone)s by %(by)s.",
    ReasonCode.NOTHING_USABLE: "%(timepoint)s: nothing of %(count)s can be used.",
    ReasonCode.NO_TIMEPOINT: "The protocol has no timepoint for the %(side)s side.",
    ReasonCode.CONTAINER_DIFFERS: "Before and after are not in the same kind of container: %(pre)s, %(post)s.",
}
"""Each reason in English; the keys in ``%(…)s`` are its facts. A page translates the template, then fills it in."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a code for programs, and a sentence for people, made of a template and facts."""

    code: ReasonCode
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def template(self) -> str:
        """The sentence before its facts are filled in, for translating."""
        return TEMPLATES[self.code]

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return self.template % dict(self.facts)

    def __str__(self) -> str:
        return self.sentence


def because(code: ReasonCode, **facts: object) -> Reason:
    """A reason with its facts: ``because(ReasonCode.BLOCKED, flag="contaminated")``."""
    return Reason(code, tuple((name, str(value)) for name, value in facts.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeFacts:
    """What pairs know of a tube. Amounts in base units; what is not known is None.

    ``kind`` is the kind of container or fixative its material came in (the protocol's ``pairs_as``), None where it was not given;
    ``made`` are the types already made of it, ``collection_type`` is what was collected.
    """

    id: int
    barcode: str
    label: str
    participant_id: int
    specimen_type: str
    form: SpecimenForm
    timepoint: str
    unit: str
    amount: int | None
    thaw_count: int | None
    state: SpecimenState
    quarantined: bool = False
    missing: bool = False
    flags: tuple[str, ...] = ()
    purpose: str | None = None
    kind: str | None = None
    made: frozenset[str] = frozenset()
    collection_type: str
    times: Times = field(default_factory=Times)
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a participant stands in the course, seen from one instant.

    ``not_collected`` says of (timepoint, primary type) why it will not come: a collection recorded as not done is final.
    """

    participant: ParticipantFacts
    anchor_at: datetime | None
    now: datetime
    not_collected: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The study's zone."""
        return self.participant.zone

    @property
    def today(self) -> date:
        """The day it is in the study's zone."""
        return local_day(self.now, self.zone)


@dataclass(frozen=True, slots=True)
class TubeView:
    """A tube on one side of a pair: whether it can be used, and if not, why."""

    facts: TubeFacts
    why: tuple[Reason, ...]

    @property
    def barcode(self) -> str:
        """Its own barcode."""
        return self.facts.barcode

    @property
    def usable(self) -> bool:
        """Whether it can be used for the assay."""
        return not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """One participant, one specimen type, one assay: what is there on both sides, and how it stands.

    Usable tubes come first on each side, the one to use before the others. ``due_from`` and ``due_to`` are the window of the
    side that is missing and can still come.
    """

    participant: ParticipantFacts
    specimen_type: str
    assay: str
    pre: tuple[TubeView, ...]
    post: tuple[TubeView, ...]
    state: PairState
    reasons: tuple[Reason, ...]
    due_from: date | None = None
    due_to: date | None = None

    @property
    def pair_id(self) -> str:
        """``L07-metagenomics``."""
        return pair_id(self.participant.code, self.assay)


def pair_id(participant: str, assay: str) -> str:
    """What a pair is called wherever it appears: the same for ever, whatever tubes it is made of."""
    return f"{participant}-{assay}"


@dataclass(frozen=True, slots=True)
class PairCursor:
    """The last row of a page: the next one follows it."""

    code: str
    participant_id: int
    assay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFilter:
    """Which pairs are wanted; None asks for all."""

    study: str | None = None
    participant: str | None = None
    cohort: str | None = None
    assay: str | None = None
    state: PairState | None = None


@dataclass(frozen=True, slots=True)
class PairPage:
    """Some pairs, and after which to go on; None at the end."""

    items: tuple[PairView, ...]
    next: PairCursor | None


@dataclass(frozen=True, slots=True)
class MissingCollection:
    """A planned collection that has not come yet, with the assays that have no pair without it."""

    specimen_type: str
    assays: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueVisit:
    """A participant whose timepoint is open: what is still to be taken, and until when. Without an anchor nobody knows when."""

    participant: ParticipantFacts
    timepoint: str
    side: Side | None
    first: date | None
    last: date | None
    days_left: int | None
    missing: tuple[MissingCollection, ...]
    at_risk: bool
