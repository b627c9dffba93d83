"""Reads of the way to a container: from it to what it stands in, and on, in one statement."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.prepared import PreparedRead
from lims.storage.models import Container
from lims.storage.records import Step

_CONTAINER = table_of(Container).c


def upwards(seed: Select[Any]) -> CTE:
    """The way from each container of ``seed`` (:func:`way_begins`) up to what stands in nothing.

    The row whose ``parent_id`` is NULL has the whole ``path``, outermost first, and the nearest temperature that is set.
    """
    up = seed.cte("up", recursive=True)
    above = table_of(Container).alias("above")
    step = select(
        up.c.leaf,
        above.c.parent_id,
        above.c.name + literal_column("' / '") + up.c.path,
        func.coalesce(up.c.temperature_c, above.c.temperature_c),
    ).join(above, above.c.id == up.c.parent_id)
    return up.union_all(step)


def way_to(container_id: ColumnElement[int]) -> CTE:
    """The same for the one container that a row of the statement around it names: what is asked of it is asked once a row."""
    first, above = table_of(Container).alias("first"), table_of(Container).alias("above")
    begins = select(first.c.parent_id, first.c.name.label("path"), first.c.temperature_c).where(first.c.id == container_id)
    up = begins.correlate(table_of(Container)).cte("up", recursive=True, nesting=True)
    path = above.c.name + literal_column("' / '") + up.c.path
    step = select(above.c.parent_id, path, func.coalesce(up.c.temperature_c, above.c.temperature_c))
    return up.union_all(step.join(up, above.c.id == up.c.parent_id))


def way_begins() -> Select[Any]:
    """The first step of a way, to be narrowed to the containers wanted."""
    return select(_CONTAINER.id.label("leaf"), _CONTAINER.parent_id, _CONTAINER.name.label("path"), _CONTAINER.temperature_c)


def container_path(session: Session, container_id: int) -> tuple[Step, ...]:
    """The way to a container, outermost first, itself last."""
    return container_paths(session, [container_id])[container_id]


def _every_step() -> PreparedRead:
    """Each step of the ways to the containers ``ids``, the outermost first."""
    seed = select(_CONTAINER.id.label("leaf"), _CONTAINER.id.label("id"), literal_column("0").label("above"))
    up = seed.where(_CONTAINER.id.in_(bindparam("ids", expanding=True))).cte("up", recursive=True)
    here, parent = table_of(Container).alias("here"), table_of(Container).alias("parent")
    further = select(up.c.leaf, parent.c.id, up.c.above + literal_column("1")).join(here, here.c.id == up.c.id)
    up = up.union_all(further.join(parent, parent.c.id == here.c.parent_id))
    wanted = select(up.c.leaf, _CONTAINER.id, _CONTAINER.barcode, _CONTAINER.type, _CONTAINER.name, _CONTAINER.slot)
    return PreparedRead(wanted.join(up, up.c.id == _CONTAINER.id).order_by(up.c.leaf, up.c.above.desc()))


_EVERY_STEP = _every_step()


def container_paths(session: Session, container_ids: Iterable[int]) -> dict[int, tuple[Step, ...]]:
    """The ways to several containers, in one statement."""
    ways: dict[int, tuple[Step, ...]] = {}
    for row in _EVERY_STEP.all(session, {"ids": list(container_ids)}):
        ways[row.leaf] = (*ways.get(row.leaf, ()), Step(row.id, row.barcode, row.type, row.name, row.slot))
    return ways
