"""Signing in and out, and the one-time link by which a password is set."""

from datetime import timedelta

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.errors import LinkNotValid, PasswordTooWeak, SignInRefused, TooManyTries
from lims.accounts.service import use_password_link
from lims.accounts.sign_in import sign_in, sign_out
from lims.errors import LimsError
from lims.http_context import database, house, public
from lims.labels.badges import named_by_badge
from lims.web.acts import Form
from lims.web.browser_session import forget_browser, let_browser_in, secret_of_this_browser
from lims.web.frame import go, own_path, page, tell, web
from lims.web.messages import _
from lims.web.problem_words import sentence_of
from lims.web.statuses import status_of


@web.get("/sign-in")
@public
def sign_in_page() -> ResponseReturnValue:
    """Name and password; a badge that is scanned here fills in the name, and no more."""
    leads_to, scanned = own_path(request.args.get("next"), "/"), request.args.get("badge")
    if scanned is None:
        return page("sign_in.html", form=Form(), next=leads_to)
    try:
        with database().read() as session:
            name = named_by_badge(session, scanned).username
    except LimsError as error:
        return _asked_again("sign_in.html", error, {}, next=leads_to)
    return page("sign_in.html", form=Form({"username": name}), next=leads_to)


@web.post("/sign-in")
@public
def take_sign_in() -> ResponseReturnValue:
    """Let somebody in, under a fresh session."""
    leads_to = own_path(request.form.get("next"), "/")
    name, password = request.form.get("username", ""), request.form.get("password", "")
    lasts = timedelta(hours=house().settings.session_hours)
    try:
        signed_in = sign_in(database(), name, password, address=request.remote_addr or "", at=clock.now(), lasts=lasts)
    except (SignInRefused, TooManyTries) as error:
        return _asked_again("sign_in.html", error, {"username": name[:64]}, next=leads_to)
    answer = make_response(go(leads_to))
    let_browser_in(answer, signed_in)
    return answer


@web.post("/sign-out")
@public
def take_sign_out() -> ResponseReturnValue:
    """End the session at the server and take the cookie back; where the bench is handed over, ask for the next person's password."""
    secret = secret_of_this_browser()
    if secret:
        with database().transaction() as session:
            sign_out(session, secret, at=clock.now())
    tell("done", _("You are signed out."))
    badge, leads_to = request.form.get("badge"), own_path(request.form.get("next"), "/")
    answer = make_response(go(url_for("web.sign_in_page", badge=badge, next=leads_to) if badge else "/sign-in"))
    forget_browser(answer)
    return answer


@web.get("/password/<secret>")
@public
def password_link_page(secret: str) -> ResponseReturnValue:
    """Where a one-time link leads."""
    return page("password_link.html", form=Form(), secret=secret)


@web.post("/password/<secret>")
@public
def take_password_link(secret: str) -> ResponseReturnValue:
    """Set the password; the link is used up by it."""
    if request.form.get("password") != request.form.get("again"):
        return _asked_again("password_link.html", PasswordTooWeak(_("The two are not the same. Type it twice.")), {}, secret=secret)
    try:
        with database().transaction() as session:
            person = use_password_link(session, secret, request.form.get("password", ""), at=clock.now())
    except (PasswordTooWeak, LinkNotValid) as error:
        return _asked_again("password_link.html", error, {}, secret=secret)
    tell("ok", _("The password is set"), _("Sign in as %(name)s with it.", name=person.username))
    return go("/sign-in")


def _asked_again(template: str, error: LimsError, values: dict[str, str], **facts: object) -> ResponseReturnValue:
    return page(template, status_of(error), form=Form(values, {}, sentence_of(error)), **facts)
