"""Lists that found little had read every tube to say so: those of one timepoint, and those in quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_specimen_timepoint", "specimen", ["timepoint", "id"], unique=False)
    op.create_index(
        "ix_specimen_quarantined",
        "specimen",
        ["id"],
        unique=False,
        postgresql_where=sa.text("quarantined"),
        sqlite_where=sa.text("quarantined = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_specimen_quarantined", table_name="specimen")
    op.drop_index("ix_specimen_timepoint", table_name="specimen")
