"""Reads of kits: by code, in lists, and which kit a code's tube is of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from lims.custody.vocabulary import SubjectKind
from lims.db import table_of
from lims.ids import MisreadCode, has_right_check, looks_like_ours, normalise_code
from lims.kits.errors import UnknownKit
from lims.kits.models import Kit as KitRow
from lims.kits.models import KitTube
from lims.kits.vocabulary import STOPPED, Kit, KitState, KitSummary, KitTubeRecord, TubeState
from lims.labels.models import BoundCode
from lims.specimens.models import Specimen
from lims.specimens.vocabulary import SpecimenForm
from lims.studies.models import Participant, Study

_KIT, _TUBE, _CODE = table_of(KitRow).c, table_of(KitTube).c, table_of(BoundCode).c
_SPECIMEN, _PARTICIPANT, _STUDY = table_of(Specimen).c, table_of(Participant).c, table_of(Study).c


def _summaries() -> Select[Any]:
    columns = (
        _KIT.id,
        _KIT.barcode,
        _KIT.study_id,
        _KIT.protocol_version_id,
        _KIT.participant_id,
        _KIT.timepoint,
        _KIT.state,
        _KIT.made_at,
    )
    of_others = (_STUDY.code.label("study"), _PARTICIPANT.code.label("participant"), _PARTICIPANT.cohort, _PARTICIPANT.withdrawn_on)
    counts = (_count_of(state).label(state.value) for state in TubeState)
    return (
        select(*columns, *of_others, *counts)
        .join(table_of(Study), _STUDY.id == _KIT.study_id)
        .outerjoin(table_of(Participant), _PARTICIPANT.id == _KIT.participant_id)
    )


def _count_of(state: TubeState) -> Any:
    return select(func.count()).where(_TUBE.kit_id == _KIT.id, _TUBE.state == state).scalar_subquery()


_SUMMARIES = _summaries()
_BY_IDS = _SUMMARIES.where(_KIT.id.in_(bindparam("ids", expanding=True))).order_by(_KIT.id)
_BY_CODE = _SUMMARIES.join(table_of(BoundCode), _CODE.subject_id == _KIT.id).where(_CODE.code == bindparam("code"))
_TUBES_OF = (
    select(table_of(KitTube), _SPECIMEN.label, _SPECIMEN.state.label("specimen_state"))
    .outerjoin(table_of(Specimen), _SPECIMEN.id == _TUBE.id)
    .where(_TUBE.kit_id.in_(bindparam("ids", expanding=True)))
    .order_by(_TUBE.kit_id, _TUBE.line)
)
_TUBES_BY_CODES = (
    select(_CODE.code.label("read"), _TUBE.id, _TUBE.kit_id)
    .join(table_of(KitTube), _TUBE.id == _CODE.subject_id)
    .where(_CODE.code.in_(bindparam("codes", expanding=True)))
)
_SCANNED = (
    select(_CODE.code.label("read"), func.coalesce(_TUBE.kit_id, _CODE.subject_id).label("kit_id"), _TUBE.id)
    .select_from(table_of(BoundCode).outerjoin(table_of(KitTube), _TUBE.id == _CODE.subject_id))
    .where(_CODE.code.in_(bindparam("codes", expanding=True)), or_(_CODE.kind == SubjectKind.KIT, _TUBE.id.is_not(None)))
)


@dataclass(frozen=True, slots=True)
class TubeOfKit:
    """Which tube of which kit a code stands on."""

    id: int
    kit_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFilter:
    """Which kits are wanted; None asks for all. ``state`` may be ``stopped``, ``stock`` asks for those that are nobody's."""

    study: str | None = None
    participant: str | None = None
    timepoint: str | None = None
    state: str | None = None
    stock: bool | None = None


def get_kit(session: Session, read: str) -> Kit:
    """A kit by its code. Two statements.

    :raises MalformedCode: it cannot be a code.
    :raises MisreadCode: it is a code of ours with a wrong character.
    :raises UnknownKit: no kit has it.
    """
    summary = get_summary(session, read)
    return Kit(summary=summary, tubes=tubes_of(session, [summary.id])[summary.id])


def get_summary(session: Session, read: str) -> KitSummary:
    """A kit by its code, without its tubes. Raises what :func:`get_kit` raises."""
    code = normalise_code(read)
    row = session.execute(_BY_CODE, {"code": code}).one_or_none()
    if row is not None:
        return _summary(row)
    raise MisreadCode(code) if looks_like_ours(code) and not has_right_check(code) else UnknownKit(code)


def kits_by_id(session: Session, kit_ids: Iterable[int]) -> list[Kit]:
    """Kits known by id, in the order they were made. Two statements."""
    ids = list(kit_ids)
    tubes = tubes_of(session, ids)
    return [Kit(summary=_summary(row), tubes=tubes[row.id]) for row in session.execute(_BY_IDS, {"ids": ids})]


def list_kits(session: Session, wanted: KitFilter, *, before: int | None = None, limit: int = 50) -> list[KitSummary]:
    """Kits, the newest first. One statement."""
    statement = _SUMMARIES.where(*_narrowed(wanted)).order_by(_KIT.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(_KIT.id < before)
    return [_summary(row) for row in session.execute(statement)]


def tubes_of(session: Session, kit_ids: Sequence[int]) -> dict[int, tuple[KitTubeRecord, ...]]:
    """By kit, its tubes in the order of the work. One statement."""
    found: dict[int, list[KitTubeRecord]] = defaultdict(list)
    for row in session.execute(_TUBES_OF, {"ids": list(kit_ids)}):
        found[row.kit_id].append(_tube(row))
    return {kit_id: tuple(found[kit_id]) for kit_id in kit_ids}


def tubes_by_code(session: Session, codes: Iterable[str]) -> dict[str, TubeOfKit]:
    """Of normalised codes, in their order, those that stand on tubes of kits, whichever copy of a label was read. One statement."""
    asked = list(codes)
    found = {row.read: TubeOfKit(row.id, row.kit_id) for row in session.execute(_TUBES_BY_CODES, {"codes": asked})}
    return {code: found[code] for code in asked if code in found}


def find_scanned(session: Session, code: str) -> tuple[KitSummary, KitTubeRecord | None] | None:
    """What a normalised code is: a kit, or a tube of it; or neither. One statement where it is neither, three else."""
    row = session.execute(_SCANNED, {"codes": [code]}).one_or_none()
    if row is None:
        return None
    kit = kits_by_id(session, [row.kit_id])[0]
    return kit.summary, next((tube for tube in kit.tubes if tube.id == row.id), None)


def kits_by_codes(session: Session, codes: Iterable[str]) -> dict[str, tuple[Kit, KitTubeRecord | None]]:
    """Of normalised codes, those of kits and of their tubes, whichever copy of a label was read. One statement, or three."""
    rows = session.execute(_SCANNED, {"codes": list(codes)}).all()
    kits = {kit.summary.id: kit for kit in (kits_by_id(session, {row.kit_id for row in rows}) if rows else ())}
    return {row.read: (kits[row.kit_id], next((tube for tube in kits[row.kit_id].tubes if tube.id == row.id), None)) for row in rows}


def list_kits_of_codes(session: Session, reads: Iterable[str]) -> list[Kit]:
    """Several kits by their codes, in the order given. Three statements.

    Raises what :func:`get_kit` raises.
    """
    codes = [normalise_code(read) for read in reads]
    found = {code: kit for code, (kit, tube) in kits_by_codes(session, codes).items() if tube is None}
    return [found.get(code) or get_kit(session, code) for code in codes]


def _narrowed(wanted: KitFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.study is not None:
        where.append(_STUDY.code == wanted.study)
    if wanted.participant is not None:
        where.append(_PARTICIPANT.code == wanted.participant)
    if wanted.timepoint is not None:
        where.append(_KIT.timepoint == wanted.timepoint)
    if wanted.stock is not None:
        where.append(_KIT.participant_id.is_(None) if wanted.stock else _KIT.participant_id.is_not(None))
    if wanted.state == STOPPED:
        where += [_KIT.state == KitState.MADE, _PARTICIPANT.withdrawn_on.is_not(None)]
    elif wanted.state is not None:
        where.append(_KIT.state == wanted.state)
        if wanted.state == KitState.MADE:
            where.append(_PARTICIPANT.withdrawn_on.is_(None))
    return where


def _summary(row: Row[*tuple[Any, ...]]) -> KitSummary:
    return KitSummary(**row._asdict() | {"state": KitState(row.state)})


def _tube(row: Row[*tuple[Any, ...]]) -> KitTubeRecord:
    same = ("id", "line", "barcode", "specimen_type", "made_of", "purpose", "container_kind", "amount", "unit", "label", "specimen_state")
    return KitTubeRecord(form=SpecimenForm(row.form), state=TubeState(row.state), **{name: row._mapping[name] for name in same})
