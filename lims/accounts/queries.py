"""Reads of accounts: who somebody is, by name, by token or by session. Statements of the hot path stand ready made."""

import functools
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.errors import NotSignedIn, TokenExpired, TokenRefused, UnknownUser
from lims.accounts.models import ApiToken, Operation, UserAccount, WebSession
from lims.accounts.operations import Answer
from lims.accounts.tokens import digest, token_id
from lims.accounts.vocabulary import EVERYTHING, Action, Actor, Role
from lims.prepared import PreparedRead

_USER = UserAccount.__table__
_TOKEN = ApiToken.__table__
_SESSION = WebSession.__table__
_OPERATION = Operation.__table__


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may, or might, sign in."""

    id: int
    username: str
    role: Role
    language: str | None
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret, which nobody can look up again. ``scopes`` is None where it may do all its user may."""

    id: int
    username: str
    scopes: frozenset[Action] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedInBrowser:
    """A browser somebody is signed in with."""

    actor: Actor
    session_hash: str
    csrf_token: str
    language: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenInUse:
    """Who sent a token, and the answer already kept for the operation id that came with it."""

    actor: Actor
    answer: Answer | None


def find_user(session: Session, username: str) -> Person | None:
    """The person of that name, however it was typed."""
    row = session.execute(_PEOPLE.where(_USER.c.username == username.strip().lower())).first()
    return _person(row) if row else None


def get_user(session: Session, username: str) -> Person:
    """
    :raises UnknownUser: nobody has that name.
    """
    found = find_user(session, username)
    if found is None:
        raise UnknownUser(username)
    return found


def list_users(session: Session) -> list[Person]:
    """Everybody who may or might sign in, by name; the service itself is not listed."""
    return [_person(row) for row in session.execute(_PEOPLE.where(_USER.c.id != 1).order_by(_USER.c.username))]


def list_tokens(session: Session, username: str | None = None) -> list[Token]:
    """Tokens, newest first: of one person, or all."""
    statement = _TOKENS.order_by(_TOKEN.c.id.desc())
    if username is not None:
        statement = statement.where(_USER.c.username == username)
    return [
        Token(row.id, row.username, scopes_of(row.scopes), row.created_at, row.expires_at, row.revoked_at)
        for row in session.execute(statement)
    ]


def list_sessions(session: Session, username: str, *, at: datetime) -> list[SignedInBrowser]:
    """The browsers somebody is signed in with at this moment, the latest used first."""
    statement = _SESSIONS.where(_USER.c.username == username, _SESSION.c.ended_at.is_(None), _SESSION.c.expires_at > at)
    return [_browser(row) for row in session.execute(statement.order_by(_SESSION.c.seen_at.desc()))]


def actor_of_token(session: Session, token: str, *, at: datetime, operation_key: str | None = None) -> TokenInUse:
    """Who sent ``token``, with the answer kept for ``operation_key``: one statement, by primary keys.

    :raises TokenRefused: not a token of ours, revoked, or its user's account is closed.
    :raises TokenExpired: its time is over.
    """
    number = token_id(token)
    if number is None:
        raise TokenRefused
    row = _TOKEN_IN_USE.first(session, {"token": number, "key": operation_key or ""})
    if row is None or not hmac.compare_digest(row.token_hash, digest(token)) or row.revoked_at or row.disabled_at:
        raise TokenRefused
    if row.expires_at is not None and row.expires_at <= at:
        raise TokenExpired(row.expires_at)
    answer = Answer(row.fingerprint, row.status, row.answer) if row.fingerprint is not None else None
    return TokenInUse(Actor(row.user_id, row.username, Role(row.role), scopes_of(row.scopes)), answer)


def actor_of_session(session: Session, secret: str, *, at: datetime, idle: timedelta) -> SignedInBrowser:
    """Who is signed in with the browser whose cookie carries ``secret``.

    :raises NotSignedIn: signed out, unused for ``idle``, past its hours, or the account is closed.
    """
    row = _SESSION_IN_USE.first(session, {"hash": digest(secret)})
    if row is None or row.ended_at or row.disabled_at:
        raise NotSignedIn
    if row.expires_at <= at or row.seen_at + idle <= at:
        raise NotSignedIn("You were signed out after a while. Sign in again.")
    return _browser(row)


@functools.lru_cache(maxsize=256)
def scopes_of(kept: str) -> frozenset[Action] | None:
    """The scopes as a token's row keeps them. An action no longer known allows nothing."""
    return None if kept == EVERYTHING else frozenset(action for action in Action if action in kept.split())


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.id, row.username, Role(row.role), row.language, row.created_at, row.disabled_at, row.password_hash is not None)


def _browser(row: Row[tuple[object, ...]]) -> SignedInBrowser:
    who = Actor(row.user_id, row.username, Role(row.role))
    return SignedInBrowser(who, row.token_hash, row.csrf_token, row.language, row.created_at, row.seen_at, row.expires_at)


_PEOPLE = select(_USER)
_TOKENS = select(_TOKEN, _USER.c.username).join_from(_TOKEN, _USER, _TOKEN.c.user_id == _USER.c.id)
_SESSIONS = select(_SESSION, _USER.c.username, _USER.c.role, _USER.c.language, _USER.c.disabled_at).join_from(
    _SESSION, _USER, _SESSION.c.user_id == _USER.c.id
)
_SESSION_IN_USE = PreparedRead(_SESSIONS.where(_SESSION.c.token_hash == bindparam("hash")))
_TOKEN_IN_USE = PreparedRead(
    select(
        _TOKEN.c.token_hash,
        _TOKEN.c.scopes,
        _TOKEN.c.expires_at,
        _TOKEN.c.revoked_at,
        _USER.c.id.label("user_id"),
        _USER.c.username,
        _USER.c.role,
        _USER.c.disabled_at,
        _OPERATION.c.fingerprint,
        _OPERATION.c.status,
        _OPERATION.c.answer,
    )
    .join_from(_TOKEN, _USER, _TOKEN.c.user_id == _USER.c.id)
    .outerjoin(_OPERATION, and_(_OPERATION.c.actor_id == _USER.c.id, _OPERATION.c.key == bindparam("key")))
    .where(_TOKEN.c.id == bindparam("token"))
)
