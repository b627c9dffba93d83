"""Words of kits: how a kit and its tubes stand, what may be asked of a kit, and how one is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lims.specimens.vocabulary import NewTube, Registered, SpecimenForm


class KitState(StrEnum):
    """How a kit stands."""

    MADE = "made"
    """Tubes of it wait to be filled."""
    USED = "used"
    """Nothing of it waits any more, and something was filled."""
    VOID = "void"
    """It was taken back whole."""


STOPPED = "stopped"
"""How a kit is shown whose participant has withdrawn consent while tubes of it waited: nothing more is taken with it."""


class TubeState(StrEnum):
    """How a tube of a kit stands."""

    READY = "ready"
    USED = "used"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTube:
    """A tube as the protocol plans it. ``made_of`` is None for a primary, for the others the type they are made of.

    ``amount`` is what goes into it, in base units; None where nobody plans that.
    """

    specimen_type: str
    made_of: str | None = None
    purpose: str | None = None
    container_kind: str | None = None
    amount: int | None = None
    unit: str

    @property
    def form(self) -> SpecimenForm:
        """A kit knows what is taken, and what is made of it."""
        return SpecimenForm.PRIMARY if self.made_of is None else SpecimenForm.ALIQUOT


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeKits:
    """Label the tubes of one timepoint: for a participant, or, without one, for whoever comes; ``timepoint`` may then be open.

    ``specimen_types`` are the primaries wanted; empty: all that the protocol takes then.
    """

    participant: str | None = None
    timepoint: str | None = None
    specimen_types: tuple[str, ...] = ()
    count: int = 1
    study: str | None = None


@dataclass(frozen=True, slots=True)
class FilledTube:
    """A tube of a kit that was filled, by the code on it. An amount not given is unknown, or for what is made of others as planned."""

    barcode: str
    amount: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectFromKit:
    """The tubes of a kit that were filled, scanned one by one: those taken from the participant, those made of them, or both.

    ``participant`` and ``timepoint`` bind a kit of the stock. The other labels are void, unless ``more_to_come``.
    """

    kit: str
    tubes: tuple[FilledTube, ...]
    collected_at: datetime | None = None
    received_at: datetime | None = None
    processed_at: datetime | None = None
    frozen_at: datetime | None = None
    flags: tuple[str, ...] = ()
    note: str | None = None
    participant: str | None = None
    timepoint: str | None = None
    more_to_come: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KitTubeRecord:
    """A tube of a kit. ``label`` and ``specimen_state`` are those of the specimen it became."""

    id: int
    line: int
    barcode: str
    specimen_type: str
    form: SpecimenForm
    made_of: str | None
    purpose: str | None
    container_kind: str | None
    amount: int | None
    unit: str
    state: TubeState
    label: str | None = None
    specimen_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KitSummary:
    """A kit without its tubes. ``ready``, ``used`` and ``void`` count them."""

    id: int
    barcode: str
    study: str
    study_id: int
    protocol_version_id: int
    participant_id: int | None
    participant: str | None
    cohort: str | None
    withdrawn_on: date | None
    timepoint: str | None
    state: KitState
    made_at: datetime
    ready: int
    used: int
    void: int

    @property
    def shown_state(self) -> str:
        """The state as people and programs are told it."""
        return STOPPED if self.state is KitState.MADE and self.withdrawn_on is not None else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A kit with its tubes, in the order of the work."""

    summary: KitSummary
    tubes: tuple[KitTubeRecord, ...]

    def tubes_that_are(self, state: TubeState) -> tuple[KitTubeRecord, ...]:
        """Its tubes in this state."""
        return tuple(tube for tube in self.tubes if tube.state is state)


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of collecting from a kit: the collections, what was made of them, and the kit as it stands after."""

    collections: tuple[Registered, ...]
    made: tuple[NewTube, ...]
    kit: Kit
