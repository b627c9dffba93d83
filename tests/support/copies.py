"""A copy of a whole database that nobody is at, to be spoiled in its stead."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine, text

from lims.db import Database
from tests.support.engines import Databases, copied_from


@contextmanager
def copy_of(database: Database, databases: Databases) -> Iterator[Database]:
    """The same content on the same engine, thrown away afterwards. The original's connections are closed first."""
    database.dispose()
    name = f"{database.url.database}{secrets.token_hex(4)}"
    if database.is_sqlite:
        shutil.copyfile(str(database.url.database), name)
    else:
        engine = create_engine(database.url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {copied_from(database.url.database or '')}"))
    copy = Database(database.url.set(database=name).render_as_string(hide_password=False))
    try:
        yield copy
    finally:
        databases.drop(copy)
