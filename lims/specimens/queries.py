"""Reads of specimens: by code, locked before an act, and which numbers of a label are used already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from lims.custody.models import CustodySubject
from lims.custody.vocabulary import History, SubjectKind
from lims.db import for_update, table_of
from lims.errors import LimsError
from lims.ids import MisreadCode, has_right_check, looks_like_ours, normalise_code
from lims.labels.models import BoundCode
from lims.labels.queries import find_binding
from lims.prepared import PreparedRead
from lims.specimens.errors import TubeNotFilled, UnknownSpecimen
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.vocabulary import LockedSpecimen, SpecimenForm, SpecimenState
from lims.studies.models import Participant

_CODES, _SPECIMENS, _PARTICIPANTS = table_of(BoundCode), table_of(Specimen), table_of(Participant)
_COLLECTIONS, _SUBJECTS = table_of(Collection), table_of(CustodySubject)
_PERSON = _SUBJECTS.alias("person")

_LOCK = (
    select(
        _CODES.c.code.label("read"),
        _SPECIMENS,
        _PARTICIPANTS.c.code.label("participant"),
        _PARTICIPANTS.c.withdrawn_on,
        *(_COLLECTIONS.c[name] for name in ("protocol_version_id", "collected_at", "received_at", "processed_at", "frozen_at")),
        *(_SUBJECTS.c[name] for name in ("sequence", "head", "latest_occurred_at")),
    )
    .join(_SPECIMENS, _SPECIMENS.c.id == _CODES.c.subject_id)
    .join(_SUBJECTS, _SUBJECTS.c.id == _SPECIMENS.c.id)
    .join(_PARTICIPANTS, _PARTICIPANTS.c.id == _SPECIMENS.c.participant_id)
    .join(_COLLECTIONS, _COLLECTIONS.c.id == _SPECIMENS.c.collection_id)
    .order_by(_SPECIMENS.c.id)
)
_BY_CODES = _LOCK.where(_CODES.c.code.in_(bindparam("codes", expanding=True)))
_BY_CODE = _LOCK.where(_CODES.c.code == bindparam("code"))
_ONE, _ONE_LOCKED = PreparedRead(_BY_CODE), PreparedRead(_BY_CODE.with_for_update(of=[_SUBJECTS, _SPECIMENS]))
_LOCKED = _BY_CODES.with_for_update(of=[_SUBJECTS, _SPECIMENS])
# The person before the tubes, as everybody locks them; and the row of what is known of them, which is read anew only when locked.
_LOCKED_WITH_PERSON = _BY_CODES.join(_PERSON, _PERSON.c.id == _SPECIMENS.c.participant_id).with_for_update(
    of=[_PERSON, _PARTICIPANTS, _SUBJECTS, _SPECIMENS]
)
_USED = (
    select(
        _SPECIMENS.c.specimen_type,
        func.max(_SPECIMENS.c.ordinal).label("last"),
        func.count(_SPECIMENS.c.id).filter(_SPECIMENS.c.form == SpecimenForm.PRIMARY).label("primaries"),
    )
    .where(_SPECIMENS.c.participant_id == bindparam("participant_id"), _SPECIMENS.c.timepoint == bindparam("timepoint"))
    .group_by(_SPECIMENS.c.specimen_type)
)


@dataclass(frozen=True, slots=True)
class Used:
    """Of one type at one timepoint of one participant: the last number given, and how many primary tubes there are."""

    last: int = 0
    primaries: int = 0


@dataclass(frozen=True, slots=True)
class Relative:
    """A specimen's parent or child."""

    id: int
    barcode: str
    label: str
    specimen_type: str
    form: SpecimenForm
    amount: int | None
    unit: str
    state: SpecimenState
    quarantined: bool
    purpose: str | None
    drawn: int | None


def lock_specimen(session: Session, read: str) -> LockedSpecimen:
    """A specimen by any of its codes, locked before anybody looks at it. One statement.

    :raises MalformedCode: it cannot be a code.
    :raises WrongCheckCharacter: it is a code of ours with a wrong character.
    :raises UnknownSpecimen: no tube has it.
    """
    code = normalise_code(read)
    row = (_ONE_LOCKED if for_update(session) else _ONE).first(session, {"code": code})
    if row is None:
        raise no_such_specimen(session, code)
    return _locked(row)


def lock_specimens(session: Session, reads: Sequence[str], *, with_participants: bool = False) -> list[LockedSpecimen]:
    """Several specimens in the order given, locked in the order of their ids. One statement.

    :param with_participants: hold their participants too, so that nobody else numbers new tubes meanwhile.
    """
    codes = [normalise_code(read) for read in reads]
    statement = _BY_CODES
    if for_update(session):
        statement = _LOCKED_WITH_PERSON if with_participants else _LOCKED
    found = {row.read: _locked(row) for row in session.execute(statement, {"codes": codes})}
    for code in codes:
        if code not in found:
            raise no_such_specimen(session, code)
    return [found[code] for code in codes]


def used_labels(session: Session, participant_id: int, timepoint: str) -> dict[str, Used]:
    """By type, what is there of a participant at a timepoint already."""
    rows = session.execute(_USED, {"participant_id": participant_id, "timepoint": timepoint})
    return {row.specimen_type: Used(row.last, row.primaries) for row in rows}


def parents_of(session: Session, specimen_id: int) -> list[Relative]:
    """What it was made of."""
    wanted = _relatives().join(Lineage, Lineage.parent_id == Specimen.id).where(Lineage.child_id == specimen_id)
    return [_relative(row) for row in session.execute(wanted)]


def children_of(session: Session, specimen_id: int) -> list[Relative]:
    """What was made of it, in the order it was made."""
    wanted = _relatives().join(Lineage, Lineage.child_id == Specimen.id).where(Lineage.parent_id == specimen_id)
    return [_relative(row) for row in session.execute(wanted)]


def collected_times(session: Session, participant_id: int) -> list[tuple[str, datetime | None]]:
    """What was taken of a participant: at which timepoint, and when."""
    wanted = select(Collection.timepoint, Collection.collected_at).where(Collection.participant_id == participant_id)
    return [(row.timepoint, row.collected_at) for row in session.execute(wanted.order_by(Collection.id))]


def barcodes_of(session: Session, specimen_ids: Iterable[int]) -> dict[int, str]:
    """The barcodes of specimens known by id."""
    rows = session.execute(select(Specimen.id, Specimen.barcode).where(Specimen.id.in_(list(specimen_ids))))
    return {row.id: row.barcode for row in rows}


def _relatives() -> Any:
    columns = (Specimen.id, Specimen.barcode, Specimen.label, Specimen.specimen_type, Specimen.form, Specimen.amount)
    more = (Specimen.unit, Specimen.state, Specimen.quarantined, Specimen.purpose, Lineage.drawn)
    return select(*columns, *more).order_by(Specimen.id)


def _relative(row: Row[*tuple[Any, ...]]) -> Relative:
    return Relative(
        row.id,
        row.barcode,
        row.label,
        row.specimen_type,
        SpecimenForm(row.form),
        row.amount,
        row.unit,
        SpecimenState(row.state),
        row.quarantined,
        row.purpose,
        row.drawn,
    )


def no_such_specimen(session: Session, code: str) -> LimsError:
    """Why a normalised code names no tube: it is wrong, unknown, names something else, or a tube that holds nothing yet."""
    if looks_like_ours(code) and not has_right_check(code):
        return MisreadCode(code)
    binding = find_binding(session, code)
    if binding is not None and binding.kind is SubjectKind.SPECIMEN:
        return TubeNotFilled(code)
    return UnknownSpecimen(code, binding.kind if binding else None)


def _locked(row: Row[*tuple[Any, ...]]) -> LockedSpecimen:
    return LockedSpecimen(
        id=row.id,
        barcode=row.barcode,
        label=row.label,
        study_id=row.study_id,
        participant_id=row.participant_id,
        participant=row.participant,
        withdrawn_on=row.withdrawn_on,
        collection_id=row.collection_id,
        protocol_version_id=row.protocol_version_id,
        specimen_type=row.specimen_type,
        form=SpecimenForm(row.form),
        timepoint=row.timepoint,
        container_kind=row.container_kind,
        purpose=row.purpose,
        unit=row.unit,
        initial_amount=row.initial_amount,
        amount=row.amount,
        thaw_count=row.thaw_count,
        state=SpecimenState(row.state),
        quarantined=row.quarantined,
        flags=flags_from_text(row.flags),
        missing=row.missing,
        latest_known_at=_latest(row.collected_at, row.received_at, row.processed_at, row.frozen_at, row.latest_occurred_at),
        history=History(row.id, SubjectKind.SPECIMEN, row.sequence, row.head, row.latest_occurred_at),
    )


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def flags_from_text(text: str) -> tuple[str, ...]:
    """Given flags as the table keeps them: codes parted by spaces, in alphabetical order."""
    return tuple(text.split())


def flags_to_text(flags: Iterable[str]) -> str:
    """The other way round."""
    return " ".join(sorted(flags))
