"""What is known of a container, of the hole a tube has, and of all it stands in."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lims.accounts.vocabulary import Actor
from lims.storage.container_types import ContainerType, get_container_type
from lims.storage.positions import format_position
from lims.storage.vocabulary import Grid, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRecord:
    """A container. ``slot`` is where it stands in its parent; ``temperature_c`` what it is itself set to; ``audited_at`` when it was last
    counted through."""

    id: int
    barcode: str
    type: str
    name: str
    parent_id: int | None
    slot: str | None
    rows: int | None
    columns: int | None
    temperature_c: int | None
    study_id: int | None
    holds: str | None = None
    closed_at: datetime | None
    audited_at: datetime | None = None

    @property
    def kind(self) -> ContainerType:
        """What its type says of it."""
        return get_container_type(self.type)

    @property
    def grid(self) -> Grid | None:
        """Its holes, as they were when it was made; None where tubes lie loose in it, or it holds none."""
        return grid_of(self.type, self.rows, self.columns)

    @property
    def materials(self) -> tuple[str, ...]:
        """The specimen types it is kept for; none: it takes any."""
        return () if self.holds is None else tuple(self.holds.split(","))

    def hole(self, position: Position | None, *, away: bool = False) -> "Hole":
        """One of its holes; None for a place among the loose tubes."""
        return Hole(
            container_id=self.id,
            container=self.barcode,
            container_name=self.name,
            position=position,
            position_text=self.position_text(position),
            away=away,
        )

    def position_text(self, position: Position | None) -> str | None:
        """One of its holes by the name it bears."""
        return None if position is None or self.grid is None else format_position(position, self.grid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A tube's place: a container, and a hole of it where it has holes. ``away`` while the tube is out and the hole is kept."""

    container_id: int
    container: str
    container_name: str
    position: Position | None
    position_text: str | None
    away: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """As it stands in an event."""
        return {
            "container_id": self.container_id,
            "container": self.container,
            "position": self.position_text,
            "row": None if self.position is None else self.position.row,
            "column": None if self.position is None else self.position.column,
        } | ({"away": True} if self.away else {})

    def __str__(self) -> str:
        return f"{self.position_text} of {self.container_name}" if self.position_text else self.container_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Hole):
    """A tube's place with the names of all that it stands in, outermost first: ``F2 / R3 / B5``."""

    specimen_id: int
    path: str
    since: datetime

    @property
    def text(self) -> str:
        """The whole way to the tube: ``F2 / R3 / B5 / C4``."""
        return f"{self.path} / {self.position_text}" if self.position_text else self.path


@dataclass(frozen=True, slots=True)
class Step:
    """One container of the way to another, outermost first."""

    id: int
    barcode: str
    type: str
    name: str
    slot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who fills a box, with what, since when and until when. ``device_name`` is None while nobody has given the device one."""

    id: int
    barcode: str
    """Of the box; ``container`` is its name."""
    container: str
    person_id: int
    by: str
    device: str
    device_name: str | None
    claimed_at: datetime
    until: datetime

    @property
    def facts(self) -> dict[str, Any]:
        """As it stands in an event."""
        return {"barcode": self.barcode, "claim": self.id, "device": self.device, "device_name": self.device_name}

    def is_of(self, actor: Actor, device: str | None) -> bool:
        """Whether it is this person's, on this device; a program of theirs that names none is theirs too."""
        return self.person_id == actor.id and device in (None, self.device)


@dataclass(frozen=True, slots=True)
class Target:
    """A container somebody is about to put a tube into: with its way, how cold it is there, where the tube is now,
    and who fills the container."""

    container: ContainerRecord
    path: str
    temperature_c: int | None
    came_from: Hole | None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Occupant:
    """The tube that has a hole; ``away`` while it is out."""

    barcode: str
    away: bool
    specimen_id: int


@dataclass(frozen=True, slots=True)
class Fill:
    """What is in a container and in all that stands in it: tubes, how many of them are out, holes, and how many of these are taken."""

    tubes: int = 0
    away: int = 0
    holes: int = 0
    taken: int = 0

    @property
    def free(self) -> int:
        """Holes nobody is in and that are kept for nobody."""
        return self.holes - self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedHole:
    """A hole of a box, or a tube lying loose in a bag: ``state`` is ``free``, ``here`` or ``away``.

    ``missing`` says that nobody found the tube there when it was last looked for.
    """

    position: str | None
    row: int | None
    column: int | None
    state: str
    specimen_id: int | None = None
    barcode: str | None = None
    label: str | None = None
    specimen_type: str | None = None
    participant: str | None = None
    timepoint: str | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class ContainerMap:
    """Every hole of a container, along the rows. ``rows`` and ``columns`` are None where tubes lie loose."""

    container: ContainerRecord
    rows: int | None
    columns: int | None
    positions: tuple[MappedHole, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeFilter:
    """Which tubes are wanted; None asks for all.

    ``container`` asks for the tubes in it and in all that stands in it; ``text`` is the beginning of a barcode, or any part of a label;
    ``to_destroy`` for what is still here of participants who withdrew consent; ``missing`` for what nobody found.
    """

    study: str | None = None
    participant: str | None = None
    timepoint: str | None = None
    specimen_type: str | None = None
    state: str | None = None
    container: str | None = None
    text: str | None = None
    collection_id: int | None = None
    to_destroy: bool = False
    missing: bool = False


def grid_of(type_: str, rows: int | None, columns: int | None) -> Grid | None:
    """The holes of a container of this type and size."""
    of_type = get_container_type(type_).grid
    return None if of_type is None or rows is None or columns is None else Grid(rows, columns, of_type.scheme)


@functools.lru_cache(maxsize=4096)
def position_name(type_: str, rows: int | None, columns: int | None, row: int, column: int) -> str | None:
    """A hole by the name it bears in a container of this type and size."""
    grid = grid_of(type_, rows, columns)
    return None if grid is None else format_position(Position(row, column), grid)


def hole_from(row: Mapping[str, Any]) -> Hole:
    """A hole from a row of ``placement`` joined to its container."""
    return Hole(**_hole_fields(row))


def location_from(row: Mapping[str, Any]) -> Location:
    """The same with its way."""
    return Location(**_hole_fields(row), specimen_id=row["specimen_id"], path=row["path"], since=row["since"])


def _hole_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    grid = grid_of(row["type"], row["rows"], row["columns"])
    position = None if row["row"] is None else Position(row["row"], row["column"])
    return {
        "container_id": row["container_id"],
        "container": row["container"],
        "container_name": row["container_name"],
        "position": position,
        "position_text": None if position is None or grid is None else format_position(position, grid),
        "away": row["away"],
    }
