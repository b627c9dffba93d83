"""What is done with people: taken in, given a role and a password, a token, a link; shut out. Signing in is in ``sign_in.py``."""

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.errors import (
    BadExpiry,
    BadScopes,
    BadUsername,
    LastAdministrator,
    LinkNotValid,
    NotAllowed,
    UnknownToken,
    UsernameTaken,
)
from lims.accounts.followers import AccountAct, AccountActType, tell
from lims.accounts.models import ApiToken, PasswordLink, UserAccount, WebSession
from lims.accounts.passwords import check_password, hash_password
from lims.accounts.queries import Person, get_user
from lims.accounts.tokens import digest, new_secret, new_token
from lims.accounts.vocabulary import ALLOWED, EVERYTHING, SYSTEM, Action, Actor, Role
from lims.db import take_ids, violated_constraint

log = logging.getLogger("lims.accounts")

LONGEST_TOKEN_DAYS = 365
LINK_LIVES = timedelta(hours=24)
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token; ``text`` is shown this once."""

    id: int
    text: str
    expires_at: datetime


def add_user(session: Session, username: str, role: Role, *, actor: Actor, at: datetime, password: str | None = None) -> int:
    """Take somebody in; without a password they have none until one is set, by a link say. Gives their id.

    :raises BadUsername: nobody could sign in with that name.
    :raises PasswordTooWeak: others would guess it.
    :raises UsernameTaken: names are never given twice.
    """
    name = username.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise BadUsername(username)
    kept = _checked_hash(password, name) if password is not None else None
    (user_id,) = take_ids(session)
    session.add(UserAccount(id=user_id, username=name, role=role, password_hash=kept, language=None, created_at=at, disabled_at=None))
    try:
        session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == "uq_user_account_username":
            raise UsernameTaken(name) from error
        raise
    tell(session, AccountAct(AccountActType.ACCOUNT_MADE, user_id, actor, at, {"username": name, "role": role}))
    log.info("user added: %s as %s by %s", name, role, actor.username)
    return user_id


def set_password(session: Session, username: str, password: str, *, actor: Actor, at: datetime) -> None:
    """Give somebody a new password; whoever is signed in with the old one is signed out.

    :raises NotAllowed: another's password, without managing people.
    :raises PasswordTooWeak: others would guess it.
    """
    _check_may_manage(actor, username)
    kept = _checked_hash(password, username)
    person = get_user(session, username)
    _keep_password(session, person.id, kept, at=at)
    tell(session, AccountAct(AccountActType.ACCOUNT_CHANGED, person.id, actor, at, {"what": "password"}))
    log.info("password set: %s by %s", person.username, actor.username)


def change_role(session: Session, username: str, role: Role, *, actor: Actor, at: datetime) -> None:
    """Let somebody do other things than before, from the next request on.

    :raises LastAdministrator: nobody would be left to manage people.
    """
    person = get_user(session, username)
    if role is not Role.ADMIN:
        _check_not_last_administrator(session, person)
    session.execute(update(UserAccount).where(UserAccount.id == person.id).values(role=role))
    facts = {"what": "role", "was": person.role.value, "is": role.value}
    tell(session, AccountAct(AccountActType.ACCOUNT_CHANGED, person.id, actor, at, facts))
    log.info("role changed: %s to %s by %s at %s", person.username, role, actor.username, at)


def choose_language(session: Session, language: str | None, *, actor: Actor) -> None:
    """Keep the language somebody reads, or None to follow their browser."""
    session.execute(update(UserAccount).where(UserAccount.id == actor.id).values(language=language))


def disable_user(session: Session, username: str, *, actor: Actor, at: datetime) -> None:
    """Shut somebody out: every session ended, every token revoked. Their name stays in the ledger.

    :raises LastAdministrator: nobody would be left to manage people.
    """
    person = get_user(session, username)
    _check_not_last_administrator(session, person)
    session.execute(update(UserAccount).where(UserAccount.id == person.id, UserAccount.disabled_at.is_(None)).values(disabled_at=at))
    session.execute(update(ApiToken).where(ApiToken.user_id == person.id, ApiToken.revoked_at.is_(None)).values(revoked_at=at))
    _end_sessions_of(session, person.id, at=at)
    tell(session, AccountAct(AccountActType.ACCOUNT_CHANGED, person.id, actor, at, {"what": "disabled"}))
    log.info("user disabled: %s by %s", person.username, actor.username)


def issue_password_link(session: Session, username: str, *, actor: Actor, at: datetime) -> str:
    """A secret by which somebody sets their password once, within a day; earlier links stop working. Shown this once."""
    _check_may_manage(actor, username)
    person = get_user(session, username)
    secret = new_secret()
    session.execute(update(PasswordLink).where(PasswordLink.user_id == person.id, PasswordLink.used_at.is_(None)).values(used_at=at))
    session.add(PasswordLink(token_hash=digest(secret), user_id=person.id, expires_at=at + LINK_LIVES, used_at=None))
    session.flush()
    tell(session, AccountAct(AccountActType.ACCOUNT_CHANGED, person.id, actor, at, {"what": "password-link"}))
    log.info("password link issued: %s by %s", person.username, actor.username)
    return secret


def use_password_link(session: Session, secret: str, password: str, *, at: datetime) -> Person:
    """Set the password of whoever got the link. A refused password leaves the link as it was.

    :raises LinkNotValid: used, too old, or never issued; or the account is closed.
    :raises PasswordTooWeak: others would guess it.
    """
    username = session.execute(
        select(UserAccount.username)
        .join_from(PasswordLink, UserAccount, PasswordLink.user_id == UserAccount.id)
        .where(PasswordLink.token_hash == digest(secret), UserAccount.disabled_at.is_(None))
    ).scalar_one_or_none()
    if username is None:
        raise LinkNotValid
    kept = _checked_hash(password, username)
    used = session.execute(
        update(PasswordLink)
        .where(PasswordLink.token_hash == digest(secret), PasswordLink.used_at.is_(None), PasswordLink.expires_at > at)
        .values(used_at=at)
        .returning(PasswordLink.user_id)
    ).scalar_one_or_none()
    if used is None:
        raise LinkNotValid
    _keep_password(session, used, kept, at=at)
    log.info("password set by link: %s", username)
    person = get_user(session, username)
    themselves = Actor(person.id, person.username, person.role)
    tell(session, AccountAct(AccountActType.ACCOUNT_CHANGED, person.id, themselves, at, {"what": "password by link"}))
    return person


def issue_token(
    session: Session,
    username: str,
    *,
    actor: Actor,
    at: datetime,
    scopes: Collection[str] | None = None,
    expires_in_days: int = LONGEST_TOKEN_DAYS,
) -> IssuedToken:
    """A token for somebody's machine; without ``scopes`` it may do all that its user's role may.

    :raises BadScopes: unknown, or beyond the role (or beyond the token that asks).
    :raises BadExpiry: not 1 to 365 days.
    """
    _check_may_manage(actor, username)
    person = get_user(session, username)
    if not 1 <= expires_in_days <= LONGEST_TOKEN_DAYS:
        raise BadExpiry(LONGEST_TOKEN_DAYS)
    kept = _checked_scopes(scopes, person.role, actor)
    (number,) = take_ids(session)
    text, expires_at = new_token(number), at + timedelta(days=expires_in_days)
    session.add(
        ApiToken(id=number, user_id=person.id, token_hash=digest(text), scopes=kept, created_at=at, expires_at=expires_at, revoked_at=None)
    )
    session.flush()
    tell(session, AccountAct(AccountActType.TOKEN_ISSUED, person.id, actor, at, {"token": number, "scopes": kept}))
    log.info("token %d issued: for %s by %s", number, person.username, actor.username)
    return IssuedToken(number, text, expires_at)


def revoke_token(session: Session, token_id: int, *, actor: Actor, at: datetime) -> None:
    """Withdraw a token; it stops working with the next request. Twice is once.

    :raises UnknownToken: there is none of that number, or it is another's and this person does not manage people.
    """
    owner = session.execute(select(ApiToken.user_id).where(ApiToken.id == token_id)).scalar_one_or_none()
    if owner is None or (owner != actor.id and not actor.may(Action.MANAGE_PEOPLE)):
        raise UnknownToken(token_id)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None)).values(revoked_at=at))
    tell(session, AccountAct(AccountActType.TOKEN_REVOKED, owner, actor, at, {"token": token_id}))
    log.info("token %d revoked by %s", token_id, actor.username)


def end_sessions(session: Session, username: str, *, actor: Actor, at: datetime) -> int:
    """Sign somebody out everywhere; gives how many browsers that were."""
    _check_may_manage(actor, username)
    person = get_user(session, username)
    ended = _end_sessions_of(session, person.id, at=at)
    log.info("sessions ended: %d of %s by %s", ended, person.username, actor.username)
    return ended


def _check_may_manage(actor: Actor, username: str) -> None:
    needed = Action.OWN_ACCOUNT if username.strip().lower() == actor.username else Action.MANAGE_PEOPLE
    if not actor.may(needed):
        raise NotAllowed(actor, needed)


def _checked_hash(password: str, username: str) -> str:
    """Checked and hashed before the first statement, where it can be: hashing takes longer than a lock may be held."""
    check_password(password, username)
    return hash_password(password)


def _keep_password(session: Session, user_id: int, kept: str, *, at: datetime) -> None:
    session.execute(update(UserAccount).where(UserAccount.id == user_id).values(password_hash=kept))
    _end_sessions_of(session, user_id, at=at)


def _end_sessions_of(session: Session, user_id: int, *, at: datetime) -> int:
    open_ones = update(WebSession).where(WebSession.user_id == user_id, WebSession.ended_at.is_(None))
    return len(session.execute(open_ones.values(ended_at=at).returning(WebSession.token_hash)).all())


def _checked_scopes(scopes: Collection[str] | None, role: Role, actor: Actor) -> str:
    allowed = ALLOWED[role] if actor.scopes is None else ALLOWED[role] & actor.scopes
    wanted = sorted(set(scopes)) if scopes is not None else None
    if wanted is None:
        return EVERYTHING if actor.scopes is None else " ".join(sorted(allowed))
    beyond = [scope for scope in wanted if scope not in allowed]
    if beyond or not wanted:
        raise BadScopes(beyond, role)
    return " ".join(wanted)


def _check_not_last_administrator(session: Session, person: Person) -> None:
    """Locks every administrator's row, so that two of them cannot shut each other out at the same moment."""
    administrators = session.execute(
        select(UserAccount.id)
        .where(UserAccount.role == Role.ADMIN, UserAccount.disabled_at.is_(None), UserAccount.id != SYSTEM.id)
        .order_by(UserAccount.id)
        .with_for_update()
    ).scalars()
    if list(administrators) == [person.id]:
        raise LastAdministrator(person.username)
