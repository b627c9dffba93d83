"""The lines of a manifest: each tube of a batch as it is now, from bare rows of two statements, however many tubes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.batches.models import BatchMember
from lims.batches.rules import place_in_order
from lims.batches.vocabulary import BatchRecord
from lims.db import table_of
from lims.pairs.tubes import TUBE_COLUMNS, tube_from
from lims.pairs.usability import usability
from lims.prepared import PreparedRead
from lims.sequencing.errors import MembersNotUsable
from lims.sequencing.vocabulary import Line
from lims.specimens.amounts import from_base
from lims.specimens.flags import CollectionFacts, computed_flags
from lims.specimens.models import Collection, Specimen
from lims.specimens.queries import flags_from_text
from lims.storage.models import Container, Placement
from lims.storage.records import position_name
from lims.studies.models import Participant
from lims.studies.protocol import Protocol
from lims.studies.queries import anchor_of, by_kind, protocol_of_version, treatments_of
from lims.studies.rules import Times
from lims.studies.vocabulary import Dose
from lims.studies.windows import study_day

_MEMBER, _SPECIMEN, _COLLECTION = table_of(BatchMember).c, table_of(Specimen).c, table_of(Collection).c
_PARTICIPANT, _PLACEMENT, _CONTAINER = table_of(Participant).c, table_of(Placement).c, table_of(Container).c
_TUBES = PreparedRead(
    select(
        *TUBE_COLUMNS,
        _MEMBER.pair_id,
        _MEMBER.side,
        _COLLECTION.protocol_version_id,
        _COLLECTION.frozen_on,
        _PARTICIPANT.code.label("participant"),
        _PARTICIPANT.cohort,
        _PARTICIPANT.enrolled_on,
        _PARTICIPANT.withdrawn_on,
        *(_PLACEMENT[name] for name in ("row", "column")),
        _CONTAINER.barcode.label("container"),
        *(_CONTAINER[name].label(f"container_{name}") for name in ("type", "rows", "columns")),
    )
    .join(table_of(Specimen), _SPECIMEN.id == _MEMBER.specimen_id)
    .join(table_of(Collection), _COLLECTION.id == _SPECIMEN.collection_id)
    .join(table_of(Participant), _PARTICIPANT.id == _SPECIMEN.participant_id)
    .outerjoin(table_of(Placement), _PLACEMENT.specimen_id == _SPECIMEN.id)
    .outerjoin(table_of(Container), _CONTAINER.id == _PLACEMENT.container_id)
    .where(_MEMBER.batch_id == bindparam("batch_id"))
)


def lines_of(session: Session, batch: BatchRecord) -> list[Line]:
    """What a manifest of this batch says now, pairs side by side.

    :raises MembersNotUsable: a tube can no longer be used; all of them are named.
    """
    rows = _TUBES.all(session, {"batch_id": batch.id})
    _check_usable(session, batch, rows)
    rows = sorted(rows, key=lambda row: place_in_order(row.participant, row.pair_id, row.side, row.id))
    doses = treatments_of(session, {row.participant_id for row in rows})
    protocols = {version: protocol_of_version(session, version) for version in {row.protocol_version_id for row in rows}}
    anchors = {
        (person, version): anchor_of(doses[person], protocols[version])
        for person, version in {(row.participant_id, row.protocol_version_id) for row in rows}
    }
    flags = _Flags(doses)
    return [
        _line(row, batch.assay, protocols[row.protocol_version_id], anchors[row.participant_id, row.protocol_version_id], flags)
        for row in rows
    ]


def _check_usable(session: Session, batch: BatchRecord, rows: Sequence[Any]) -> None:
    """By the protocol of today; where that knows the assay no more, by the one the batch was begun under."""
    protocol = protocol_of_version(session, batch.current_protocol_id)
    assay = protocol.find_assay(batch.assay)
    if assay is None:
        protocol = protocol_of_version(session, batch.protocol_version_id)
        assay = protocol.get_assay(batch.assay)
    why = {row.barcode: usability(tube_from(row, row.withdrawn_on), assay, protocol) for row in rows}
    if unusable := {barcode: [reason.sentence for reason in reasons] for barcode, reasons in why.items() if reasons}:
        raise MembersNotUsable(batch.code, unusable)


class _Flags:
    """Computed flags, worked out once for all tubes of one type of one collection."""

    def __init__(self, doses: Mapping[int, Sequence[Dose]]) -> None:
        self._doses = {participant_id: by_kind(given) for participant_id, given in doses.items()}
        self._known: dict[tuple[object, ...], tuple[str, ...]] = {}

    def of(self, row: Any, protocol: Protocol, times: Times) -> tuple[str, ...]:
        key = (row.participant_id, row.timepoint, row.collection_type, row.specimen_type, row.protocol_version_id, times)
        if key not in self._known:
            facts = CollectionFacts(
                timepoint=row.timepoint,
                specimen_type=row.collection_type,
                times=times,
                enrolled_on=row.enrolled_on,
                withdrawn_on=row.withdrawn_on,
                doses=self._doses[row.participant_id],
            )
            self._known[key] = computed_flags(protocol, facts, row.specimen_type)
        return tuple(dict.fromkeys((*flags_from_text(row.flags), *self._known[key])))


def _line(row: Any, assay: str, protocol: Protocol, anchor: datetime | None, flags: _Flags) -> Line:
    zone = protocol.study.zone
    times = Times(collected_at=row.collected_at, received_at=row.received_at, processed_at=row.processed_at, frozen_at=row.frozen_at)
    return (
        row.barcode,
        row.label,
        row.participant,
        row.cohort,
        row.timepoint,
        row.side,
        row.pair_id,
        row.specimen_type,
        assay,
        None if row.amount is None else from_base(row.amount, row.unit),
        row.unit,
        row.container,
        None if row.row is None else position_name(row.container_type, row.container_rows, row.container_columns, row.row, row.column),
        None,
        None,
        _local(row.collected_at, zone),
        None if row.collected_at is None or anchor is None else study_day(row.collected_at, anchor, zone),
        _local(row.frozen_at, zone) or _day(row.frozen_on),
        row.thaw_count,
        ";".join(flags.of(row, protocol, times)),
    )


@lru_cache(maxsize=4096)
def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant as the study's clock showed it, with its offset."""
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")


def _day(day: date | None) -> str | None:
    """Of an older inventory only the day is known."""
    return None if day is None else day.isoformat()
