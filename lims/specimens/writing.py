"""Writing tubes down, however they came to be: codes, rows, numbers on labels, lineage and events, each kind in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.bulk import insert_rows
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, History, Json, SubjectKind
from lims.db import table_of, violated_constraint
from lims.ids import Prefix
from lims.labels.service import bind_codes, draw_codes, roles_of
from lims.labels.vocabulary import Binding
from lims.specimens.errors import LabelTaken
from lims.specimens.models import Lineage, Specimen
from lims.specimens.queries import Used, flags_to_text
from lims.specimens.rules import human_label
from lims.specimens.vocabulary import NewTube, ReservedTube, SpecimenForm, SpecimenState
from lims.studies.protocol import Protocol

NONE_RESERVED: Mapping[str, ReservedTube] = MappingProxyType({})
_SPECIMENS, _LINEAGE = table_of(Specimen), table_of(Lineage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A tube about to be registered: everything but its id, code and number."""

    specimen_type: str
    form: SpecimenForm
    timepoint: str
    unit: str
    amount: int | None
    state: SpecimenState
    thaw_count: int | None = 0
    container_kind: str | None = None
    purpose: str | None = None
    given_code: str | None = None
    reserved: History | None = None
    """The empty history that waits for this tube, where its code is bound already."""
    flags: tuple[str, ...] = ()
    parents: tuple["Parent", ...] = ()


@dataclass(frozen=True, slots=True)
class Parent:
    """A specimen a new tube is made of, and how much it gave to this tube (base units of the parent; None: not measured)."""

    id: int
    barcode: str
    drawn: int | None


@dataclass(frozen=True, slots=True)
class Donor:
    """The participant the tubes are of."""

    id: int
    study_id: int
    code: str


@dataclass(slots=True)
class Writing:
    """What one act writes: subjects first, then codes, tubes and events, each in one statement.

    ``protocol`` is the version the collection was made under, ``ids`` one for each tube and one for each event.
    """

    participant: Donor
    collection_id: int
    protocol: Protocol
    occurred_at: datetime
    ids: list[int]
    drafts: Sequence[Draft]
    codes: list[str] = field(default_factory=list)
    tubes: list[NewTube] = field(default_factory=list)


def with_reserved(draft: Draft, reserved: Mapping[str, ReservedTube]) -> Draft:
    """A draft whose code is that of a tube labelled before becomes that tube; it serves what that was planned for, if nothing is said."""
    tube = reserved.get(draft.given_code or "")
    return draft if tube is None else replace(draft, reserved=tube.history, purpose=draft.purpose or tube.purpose)


def write_derived_tubes(
    session: Session,
    writing: Writing,
    used: dict[str, Used],
    parent_acts: list[tuple[History, Act]],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write tubes made of others, with what happened to the parents, into the collection the parents are of."""
    histories = begin_tubes(session, writing, with_collection=False, at=at)
    write_tubes(session, writing, histories, used, parent_acts, actor=actor, at=at)


def begin_tubes(session: Session, writing: Writing, *, with_collection: bool, at: datetime) -> list[History]:
    """Draw the codes, make the rows things are locked by, bind the codes. Collection first, where there is one.

    A tube that was reserved has its code, and a row to lock it by.
    """
    fresh = [draft for draft in writing.drafts if draft.reserved is None]
    given = [draft.given_code for draft in fresh]
    codes = draw_codes(session, Prefix.SPECIMEN, given) if fresh else []
    ids = writing.ids[: len(codes)]
    subjects = [(SubjectKind.SPECIMEN, id_) for id_ in ids]
    if with_collection:
        subjects.insert(0, (SubjectKind.COLLECTION, writing.collection_id))
    begun = custody.begin_all(session, subjects) if subjects else []
    if fresh:
        roles = roles_of(given)
        bind_codes(session, [Binding(*each) for each in zip(codes, [SubjectKind.SPECIMEN] * len(codes), ids, roles, strict=True)], at)
    new = zip(codes, begun[int(with_collection) :], strict=True)
    tubes = [(draft.given_code or "", draft.reserved) if draft.reserved else next(new) for draft in writing.drafts]
    writing.codes = [code for code, _ in tubes]
    return [*begun[: int(with_collection)], *(history for _, history in tubes)]


def write_tubes(
    session: Session,
    writing: Writing,
    histories: Sequence[History],
    used: dict[str, Used],
    first: Sequence[tuple[History, Act]],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Number and write the tubes, then everything that happened: to the collection or the parents, then to each tube.

    :raises LabelTaken: another study's tube has that label.
    """
    last = {type_: each.last for type_, each in used.items()}
    rows, acts = [], list(first)
    tube_histories = histories[len(histories) - len(writing.drafts) :]
    for draft, code, history in zip(writing.drafts, writing.codes, tube_histories, strict=True):
        last[draft.specimen_type] = ordinal = last.get(draft.specimen_type, 0) + 1
        short = writing.protocol.get_specimen_type(draft.specimen_type).short
        label = human_label(writing.protocol.study.label_prefix, writing.participant.code, draft.timepoint, short, ordinal)
        tube = NewTube(history.subject_id, code, label, draft.specimen_type, draft.amount, draft.unit, draft.purpose)
        writing.tubes.append(tube)
        rows.append(_specimen_row(writing, draft, tube, ordinal, at))
        acts.append((history, _registered(writing, draft, tube, reason)))
    _insert(session, rows)
    _write_lineage(session, writing)
    custody.append_all(session, acts, actor=actor, at=at, event_ids=writing.ids[len(writing.drafts) :][: len(acts)])


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    try:
        insert_rows(session, _SPECIMENS, rows)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_specimen_label":
            raise LabelTaken(str(rows[0]["label"])) from error
        raise


def _write_lineage(session: Session, writing: Writing) -> None:
    rows = [
        {"child_id": tube.id, "parent_id": parent.id, "drawn": parent.drawn}
        for tube, draft in zip(writing.tubes, writing.drafts, strict=True)
        for parent in draft.parents
    ]
    if rows:
        insert_rows(session, _LINEAGE, rows)


def _registered(writing: Writing, draft: Draft, tube: NewTube, reason: str | None) -> Act:
    facts: dict[str, Json] = {
        "barcode": tube.barcode,
        "label": tube.label,
        "participant": writing.participant.code,
        "collection_id": writing.collection_id,
        "timepoint": draft.timepoint,
        "specimen_type": draft.specimen_type,
        "form": draft.form,
        "unit": draft.unit,
        "amount": draft.amount,
        "thaw_count": draft.thaw_count,
        "state": draft.state,
        "container_kind": draft.container_kind,
        "purpose": draft.purpose,
        "flags": list(draft.flags),
        "parents": [parent.barcode for parent in draft.parents],
        "drawn": [parent.drawn for parent in draft.parents],
    }
    return Act(type=EventType.REGISTERED, occurred_at=writing.occurred_at, facts=facts, reason=reason)


def _specimen_row(writing: Writing, draft: Draft, tube: NewTube, ordinal: int, at: datetime) -> dict[str, object]:
    return {
        "id": tube.id,
        "study_id": writing.participant.study_id,
        "participant_id": writing.participant.id,
        "collection_id": writing.collection_id,
        "barcode": tube.barcode,
        "label": tube.label,
        "specimen_type": draft.specimen_type,
        "form": draft.form,
        "timepoint": draft.timepoint,
        "ordinal": ordinal,
        "container_kind": draft.container_kind,
        "purpose": draft.purpose,
        "unit": draft.unit,
        "initial_amount": draft.amount,
        "amount": draft.amount,
        "thaw_count": draft.thaw_count,
        "state": draft.state,
        "quarantined": False,
        "flags": flags_to_text(draft.flags),
        "created_at": at,
    }
