"""Reads of rack scans: files and what became of them, and what is recorded of the box and of the tubes they name."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session, aliased

from lims.accounts.models import UserAccount
from lims.custody.vocabulary import SubjectKind
from lims.db import table_of
from lims.labels.models import BoundCode
from lims.racks.errors import UnknownScan
from lims.racks.layouts import lay_over
from lims.racks.models import RackScan, RackScanEnd
from lims.racks.rules import compare
from lims.racks.vocabulary import Difference, Entry, KnownTube, RackFile, RackFormat, RecordedTube, Said, ScanRecord, ScanState, Turn
from lims.specimens.models import Specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.models import Container, Placement
from lims.storage.queries import containers_by_id
from lims.storage.records import ContainerRecord, position_name
from lims.storage.vocabulary import Position

_SCAN, _END, _CODE = table_of(RackScan), table_of(RackScanEnd), table_of(BoundCode)
_SPECIMEN, _PLACEMENT, _CONTAINER = table_of(Specimen), table_of(Placement), table_of(Container)
_BY, _ENDED_BY = aliased(UserAccount), aliased(UserAccount)
_NEWER = _SCAN.alias("newer")

_SCANS = (
    select(
        *_SCAN.c,
        _CONTAINER.c.barcode.label("container"),
        _CONTAINER.c.name.label("container_name"),
        _BY.username.label("by"),
        _END.c.state,
        _END.c.ended_at,
        _ENDED_BY.username.label("ended_by_name"),
    )
    .join(_CONTAINER, _CONTAINER.c.id == _SCAN.c.container_id)
    .join(_BY, _BY.id == _SCAN.c.scanned_by)
    .outerjoin(_END, _END.c.scan_id == _SCAN.c.id)
    .outerjoin(_ENDED_BY, _ENDED_BY.id == _END.c.ended_by)
)
_RECORDED = (
    select(_SPECIMEN.c.id, _SPECIMEN.c.barcode, _SPECIMEN.c.label, _SPECIMEN.c.state, _SPECIMEN.c.quarantined)
    .add_columns(_SPECIMEN.c.missing, _PLACEMENT.c.row, _PLACEMENT.c.column, _PLACEMENT.c.away)
    .join(_SPECIMEN, _SPECIMEN.c.id == _PLACEMENT.c.specimen_id)
    .where(_PLACEMENT.c.container_id == bindparam("container_id"), _PLACEMENT.c.row.is_not(None))
    .order_by(_PLACEMENT.c.row, _PLACEMENT.c.column)
)
_KNOWN = (
    select(_CODE.c.code, _SPECIMEN.c.id, _SPECIMEN.c.barcode, _SPECIMEN.c.label, _SPECIMEN.c.state, _SPECIMEN.c.quarantined)
    .add_columns(_SPECIMEN.c.missing, _SPECIMEN.c.study_id, _SPECIMEN.c.specimen_type, _PLACEMENT.c.container_id, _PLACEMENT.c.row)
    .add_columns(_PLACEMENT.c.column, _PLACEMENT.c.away)
    .add_columns(_CONTAINER.c.name, _CONTAINER.c.type, _CONTAINER.c.rows, _CONTAINER.c.columns)
    .join(_SPECIMEN, _SPECIMEN.c.id == _CODE.c.subject_id)
    .outerjoin(_PLACEMENT, _PLACEMENT.c.specimen_id == _SPECIMEN.c.id)
    .outerjoin(_CONTAINER, _CONTAINER.c.id == _PLACEMENT.c.container_id)
    .where(_CODE.c.code.in_(bindparam("codes", expanding=True)))
)
_KINDS = select(_CODE.c.code, _CODE.c.kind).where(_CODE.c.code.in_(bindparam("codes", expanding=True)))


def get_scan(session: Session, scan_id: int) -> ScanRecord:
    """
    :raises UnknownScan: there is none of that number.
    """
    row = session.execute(_SCANS.where(_SCAN.c.id == scan_id)).one_or_none()
    if row is None:
        raise UnknownScan(scan_id)
    return _scan(row)


def find_scan(session: Session, container_id: int, sha256: str) -> ScanRecord | None:
    """The scan of a box that has this very content."""
    row = session.execute(_SCANS.where(_SCAN.c.container_id == container_id, _SCAN.c.sha256 == sha256)).one_or_none()
    return None if row is None else _scan(row)


def list_scans(session: Session, container_id: int, *, limit: int) -> list[ScanRecord]:
    """The scans of a box, the newest first."""
    wanted = _SCANS.where(_SCAN.c.container_id == container_id).order_by(_SCAN.c.id.desc()).limit(limit)
    return [_scan(row) for row in session.execute(wanted)]


def list_waiting(session: Session, *, limit: int) -> list[ScanRecord]:
    """Scans nobody has accepted or put aside, the oldest first; of each box the newest scan alone, for it replaces the others."""
    newer = select(_NEWER.c.id).where(_NEWER.c.container_id == _SCAN.c.container_id, _NEWER.c.id > _SCAN.c.id).exists()
    return [_scan(row) for row in session.execute(_SCANS.where(_END.c.scan_id.is_(None), ~newer).order_by(_SCAN.c.id).limit(limit))]


def difference_of(session: Session, scan: ScanRecord, turn: Turn = Turn.NONE) -> tuple[ContainerRecord, Difference]:
    """A scan against what is recorded now. Four statements."""
    box = containers_by_id(session, [scan.container_id])[scan.container_id]
    readings = lay_over(scan.file, scan.file_name, box)
    codes = {reading.code for reading in readings.values() if reading.code}
    known = known_tubes(session, codes)
    named = {row.code: row.kind for row in session.execute(_KINDS, {"codes": sorted(codes - known.keys())})}
    return box, compare(box, readings, recorded_tubes(session, box.id), known, turn, named)


def recorded_tubes(session: Session, container_id: int) -> list[RecordedTube]:
    """Every tube that has a hole in a box."""
    return [
        RecordedTube(
            specimen_id=row.id,
            barcode=row.barcode,
            label=row.label,
            position=Position(row.row, row.column),
            away=row.away,
            state=SpecimenState(row.state),
            quarantined=row.quarantined,
            missing=row.missing,
        )
        for row in session.execute(_RECORDED, {"container_id": container_id})
    ]


def known_tubes(session: Session, codes: Collection[str]) -> dict[str, KnownTube]:
    """The tubes that have these codes, whichever of their codes it is, and where they are. One statement."""
    return {row.code: _known(row) for row in session.execute(_KNOWN, {"codes": sorted(codes)})}


def container_of_code(session: Session, code: str) -> int | None:
    """The container that a normalised code is on."""
    wanted = select(_CODE.c.subject_id).where(_CODE.c.code == code, _CODE.c.kind == SubjectKind.CONTAINER)
    return session.execute(wanted).scalar_one_or_none()


def reading_text(file: RackFile) -> str:
    """A file as it is kept."""
    entries = [[each.line, each.place, each.said, each.code] for each in file.entries]
    return json.dumps({"format": file.format, "rack": file.rack, "entries": entries}, separators=(",", ":"), ensure_ascii=False)


def _file(text: str) -> RackFile:
    said = json.loads(text)
    entries = tuple(Entry(line, place, Said(what), code) for line, place, what, code in said["entries"])
    return RackFile(RackFormat(said["format"]), said["rack"], entries)


def _scan(row: Row[*tuple[Any, ...]]) -> ScanRecord:
    return ScanRecord(
        id=row.id,
        container_id=row.container_id,
        container=row.container,
        container_name=row.container_name,
        file_name=row.file_name,
        sha256=row.sha256,
        file=_file(row.reading),
        scanned_by=row.by,
        scanned_at=row.scanned_at,
        state=ScanState(row.state) if row.state else ScanState.WAITING,
        ended_by=row.ended_by_name,
        ended_at=row.ended_at,
    )


def _known(row: Row[*tuple[Any, ...]]) -> KnownTube:
    position = None if row.row is None else Position(row.row, row.column)
    hole = None if position is None else position_name(row.type, row.rows, row.columns, position.row, position.column)
    return KnownTube(
        specimen_id=row.id,
        barcode=row.barcode,
        label=row.label,
        state=SpecimenState(row.state),
        quarantined=row.quarantined,
        study_id=row.study_id,
        specimen_type=row.specimen_type,
        container_id=row.container_id,
        place=" / ".join(part for part in (row.name, hole) if part) or None,
        position=position,
        away=bool(row.away),
        missing=row.missing,
    )
