"""Badges: a person may have a code by which a scanner knows them, and the newest of theirs is the one that counts.

A badge is no secret and opens nothing. It says who somebody is, as their name does; whoever it names still types a password.
"""

from datetime import datetime

from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from lims.accounts.errors import AccountClosed
from lims.accounts.models import UserAccount
from lims.accounts.queries import get_user
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.ids import MisreadCode, Prefix, normalise_code
from lims.labels.errors import BadgeReplaced, NotABadge
from lims.labels.models import BoundCode
from lims.labels.queries import unknown_code
from lims.labels.service import bind_codes, draw_codes
from lims.labels.vocabulary import Badge, Binding, CodeRole


def give_badge(session: Session, username: str, *, actor: Actor, at: datetime) -> str:
    """A badge for somebody; the one they had counts no more. Gives its code.

    :raises UnknownUser: nobody has that name.
    :raises AccountClosed: they are shut out.
    """
    person = get_user(session, username)
    if person.disabled_at is not None:
        raise AccountClosed(person.username)
    history = custody.lock_histories(session, [person.id])[person.id]
    code = draw_codes(session, Prefix.PERSON, [None])[0]
    bind_codes(session, [Binding(code, SubjectKind.PERSON, person.id, CodeRole.OWN)], at)
    facts = {"code": code, "role": CodeRole.OWN.value}
    custody.append(session, history, Act(type=EventType.CODE_BOUND, occurred_at=at, facts=facts), actor=actor, at=at)
    return code


def find_badge(session: Session, code: str) -> Badge | None:
    """Whose badge a normalised code is, if it is one; an old one too. One look-up by primary keys."""
    return _badge(session, _BY_CODE, code)


def badge_of(session: Session, person_id: int) -> Badge | None:
    """The badge of somebody that counts, if they ever had one."""
    return _badge(session, _OF_PERSON, person_id)


def named_by_badge(session: Session, read: str) -> Badge:
    """Whose badge was scanned, where it counts.

    :raises MalformedCode: it cannot be a code.
    :raises MisreadCode: it has the form of one of ours, and a character is wrong.
    :raises NotABadge: it is nobody's; what else it may be on is not said to who has not signed in.
    :raises BadgeReplaced: they have a newer one.
    :raises AccountClosed: they are shut out.
    """
    code = normalise_code(read)
    badge = find_badge(session, code)
    if badge is None:
        why = unknown_code(code)
        raise why if isinstance(why, MisreadCode) else NotABadge(code)
    if badge.closed:
        raise AccountClosed(badge.username)
    if badge.replaced:
        raise BadgeReplaced(badge.username)
    return badge


_NEWER = aliased(BoundCode)
_HAS_NEWER = exists().where(
    _NEWER.subject_id == BoundCode.subject_id,
    or_(_NEWER.bound_at > BoundCode.bound_at, and_(_NEWER.bound_at == BoundCode.bound_at, _NEWER.code > BoundCode.code)),
)
_BADGES = (
    select(BoundCode.code, BoundCode.bound_at, UserAccount.id, UserAccount.username, UserAccount.role, UserAccount.disabled_at)
    .add_columns(_HAS_NEWER.label("replaced"))
    .join(UserAccount, UserAccount.id == BoundCode.subject_id)
    .where(BoundCode.kind == SubjectKind.PERSON)
)
_BY_CODE = _BADGES.where(BoundCode.code == bindparam("key"))
_OF_PERSON = _BADGES.where(BoundCode.subject_id == bindparam("key"), ~_HAS_NEWER)


def _badge(session: Session, statement: Select[tuple[object, ...]], key: str | int) -> Badge | None:
    row = session.execute(statement, {"key": key}).one_or_none()
    if row is None:
        return None
    return Badge(
        code=row.code,
        person_id=row.id,
        username=row.username,
        role=row.role,
        given_at=row.bound_at,
        replaced=row.replaced,
        closed=row.disabled_at is not None,
    )
