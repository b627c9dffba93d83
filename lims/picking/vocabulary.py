"""Words of picking: what may be asked for, a list as it is walked, and how each line stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.sentences import Sentence
from lims.storage.records import Hole, Step, TubeFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A tube somebody has in the hand: what tells it from another, and where it is recorded."""

    barcode: str
    participant: str
    timepoint: str
    specimen_type: str
    ordinal: int
    place: Hole | None


class PickListState(StrEnum):
    """Whether somebody is still walking it."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    """How a line stands."""

    WANTED = "wanted"
    PICKED = "picked"
    NOT_FOUND = "not-found"
    """Nobody found it in its hole."""
    REPLACED = "replaced"
    """Nobody found it, and another line stands in for it."""


@dataclass(frozen=True, slots=True)
class WantedCode:
    """A code somebody wants, and the line of their list it stands on."""

    line: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePickList:
    """Make a list of a batch's tubes, of those a filter finds, or of codes; what cannot be picked comes back with a reason.

    ``into`` is the box they are picked into; without one they are checked out, each with its hole kept. ``minutes_out`` is how long
    they should be out at most; without it, what the protocol says.
    """

    codes: tuple[WantedCode, ...] = ()
    batch: str | None = None
    wanted: TubeFilter | None = None
    name: str | None = None
    into: str | None = None
    minutes_out: int | None = None


@dataclass(frozen=True, slots=True)
class NotListed:
    """A code that did not come onto the list, and why."""

    line: int
    code: str
    reason: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PickListRecord:
    """A pick list, without its lines."""

    id: int
    code: str
    name: str | None
    batch_id: int | None
    batch: str | None
    assay: str | None
    into: str | None
    into_name: str | None
    minutes_out: int | None
    made_at: datetime
    made_by: str
    ended: str | None
    ended_at: datetime | None

    @property
    def state(self) -> PickListState:
        """Open until it is done or cancelled."""
        return PickListState.OPEN if self.ended is None else PickListState(self.ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """A tube of a list. ``place`` is where it is recorded now, ``way`` all that it stands in, outermost first.

    ``instead_of`` is the line nobody found for which it stands in, ``replaced_by`` the one that stands in for it.
    """

    line: int
    specimen_id: int
    barcode: str
    label: str
    participant_id: int
    participant: str
    cohort: str
    timepoint: str
    specimen_type: str
    ordinal: int
    specimen_state: str
    place: Hole | None
    way: tuple[Step, ...]
    instead_of: int | None
    replaced_by: int | None
    not_found_at: datetime | None
    picked_at: datetime | None
    picked_by: str | None
    event_id: int | None
    store_id: int | None

    @property
    def state(self) -> LineState:
        """Picked stands before whatever was thought of it earlier."""
        if self.picked_at is not None:
            return LineState.PICKED
        if self.replaced_by is not None:
            return LineState.REPLACED
        return LineState.WANTED if self.not_found_at is None else LineState.NOT_FOUND

    @property
    def where(self) -> str:
        """The whole way to it: ``F2 / R3 / B5 / C4``."""
        steps = [step.name for step in self.way]
        return " / ".join([*steps, self.place.position_text] if self.place and self.place.position_text else steps)

    @property
    def store(self) -> Step | None:
        """The freezer it is kept in: the outermost that is no room."""
        return next((step for step in self.way if step.type != "room"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickListView:
    """A list with its lines in the order of the walk: freezer, rack, box, hole."""

    list: PickListRecord
    lines: tuple[PickLine, ...]

    def of(self, state: LineState) -> tuple[PickLine, ...]:
        """The lines that stand so."""
        return tuple(line for line in self.lines if line.state == state)

    @property
    def next(self) -> PickLine | None:
        """The tube to take next."""
        return next(iter(self.of(LineState.WANTED)), None)

    @property
    def out_since(self) -> datetime | None:
        """When the first tube left the freezer one stands before: that of the next tube, or of the last one taken."""
        picked = self.of(LineState.PICKED)
        store = self.next.store if self.next else None
        last = max(picked, key=lambda line: line.event_id or 0, default=None)
        store_id = store.id if store else last.store_id if last else None
        return min((line.picked_at for line in picked if line.picked_at and line.store_id == store_id), default=None)

    @property
    def total(self) -> int:
        """How many tubes are to be in the hand at the end; one that stands in for another counts for it."""
        return sum(line.state is not LineState.REPLACED for line in self.lines)


@dataclass(frozen=True, slots=True)
class MadePickList:
    """A list just made, and what did not come onto it."""

    view: PickListView
    not_listed: tuple[NotListed, ...]


@dataclass(frozen=True, slots=True)
class Substitute:
    """A tube that could stand in for one nobody found."""

    barcode: str
    label: str
    amount: int
    unit: str
    thaw_count: int | None
    where: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """A line nobody found, and the tube that could stand in for it, if there is one."""

    line: PickLine
    substitute: Substitute | None
