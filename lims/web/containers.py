"""Where tubes are kept: the tree of containers, and the map of one box with place-by-scan."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.http_context import allow, read
from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.queries import container_map, fill_of, get_container, list_containers
from lims.storage.records import ContainerMap, ContainerRecord, Fill, MappedHole
from lims.storage.ways import container_path
from lims.web.frame import page, web
from lims.web.happenings import happenings
from lims.web.messages import _, plural

DEEPEST = 6


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
class MapRow:
    """One row of a box: the letter or number it bears, and its holes."""

    name: str
    holes: tuple[MappedHole, ...]


@web.get("/containers")
@allow(Action.READ)
def containers() -> ResponseReturnValue:
    """The tree, and where there is room."""
    with read() as (session, _actor):
        branches = _branches(session, None, 1)
    free = sum(branch.fill.free for branch in branches)
    headline = plural("One hole is free", "%(num)d holes are free", free) if branches else _("No container is here yet")
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
        branches = _branches(session, here.id, DEEPEST - 1) if here.kind.holds_containers else []
        fill = fill_of(session, [here.id])[here.id]
        history = happenings(list_events(session, here.id))
    return page(
        "container.html",
        box=here,
        way=way,
        branches=branches,
        fill=fill,
        history=history,
        rows=_rows(mapped),
        loose=() if mapped.rows else mapped.positions,
        headline=_headline(here, fill, branches),
        free_next=next((hole.position for hole in mapped.positions if hole.state == "free"), None),
        last=request.args.get("last"),
        chosen=request.args.get("hole"),
    )


def _branches(session: Session, parent_id: int | None, depth: int) -> list[Branch]:
    """The tree below, breadth by breadth: two statements a container that has others in it, down to ``DEEPEST``."""
    found = list_containers(session, parent_id)
    fills = fill_of(session, [one.id for one in found]) if found else {}
    deeper = depth < DEEPEST
    return [
        Branch(one, fills.get(one.id, Fill()), tuple(_branches(session, one.id, depth + 1)) if deeper and one.kind.holds_containers else ())
        for one in found
    ]


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
    if box.grid is None:
        inside = plural("one tube", "%(num)d tubes", fill.tubes)
        return _("%(name)s holds %(inside)s", name=box.name, inside=inside) if fill.tubes or not branches else box.name
    if fill.tubes == 0:
        return _("%(name)s is empty", name=box.name)
    if fill.free == 0:
        return _("%(name)s is full", name=box.name)
    return plural("%(name)s has one free hole", "%(name)s has %(num)d free holes", fill.free, name=box.name)
