"""The first tables, and the triggers that keep the ledger append-only on both engines."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Tables whose rows are never changed, and every key by which a row could be put in another's place. SQLite gives a table whose
# primary key is not one whole number a hidden key besides.
APPEND_ONLY = {
    "custody_event": (("id",), ("subject_id", "sequence")),
    "barcode": (("code",), ("rowid",)),
    "protocol_version": (("id",), ("study_id", "version")),
    "lineage": (("child_id", "parent_id"), ("rowid",)),
    "manifest": (("id",), ("number",)),
    "manifest_document": (("manifest_id", "format"), ("rowid",)),
    "manifest_pull": (("id",),),
}


def upgrade() -> None:
    op.create_table(
        "custody_subject",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("latest_occurred_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_subject")),
        sqlite_strict=True,
    )
    op.create_table(
        "running_number",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_running_number_last")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_running_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
        sqlite_strict=True,
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("created_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)

    op.create_table(
        "barcode",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("bound_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(code) BETWEEN 1 AND 64", name=op.f("ck_barcode_code")),
        sa.ForeignKeyConstraint(["subject_id"], ["custody_subject.id"], name=op.f("fk_barcode_subject_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_barcode")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_barcode_subject_id"), "barcode", ["subject_id"], unique=False)

    op.create_table(
        "custody_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_custody_event_sequence")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_custody_event_actor_id")),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["custody_subject.id"],
            name=op.f("fk_custody_event_subject_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_event")),
        sa.UniqueConstraint("subject_id", "sequence", name=op.f("uq_custody_event_subject_id_sequence")),
        sqlite_strict=True,
    )
    op.create_index("ix_custody_event_actor_id", "custody_event", ["actor_id", "id"], unique=False)
    op.create_index("ix_custody_event_recorded_at", "custody_event", ["recorded_at"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("already", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_import_run_actor_id")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_import_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_strict=True,
    )
    op.create_table(
        "operation",
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("recorded_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status BETWEEN 100 AND 599", name=op.f("ck_operation_status")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_operation_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_operation")),
        sqlite_strict=True,
    )
    op.create_index("ix_operation_recorded_at", "operation", ["recorded_at"], unique=False)

    op.create_table(
        "password_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_password_link_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_link")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_password_link_user_id"), "password_link", ["user_id"], unique=False)

    op.create_table(
        "study",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("current_protocol_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("code", name=op.f("uq_study_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_web_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)

    op.create_table(
        "container",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("columns", sa.BigInteger(), nullable=True),
        sa.Column("temperature_c", sa.BigInteger(), nullable=True),
        sa.Column("study_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.code"], name=op.f("fk_container_barcode")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_container_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["container.id"], name=op.f("fk_container_parent_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_container_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_container")),
        sa.UniqueConstraint("barcode", name=op.f("uq_container_barcode")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_container_parent_id"), "container", ["parent_id"], unique=False)
    op.create_index(
        "uq_container_parent_id_name",
        "container",
        ["parent_id", "name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "uq_container_parent_id_slot",
        "container",
        ["parent_id", "slot"],
        unique=True,
        sqlite_where=sa.text("slot IS NOT NULL"),
        postgresql_where=sa.text("slot IS NOT NULL"),
    )

    op.create_table(
        "imported_row",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_imported_row_run_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_imported_row_study_id")),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["custody_subject.id"],
            name=op.f("fk_imported_row_subject_id"),
        ),
        sa.PrimaryKeyConstraint("fingerprint", "study_id", name=op.f("pk_imported_row")),
        sqlite_strict=True,
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("enrolled_on", lims.db.IsoDate(), nullable=False),
        sa.Column("consent_on", lims.db.IsoDate(), nullable=True),
        sa.Column("withdrawn_on", lims.db.IsoDate(), nullable=True),
        sa.Column("off_study_on", lims.db.IsoDate(), nullable=True),
        sa.Column("carried_over_from", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_participant_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_participant_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_participant_study_id_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_participant_code", "participant", ["code"], unique=False)

    op.create_table(
        "protocol_version",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("loaded_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_protocol_version_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_version")),
        sa.UniqueConstraint("study_id", "version", name=op.f("uq_protocol_version_study_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("protocol_version_id", sa.BigInteger(), nullable=False),
        sa.Column("assay", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("created_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_batch_size")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_batch_id")),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"],
            ["protocol_version.id"],
            name=op.f("fk_batch_protocol_version_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_batch_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_batch_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "collection",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("protocol_version_id", sa.BigInteger(), nullable=False),
        sa.Column("timepoint", sa.Text(), nullable=False),
        sa.Column("specimen_type", sa.Text(), nullable=False),
        sa.Column("collected_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("received_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("processed_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("frozen_on", lims.db.IsoDate(), nullable=True),
        sa.Column("not_collected", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_collection_id")),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_collection_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"],
            ["protocol_version.id"],
            name=op.f("fk_collection_protocol_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_collection_participant_id",
        "collection",
        ["participant_id", "timepoint"],
        unique=False,
    )

    op.create_table(
        "consent_record",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", lims.db.IsoDate(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_consent_record_participant_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_consent_record_participant_id"),
        "consent_record",
        ["participant_id"],
        unique=False,
    )

    op.create_table(
        "participant_external_id",
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_participant_external_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_participant_external_id_study_id")),
        sa.PrimaryKeyConstraint("participant_id", "system", "value", name=op.f("pk_participant_external_id")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_participant_external_id_value",
        "participant_external_id",
        ["value"],
        unique=False,
    )
    op.create_index(
        "uq_participant_external_id_study_id_system_value",
        "participant_external_id",
        ["study_id", "system", "value"],
        unique=True,
    )

    op.create_table(
        "treatment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_treatment_participant_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment")),
        sa.UniqueConstraint(
            "participant_id",
            "kind",
            "given_at",
            name=op.f("uq_treatment_participant_id_kind_given_at"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "batch_control",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_control_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_batch_control")),
        sqlite_strict=True,
    )
    op.create_table(
        "manifest",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_manifest_batch_id")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_manifest_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["user_account.id"], name=op.f("fk_manifest_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
        sa.UniqueConstraint("number", name=op.f("uq_manifest_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_manifest_batch_id", "manifest", ["batch_id", "id"], unique=False)

    op.create_table(
        "specimen",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("collection_id", sa.BigInteger(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("specimen_type", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("timepoint", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("container_kind", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("initial_amount", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("thaw_count", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("created_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount <= initial_amount",
            name=op.f("ck_specimen_amount_not_more_than_at_start"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_specimen_amount")),
        sa.CheckConstraint("initial_amount >= 0", name=op.f("ck_specimen_initial_amount")),
        sa.CheckConstraint("thaw_count >= 0", name=op.f("ck_specimen_thaw_count")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.code"], name=op.f("fk_specimen_barcode")),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name=op.f("fk_specimen_collection_id")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_specimen_id")),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_specimen_participant_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_specimen_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen")),
        sa.UniqueConstraint("barcode", name=op.f("uq_specimen_barcode")),
        sa.UniqueConstraint("label", name=op.f("uq_specimen_label")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_specimen_collection_id"), "specimen", ["collection_id"], unique=False)
    op.create_index(
        "ix_specimen_participant_id",
        "specimen",
        ["participant_id", "timepoint", "specimen_type", "id"],
        unique=False,
    )
    op.create_index("ix_specimen_specimen_type", "specimen", ["specimen_type", "id"], unique=False)
    op.create_index("ix_specimen_state", "specimen", ["state", "id"], unique=False)

    op.create_table(
        "batch_member",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("specimen_id", sa.BigInteger(), nullable=False),
        sa.Column("pair_id", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("added_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("released_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_member_batch_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_batch_member_specimen_id")),
        sa.PrimaryKeyConstraint("batch_id", "specimen_id", name=op.f("pk_batch_member")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_batch_member_specimen_id"), "batch_member", ["specimen_id"], unique=False)
    op.create_index(
        "uq_batch_member_specimen",
        "batch_member",
        ["specimen_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )

    op.create_table(
        "lineage",
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("drawn >= 0", name=op.f("ck_lineage_drawn")),
        sa.ForeignKeyConstraint(["child_id"], ["specimen.id"], name=op.f("fk_lineage_child_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["specimen.id"], name=op.f("fk_lineage_parent_id")),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name=op.f("pk_lineage")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_lineage_parent_id"), "lineage", ["parent_id"], unique=False)

    op.create_table(
        "manifest_document",
        sa.Column("manifest_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifest.id"],
            name=op.f("fk_manifest_document_manifest_id"),
        ),
        sa.PrimaryKeyConstraint("manifest_id", "format", name=op.f("pk_manifest_document")),
        sqlite_strict=True,
    )
    op.create_table(
        "manifest_pull",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("manifest_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("pulled_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_manifest_pull_actor_id")),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_pull_manifest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest_pull")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_manifest_pull_manifest_id"),
        "manifest_pull",
        ["manifest_id"],
        unique=False,
    )

    op.create_table(
        "placement",
        sa.Column("specimen_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.BigInteger(), nullable=True),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("since", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            '"row" BETWEEN 0 AND 99 AND "column" BETWEEN 0 AND 99',
            name=op.f("ck_placement_grid"),
        ),
        sa.CheckConstraint('("row" IS NULL) = ("column" IS NULL)', name=op.f("ck_placement_hole")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_placement_container_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_placement_specimen_id")),
        sa.PrimaryKeyConstraint("specimen_id", name=op.f("pk_placement")),
        sqlite_strict=True,
    )
    op.create_index("uq_placement_hole", "placement", ["container_id", "row", "column"], unique=True)
    if not _on_sqlite():
        for function in POSTGRESQL_FUNCTIONS:
            op.execute(function)
    _make_the_id_counter()
    _make_the_system_person()
    for table, keys in APPEND_ONLY.items():
        _refuse_changes(table, keys)
    _keep_the_chain()


def downgrade() -> None:
    op.drop_table("placement")
    op.drop_table("manifest_pull")
    op.drop_table("manifest_document")
    op.drop_table("lineage")
    op.drop_table("batch_member")
    op.drop_table("specimen")
    op.drop_table("manifest")
    op.drop_table("batch_control")
    op.drop_table("treatment")
    op.drop_table("participant_external_id")
    op.drop_table("consent_record")
    op.drop_table("collection")
    op.drop_table("batch")
    op.drop_table("protocol_version")
    op.drop_table("participant")
    op.drop_table("imported_row")
    op.drop_table("container")
    op.drop_table("web_session")
    op.drop_table("study")
    op.drop_table("password_link")
    op.drop_table("operation")
    op.drop_table("import_run")
    op.drop_table("custody_event")
    op.drop_table("barcode")
    op.drop_table("api_token")
    op.drop_table("user_account")
    op.drop_table("sign_in_throttle")
    op.drop_table("running_number")
    op.drop_table("custody_subject")
    if _on_sqlite():
        op.execute("DROP TABLE lims_id")
    else:
        op.execute("DROP SEQUENCE lims_id")
        op.execute("DROP FUNCTION lims_append_only()")
        op.execute("DROP FUNCTION lims_next_in_chain()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _make_the_id_counter() -> None:
    if _on_sqlite():
        op.execute("CREATE TABLE lims_id (next INTEGER NOT NULL) STRICT")
        op.execute("INSERT INTO lims_id (next) VALUES (1000)")
    else:
        op.execute("CREATE SEQUENCE lims_id START WITH 1000")


def _make_the_system_person() -> None:
    """Who acts when the service itself does: loading a protocol at the first start, say. Nobody can sign in as it."""
    op.execute(f"INSERT INTO custody_subject (id, kind, sequence, head) VALUES (1, 'person', 0, '{'0' * 64}')")
    op.execute("INSERT INTO user_account (id, username, role, created_at) VALUES (1, 'system', 'admin', '2026-01-01T00:00:00.000000Z')")


def _refuse_changes(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """UPDATE, DELETE and TRUNCATE are refused; so is SQLite's INSERT OR REPLACE, which deletes without saying so."""
    if not _on_sqlite():
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


def _keep_the_chain() -> None:
    """An event is the next of its subject and names the hash of the one before; the subject's head follows by itself."""
    if _on_sqlite():
        op.execute("""CREATE TRIGGER custody_event_next_in_chain BEFORE INSERT ON custody_event
            WHEN NOT EXISTS (SELECT 1 FROM custody_subject
                WHERE id = NEW.subject_id AND sequence = NEW.sequence - 1 AND head = NEW.previous_hash)
            BEGIN SELECT RAISE(ABORT, 'custody_event: not the next in its chain'); END""")
        op.execute("""CREATE TRIGGER custody_event_head AFTER INSERT ON custody_event
            BEGIN UPDATE custody_subject SET sequence = NEW.sequence, head = NEW.hash,
                latest_occurred_at = max(coalesce(latest_occurred_at, NEW.occurred_at), NEW.occurred_at) WHERE id = NEW.subject_id; END""")
        return
    op.execute("""CREATE TRIGGER custody_event_next_in_chain BEFORE INSERT ON custody_event
        FOR EACH ROW EXECUTE FUNCTION lims_next_in_chain()""")
    op.execute("ALTER TABLE custody_event ENABLE ALWAYS TRIGGER custody_event_next_in_chain")


POSTGRESQL_FUNCTIONS = (
    """CREATE FUNCTION lims_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE FUNCTION lims_next_in_chain() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE custody_subject SET sequence = NEW.sequence, head = NEW.hash,
                latest_occurred_at = greatest(latest_occurred_at, NEW.occurred_at)
            WHERE id = NEW.subject_id AND sequence = NEW.sequence - 1 AND head = NEW.previous_hash;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'custody_event: not the next in its chain' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$""",
)
