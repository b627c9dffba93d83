"""Reads of a scan: one indexed look-up brings all that a tube's answer needs."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Row, Select, Text, bindparam, case, func, literal_column, select
from sqlalchemy.orm import Session

from lims.batches.models import Batch
from lims.batches.queries import find_batch
from lims.custody.vocabulary import SubjectKind
from lims.db import table_of
from lims.labels.badges import find_badge
from lims.labels.models import BoundCode
from lims.labels.queries import find_binding
from lims.labels.vocabulary import CodeRole
from lims.picking.queries import find_pick_list
from lims.prepared import PreparedRead
from lims.printing.models import LabelPrintRow
from lims.printing.vocabulary import VoidReason
from lims.scanning.vocabulary import (
    ScannedBadge,
    ScannedBatch,
    ScannedContainer,
    ScannedManifest,
    ScannedParticipant,
    ScannedPickList,
    ScannedTube,
    VoidLabel,
)
from lims.sequencing.models import Manifest
from lims.specimens.models import Collection, Specimen
from lims.specimens.queries import flags_from_text
from lims.specimens.rules import shown_state
from lims.specimens.vocabulary import SpecimenState
from lims.storage.models import Container, Placement
from lims.storage.queries import fill_of
from lims.storage.records import location_from
from lims.storage.ways import way_to
from lims.studies.errors import MalformedParticipantCode
from lims.studies.models import Participant
from lims.studies.queries import find_participant, protocol_of_version

_CODE, _SPECIMEN, _PARTICIPANT = table_of(BoundCode).c, table_of(Specimen).c, table_of(Participant).c
_PLACEMENT, _CONTAINER = table_of(Placement).c, table_of(Container).c
_TUBE = ("id", "label", "specimen_type", "form", "timepoint", "state", "quarantined", "amount", "unit", "thaw_count", "flags")
_BOX = ("id", "type", "name", "rows", "columns", "closed_at")


def _look_up(named: FromClause, kind: ColumnElement[str], subject_id: ColumnElement[int]) -> Select[Any]:
    """What a row of ``named`` says: the tube and its place, or the container, and the way there. Indexed look-ups alone."""
    way = way_to(_CONTAINER.id)
    from_ = (
        named.outerjoin(table_of(Participant), _PARTICIPANT.id == _SPECIMEN.participant_id)
        .outerjoin(table_of(Placement), _PLACEMENT.specimen_id == _SPECIMEN.id)
        .outerjoin(table_of(Container), _CONTAINER.id == func.coalesce(_PLACEMENT.container_id, subject_id))
    )
    temperature_c = select(way.c.temperature_c).where(way.c.parent_id.is_(None)).scalar_subquery()
    return select(
        kind.label("kind"),
        *(_SPECIMEN[name].label(f"tube_{name}") for name in ("barcode", *_TUBE)),
        _PARTICIPANT.code.label("participant"),
        _PARTICIPANT.withdrawn_on,
        *(_PLACEMENT[name] for name in ("container_id", "row", "column", "away", "since")),
        *(_CONTAINER[name].label(f"box_{name}") for name in ("barcode", *_BOX)),
        select(way.c.path).where(way.c.parent_id.is_(None)).scalar_subquery().label("path"),
        case((_SPECIMEN.id.is_(None), temperature_c)).label("temperature_c"),
    ).select_from(from_)


def _by_code() -> Select[Any]:
    """The same by a code, with the label the code is on and the one that counts now; both are found in indexes that few rows are in."""
    label, living = table_of(LabelPrintRow).alias("label"), table_of(LabelPrintRow).alias("living")
    void: ColumnElement[str] = literal_column("'void'")  # no parameter: only so do both engines see that the partial index answers
    held = (label.c.state != void) | label.c.sent_at.is_not(None)  # at most one label of a code was ever in somebody's hand
    named = (
        table_of(BoundCode)
        .outerjoin(table_of(Specimen), _SPECIMEN.id == _CODE.subject_id)
        .outerjoin(label, (label.c.symbol == _CODE.code) & (label.c.subject_id == _CODE.subject_id) & held)
        .outerjoin(living, (living.c.subject_id == label.c.subject_id) & (living.c.state != void))
    )
    version = select(Collection.protocol_version_id).where(Collection.id == _SPECIMEN.collection_id).scalar_subquery()
    found = _look_up(named, _CODE.kind, _CODE.subject_id).where(_CODE.code == bindparam("code"))
    return found.add_columns(
        case((label.c.voided_at.is_not(None), version)).label("protocol_version_id"),
        label.c.voided_at,
        label.c.void_reason,
        living.c.copy.label("living_copy"),
        living.c.sent_at.label("living_sent_at"),
    )


_BY_CODE = PreparedRead(_by_code())
_BY_LABEL = PreparedRead(
    _look_up(table_of(Specimen), literal_column(f"'{SubjectKind.SPECIMEN.value}'", Text()), _SPECIMEN.id).where(
        _SPECIMEN.label.in_((bindparam("code", type_=Text()), bindparam("as_read", type_=Text())))
    )
)
_MANIFEST = (
    select(Manifest.id, Manifest.number, Batch.code.label("batch"), Manifest.line_count, Manifest.issued_at)
    .join(Batch, Batch.id == Manifest.batch_id)
    .where(Manifest.number == bindparam("number"))
)


class Labelled(NamedTuple):
    """What a code is on, where that is a tube or a container, and its label, where that counts no more; or that it is a person's."""

    subject: ScannedTube | ScannedContainer | None
    void_label: VoidLabel | None = None
    of_person: bool = False


def find_labelled(session: Session, code: str, as_read: str) -> Labelled:
    """The tube or container that has this code, or the tube that bears it as its label. One statement for what has the code.

    :param code: normalised; ``as_read`` is not, for a study may write its timepoints in small letters.
    """
    row: Any = _BY_CODE.first(session, {"code": code})
    if row is not None:
        label = None if row.voided_at is None else void_label_from(session, row)
        return Labelled(_subject(session, row), label, row.kind == SubjectKind.PERSON)
    row = _BY_LABEL.first(session, {"code": code, "as_read": as_read})
    return Labelled(None if row is None else _tube(row))


def find_code_of_copy(session: Session, read: str) -> str | None:
    """The code of a copy typed as it stands on its label, the mark apart: ``IL1-3901-9 2`` is ``IL1-3901-92``, where that is a copy's."""
    code, _, mark = read.rpartition(" ")
    if not code or len(mark) != 1:
        return None
    binding = find_binding(session, code + mark)
    return None if binding is None or binding.role is not CodeRole.COPY else binding.code


def find_scanned_badge(session: Session, code: str) -> ScannedBadge | None:
    """The badge of this code."""
    found = find_badge(session, code)
    if found is None:
        return None
    return ScannedBadge(
        id=found.person_id,
        username=found.username,
        role=found.role,
        given_at=found.given_at,
        replaced=found.replaced,
        closed=found.closed,
    )


def find_scanned_batch(session: Session, code: str) -> ScannedBatch | None:
    """The batch of this code."""
    found = find_batch(session, code)
    return None if found is None else ScannedBatch(id=found.id, code=found.code, assay=found.assay, state=found.state)


def find_scanned_pick_list(session: Session, code: str) -> ScannedPickList | None:
    """The pick list of this code."""
    found = find_pick_list(session, code)
    return None if found is None else ScannedPickList(id=found.id, code=found.code, state=found.state)


def find_scanned_manifest(session: Session, number: str) -> ScannedManifest | None:
    """The manifest of this number."""
    row = session.execute(_MANIFEST, {"number": number}).one_or_none()
    return None if row is None else ScannedManifest(**row._asdict())


def find_scanned_participant(session: Session, code: str) -> ScannedParticipant | None:
    """The participant of this code, ``L07`` or ``ILDR-02:L07``.

    :raises AmbiguousParticipant: several studies have one.
    """
    try:
        found = find_participant(session, code)
    except MalformedParticipantCode:
        return None
    if found is None:
        return None
    return ScannedParticipant(id=found.id, code=found.code, study=found.study_code, cohort=found.cohort, withdrawn_on=found.withdrawn_on)


def void_label_from(session: Session, row: Row[*tuple[Any, ...]]) -> VoidLabel:
    """A label that counts no more, from its row. Its day is the study's; of what is of no study, the day in Greenwich."""
    zone = UTC if row.protocol_version_id is None else protocol_of_version(session, row.protocol_version_id).study.zone
    on = row.voided_at.astimezone(zone).date()
    return VoidLabel(why=VoidReason(row.void_reason), on=on, successor=row.living_copy, successor_out=row.living_sent_at is not None)


def _subject(session: Session, row: Row[*tuple[Any, ...]]) -> ScannedTube | ScannedContainer | None:
    if row.kind == SubjectKind.SPECIMEN:
        return None if row.tube_id is None else _tube(row)  # None: a tube of a kit that was not filled
    return _container(session, row) if row.kind == SubjectKind.CONTAINER else None


def _tube(row: Row[*tuple[Any, ...]]) -> ScannedTube:
    of_tube = {name: getattr(row, f"tube_{name}") for name in ("barcode", *_TUBE)}
    state = SpecimenState(of_tube["state"])
    location = None
    if row.container_id is not None:
        of_box = {name: getattr(row, f"box_{name}") for name in ("type", "rows", "columns")}
        its_names = {"container": row.box_barcode, "container_name": row.box_name, "specimen_id": row.tube_id}
        location = location_from(row._asdict() | of_box | its_names)
    more = {"state": shown_state(state, of_tube["quarantined"]), "beneath": state, "flags": flags_from_text(of_tube["flags"])}
    return ScannedTube(**(of_tube | more), participant=row.participant, withdrawn_on=row.withdrawn_on, location=location)


def _container(session: Session, row: Row[*tuple[Any, ...]]) -> ScannedContainer:
    fill = fill_of(session, [row.box_id])[row.box_id]
    closed_at: datetime | None = row.box_closed_at
    return ScannedContainer(
        id=row.box_id,
        barcode=row.box_barcode,
        type=row.box_type,
        name=row.box_name,
        path=row.path,
        temperature_c=row.temperature_c,
        tubes=fill.tubes,
        away=fill.away,
        holes=fill.holes,
        free=fill.free,
        closed_at=closed_at,
    )
