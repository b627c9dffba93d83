"""The service behind a test client: built once by a worker for each choice of doors, then moved from database to database.

Building it takes a tenth of a second, most of it for its addresses; what a request looks at (the settings, the database) is asked of
the house in it each time.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from lims.app import create_app
from lims.db import Database
from lims.http_context import house
from lims.settings import Settings

_BUILT: dict[tuple[Callable[[Flask], None], ...], Flask] = {}


def app_on(database: Database, folder: Path, doors: Sequence[Callable[[Flask], None]], **more: Any) -> Flask:
    """The service with these doors, on that database; ``more`` are settings."""
    settings = Settings(folder, str(database.url), b"k" * 32, **more)
    if tuple(doors) not in _BUILT:
        _BUILT[tuple(doors)] = create_app(settings, on=database, doors=doors)
    app = _BUILT[tuple(doors)]
    house(app).settings, house(app).database = settings, database
    return app
