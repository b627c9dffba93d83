"""What protects every form: it comes from a page of ours, and of this session."""

import hmac
import secrets
from hashlib import sha256

from flask import Flask, Response, g, request

from lims.http_context import house, someone
from lims.web.errors import FormFromElsewhere, PageTooOld

TOKEN_HEADER = "X-Form-Token"
"""How a script of ours carries the token, where it sends no form."""
_SAFE = {"GET", "HEAD", "OPTIONS"}
_OWN_SITES = {"same-origin", "none"}


def keep_visitor(answer: Response) -> Response:
    """Give somebody not signed in the cookie their forms are bound to."""
    if fresh := g.get("fresh_visitor"):
        secure = house().settings.secure_cookies
        answer.set_cookie(_visitor_cookie(), fresh, secure=secure, httponly=True, samesite="Lax", path="/")
    return answer


def check_form() -> None:
    """Let only our own pages send forms.

    :raises FormFromElsewhere: the browser says another site sent it.
    :raises PageTooOld: the page's token is missing or of another session.
    """
    if request.method in _SAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OWN_SITES:
        raise FormFromElsewhere
    origin = request.headers.get("Origin")
    if origin is not None and origin.split("://", 1)[-1] != request.host:
        raise FormFromElsewhere
    given = request.form.get("csrf") or request.headers.get(TOKEN_HEADER, "")
    if not hmac.compare_digest(given.encode(), form_token().encode()):
        raise PageTooOld


def form_token() -> str:
    """What our forms carry and no other site can know: the session's token, or one bound to a visitor's cookie."""
    if someone() is not None and (token := g.get("csrf_token")):
        return str(token)
    visitor = request.cookies.get(_visitor_cookie()) or g.get("fresh_visitor")
    if not visitor:
        visitor = g.fresh_visitor = secrets.token_urlsafe(16)
    return hmac.new(house().settings.secret_key, b"form " + visitor.encode(), sha256).hexdigest()


def set_up_shields(app: Flask) -> None:
    """The cookie of our notes has a name of its own; whoever is not signed in gets one for the forms."""
    app.config["SESSION_COOKIE_NAME"] = "lims_notes"
    app.after_request(keep_visitor)


def _visitor_cookie() -> str:
    return "__Host-lims_visitor" if house().settings.secure_cookies else "lims_visitor"
