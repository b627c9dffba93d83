"""The service in this process: behind a test client, or on a port.

For a test client it is built once by a worker for each choice of doors, then moved from database to database. Building it takes a
tenth of a second, most of it for its addresses; what a request looks at (the settings, the database) is asked of the house in it.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import make_server

from lims.app import create_app
from lims.db import Database
from lims.http_context import house
from lims.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BUILT: dict[tuple[Callable[[Flask], None], ...], Flask] = {}


def app_on(database: Database, folder: Path, doors: Sequence[Callable[[Flask], None]], **more: Any) -> Flask:
    """The service with these doors, on that database; ``more`` are settings."""
    settings = Settings(folder, str(database.url), b"k" * 32, **more)
    if tuple(doors) not in _BUILT:
        _BUILT[tuple(doors)] = create_app(settings, on=database, doors=doors)
    app = _BUILT[tuple(doors)]
    house(app).settings, house(app).database = settings, database
    return app


@contextmanager
def served(app: "WSGIApplication") -> Iterator[str]:
    """Where it answers, on a port of its own, while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
