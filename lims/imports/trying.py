"""Where a dry run may write: everything is tried there as it would be done, and nothing of it is kept."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lims.db import Database

_PREFIX = "trying-"
_LEFT_BEHIND_S = 24 * 3600


@contextmanager
def ground_to_try_on(database: Database) -> Iterator[Database]:
    """PostgreSQL itself, in a transaction that is rolled back; of SQLite a copy, since nobody else could write for as long as it takes."""
    if not database.is_sqlite:
        yield database
        return
    original = Path(str(database.url.database))
    _clear_up(original.parent)
    with TemporaryDirectory(prefix=_PREFIX, dir=original.parent) as folder:
        copy = Path(folder) / original.name
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        ground = Database(f"sqlite:///{copy}")
        try:
            yield ground
        finally:
            ground.dispose()


def _clear_up(folder: Path) -> None:
    """Copies of a service that was killed while it tried."""
    for left in folder.glob(f"{_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
            shutil.rmtree(left, ignore_errors=True)
