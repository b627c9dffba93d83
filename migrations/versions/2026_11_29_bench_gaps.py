"""Devices by the name people gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 64", name=op.f("ck_device_key")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_device_name")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("key", name=op.f("uq_device_key")),
        sa.UniqueConstraint("name", name=op.f("uq_device_name")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("device")
