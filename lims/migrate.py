"""Migrations: bring a database to the newest tables, or say how it differs from them."""

import importlib
from collections.abc import Callable

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from lims.db import Base, Database
from lims.errors import Conflict
from lims.settings import resource_dir

ROOMS_WITH_TABLES = (
    "accounts",
    "custody",
    "labels",
    "studies",
    "specimens",
    "storage",
    "batches",
    "sequencing",
    "imports",
    "printing",
    "kits",
    "audits",
    "picking",
    "racks",
    "temperatures",
)


class MigrationsMissing(Conflict):
    """The database is older or newer than the service."""

    code = "database.migrations-missing"

    def __init__(self, found: str | None, wanted: str) -> None:
        super().__init__(f"The database is at {found or 'nothing'}, the service needs {wanted}. Run: lims db upgrade")


def all_tables() -> MetaData:
    """Every table of every room."""
    for room in ROOMS_WITH_TABLES:
        importlib.import_module(f"lims.{room}.models")
    return Base.metadata


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to ``revision``, in one transaction."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to ``revision``."""
    _run(database, lambda config: command.downgrade(config, revision))


def make_anew(connection: Connection) -> None:
    """Drop every table there is and make them again, empty, within the connection's transaction; for restoring."""
    if MigrationContext.configure(connection).get_current_revision() is not None:
        command.downgrade(_config(connection), "base")
    command.upgrade(_config(connection), "head")


def newest_revision() -> str:
    """The revision the service needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def check_current(database: Database) -> None:
    """
    :raises MigrationsMissing: the database is not at the newest revision.
    """
    wanted = newest_revision()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise MigrationsMissing(found, wanted)


def differences(database: Database) -> list[str]:
    """How the tables differ from the models, one line each; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": not database.is_sqlite,
                "include_object": lambda _object, name, type_, *_: not (type_ == "table" and name in {"lims_id", "alembic_version"}),
            },
        )
        return [str(difference) for difference in compare_metadata(context, all_tables())]


def new_revision(database: Database, message: str, revision_id: str) -> None:
    """Write a migration for what the models have and the tables have not; for developers."""
    _run(
        database,
        lambda config: command.revision(config, message=message, autogenerate=True, rev_id=revision_id),
    )


def _run(database: Database, act: Callable[[Config], object]) -> None:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                act(_config(connection))
                if database.is_sqlite:
                    _check_foreign_keys(connection)
        finally:
            if database.is_sqlite:
                _foreign_keys(connection, "ON")


def _check_foreign_keys(connection: Connection) -> None:
    """What SQLite did not check while foreign keys were off."""
    if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError(f"the migration left a row of {lost[0]} naming a {lost[2]} that is not there")


def _foreign_keys(connection: Connection, state: str) -> None:
    """SQLite makes a table anew to alter it; with foreign keys on that would drop what points at it.

    The pragma takes effect outside a transaction only, so it goes to the driver itself.
    """
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys = {state}")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config
