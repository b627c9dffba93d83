"""The migrations: one line of them, up and down on both engines, and what they make is what the models say."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Index, Table, UniqueConstraint, inspect, text

from lims.db import Database
from lims.migrate import all_tables, differences, downgrade, upgrade
from lims.settings import resource_dir
from tests.factories import kits, printing, trial

APPEND_ONLY = (
    *("custody_event", "barcode", "protocol_version", "lineage", "manifest", "manifest_document", "manifest_pull"),
    *("rack_scan", "rack_scan_end", "temperature_log", "temperature_reading"),
)

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


def test_labels_of_a_stock_kit_that_was_given_away_before_are_given_after_it(database: Database) -> None:
    with database.transaction() as session:
        trial.begin(session)
        printing.printer(session)
        theirs, nobodys = (kits.make_for_stock(session, specimen_types=("stool",)) for _ in range(2))
        jobs = [kits.ask(session, kit.summary.barcode) for kit in (theirs, nobodys)]
    downgrade(database, "0004")
    with database.transaction() as session:
        given = text("UPDATE kit SET participant_id = (SELECT id FROM participant) WHERE id = :id")
        session.execute(given, {"id": theirs.summary.id})
    upgrade(database)
    owners = text("SELECT DISTINCT participant_id IS NOT NULL FROM label_print WHERE job_id = :job")
    with database.read() as session:
        assert [session.execute(owners, {"job": job}).scalars().all() for job in jobs] == [[True], [False]]


def test_going_down_and_up_again_with_rows_makes_the_same(database: Database) -> None:
    before = _objects(database)
    with database.transaction() as session:
        trial.begin(session)
        trial.divide(session, trial.tube(session).barcode)
    downgrade(database, "base")
    upgrade(database)
    assert _objects(database) == before
    with database.transaction() as session:
        trial.begin(session)


def test_the_guards_are_exactly_those_of_the_tables_that_only_grow(database: Database) -> None:
    found = {name for kind, name, _ in _objects(database) if kind == "trigger"}
    assert found == set(_guards_on_sqlite() if database.is_sqlite else _guards_on_postgresql())


def test_on_postgresql_the_guards_speak_for_a_replica_too(database: Database) -> None:
    if not database.is_sqlite:
        with database.read() as session:
            found = session.execute(text("SELECT DISTINCT tgenabled::text FROM pg_trigger WHERE NOT tgisinternal")).scalars().all()
        assert found == ["A"]


def test_the_indexes_are_those_of_the_models_and_partial_where_those_are(database: Database) -> None:
    found = {
        name: definition for kind, name, definition in _objects(database) if kind == "index" and not name.startswith(("pk_", "uq_lims"))
    }
    declared = {str(index.name): index for table in all_tables().tables.values() for index in table.indexes}
    of_constraints = {str(each.name) for table in all_tables().tables.values() for each in table.constraints}
    assert {name for name in found if name not in of_constraints and not name.startswith("alembic_")} == set(declared)
    partial = {name for name, index in declared.items() if _is_partial(index)}
    assert partial
    assert {name for name in declared if " WHERE " in found[name]} == partial


def test_on_sqlite_every_table_is_strict(database: Database) -> None:
    if database.is_sqlite:
        with database.read() as session:
            tables = {row.name: row.strict for row in session.execute(text("PRAGMA table_list")) if row.schema == "main"}
        loose = {name for name, strict in tables.items() if not strict and not name.startswith("sqlite_")}
        assert loose == {"alembic_version"}


def test_a_migration_that_fails_changes_nothing_and_leaves_foreign_keys_on(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _objects(database)

    def drop_and_fail(config: Config, revision: str) -> None:
        downgrade_to_base(config, revision)
        raise RuntimeError("the disk is full")

    downgrade_to_base = command.downgrade
    monkeypatch.setattr(command, "downgrade", drop_and_fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        downgrade(database, "base")
    assert _objects(database) == before
    if database.is_sqlite:
        with database.read() as session:
            assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_migration_may_not_leave_a_row_that_names_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.is_sqlite:
        orphan = "INSERT INTO api_token (id, user_id, token_hash, scopes, created_at) VALUES (1, 99, 'x', '', '')"
        monkeypatch.setattr(command, "upgrade", lambda config, _: config.attributes["connection"].exec_driver_sql(orphan))
        with pytest.raises(RuntimeError, match="a row of api_token naming a user_account that is not there"):
            upgrade(database)


def _guards_on_sqlite() -> Iterator[str]:
    """No update, no delete, and no other row in the place of one by any key: the primary, every unique one, the hidden one."""
    yield from ("custody_event_next_in_chain", "custody_event_head")
    for name in APPEND_ONLY:
        table = all_tables().tables[name]
        yield from (f"{name}_no_update", f"{name}_no_delete")
        for key in _keys(table):
            yield f"{name}_no_replace_by_{'_and_'.join(key)}"
    yield from ("label_print_goes_forward", "label_print_no_delete")
    yield from (f"label_print_no_replace_by_{key}" for key in ("id", "line", "live", "copy"))
    yield from (f"{table}_{guard}" for table in ("kit", "kit_tube") for guard in ("goes_forward", "no_delete"))


def _keys(table: Table) -> Iterator[list[str]]:
    primary = [column.name for column in table.primary_key]
    yield primary
    if primary != ["id"]:
        yield ["rowid"]
    for each in (*table.constraints, *table.indexes):
        if isinstance(each, UniqueConstraint) or (isinstance(each, Index) and each.unique):
            yield [column.name for column in each.columns]


def _guards_on_postgresql() -> Iterator[str]:
    yield "custody_event_next_in_chain"
    for name in APPEND_ONLY:
        yield from (f"{name}_append_only", f"{name}_no_truncate")
    yield from (f"{table}_{guard}" for table in ("label_print", "kit", "kit_tube") for guard in ("goes_forward", "no_truncate"))


def _is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


def _objects(database: Database) -> list[tuple[str, str, str]]:
    """Every trigger, index and constraint, as the database itself tells it."""
    with database.read() as session:
        found = session.execute(OBJECTS_ON_SQLITE if database.is_sqlite else OBJECTS_ON_POSTGRESQL)
        return [(str(kind), str(name), str(definition)) for kind, name, definition in found]
