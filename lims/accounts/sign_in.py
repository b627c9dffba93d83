"""Signing in and out of a browser.

Each try is counted before the password is looked at, by account and by address, and a success takes its count back: so eight tries
at once are eight tries. Waits double, and stay short for an account, lest somebody else's tries lock its owner out.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from lims.accounts.errors import SignInRefused, TooManyTries
from lims.accounts.followers import AccountAct, AccountActType, tell
from lims.accounts.models import SignInThrottle, UserAccount, WebSession
from lims.accounts.passwords import fits, hash_password, is_outdated
from lims.accounts.tokens import digest, new_secret
from lims.accounts.vocabulary import Actor, Role
from lims.db import Database, UtcDateTime

log = logging.getLogger("lims.accounts")

_FORGOTTEN_AFTER = timedelta(minutes=15)
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Patience:
    """How many tries are heard at once, and how long the wait grows after them."""

    tries: int
    longest_wait_s: int

    def wait_s(self, failures: int) -> int:
        """Seconds until the next try is heard: none, then 2, 4, 8 …"""
        return 0 if failures < self.tries else min(2 ** (min(failures - self.tries, 20) + 1), self.longest_wait_s)


ACCOUNT = Patience(tries=5, longest_wait_s=60)
ADDRESS = Patience(tries=30, longest_wait_s=600)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser just signed in: its cookie carries ``secret``, which is kept nowhere."""

    actor: Actor
    secret: str
    csrf_token: str
    language: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Account:
    id: int
    username: str
    role: Role
    password_hash: str | None
    language: str | None


def sign_in(database: Database, username: str, password: str, *, address: str, at: datetime, lasts: timedelta) -> SignedIn:
    """Sign somebody in, under a fresh secret.

    The one verb that takes the database and not a session: a try must stay counted when it is refused, and the slow hash must
    hold no lock.

    :raises TooManyTries: say how long to wait.
    :raises SignInRefused: name and password do not fit, or the account is closed.
    """
    name = username.strip().lower()[:_LONGEST_NAME]
    with database.transaction() as session:
        count_try(session, name, address, at=at)
        account = _find_account(session, name)
    if not fits(account.password_hash if account else None, password) or account is None:
        log.warning("sign-in refused: %r from %s", name, address)
        if account is not None:
            with database.transaction() as session:
                who = Actor(account.id, account.username, account.role)
                tell(session, AccountAct(AccountActType.SIGN_IN_REFUSED, account.id, who, at, {"address": address}))
        raise SignInRefused
    better = hash_password(password) if account.password_hash and is_outdated(account.password_hash) else None
    with database.transaction() as session:
        _take_tries_back(session, name, address, at=at)
        if better:
            session.execute(update(UserAccount).where(UserAccount.id == account.id).values(password_hash=better))
        return begin_session(session, account, at=at, lasts=lasts)


def sign_out(session: Session, secret: str, *, at: datetime) -> None:
    """End a browser's session at the server, whatever its cookie goes on to say."""
    ending = update(WebSession).where(WebSession.token_hash == digest(secret), WebSession.ended_at.is_(None)).values(ended_at=at)
    person_id = session.execute(ending.returning(WebSession.user_id)).scalar_one_or_none()
    if person_id is not None:
        person = session.execute(select(UserAccount.username, UserAccount.role).where(UserAccount.id == person_id)).one()
        who = Actor(person_id, person.username, Role(person.role))
        tell(session, AccountAct(AccountActType.SIGNED_OUT, person_id, who, at))


def note_seen(session: Session, session_hash: str, *, at: datetime) -> None:
    """Note that a browser was used, so that it is not signed out for idling. Once a minute is enough."""
    session.execute(update(WebSession).where(WebSession.token_hash == session_hash).values(seen_at=at))


def begin_session(session: Session, account: _Account, *, at: datetime, lasts: timedelta) -> SignedIn:
    """A new session, with a new secret; old ones of the same person go on elsewhere."""
    secret, csrf_token = new_secret(), new_secret()
    session.add(
        WebSession(
            token_hash=digest(secret),
            user_id=account.id,
            csrf_token=csrf_token,
            created_at=at,
            seen_at=at,
            expires_at=at + lasts,
            ended_at=None,
        )
    )
    session.flush()
    log.info("signed in: %s", account.username)
    who = Actor(account.id, account.username, account.role)
    tell(session, AccountAct(AccountActType.SIGNED_IN, account.id, who, at))
    return SignedIn(who, secret, csrf_token, account.language, at + lasts)


def count_try(session: Session, username: str, address: str, *, at: datetime) -> None:
    """Count a try against the account and against the address.

    :raises TooManyTries: either has to wait; this try is not counted.
    """
    for key, patience in _keys(username, address):
        session.execute(_MAKE_ROW, {"key": key, "at": at})
        row = session.execute(select(SignInThrottle).where(SignInThrottle.key == key).with_for_update()).scalar_one()
        if row.next_try_at > at:
            raise TooManyTries(int((row.next_try_at - at).total_seconds()) + 1)
        failures = 1 if row.next_try_at + _FORGOTTEN_AFTER < at else row.failures + 1
        row.failures, row.next_try_at = failures, at + timedelta(seconds=patience.wait_s(failures))
        session.flush()


def _take_tries_back(session: Session, username: str, address: str, *, at: datetime) -> None:
    """A success clears the account; of the address it clears one try only, lest one's own account open the door to others'."""
    (account, _), (from_there, patience) = _keys(username, address)
    session.execute(delete(SignInThrottle).where(SignInThrottle.key == account))
    row = session.execute(select(SignInThrottle).where(SignInThrottle.key == from_there).with_for_update()).scalar_one_or_none()
    if row is not None:
        row.failures -= 1
        row.next_try_at = min(row.next_try_at, at + timedelta(seconds=patience.wait_s(row.failures)))
        session.flush()
    session.execute(delete(SignInThrottle).where(SignInThrottle.next_try_at < at - timedelta(days=1)))


def _keys(username: str, address: str) -> tuple[tuple[str, Patience], tuple[str, Patience]]:
    return (f"account {username}", ACCOUNT), (f"address {address}", ADDRESS)


def _find_account(session: Session, username: str) -> _Account | None:
    row = session.execute(
        select(UserAccount.id, UserAccount.username, UserAccount.role, UserAccount.password_hash, UserAccount.language).where(
            UserAccount.username == username, UserAccount.disabled_at.is_(None)
        )
    ).first()
    return _Account(row.id, row.username, Role(row.role), row.password_hash, row.language) if row else None


_MAKE_ROW = text("INSERT INTO sign_in_throttle (key, failures, next_try_at) VALUES (:key, 0, :at) ON CONFLICT (key) DO NOTHING").bindparams(
    bindparam("at", type_=UtcDateTime())
)
