"""How far a file is that was given in the browser; and of each finding, what its sentence is made of."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_run", sa.Column("findings", sa.Text(), nullable=True))
    op.create_table(
        "import_progress",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("already", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_import_progress_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_progress")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("import_progress")
    op.drop_column("import_run", "findings")
