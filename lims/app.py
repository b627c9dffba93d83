"""The house put together: the only place that knows every door."""

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, jsonify, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from lims import api, web
from lims.api.problems import problem_response
from lims.checks import connect_rooms
from lims.db import LARGEST_INTEGER, Database
from lims.http_context import (
    CONTENT_POLICY,
    again_while_busy,
    check_every_view_declares,
    database,
    door_of_this_request,
    enter_house,
    house,
    public,
)
from lims.labels.drawing import use_own_templates
from lims.migrate import all_tables, check_current
from lims.printing.worker import run_beside
from lims.settings import Settings, read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_UPLOAD = 16 * 1024 * 1024
_HEADERS = [
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
]
_ONLY_ENCRYPTED = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


class NumberInAddress(IntegerConverter):
    """``<int:…>`` in a rule: a number that no database can hold leads nowhere, as one that names nothing does."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None, signed: bool = False) -> None:
        super().__init__(map, fixed_digits, min, LARGEST_INTEGER if max is None else max, signed)


def create_app(settings: Settings, *, on: Database | None = None, doors: Sequence[Callable[[Flask], None]] | None = None) -> Flask:
    """The whole service on one database: ``on``, or the one the settings name. ``doors`` are both, unless a test opens one only."""
    app = _Service("lims", static_folder=None)
    app.session_interface = _NoSessionForMachines()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
    )
    app.url_map.converters["int"] = NumberInAddress
    all_tables()
    connect_rooms()
    use_own_templates(settings.label_templates)
    enter_house(app, settings, on or Database(settings.database_url))
    _add_health(app)
    for open_it in doors if doors is not None else (api.register, web.register):
        open_it(app)
    app.register_error_handler(Exception, _refuse)
    check_every_view_declares(app)
    for name, view in app.view_functions.items():
        app.view_functions[name] = again_while_busy(view)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask says
    return app


_SWITCH_S = 0.0005
"""How long one thread keeps the interpreter from the others. By default 5 ms, for which a server's threads, and the one that hands
them requests, wait whenever one of them has asked the database: at eight clients that costs a third of the answers a second."""


class _Service(Flask):
    """Flask, spared asking of each function of each request whether it is a coroutine: none of ours is.

    The headers every answer has are added at the very end, as they are.
    """

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            return start_response(status, headers + _further_headers(headers, environ["wsgi.url_scheme"]), *more)

        return super().wsgi_app(environ, start)


def _further_headers(headers: list[tuple[str, str]], scheme: str) -> list[tuple[str, str]]:
    further = [*_HEADERS, _ONLY_ENCRYPTED] if scheme == "https" else list(_HEADERS)
    given = {name for name, _ in headers}
    further = [header for header in further if header[0] not in given]
    if "Cache-Control" not in given:
        further.append(("Cache-Control", "no-store"))
    return further


def from_environment() -> Flask:
    """The service as the environment's settings ask for it; what a WSGI server calls."""
    sys.setswitchinterval(_SWITCH_S)
    settings = read_settings()
    app = create_app(settings)
    if settings.print_worker:
        run_beside(house(app).database, settings)
    gc.freeze()  # what is there now stays: looking through it for what could go made somebody wait a tenth of a second
    return app


class _NoSessionForMachines(SecureCookieSessionInterface):
    """A browser's notes are kept in a signed cookie; at the API's door no cookie is read, and none is set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return self.make_null_session(app) if request.path.startswith("/api/") else super().open_session(app, request)


def _add_health(app: Flask) -> None:
    @app.get("/healthz")
    @public
    def healthz() -> Response:
        """The process answers."""
        return jsonify(status="ok")

    @app.get("/readyz")
    @public
    def readyz() -> Response:
        """The database answers, and has the tables the service needs."""
        check_current(database())
        return jsonify(status="ready")


def _refuse(error: Exception) -> ResponseReturnValue:
    """Each door puts a refusal in its own way; where there is no door, it is a problem."""
    door = door_of_this_request()
    return door.refuse(error) if door and request.path not in {"/healthz", "/readyz"} else problem_response(error)
