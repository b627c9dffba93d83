"""Reads of labels: what a code names."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims import ids
from lims.custody.vocabulary import SubjectKind
from lims.ids import MisreadCode, codes_among, normalise_code
from lims.labels.errors import UnknownCode
from lims.labels.models import BoundCode
from lims.labels.vocabulary import Binding, CodeRole

_BY_CODE = select(BoundCode.code, BoundCode.kind, BoundCode.subject_id, BoundCode.role).where(BoundCode.code == bindparam("code"))

_SUBJECTS = select(BoundCode.subject_id).where(BoundCode.code.in_(bindparam("codes", expanding=True)))


def find_binding(session: Session, code: str) -> Binding | None:
    """What a normalised code names, if anything: one look-up by primary key."""
    row = session.execute(_BY_CODE, {"code": code}).one_or_none()
    return None if row is None else Binding(row.code, SubjectKind(row.kind), row.subject_id, CodeRole(row.role))


def subjects_of(session: Session, reads: Iterable[str]) -> set[int]:
    """What codes, as they were read, name; what cannot be a code, or names nothing, is left out. One statement."""
    return set(session.execute(_SUBJECTS, {"codes": codes_among(reads)}).scalars())


def get_binding(session: Session, read: str) -> Binding:
    """What a code, as it was read, names.

    :raises MalformedCode: it cannot be a code.
    :raises WrongCheckCharacter: it is one of ours with a wrong character.
    :raises UnknownCode: nothing has it.
    """
    code = normalise_code(read)
    binding = find_binding(session, code)
    if binding is None:
        raise unknown_code(code)
    return binding


def unknown_code(code: str) -> UnknownCode | MisreadCode:
    """Why a normalised code names nothing: a wrong check character is named as such."""
    return MisreadCode(code) if ids.looks_like_ours(code) and not ids.has_right_check(code) else UnknownCode(code)


def codes_of_all(session: Session, subject_ids: Iterable[int]) -> dict[int, list[str]]:
    """Every code of several things, in one statement."""
    found: dict[int, list[str]] = {}
    wanted = select(BoundCode.subject_id, BoundCode.code).where(BoundCode.subject_id.in_(list(subject_ids)))
    for row in session.execute(wanted.order_by(BoundCode.bound_at, BoundCode.code)):
        found.setdefault(row.subject_id, []).append(row.code)
    return found


def codes_of(session: Session, subject_id: int) -> list[Binding]:
    """Every code of one thing, the oldest first."""
    wanted = select(BoundCode.code, BoundCode.kind, BoundCode.subject_id, BoundCode.role)
    rows = session.execute(wanted.where(BoundCode.subject_id == subject_id).order_by(BoundCode.bound_at, BoundCode.code))
    return [Binding(row.code, SubjectKind(row.kind), row.subject_id, CodeRole(row.role)) for row in rows]
