"""A container may be kept for some materials: a tube of another is told so at its scan."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("container", sa.Column("holds", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("container", "holds")
