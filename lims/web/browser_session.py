"""The cookie of a signed-in browser, and who it stands for."""

from datetime import datetime, timedelta

from flask import Response, g, request

from lims import clock
from lims.accounts.errors import NotSignedIn
from lims.accounts.queries import actor_of_session
from lims.accounts.sign_in import SignedIn, note_seen
from lims.accounts.vocabulary import Actor
from lims.http_context import database, house, set_actor, someone

_NOTE_AFTER = timedelta(minutes=1)


def authenticate() -> Actor:
    """Who is signed in with this browser.

    :raises NotSignedIn: nobody is, or not any more.
    """
    secret = secret_of_this_browser()
    if not secret:
        raise NotSignedIn
    at = clock.now()
    with database().read() as session:
        browser = actor_of_session(session, secret, at=at, idle=timedelta(minutes=house().settings.session_idle_minutes))
    g.csrf_token, g.account_language = browser.csrf_token, browser.language
    _note(browser.session_hash, browser.seen_at, at)
    return browser.actor


def recognise() -> None:
    """On a page anybody may see, still know who is looking."""
    if someone() is None and secret_of_this_browser():
        try:
            set_actor(authenticate())
        except NotSignedIn:
            return


def secret_of_this_browser() -> str | None:
    """What its cookie carries."""
    return request.cookies.get(_name())


def let_browser_in(answer: Response, signed_in: SignedIn) -> None:
    """Give the browser its cookie; it ends with the session at the latest."""
    secure = house().settings.secure_cookies
    answer.set_cookie(_name(), signed_in.secret, expires=signed_in.expires_at, secure=secure, httponly=True, samesite="Lax", path="/")


def forget_browser(answer: Response) -> None:
    """Take the cookie back."""
    answer.delete_cookie(_name(), secure=house().settings.secure_cookies, httponly=True, samesite="Lax", path="/")


def _note(session_hash: str, seen_at: datetime, at: datetime) -> None:
    if at - seen_at >= _NOTE_AFTER:
        with database().transaction() as session:
            note_seen(session, session_hash, at=at)


def _name() -> str:
    return "__Host-lims_session" if house().settings.secure_cookies else "lims_session"
