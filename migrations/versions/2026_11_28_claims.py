"""Claims on boxes: one living claim a box."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "box_claim",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("claimed_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until > claimed_at", name=op.f("ck_box_claim_until")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_box_claim_container_id")),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"], name=op.f("fk_box_claim_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_claim")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_box_claim_living",
        "box_claim",
        ["container_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_box_claim_living", table_name="box_claim")
    op.drop_table("box_claim")
