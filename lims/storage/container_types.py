"""Which containers there are: their grids, what they hold, what they stand in, how cold they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from lims.storage.errors import UnknownContainerType
from lims.storage.vocabulary import Grid, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerType:
    """A kind of container. ``temperature_c`` is what it is usually set to; None: as cold as what it stands in."""

    code: str
    name: str
    stands_in: frozenset[str] = frozenset()
    grid: Grid | None = None
    holds_tubes: bool = False
    holds_containers: bool = False
    temperature_c: int | None = None

    @property
    def with_article(self) -> str:
        """The name in a sentence: ``an 8 × 12 box``."""
        return f"{'an' if self.name.startswith(('8', 'F', 'L')) else 'a'} {self.name}"


_ROOM = frozenset({"room"})
_COLD = frozenset({"freezer", "freezer-20", "freezer-150", "fridge"})
_STORES = _COLD | {"ln2-tank", "cabinet"}
_SHELVES = _COLD | {"cabinet", "room"}
_RACKS = _STORES | {"shelf"}
_WHERE_A_BOX_STANDS = _RACKS | {"rack", "tower", "drawer"}


def _store(code: str, name: str, temperature_c: int) -> ContainerType:
    return ContainerType(code=code, name=name, stands_in=_ROOM, holds_containers=True, temperature_c=temperature_c)


def _box(code: str, name: str, grid: Grid) -> ContainerType:
    return ContainerType(code=code, name=name, stands_in=_WHERE_A_BOX_STANDS, grid=grid, holds_tubes=True)


def _loose(code: str, name: str, stands_in: Iterable[str], *, holds_containers: bool, temperature_c: int | None = None) -> ContainerType:
    """Tubes lie in it without a hole of their own."""
    return ContainerType(
        code=code,
        name=name,
        stands_in=frozenset(stands_in),
        holds_tubes=True,
        holds_containers=holds_containers,
        temperature_c=temperature_c,
    )


CONTAINER_TYPES: dict[str, ContainerType] = {
    type_.code: type_
    for type_ in (
        ContainerType(code="room", name="room", holds_containers=True, temperature_c=20),
        _store("freezer", "freezer", -80),
        _store("freezer-20", "−20 °C freezer", -20),
        _store("freezer-150", "−150 °C freezer", -150),
        _store("fridge", "refrigerator", 4),
        _store("ln2-tank", "LN₂ tank", -180),
        _store("cabinet", "cabinet", 20),
        _loose("shelf", "shelf", _SHELVES, holds_containers=True),
        ContainerType(code="rack", name="rack", stands_in=_RACKS, holds_containers=True),
        ContainerType(code="tower", name="tower", stands_in=_RACKS, holds_containers=True),
        _loose("drawer", "drawer", _RACKS | {"rack", "tower"}, holds_containers=True),
        _box("box-5x5", "5 × 5 box", Grid(5, 5)),
        _box("box-7x7", "7 × 7 box", Grid(7, 7)),
        _box("box-9x9", "9 × 9 box", Grid(9, 9)),
        _box("box-9x9-numbered", "9 × 9 box, numbered", Grid(9, 9, Scheme.NUMBERS)),
        _box("box-10x10", "10 × 10 box", Grid(10, 10)),
        _box("box-10x10-numbered", "10 × 10 box, numbered", Grid(10, 10, Scheme.NUMBERS)),
        _box("box-8x12", "8 × 12 box", Grid(8, 12)),
        _box("rack-24", "rack of 24 tubes", Grid(4, 6)),
        _box("rack-48", "rack of 48 tubes", Grid(6, 8)),
        _box("rack-96", "rack of 96 tubes", Grid(8, 12)),
        _box("rack-384", "rack of 384 tubes", Grid(16, 24)),
        _box("plate-96", "plate of 96 wells", Grid(8, 12)),
        _box("plate-384", "plate of 384 wells", Grid(16, 24)),
        _box("slide-box-25", "slide box of 25", Grid(1, 25, Scheme.NUMBERS)),
        _box("slide-box", "slide box of 100", Grid(2, 50, Scheme.NUMBERS)),
        _loose("ffpe-drawer", "FFPE drawer", {"cabinet", "room"}, holds_containers=False, temperature_c=20),
        _loose("bag", "bag", _WHERE_A_BOX_STANDS, holds_containers=False),
    )
}
"""Every type by its code. What is set to a temperature of its own may be given another when it is made."""


def get_container_type(code: str) -> ContainerType:
    """
    :raises UnknownContainerType: there is none by that code.
    """
    found = CONTAINER_TYPES.get(code.strip().lower())
    if found is None:
        raise UnknownContainerType(code, list(CONTAINER_TYPES))
    return found
