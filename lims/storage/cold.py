"""Whether what is in a container is as cold as it is to be, once the container stands somewhere else."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.specimens.models import Collection, Specimen
from lims.storage.models import Container, Placement
from lims.storage.rules import temperature_facts
from lims.storage.ways import upwards, way_begins
from lims.studies.queries import protocol_of_version

_CONTAINER, _PLACEMENT, _SPECIMEN = table_of(Container).c, table_of(Placement).c, table_of(Specimen).c
_COLLECTION = table_of(Collection).c
_WITHIN = select(_CONTAINER.id).where(_CONTAINER.id == bindparam("container_id")).cte("within", recursive=True)
_WITHIN = _WITHIN.union_all(select(_CONTAINER.id).join(_WITHIN, _CONTAINER.parent_id == _WITHIN.c.id))
_MATERIALS = (
    select(_SPECIMEN.specimen_type, _COLLECTION.protocol_version_id)
    .join(table_of(Placement), _PLACEMENT.specimen_id == _SPECIMEN.id)
    .join(table_of(Collection), _COLLECTION.id == _SPECIMEN.collection_id)
    .where(_PLACEMENT.container_id.in_(select(_WITHIN.c.id)))
    .distinct()
    .order_by(_SPECIMEN.specimen_type, _COLLECTION.protocol_version_id)
)
_UP = upwards(way_begins().where(_CONTAINER.id == bindparam("container_id")))
_TEMPERATURE = select(_UP.c.temperature_c).where(_UP.c.parent_id.is_(None))


def warmth_facts(session: Session, container_id: int) -> dict[str, Any]:
    """What the event of a move says when something in the container does not belong at the temperature it has come to; else nothing."""
    here = {"container_id": container_id}
    is_c = session.execute(_TEMPERATURE, here).scalar_one()
    if is_c is None:
        return {}
    for row in session.execute(_MATERIALS, here):
        if facts := temperature_facts(protocol_of_version(session, row.protocol_version_id), row.specimen_type, is_c):
            return facts
    return {}
