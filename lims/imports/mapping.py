"""How one hospital writes its files: which column says what, and what its words mean. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from zoneinfo import ZoneInfo

from lims.imports.errors import AnotherKind
from lims.imports.limits import folded
from lims.imports.vocabulary import ImportKind, PlaceStep

Meaning: TypeAlias = str | Mapping[str, str]
"""What a word means; where that hangs on the tube (a tumour core in formalin), the meaning for each kind of container."""


@dataclass(frozen=True, slots=True)
class DoseColumn:
    """A column that says when a treatment was given."""

    kind: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceColumn:
    """A column that says in which container a tube is; ``name`` is how ours are called, ``{}`` standing for the cell.

    ``known`` are containers to be called, typed or cooled otherwise than the rest of the column.
    """

    column: str
    type: str
    name: str = "{}"
    temperature_c: int | None = None
    known: Mapping[str, PlaceStep] = field(default_factory=dict)

    def step(self, text: str) -> PlaceStep:
        """The container that a cell names."""
        found = self.known.get(folded(text))
        return found or PlaceStep(self.type, self.name.replace("{}", " ".join(text.split())), self.temperature_c)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """One mapping file. ``participant_system``: the participant column holds ids of that earlier study, not our codes."""

    name: str
    kind: ImportKind
    time_zone: str
    columns: Mapping[str, tuple[str, ...]]
    instants: tuple[str, ...]
    days: tuple[str, ...]
    study: str | None = None
    sheet: str | None = None
    encoding: str = "utf-8"
    decimal_mark: str = "."
    list_mark: str = ";"
    participant_system: str | None = None
    ignored: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)
    doses: tuple[DoseColumn, ...] = ()
    places: tuple[PlaceColumn, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times written without an offset."""
        return ZoneInfo(self.time_zone)

    def known_columns(self) -> Iterator[str]:
        """Every column this mapping knows, those it passes over too."""
        for names in self.columns.values():
            yield from names
        yield from (each.column for each in self.doses)
        yield from (each.column for each in self.places)
        yield from self.ignored

    def check_is_for(self, kind: ImportKind) -> None:
        """
        :raises AnotherKind: it maps files of another kind.
        """
        if kind is not self.kind:
            raise AnotherKind(self.name, self.kind, kind)

    def meaning(self, of: str, word: str) -> Meaning | None:
        """What a word of a field means here, if anything is said about it; case and white space do not matter."""
        return self.words.get(of, {}).get(folded(word))
