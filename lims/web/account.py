"""Somebody's own account: password, browsers signed in, tokens."""

from datetime import timedelta

from flask import make_response, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.errors import PasswordTooWeak
from lims.accounts.queries import list_sessions, list_tokens
from lims.accounts.service import end_sessions, issue_token, revoke_token, set_password
from lims.accounts.sign_in import sign_in
from lims.accounts.vocabulary import ALLOWED, Action
from lims.http_context import actor as current_actor
from lims.http_context import allow, database, read, transaction
from lims.web.acts import act
from lims.web.browser_session import forget_browser
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _


@web.get("/account")
@allow(Action.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    """What is known of the person who looks, and what they may change of it."""
    return _account_page()


def _account_page(issued: str | None = None) -> ResponseReturnValue:
    at = clock.now()
    with read() as (session, actor):
        sessions = list_sessions(session, actor.username, at=at)
        tokens = [token for token in list_tokens(session, actor.username) if token.revoked_at is None]
    return page("account.html", sessions=sessions, tokens=tokens, issued=issued, scopes=sorted(ALLOWED[actor.role]), at=at)


@web.post("/account/password")
@allow(Action.OWN_ACCOUNT)
@act(account)
def change_own_password() -> ResponseReturnValue:
    """Take a new password, when the old one fits; every browser is signed out by it."""
    given = request.form
    _check_knows_password(given.get("current", ""))
    if given.get("password") != given.get("again"):
        raise PasswordTooWeak(_("The two are not the same. Type it twice."))
    with transaction() as (session, actor):
        set_password(session, actor.username, given.get("password", ""), actor=actor, at=clock.now())
    tell("ok", _("The password is changed"), _("Sign in again with the new one."))
    answer = make_response(go("/sign-in"))
    forget_browser(answer)
    return answer


def _check_knows_password(password: str) -> None:
    """As a sign-in is: counted, so that an unattended browser is no way to try passwords.

    :raises SignInRefused: it is not theirs.
    """
    name, lasts = current_actor().username, timedelta(seconds=1)
    sign_in(database(), name, password, address=request.remote_addr or "", at=clock.now(), lasts=lasts)


@web.post("/account/sessions")
@allow(Action.OWN_ACCOUNT)
@act(account)
def sign_out_everywhere() -> ResponseReturnValue:
    """End every browser's session, this one's too."""
    with transaction() as (session, actor):
        end_sessions(session, actor.username, actor=actor, at=clock.now())
    tell("done", _("You are signed out everywhere."))
    return go("/sign-in")


@web.post("/account/tokens")
@allow(Action.OWN_ACCOUNT)
def issue_own_token() -> ResponseReturnValue:
    """A token for the person's own machine; shown on this answer and never again."""
    fields = Fields(request.form)
    days = fields.integer("expires_in_days", least=1, most=365)
    fields.check()
    with transaction() as (session, actor):
        scopes = request.form.getlist("scopes") or None
        issued = issue_token(session, actor.username, actor=actor, at=clock.now(), scopes=scopes, expires_in_days=days)
    return _account_page(issued.text)


@web.post("/account/tokens/<int:token_id>/revoke")
@allow(Action.OWN_ACCOUNT)
@act(account)
def revoke_own_token(token_id: int) -> ResponseReturnValue:
    """Withdraw a token."""
    with transaction() as (session, actor):
        revoke_token(session, token_id, actor=actor, at=clock.now())
    tell("done", _("Token %(id)s is revoked.", id=token_id))
    return go("/account")
