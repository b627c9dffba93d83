"""What protects every page: no script but ours, no form from elsewhere, nothing signed-in kept by a cache."""

import hmac
import secrets
from hashlib import sha256

from flask import Flask, Response, g, request

from lims.http_context import house, someone
from lims.web.errors import FormFromElsewhere, PageTooOld

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OWN_SITES = {"same-origin", "none"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def add_headers(answer: Response) -> Response:
    """The headers of every page."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if house().settings.secure_cookies:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
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
    if origin is not None and origin != "null" and origin.split("://", 1)[-1] != request.host:
        raise FormFromElsewhere
    given = request.form.get("csrf", "")
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
    """How much may be sent at once, and how our cookies travel."""
    app.config.setdefault("MAX_CONTENT_LENGTH", 16 * 1024 * 1024)
    secure = house(app).settings.secure_cookies
    app.config.update(
        SESSION_COOKIE_NAME="lims_notes", SESSION_COOKIE_SECURE=secure, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax"
    )


def _visitor_cookie() -> str:
    return "__Host-lims_visitor" if house().settings.secure_cookies else "lims_visitor"
