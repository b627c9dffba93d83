"""Verifying batches: who is in them, by their events, against the rows that say so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.batches.models import Batch, BatchControl, BatchMember
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.specimens.models import Specimen

_BATCH, _MEMBER, _SPECIMEN = table_of(Batch).c, table_of(BatchMember).c, table_of(Specimen).c
_CONTROL = table_of(BatchControl).c
_ROWS = select(_BATCH.id, _BATCH.code, _BATCH.assay, _BATCH.name, _BATCH.size, _BATCH.closed_at).where(
    _BATCH.id.in_(bindparam("ids", expanding=True))
)
_MEMBERS = (
    select(_MEMBER.batch_id, _SPECIMEN.barcode, _MEMBER.pair_id, _MEMBER.side, _MEMBER.released_at)
    .join(table_of(Specimen), _SPECIMEN.id == _MEMBER.specimen_id)
    .where(_MEMBER.batch_id.in_(bindparam("ids", expanding=True)))
)
_CONTROLS = (
    select(_CONTROL.batch_id, _CONTROL.kind)
    .where(_CONTROL.batch_id.in_(bindparam("ids", expanding=True)))
    .order_by(_CONTROL.batch_id, _CONTROL.line)
)
_OPEN = select(_MEMBER.specimen_id, _MEMBER.batch_id).where(
    _MEMBER.specimen_id.in_(bindparam("ids", expanding=True)), _MEMBER.released_at.is_(None)
)

Membership = dict[str, tuple[str | None, str | None]]
"""By barcode, which half of which pair."""


def check_batches(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each batch's code, assay, controls, members and closing, against its events. Three statements, however many batches."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_ROWS, asked)}
    kept: dict[int, Membership] = defaultdict(dict)
    held: dict[int, set[bool]] = defaultdict(set)
    for member in session.execute(_MEMBERS, asked):
        kept[member.batch_id][member.barcode] = (member.pair_id, member.side)
        held[member.batch_id].add(member.released_at is None)
    controls: dict[int, list[str]] = defaultdict(list)
    for control in session.execute(_CONTROLS, asked):
        controls[control.batch_id].append(control.kind)
    for batch_id, events in histories.items():
        row = rows.get(batch_id)
        if row is None:
            yield _differs(batch_id, "it has events and no row")
            continue
        try:
            said, members = _said(events), _members_by(events)
        except (LookupError, TypeError):
            yield _differs(batch_id, f"{row.code}: its events do not say what it is")
            continue
        found = {**row._mapping, "controls": controls[batch_id]}
        for what, value in said.items():
            if value != found[what]:
                yield _differs(batch_id, f"{row.code}: its {what} is {found[what]}, and {value} was written")
        yield from _member_differences(batch_id, row.code, members, kept[batch_id])
        if held[batch_id] - {said["closed_at"] is None}:
            yield _differs(batch_id, f"{row.code}: a tube of it is held, or free, against what was written")


def check_memberships(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Which open batch each tube is in, by its own events, against the rows. One statement, however many tubes."""
    kept: Mapping[int, int] = {row.specimen_id: row.batch_id for row in session.execute(_OPEN, {"ids": list(histories)})}
    for specimen_id, events in histories.items():
        try:
            said = _open_batch(events)
        except (LookupError, TypeError):
            yield Difference(SubjectKind.SPECIMEN, specimen_id, "its events do not say which batch it is in")
            continue
        if said != kept.get(specimen_id):
            sentence = f"it is in batch {kept.get(specimen_id)}, and its events say {said}"
            yield Difference(SubjectKind.SPECIMEN, specimen_id, sentence)


def _open_batch(events: Sequence[Event]) -> int | None:
    """The batch a tube was last put into, unless it was taken out of it again."""
    batch_id: int | None = None
    for event in events:
        if event.type is EventType.BATCHED:
            batch_id = event.facts["batch_id"]
        elif event.type is EventType.UNBATCHED and event.facts["batch_id"] == batch_id:
            batch_id = None
    return batch_id


def _said(events: Sequence[Event]) -> dict[str, Any]:
    opened = next((event.facts for event in events if event.type is EventType.BATCH_OPENED), {})
    closed_at = next((event.recorded_at for event in events if event.type is EventType.BATCH_CLOSED), None)
    said = {"code": opened["batch"], "closed_at": closed_at}
    return said | {name: opened[name] for name in ("assay", "name", "size", "controls")}


def _members_by(events: Sequence[Event]) -> Membership:
    members: Membership = {}
    for event in events:
        for added in (*event.facts.get("members", ()), *event.facts.get("added", ())):
            members[added["specimen"]] = (added["pair_id"], added["side"])
        for removed in event.facts.get("removed", ()):
            members.pop(removed, None)
    return members


def _member_differences(batch_id: int, code: str, said: Membership, kept: Membership) -> Iterator[Difference]:
    for barcode in sorted(said.keys() | kept.keys()):
        if barcode not in kept:
            yield _differs(batch_id, f"{code}: {barcode} was put in, and is not there")
        elif barcode not in said:
            yield _differs(batch_id, f"{code}: {barcode} is there, and nobody put it in")
        elif said[barcode] != kept[barcode]:
            yield _differs(batch_id, f"{code}: {barcode} is {kept[barcode]}, and {said[barcode]} was written")


def _differs(batch_id: int, sentence: str) -> Difference:
    return Difference(SubjectKind.BATCH, batch_id, sentence)
