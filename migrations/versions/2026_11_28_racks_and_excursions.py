"""Rack scans and what became of them; temperature logs, their readings, and the excursions that follow from these."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Tables that only grow, and their keys, by none of which SQLite may put another row in the place of one.
APPEND_ONLY = {
    "rack_scan": (("id",), ("container_id", "sha256")),
    "rack_scan_end": (("scan_id",), ("rowid",)),
    "temperature_log": (("id",),),
    "temperature_reading": (("container_id", "at"), ("rowid",)),
}


def upgrade() -> None:
    op.create_table(
        "rack_scan",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("scanned_by", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_rack_scan_sha256")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_rack_scan_container_id")),
        sa.ForeignKeyConstraint(["scanned_by"], ["user_account.id"], name=op.f("fk_rack_scan_scanned_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rack_scan")),
        sa.UniqueConstraint("container_id", "sha256", name=op.f("uq_rack_scan_container_id_sha256")),
        sqlite_strict=True,
    )
    op.create_index("ix_rack_scan_scanned_at", "rack_scan", ["scanned_at", "id"], unique=False)
    op.create_table(
        "rack_scan_end",
        sa.Column("scan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('accepted', 'dropped')", name=op.f("ck_rack_scan_end_state")),
        sa.CheckConstraint("turn IN ('0', '90', '180', '270')", name=op.f("ck_rack_scan_end_turn")),
        sa.ForeignKeyConstraint(["ended_by"], ["user_account.id"], name=op.f("fk_rack_scan_end_ended_by")),
        sa.ForeignKeyConstraint(["scan_id"], ["rack_scan.id"], name=op.f("fk_rack_scan_end_scan_id")),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_rack_scan_end")),
        sqlite_strict=True,
    )
    op.create_table(
        "temperature_log",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("first_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("readings > 0", name=op.f("ck_temperature_log_readings")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_temperature_log_container_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user_account.id"], name=op.f("fk_temperature_log_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_log")),
        sqlite_strict=True,
    )
    op.create_index("ix_temperature_log_container_id", "temperature_log", ["container_id", "id"], unique=False)
    op.create_table(
        "temperature_reading",
        sa.Column("container_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("milli_c", sa.BigInteger(), nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("milli_c BETWEEN -273150 AND 200000", name=op.f("ck_temperature_reading_milli_c")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_temperature_reading_container_id")),
        sa.ForeignKeyConstraint(["log_id"], ["temperature_log.id"], name=op.f("fk_temperature_reading_log_id")),
        sa.PrimaryKeyConstraint("container_id", "at", name=op.f("pk_temperature_reading")),
        sqlite_strict=True,
    )
    op.create_index("ix_temperature_reading_log_id", "temperature_reading", ["log_id"], unique=False)
    op.create_table(
        "temperature_excursion",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("begun_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("extreme_milli_c", sa.BigInteger(), nullable=False),
        sa.Column("limit_milli_c", sa.BigInteger(), nullable=False),
        sa.Column("tolerated_minutes", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side IN ('warm', 'cold')", name=op.f("ck_temperature_excursion_side")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_temperature_excursion_container_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["user_account.id"], name=op.f("fk_temperature_excursion_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_excursion")),
        sa.UniqueConstraint("container_id", "side", "begun_at", name=op.f("uq_temperature_excursion_container_id_side_begun_at")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_temperature_excursion_open",
        "temperature_excursion",
        ["id"],
        unique=False,
        sqlite_where=sa.text("reviewed_at IS NULL"),
        postgresql_where=sa.text("reviewed_at IS NULL"),
    )
    for table, keys in APPEND_ONLY.items():
        _refuse_changes(table, keys)


def downgrade() -> None:
    op.drop_table("temperature_excursion")
    op.drop_table("temperature_reading")
    op.drop_table("temperature_log")
    op.drop_table("rack_scan_end")
    op.drop_table("rack_scan")


def _refuse_changes(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """As the ledger is kept: UPDATE, DELETE and TRUNCATE are refused, and SQLite's INSERT OR REPLACE."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION lims_append_only()""")
        op.execute(f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION lims_append_only()""")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only, ENABLE ALWAYS TRIGGER {table}_no_truncate")
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""")
    for key in keys:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        columns = ", ".join(f"{table}.{column}" for column in key)
        op.execute(f"""CREATE TRIGGER {table}_no_replace_by_{"_and_".join(key)} BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
            BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {columns}'); END""")
