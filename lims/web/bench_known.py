"""What the bench's scripts are told of a thing that was scanned, and of a box: facts to act on, and words to show as they are."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.labels.queries import codes_of_all
from lims.scanning.vocabulary import Scan, ScannedBadge, ScannedContainer, ScannedHole, ScannedPickList, ScannedTube
from lims.storage.claims import check_may_fill
from lims.storage.container_types import get_container_type
from lims.storage.errors import BoxClaimed
from lims.storage.queries import container_map
from lims.storage.records import MappedHole
from lims.storage.seen import place_as_seen, standing_as_seen, standing_of
from lims.storage.ways import container_path
from lims.web.bench_outcomes import may_take_over, refused, seen
from lims.web.scan import address_of
from lims.web.study_here import hue_of_participant, short_type, side_of, type_word
from lims.web.words import container_type_word, specimen_shape

Facts = dict[str, Any]


def known(session: Session, scan: Scan) -> Facts:
    """A scan, with what may be done about it left to the work on hand."""
    facts: Facts = {"kind": scan.kind, "read": scan.code, "address": address_of(scan), "outcome": seen(scan).plain}
    match scan.subject:
        case ScannedTube() as tube:
            return facts | {"code": tube.barcode, "tube": tube_facts(tube)}
        case ScannedContainer() as container:
            return facts | {"code": container.barcode, "container": _container(session, container)}
        case ScannedPickList() as pick_list:
            return facts | {"code": pick_list.code, "pick_list": pick_list.code}
        case ScannedBadge() as badge:
            return facts | {"code": scan.code, "badge": {"may_take_over": may_take_over(badge)}}
        case ScannedHole() as hole:
            facts["hole"] = {"box": hole.barcode, "name": hole.name, "position": hole.position, "occupant": hole.occupant}
            return facts | {"code": scan.code}
        case _:
            return facts | {"code": scan.code}


def tube_facts(tube: ScannedTube) -> Facts:
    """A tube: what it is, in words and in codes, and where."""
    place = tube.location
    return material(tube.participant, tube.timepoint, tube.specimen_type) | {
        "barcode": tube.barcode,
        "label": tube.label,
        "state": tube.state,
        "beneath": tube.beneath,
        "seen": place_as_seen(place),
        "place": None
        if place is None
        else {
            "container": place.container,
            "name": place.container_name,
            "position": place.position_text,
            "path": place.path,
            "away": place.away,
        },
    }


def box_facts(session: Session, code: str, *, asks: Actor, at: datetime) -> Facts:
    """A container with every hole, and every code of every tube in it, so that a device can go on where there is no network; ``others``
    is what is to be said where the next hole is not for whoever asks to choose."""
    mapped = container_map(session, code)
    box, parent = standing_of(session, mapped.container.id)
    codes = codes_of_all(session, [hole.specimen_id for hole in mapped.positions if hole.specimen_id is not None])
    way = container_path(session, box.id)
    return {
        "code": box.barcode,
        "name": box.name,
        "type": box.type,
        "type_word": container_type_word(box.type),
        "path": " / ".join(step.name for step in way),
        "where": " · ".join(step.name for step in way[:-1]),
        "address": url_for("web.container", code=box.barcode),
        "holds_tubes": box.kind.holds_tubes and box.closed_at is None,
        "holds": list(box.materials),
        "rows": mapped.rows,
        "columns": mapped.columns,
        "seen": standing_as_seen(parent, box.slot),
        "others": _others(session, box.barcode, asks, at),
        "holes": [_hole(hole, box.barcode, codes) for hole in mapped.positions],
    }


def _others(session: Session, code: str, asks: Actor, at: datetime) -> Facts | None:
    try:
        check_may_fill(session, code, actor=asks, at=at)
    except BoxClaimed as claimed:
        return replace(refused(claimed), kind="warn", recorded="").plain
    return None


def _hole(hole: MappedHole, box: str, codes: dict[int, list[str]]) -> Facts:
    facts: Facts = {"position": hole.position, "row": hole.row, "column": hole.column, "state": hole.state}
    if hole.specimen_id is None or hole.specimen_type is None or hole.participant is None or hole.timepoint is None:
        return facts
    if hole.missing and hole.state == "here":
        facts["state"] = "missing"
    tube = material(hole.participant, hole.timepoint, hole.specimen_type)
    seen_at = f"{box}.{hole.position or ''}{'~' if hole.state == 'away' else ''}"
    named = {"barcode": hole.barcode, "label": hole.label, "codes": codes.get(hole.specimen_id, []), "seen": seen_at}
    return facts | {"tube": tube | named}


def material(participant: str, timepoint: str, specimen_type: str) -> Facts:
    """What is in a tube, in words and marks."""
    return {
        "participant": participant,
        "hue": hue_of_participant(participant),
        "timepoint": timepoint,
        "side": side_of(timepoint),
        "type": specimen_type,
        "type_word": type_word(specimen_type),
        "short": short_type(specimen_type),
        "shape": specimen_shape(specimen_type),
    }


def _container(session: Session, container: ScannedContainer) -> Facts:
    kind = get_container_type(container.type)
    here, parent = standing_of(session, container.id)
    return {
        "code": container.barcode,
        "name": container.name,
        "type": container.type,
        "path": container.path,
        "holds_tubes": kind.holds_tubes and container.closed_at is None,
        "holds_containers": kind.holds_containers and container.closed_at is None,
        "stands_in": sorted(kind.stands_in),
        "grid": kind.grid is not None,
        "free": container.free,
        "seen": standing_as_seen(parent, here.slot),
    }
