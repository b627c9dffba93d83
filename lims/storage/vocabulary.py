"""Words of storage: how a box names its holes, where a tube is, and what may be asked to be done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from lims.custody.vocabulary import EventType
from lims.specimens.vocabulary import MISSING


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A hole in a grid, counted from zero; (0, 0) is top left, where a box's mark is."""

    row: int
    column: int


class Scheme(StrEnum):
    """How a box names its holes."""

    LETTERS = "letters"
    """Rows are letters, columns numbers: A1, A2 … B1."""
    NUMBERS = "numbers"
    """Holes are counted along the rows: 1, 2, 3 …"""


@dataclass(frozen=True, slots=True)
class Grid:
    """The holes of a box."""

    rows: int
    columns: int
    scheme: Scheme = Scheme.LETTERS

    def __len__(self) -> int:
        return self.rows * self.columns

    def __iter__(self) -> Iterator[Position]:
        """Every hole, in the order a box is filled: along the first row, then the next."""
        return (Position(row, column) for row in range(self.rows) for column in range(self.columns))

    def __contains__(self, position: Position) -> bool:
        return 0 <= position.row < self.rows and 0 <= position.column < self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContainer:
    """Make a container known, in its parent or (for a freezer, or a box still on the bench) in none.

    ``position`` is where it stands in its parent, in the words of the laboratory; ``study`` keeps a box for one study, ``holds`` for
    some specimen types.
    ``temperature_c`` is what it is set to, where it cools by itself and not as its type usually does.
    """

    type: str
    name: str
    parent: str | None = None
    position: str | None = None
    barcode: str | None = None
    temperature_c: int | None = None
    study: str | None = None
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveContainer:
    """Put a container, with all that is in it, into another; or, without a parent, onto the bench."""

    container: str
    parent: str | None
    position: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseContainer:
    """Use an empty container no more."""

    container: str
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBox:
    """Let one device fill this box for a while."""

    container: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBoxOver:
    """Let one device fill this box that another is filling, and say why."""

    container: str
    device: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameDevice:
    """Call a device by a name people know it by. ``device`` is what it calls itself."""

    device: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneByHand:
    """What somebody did instead of an act that was refused when the service heard of it; ``reason`` says it in their words.

    ``barcode``, ``type`` and ``where`` are what the act named, ``refused`` the code of its refusal, ``by`` who scanned it, and when.
    """

    barcode: str
    type: str
    where: str
    refused: str
    by: str
    scanned_at: datetime
    occurred_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSpecimen:
    """Put this tube into this container: into that hole, or the next free one."""

    specimen: str
    container: str
    position: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSpecimen:
    """Put a tube that has a place into another; without a container, into another hole of the one it is in."""

    specimen: str
    container: str | None = None
    position: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Take a tube out for a while; its hole is kept. ``to`` is who has it."""

    specimen: str
    to: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSpecimen:
    """Put a tube back: into the hole kept for it, or into another where one is said."""

    specimen: str
    container: str | None = None
    position: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSpecimen:
    """Take a tube out for good; its hole is free."""

    specimen: str
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSpecimen:
    """Send a tube out of the house; its hole is free. ``to`` is who gets it."""

    specimen: str
    to: str | None = None
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeOfSpecimen:
    """Destroy a tube; its hole is free."""

    specimen: str
    occurred_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectPlace:
    """Put right where a tube is recorded to be, and its state with it.

    ``changes`` has one or more of ``container``, ``position`` and ``state``; a container of None says that the tube is in none.
    """

    specimen: str
    changes: Mapping[str, Any]
    corrects: int | None = None
    occurred_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Undo the last act on a tube: everything is as it was before."""

    specimen: str
    event_id: int
    occurred_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackMove:
    """Undo the last move of a container: it stands where it stood before, with all that is in it."""

    container: str
    event_id: int
    occurred_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAct:
    """One act at the bench, of whatever type, as a scanner or another program reports it.

    ``amount`` in ``unit`` is what was used; ``to`` is who has the tube now; ``changes`` and ``corrects`` belong to corrections.
    ``seen`` is where whoever acts saw the thing stand when they scanned it (:func:`~lims.storage.seen.place_as_seen`): where it is not
    there any more, nothing is done. None: they did not look. ``in_turn``: the position was not scanned but chosen as the next free one.
    """

    type: EventType
    barcode: str
    occurred_at: datetime
    container: str | None = None
    position: str | None = None
    amount: Decimal | None = None
    unit: str | None = None
    to: str | None = None
    reason: str | None = None
    corrects: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    seen: str | None = None
    in_turn: bool = False


class Found(StrEnum):
    """How a tube was found when somebody looked for it."""

    HERE = "here"
    """Where it is recorded."""
    BACK = "back"
    """In its hole, though it is recorded as taken out."""
    WRONG_PLACE = "wrong-place"
    """Somewhere else; from now on that is its place."""
    MISPLACED = "misplaced"
    """Somewhere else, where it cannot stay: it is to be brought back to its place, which stays recorded."""
    UNEXPECTED = "unexpected"
    """Here, though it is recorded as sent away, destroyed or never put anywhere it could lie: nothing is changed, somebody is asked."""
    MISSING = MISSING
    """Not where it is recorded. Its last known place is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReboxedTube:
    """A tube that lies in a box filled anew: in that hole, or the next one."""

    specimen: str
    position: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReboxContainer:
    """A box that was spilled, or thawed and filled anew, with every tube that is in it now, in the order they were scanned."""

    container: str
    tubes: tuple[ReboxedTube, ...]
    occurred_at: datetime
    reason: str | None = None
