"""Where tubes are kept: the tree of containers, and the map of one box with place-by-scan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.http_context import allow, read
from lims.racks.queries import list_scans
from lims.storage.claims import find_claim
from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.positions import natural_order
from lims.storage.queries import container_map, fill_of, get_container, list_containers, list_containers_in
from lims.storage.records import Claim, ContainerMap, ContainerRecord, Fill, MappedHole, TubeFilter
from lims.storage.tubes import list_tubes
from lims.storage.ways import container_path
from lims.temperatures.queries import last_reading, list_excursions
from lims.temperatures.vocabulary import ExcursionRecord, Reading
from lims.web.frame import page, web
from lims.web.happenings import happenings
from lims.web.label_history import count_unproven_in, history_of
from lims.web.messages import _, plural
from lims.web.wording import figure

MOST_IN_TREE = 400
MOST_LOST = 50
SHOWN_SCANS = 3


@dataclass(frozen=True, slots=True)
class Branch:
    """A container of the tree with what stands in it."""

    container: ContainerRecord
    fill: Fill
    inside: tuple["Branch", ...]

    @property
    def share(self) -> int:
        """How full it is, of 100."""
        return round(100 * (self.fill.holes - self.fill.free) / self.fill.holes) if self.fill.holes else 0


@dataclass(frozen=True, slots=True)
class Cold:
    """How cold a freezer was of late: its newest reading, and its excursions nobody has decided on yet."""

    newest: Reading | None
    waiting: tuple[ExcursionRecord, ...]


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row of a box: the letter or number it bears, and its holes."""

    name: str
    holes: tuple[MappedHole, ...]


@web.get("/containers")
@allow(Action.READ)
def containers() -> ResponseReturnValue:
    """The tree, and where there is room."""
    with read() as (session, _actor):
        branches = _branches(session, None)
    free = sum(branch.fill.free for branch in branches)
    headline = plural("One hole is free", "%(free)s holes are free", free, free=figure(free)) if branches else _("No container is here yet")
    return page("containers.html", branches=branches, headline=headline)


@web.get("/containers/new")
@allow(Action.STORE)
def new_container() -> ResponseReturnValue:
    """The form for a new container, in the one the address names."""
    with read() as (session, _actor):
        parent = get_container(session, request.values["parent"]) if request.values.get("parent") else None
    kinds = [kind for kind in CONTAINER_TYPES.values() if parent is None or parent.type in kind.stands_in]
    return page("container_new.html", parent=parent, kinds=kinds)


@web.get("/containers/<code>")
@allow(Action.READ)
def container(code: str) -> ResponseReturnValue:
    """A container: the map of its holes, or what stands in it."""
    with read() as (session, _actor):
        mapped = container_map(session, code)
        here = mapped.container
        way = container_path(session, here.id)
        branches = _branches(session, here.id) if here.kind.holds_containers else []
        fill = fill_of(session, [here.id])[here.id]
        history = happenings(list_events(session, here.id))
        labels = history_of(session, [here.id]).get(here.id, [])
        unproven = count_unproven_in(session, here.id) if here.kind.holds_tubes else 0
        lost = list_tubes(session, TubeFilter(container=here.barcode, missing=True), limit=MOST_LOST)
        scans = list_scans(session, here.id, limit=SHOWN_SCANS) if here.grid else []
        cold, claim = _cold(session, here), _living_claim(session, here)
    return page(
        "container.html",
        box=here,
        way=way,
        branches=branches,
        fill=fill,
        history=history,
        labels=labels,
        unproven=unproven,
        lost=lost,
        rows=_rows(mapped),
        claim=claim,
        scans=scans,
        cold=cold,
        loose=() if mapped.rows else mapped.positions,
        headline=_headline(here, fill, branches),
        free_next=next((hole.position for hole in mapped.positions if hole.state == "free"), None),
        last=request.args.get("last"),
        chosen=request.args.get("hole"),
    )


def _living_claim(session: Session, here: ContainerRecord) -> Claim | None:
    """Who fills it at this moment."""
    claim = find_claim(session, here.barcode) if here.kind.holds_tubes else None
    return claim if claim is not None and claim.until > clock.now() else None


def _cold(session: Session, here: ContainerRecord) -> Cold | None:
    """None of what does not cool by itself."""
    if here.kind.temperature_c is None:
        return None
    found = list_excursions(session, here.id, limit=50)
    return Cold(last_reading(session, here.id), tuple(each for each in found if each.reviewed_at is None))


def _branches(session: Session, parent_id: int | None) -> list[Branch]:
    """The tree below, a level to a statement, until it is more than a page should show; then how full each is, in one."""
    by_parent: dict[int | None, list[ContainerRecord]] = {parent_id: list_containers(session, parent_id)}
    level, shown = [one.id for one in by_parent[parent_id]], len(by_parent[parent_id])
    while level and shown < MOST_IN_TREE:
        below = list_containers_in(session, level)
        for one in below:
            by_parent.setdefault(one.parent_id, []).append(one)
        level, shown = [one.id for one in below], shown + len(below)
    everything = [one.id for some in by_parent.values() for one in some]
    return _tree(parent_id, by_parent, fill_of(session, everything) if everything else {})


def _tree(parent_id: int | None, by_parent: Mapping[int | None, Sequence[ContainerRecord]], fills: Mapping[int, Fill]) -> list[Branch]:
    return [
        Branch(one, fills.get(one.id, Fill()), tuple(_tree(one.id, by_parent, fills)))
        for one in sorted(by_parent.get(parent_id, ()), key=_natural)
    ]


def _natural(container: ContainerRecord) -> tuple[list[tuple[int, str]], int]:
    """Shelf 2 before shelf 10."""
    return natural_order(container.slot or container.name), container.id


def _rows(mapped: ContainerMap) -> list[MapRow]:
    if not mapped.rows or not mapped.columns:
        return []
    rows = [mapped.positions[start : start + mapped.columns] for start in range(0, len(mapped.positions), mapped.columns)]
    return [MapRow(_row_name(holes), tuple(holes)) for holes in rows]


def _row_name(holes: Sequence[MappedHole]) -> str:
    first = holes[0].position or ""
    letters = first.rstrip("0123456789")
    return letters or first


def _headline(box: ContainerRecord, fill: Fill, branches: Sequence[Branch]) -> str:
    if box.closed_at is not None:
        return _("%(name)s is closed", name=box.name)
    if fill.tubes == 0 and not branches:
        return _("%(name)s is empty", name=box.name)
    if box.grid is None:
        inside = plural("one tube", "%(num)d tubes", fill.tubes)
        return _("%(name)s holds %(inside)s", name=box.name, inside=inside) if fill.tubes else box.name
    if fill.free == 0:
        return _("%(name)s is full", name=box.name)
    return plural("%(name)s has one free hole", "%(name)s has %(num)d free holes", fill.free, name=box.name)
