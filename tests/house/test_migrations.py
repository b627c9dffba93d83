"""The migrations: one line of them, up and down on both engines, and what they make is what the models say."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from lims.db import Database
from lims.migrate import differences, downgrade, upgrade
from lims.settings import resource_dir

OBJECTS_ON_SQLITE = text("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
OBJECTS_ON_POSTGRESQL = text("""
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text NOT LIKE 'pg_%'
    ORDER BY 1, 2, 3
""")


def test_there_is_one_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_tables_are_those_of_the_models(database: Database) -> None:
    assert differences(database) == []


def test_going_down_leaves_nothing_and_coming_up_again_makes_the_same(empty_database: Database) -> None:
    upgrade(empty_database)
    first = _objects(empty_database)
    downgrade(empty_database, "base")
    assert set(inspect(empty_database.engine).get_table_names()) <= {"alembic_version"}
    upgrade(empty_database)
    assert _objects(empty_database) == first


def test_upgrading_what_is_current_changes_nothing(database: Database) -> None:
    before = _objects(database)
    upgrade(database)
    assert _objects(database) == before


def _objects(database: Database) -> list[tuple[str, str, str]]:
    """Every trigger, index and constraint, as the database itself tells it."""
    with database.read() as session:
        found = session.execute(OBJECTS_ON_SQLITE if database.is_sqlite else OBJECTS_ON_POSTGRESQL)
        return [(str(kind), str(name), str(definition)) for kind, name, definition in found]
