"""Audits with their tubes, pick lists with their lines, and of each tube whether anybody could find it."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("specimen", sa.Column("missing", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_specimen_missing",
        "specimen",
        ["id"],
        unique=False,
        sqlite_where=sa.text("missing = 1"),
        postgresql_where=sa.text("missing"),
    )
    op.add_column("container", sa.Column("audited_at", lims.db.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('box', 'sample')", name=op.f("ck_audit_kind")),
        sa.CheckConstraint("(kind = 'sample') = (seed IS NOT NULL)", name=op.f("ck_audit_seed")),
        sa.CheckConstraint("NOT accepted OR ended_at IS NOT NULL", name=op.f("ck_audit_accepted")),
        sa.ForeignKeyConstraint(["begun_by"], ["user_account.id"], name=op.f("fk_audit_begun_by")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_audit_container_id")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_audit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("code", name=op.f("uq_audit_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_container_id", "audit", ["container_id", "id"], unique=False)
    op.create_index(
        "uq_audit_open",
        "audit",
        ["container_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "audit_line",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("specimen_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.BigInteger(), nullable=True),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("lies_container_id", sa.BigInteger(), nullable=True),
        sa.Column("lies_row", sa.BigInteger(), nullable=True),
        sa.Column("lies_column", sa.BigInteger(), nullable=True),
        sa.Column("scanned_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("scanned_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "found IS NULL OR found IN ('here', 'back', 'wrong-place', 'misplaced', 'unexpected', 'missing')",
            name=op.f("ck_audit_line_found"),
        ),
        sa.CheckConstraint("expected OR found IS NOT NULL", name=op.f("ck_audit_line_turned_up")),
        sa.CheckConstraint("lies_container_id IS NULL OR found IN ('back', 'wrong-place')", name=op.f("ck_audit_line_lies")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_line_audit_id")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_audit_line_container_id")),
        sa.ForeignKeyConstraint(["lies_container_id"], ["container.id"], name=op.f("fk_audit_line_lies_container_id")),
        sa.ForeignKeyConstraint(["scanned_by"], ["user_account.id"], name=op.f("fk_audit_line_scanned_by")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_audit_line_specimen_id")),
        sa.PrimaryKeyConstraint("audit_id", "specimen_id", name=op.f("pk_audit_line")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_line_specimen_id", "audit_line", ["specimen_id"], unique=False)
    op.create_table(
        "audit_unknown",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scanned_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_unknown_audit_id")),
        sa.PrimaryKeyConstraint("audit_id", "code", name=op.f("pk_audit_unknown")),
        sqlite_strict=True,
    )
    _make_pick_lists()


def _make_pick_lists() -> None:
    op.create_table(
        "pick_list",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("into_id", sa.BigInteger(), nullable=True),
        sa.Column("minutes_out", sa.BigInteger(), nullable=True),
        sa.Column("made_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("minutes_out BETWEEN 1 AND 1440", name=op.f("ck_pick_list_minutes_out")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name=op.f("ck_pick_list_ended_at")),
        sa.CheckConstraint("ended IS NULL OR ended IN ('done', 'cancelled')", name=op.f("ck_pick_list_ended")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_pick_list_batch_id")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_pick_list_id")),
        sa.ForeignKeyConstraint(["into_id"], ["container.id"], name=op.f("fk_pick_list_into_id")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_pick_list_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_list")),
        sa.UniqueConstraint("code", name=op.f("uq_pick_list_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_pick_list_batch_id", "pick_list", ["batch_id"], unique=False)
    op.create_table(
        "pick_line",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("specimen_id", sa.BigInteger(), nullable=False),
        sa.Column("instead_of", sa.BigInteger(), nullable=True),
        sa.Column("not_found_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("line > 0", name=op.f("ck_pick_line_line")),
        sa.CheckConstraint("instead_of < line", name=op.f("ck_pick_line_instead_of")),
        sa.ForeignKeyConstraint(["list_id"], ["pick_list.id"], name=op.f("fk_pick_line_list_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_pick_line_specimen_id")),
        sa.PrimaryKeyConstraint("list_id", "line", name=op.f("pk_pick_line")),
        sa.UniqueConstraint("list_id", "instead_of", name=op.f("uq_pick_line_list_id_instead_of")),
        sa.UniqueConstraint("list_id", "specimen_id", name=op.f("uq_pick_line_list_id_specimen_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_pick_line_specimen_id", "pick_line", ["specimen_id"], unique=False)
    op.create_table(
        "pick",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("picked_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("picked_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["custody_event.id"], name=op.f("fk_pick_event_id")),
        sa.ForeignKeyConstraint(["list_id"], ["pick_list.id"], name=op.f("fk_pick_list_id")),
        sa.ForeignKeyConstraint(["picked_by"], ["user_account.id"], name=op.f("fk_pick_picked_by")),
        sa.ForeignKeyConstraint(["store_id"], ["container.id"], name=op.f("fk_pick_store_id")),
        sa.PrimaryKeyConstraint("list_id", "line", name=op.f("pk_pick")),
        sa.UniqueConstraint("event_id", name=op.f("uq_pick_event_id")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("pick", "pick_line", "pick_list", "audit_unknown", "audit_line", "audit"):
        op.drop_table(table)
    op.drop_column("container", "audited_at")
    op.drop_index("ix_specimen_missing", table_name="specimen")
    op.drop_column("specimen", "missing")
