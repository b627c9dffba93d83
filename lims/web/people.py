"""People and tokens, for administrators: who may sign in, as what, and with which machine keys."""

from collections.abc import Mapping

from flask import request, url_for
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.queries import get_user, list_tokens, list_users
from lims.accounts.service import add_user, change_role, disable_user, end_sessions, issue_password_link, revoke_token
from lims.accounts.vocabulary import Action, Role
from lims.http_context import allow, read, transaction
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _


@web.get("/people")
@allow(Action.MANAGE_PEOPLE)
def people() -> ResponseReturnValue:
    """Everybody who may sign in, and every token in use."""
    return _people_page()


def _people_page(link: Mapping[str, str] | None = None) -> ResponseReturnValue:
    with read() as (session, _):
        users, tokens = list_users(session), [token for token in list_tokens(session) if token.revoked_at is None]
    return page("people.html", users=users, tokens=tokens, roles=list(Role), link=link)


@web.post("/people")
@allow(Action.MANAGE_PEOPLE)
@act(people)
def add_person() -> ResponseReturnValue:
    """Take somebody in; a one-time link lets them choose their password."""
    fields = Fields(request.form)
    username, role = fields.text("username", longest=32), fields.one_of("role", list(Role))
    fields.check()
    with transaction() as (session, actor):
        add_user(session, username, Role(role), actor=actor, at=clock.now())
    tell("done", _("%(name)s may sign in once a password is set.", name=username), _("Make a link for it below."))
    return go("/people")


@web.post("/people/<username>/link")
@allow(Action.MANAGE_PEOPLE)
def make_password_link(username: str) -> ResponseReturnValue:
    """A link by which somebody sets their password once; shown on this answer and never again."""
    with transaction() as (session, actor):
        secret = issue_password_link(session, username, actor=actor, at=clock.now())
    address = url_for("web.password_link_page", secret=secret, _external=True)
    return _people_page({"username": username, "address": address})


@web.post("/people/<username>/role")
@allow(Action.MANAGE_PEOPLE)
@act(people)
def set_role(username: str) -> ResponseReturnValue:
    """Give somebody another role."""
    fields = Fields(request.form)
    role = fields.one_of("role", list(Role))
    fields.check()
    with transaction() as (session, actor):
        change_role(session, username, Role(role), actor=actor, at=clock.now())
    tell("done", _("The role of %(name)s is changed.", name=username))
    return go("/people")


@web.post("/people/<username>/sessions")
@allow(Action.MANAGE_PEOPLE)
@act(people)
def sign_person_out(username: str) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    with transaction() as (session, actor):
        count = end_sessions(session, username, actor=actor, at=clock.now())
    tell("done", _("%(name)s is signed out of %(count)d browsers.", name=username, count=count))
    return go("/people")


@web.get("/people/<username>/close")
@allow(Action.MANAGE_PEOPLE)
def close_account_page(username: str) -> ResponseReturnValue:
    """Ask before closing: it cannot be undone."""
    with read() as (session, _):
        person = get_user(session, username)
    return page("close_account.html", person=person)


@web.post("/people/<username>/close")
@allow(Action.MANAGE_PEOPLE)
@act(close_account_page)
def close_account(username: str) -> ResponseReturnValue:
    """Shut somebody out for good; their name stays in the ledger."""
    with transaction() as (session, actor):
        disable_user(session, username, actor=actor, at=clock.now())
    tell("done", _("The account of %(name)s is closed.", name=username))
    return go("/people")


@web.post("/people/tokens/<int:token_id>/revoke")
@allow(Action.MANAGE_PEOPLE)
@act(people)
def revoke_any_token(token_id: int) -> ResponseReturnValue:
    """Withdraw somebody's token."""
    with transaction() as (session, actor):
        revoke_token(session, token_id, actor=actor, at=clock.now())
    tell("done", _("Token %(id)s is revoked.", id=token_id))
    return go("/people")
