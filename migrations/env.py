"""Alembic's way in: it is handed an open connection by :mod:`lims.migrate`, never an address."""

from typing import Any

from alembic import context

from lims.migrate import all_tables

IGNORED = {"lims_id"}


def include(_object: Any, name: str | None, type_: str, _reflected: bool, _compared_to: Any) -> bool:
    """The id counter has no model; SQLite's own table neither."""
    return not (type_ == "table" and name in IGNORED)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    include_object=include,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=connection.dialect.name != "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
