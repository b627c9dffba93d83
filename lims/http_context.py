"""What one HTTP request carries for both HTTP doors: the database, who acts, its own id, and its one transaction.

A door opens with :func:`open_door`: it says which paths are its own, how it knows who is asking, and how it puts a refusal. A view
says what it takes with :func:`allow` (or :func:`public`), and nothing else lets anybody in: a view that says neither is refused when
the service starts, and again when somebody asks for it.
"""

import functools
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.exceptions import NotFound

from lims.accounts.errors import NotAllowed, NotSignedIn
from lims.accounts.vocabulary import Action, Actor
from lims.db import Database, DatabaseBusy
from lims.settings import Settings

log = logging.getLogger("lims.http")

TRIES = 4
_LONGEST_PAUSE_S = 0.05
PUBLIC = "public"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: the paths that begin with ``prefix``, who is asking there, and how a refusal is put."""

    prefix: str
    authenticate: Callable[[], Actor]
    refuse: Callable[[Exception], ResponseReturnValue]


@dataclass(slots=True)
class House:
    """What the whole application shares."""

    settings: Settings
    database: Database
    doors: list[Door] = field(default_factory=list)


@dataclass(slots=True)
class _Carried:
    """What one request carries. ``held`` is set while somebody above the view keeps the transaction open until the answer is made.

    ``kept`` says that something was committed; ``readers`` counts the blocks that read at this moment.
    """

    request_id: str
    actor: Actor | None = None
    held: ExitStack | None = None
    session: Session | None = None
    kept: bool = False
    reading: AbstractContextManager[Session] | None = None
    read_session: Session | None = None
    readers: int = 0


def enter_house(app: Flask, settings: Settings, database: Database) -> None:
    """Give ``app`` its database, and shut every view nobody has been allowed into."""
    app.extensions["lims"] = House(settings, database)
    app.before_request(_let_in)
    app.after_request(_name_the_request)
    app.teardown_request(lambda _error: _stop_reading())


def open_door(app: Flask, door: Door) -> None:
    """Add a door; the longest prefix that fits a path is the path's door."""
    doors = house(app).doors
    doors.append(door)
    doors.sort(key=lambda one: -len(one.prefix))


def allow(action: Action) -> Callable[[_View], _View]:
    """Declare what a view does. Whoever's role (and token) does not allow that, never reaches it."""

    def declare(view: _View) -> _View:
        view.lims_action = action  # type: ignore[attr-defined]  # a function carries its own declaration
        return view

    return declare


def public(view: _View) -> _View:
    """Declare that anybody may see this. Each such view is listed in a test."""
    view.lims_action = PUBLIC  # type: ignore[attr-defined]  # as in allow()
    return view


def declared_action(view: Callable[..., Any]) -> Action | str | None:
    """What a view declared: an action, ``"public"``, or nothing."""
    return cast("Action | str | None", getattr(view, "lims_action", None))


def check_every_view_declares(app: Flask) -> None:
    """
    :raises RuntimeError: a view of ``app`` has not said who may see it.
    """
    silent = sorted(name for name, view in app.view_functions.items() if declared_action(view) is None)
    if silent:
        raise RuntimeError(f"views that have not declared who may see them: {', '.join(silent)}")


def house(app: Flask | None = None) -> House:
    """The settings, the database and the doors of this application."""
    return cast(House, (app or current_app).extensions["lims"])


def database() -> Database:
    """The application's database."""
    return house().database


def actor() -> Actor:
    """Who acts in this request.

    :raises NotSignedIn: nobody does.
    """
    found = _carried().actor
    if found is None:
        raise NotSignedIn
    return found


def someone() -> Actor | None:
    """Who acts in this request, or None on a public page nobody has signed in to."""
    return _carried().actor


def set_actor(who: Actor) -> None:
    """From here on ``who`` acts in this request, as after signing in."""
    _carried().actor = who


def request_id() -> str:
    """The id of this request, as it stands in the log and in ``X-Request-Id``."""
    return _carried().request_id


@contextmanager
def transaction() -> Iterator[tuple[Session, Actor]]:
    """The request's one write, and who does it. Leaving the block commits; raising rolls everything back.

    Within :func:`held_until_answered` the commit waits for the answer, so that act and answer are kept together.
    """
    carried = _carried()
    who = actor()
    if not carried.readers:
        _stop_reading()
    if carried.held is not None:
        if carried.session is None:
            carried.session = carried.held.enter_context(database().transaction())
        yield carried.session, who
        return
    with database().transaction() as session:
        yield session, who
    carried.kept = True


@contextmanager
def read() -> Iterator[tuple[Session, Actor]]:
    """The session this request reads with, and who reads."""
    who = actor()
    with reading() as session:
        yield session, who


@contextmanager
def reading() -> Iterator[Session]:
    """The session this request reads with, whoever asks: opened when first needed, closed with the request or before it writes.

    Authentication and the view share it: a second connection for each request would cost more than the look-up itself.
    """
    carried = _carried()
    if carried.reading is None:
        opening = database().read()
        carried.read_session, carried.reading = opening.__enter__(), opening
    assert carried.read_session is not None
    carried.readers += 1
    try:
        yield carried.read_session
    except Exception as error:
        _stop_reading(error)
        raise
    finally:
        carried.readers -= 1


def _stop_reading(error: BaseException | None = None) -> None:
    """Close the session for reading, which puts a driver's ``error`` into words."""
    carried = _carried()
    opened, carried.reading, carried.read_session = carried.reading, None, None
    if opened is not None:
        opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def is_held() -> bool:
    """Whether the transaction outlives the view's block, so that what one block did cannot be taken back by leaving it."""
    return _carried().held is not None


@contextmanager
def held_until_answered() -> Iterator[Callable[[], Session | None]]:
    """Keep the transaction that the view opens until this block is left; gives a way to reach its session."""
    carried = _carried()
    try:
        with ExitStack() as carried.held:
            yield lambda: carried.session
        carried.kept = carried.session is not None
    finally:
        carried.held = carried.session = None


def again_while_busy(view: Callable[..., Any]) -> Callable[..., Any]:
    """Run a view again when the database broke a deadlock at its cost: all of it was rolled back, so all of it is done anew."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        for attempt in range(1, TRIES):
            try:
                return view(*args, **kwargs)
            except DatabaseBusy:
                if _carried().kept:
                    raise
                log.warning("busy: request %s, try %d", request_id(), attempt)
                time.sleep(random.uniform(0, _LONGEST_PAUSE_S) * attempt)
        return view(*args, **kwargs)

    return run


def door_of_this_request() -> Door | None:
    """The door whose prefix fits this path best."""
    return next((door for door in house().doors if request.path.startswith(door.prefix)), None)


def _let_in() -> None:
    """Deny by default. A request for no view at all (404, 405) goes on to be told so."""
    if request.endpoint is None or request.routing_exception is not None:
        return
    if "\0" in request.path:
        raise NotFound  # no address of ours, and no text for a database
    action = declared_action(current_app.view_functions[request.endpoint])
    if action == PUBLIC:
        return
    door = door_of_this_request()
    if door is None or not isinstance(action, Action):
        raise NotSignedIn("This page has not been opened to anybody.")
    who = door.authenticate()
    _carried().actor = who
    if not who.may(action):
        log.warning("refused: %s may not %s (request %s)", who.username, action, request_id())
        raise NotAllowed(who, action)


def _name_the_request(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    return response


def _carried() -> _Carried:
    carried: _Carried | None = g.get("lims")
    if carried is None:
        carried = g.lims = _Carried(secrets.token_hex(8))
    return carried
