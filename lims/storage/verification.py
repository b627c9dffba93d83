"""What storage keeps, compared with what the events say: where each tube is, and what each container stands in."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.ids import in_fours
from lims.labels.models import BoundCode
from lims.labels.vocabulary import CodeRole
from lims.specimens.models import Specimen
from lims.specimens.projections import Place, Projection, step
from lims.storage.models import Container, Placement
from lims.storage.queries import containers_by_id
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Position

_MADE = ("barcode", "type", "name", "rows", "columns", "temperature_c", "study_id")


def check_placements(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every tube of these is in the hole that its events put it into, and in no other; a difference names tube and hole."""
    kept, expected = _kept_places(session, list(histories)), {}
    for specimen_id, events in histories.items():
        try:
            expected[specimen_id] = _place_after(events)
        except (LookupError, TypeError, ValueError):
            yield Difference(SubjectKind.SPECIMEN, specimen_id, "its events do not say where it is")
    differing = [specimen_id for specimen_id in sorted(expected) if kept.get(specimen_id) != expected[specimen_id]]
    if not differing:
        return
    names = _barcodes(session, differing)
    pairs = {specimen_id: (expected[specimen_id], kept.get(specimen_id)) for specimen_id in differing}
    containers = containers_by_id(session, {found[0].container_id for pair in pairs.values() for found in pair if found})
    for specimen_id, (said, found) in pairs.items():
        sentence = f"{in_fours(names.get(specimen_id, '?'))} is {_words(found, containers)}; its events say {_words(said, containers)}"
        yield Difference(SubjectKind.SPECIMEN, specimen_id, sentence)


def check_containers(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every container of these is what was made, stands where its events put it, and is found by its code alone."""
    codes = _codes(session, list(histories))
    kept = {row.id: row._asdict() for row in session.execute(select(Container.__table__).where(Container.id.in_(list(histories))))}
    for container_id, events in sorted(histories.items()):
        found = kept.get(container_id)
        try:
            said = _container_after(events)
        except (LookupError, TypeError):
            yield Difference(SubjectKind.CONTAINER, container_id, "its events do not say where it is")
            continue
        if found is None:
            yield Difference(SubjectKind.CONTAINER, container_id, "its row is missing")
        elif differing := [name for name in said if found[name] != said[name]]:
            sentence = f"{in_fours(found['barcode'])} ({found['name']}): {', '.join(differing)} not as its events say"
            yield Difference(SubjectKind.CONTAINER, container_id, sentence)
        elif codes[container_id] != {said["barcode"]}:
            bound = ", ".join(sorted(codes[container_id])) or "none"
            sentence = (
                f"{in_fours(found['barcode'])} ({found['name']}): the codes bound to it are {bound}; its events say {said['barcode']}"
            )
            yield Difference(SubjectKind.CONTAINER, container_id, sentence)


def _codes(session: Session, container_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    wanted = select(BoundCode.subject_id, BoundCode.code).where(BoundCode.subject_id.in_(container_ids), BoundCode.role != CodeRole.COPY)
    for row in session.execute(wanted.where(BoundCode.kind == SubjectKind.CONTAINER)):
        found[row.subject_id].add(row.code)
    return found


def _kept_places(session: Session, specimen_ids: Sequence[int]) -> dict[int, tuple[Place, datetime]]:
    rows = session.execute(select(Placement.__table__).where(Placement.specimen_id.in_(specimen_ids)))
    return {row.specimen_id: (Place(row.container_id, row.row, row.column, row.away), row.since) for row in rows}


def _place_after(events: Sequence[Event]) -> tuple[Place, datetime] | None:
    """The tube's place after all its events, and when it came there (or left, while the hole is kept)."""
    specimen, since = Projection(), None
    for event in events:
        before = specimen.place
        specimen = step(specimen, event.type, event.facts)
        if specimen.place != before:
            since = event.occurred_at
    return None if specimen.place is None or since is None else (specimen.place, since)


def _container_after(events: Sequence[Event]) -> dict[str, Any]:
    """The columns of a container as its events leave them; nothing where even its making cannot be read."""
    said: dict[str, Any] = {}
    for event in events:
        match event.type:
            case EventType.CONTAINER_MADE:
                since_then = {"closed_at": None, "audited_at": None, "holds": event.facts.get("holds")}  # older ones were kept for nothing
                said = {name: event.facts[name] for name in _MADE} | _standing(event) | since_then
            case EventType.CONTAINER_MOVED:
                said |= _standing(event)
            case EventType.CONTAINER_AUDITED:
                said |= {"audited_at": event.occurred_at}
            case EventType.CONTAINER_CLOSED:
                said |= {"parent_id": None, "slot": None, "closed_at": event.occurred_at}
            case _:
                continue
    return said


def _standing(event: Event) -> dict[str, Any]:
    return {"parent_id": event.facts["to"]["parent_id"], "slot": event.facts["to"]["slot"]}


def _barcodes(session: Session, specimen_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(select(Specimen.id, Specimen.barcode).where(Specimen.id.in_(specimen_ids)))
    return {row.id: row.barcode for row in rows}


def _words(found: tuple[Place, datetime] | None, containers: dict[int, ContainerRecord]) -> str:
    if found is None:
        return "in no container"
    place, since = found
    container = containers.get(place.container_id)
    if container is None:
        return f"in container {place.container_id}, which is not there"
    position = None if place.row is None or place.column is None else Position(place.row, place.column)
    return f"{'out of' if place.away else 'in'} {container.hole(position)} ({in_fours(container.barcode)}) since {since:%Y-%m-%d %H:%M:%S}"
