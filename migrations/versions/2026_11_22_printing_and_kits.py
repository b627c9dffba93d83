"""Printers, print jobs, the labels asked for, and kits; a label goes forward only, and no row of one is ever deleted."""

import sqlalchemy as sa
from alembic import op

import lims.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "printer",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("dpi", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("retired_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("asked_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('raw', 'ipp', 'office')", name=op.f("ck_printer_kind")),
        sa.CheckConstraint("language IN ('zpl', 'pdf')", name=op.f("ck_printer_language")),
        sa.CheckConstraint("dpi IN (203, 300, 600)", name=op.f("ck_printer_dpi")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_printer_name")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_printer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("name", name=op.f("uq_printer_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "print_job",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("printer_id", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("cancelled_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("start BETWEEN 1 AND 1000", name=op.f("ck_print_job_start")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_print_job_id")),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name=op.f("fk_print_job_printer_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["user_account.id"], name=op.f("fk_print_job_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
        sqlite_strict=True,
    )
    op.create_index("ix_print_job_printer_id", "print_job", ["printer_id"], unique=False)
    op.create_index("ix_print_job_requested_at", "print_job", ["requested_at", "id"], unique=False)
    op.create_table(
        "kit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("protocol_version_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=True),
        sa.Column("timepoint", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", lims.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('made', 'used', 'void')", name=op.f("ck_kit_state")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.code"], name=op.f("fk_kit_barcode")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_kit_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_kit_participant_id")),
        sa.ForeignKeyConstraint(["protocol_version_id"], ["protocol_version.id"], name=op.f("fk_kit_protocol_version_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_kit_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit")),
        sa.UniqueConstraint("barcode", name=op.f("uq_kit_barcode")),
        sqlite_strict=True,
    )
    op.create_index("ix_kit_participant_id", "kit", ["participant_id"], unique=False)
    op.create_table(
        "label_print",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("copy", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("printed_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("verified_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("voided_at", lims.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_label_print_voided")),
        sa.CheckConstraint("state <> 'verified' OR verified_at IS NOT NULL", name=op.f("ck_label_print_verified")),
        sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'printed', 'verified', 'void')", name=op.f("ck_label_print_state")),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name=op.f("ck_label_print_void_reason")),
        sa.CheckConstraint("copy = 1 OR reason IS NOT NULL", name=op.f("ck_label_print_reason")),
        sa.CheckConstraint("copy BETWEEN 1 AND 99", name=op.f("ck_label_print_copy")),
        sa.ForeignKeyConstraint(["job_id"], ["print_job.id"], name=op.f("fk_label_print_job_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_label_print_participant_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["custody_subject.id"], name=op.f("fk_label_print_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_print")),
        sa.UniqueConstraint("job_id", "line", name=op.f("uq_label_print_job_id_line")),
        sqlite_strict=True,
    )
    op.create_index("ix_label_print_participant_id", "label_print", ["participant_id"], unique=False)
    op.create_index("ix_label_print_symbol", "label_print", ["symbol"], unique=False)
    op.create_index(
        "ix_label_print_unfinished",
        "label_print",
        ["job_id", "line"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending', 'sent')"),
        postgresql_where=sa.text("state IN ('queued', 'sending', 'sent')"),
    )
    op.create_index(
        "ix_label_print_unproven",
        "label_print",
        ["job_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('sent', 'printed')"),
        postgresql_where=sa.text("state IN ('sent', 'printed')"),
    )
    op.create_index(
        "uq_label_print_copy",
        "label_print",
        ["subject_id", "copy"],
        unique=True,
        sqlite_where=sa.text("NOT (state = 'void' AND sent_at IS NULL)"),
        postgresql_where=sa.text("NOT (state = 'void' AND sent_at IS NULL)"),
    )
    op.create_index(
        "uq_label_print_live",
        "label_print",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'void'"),
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_table(
        "kit_tube",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kit_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("specimen_type", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("made_of", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("container_kind", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("form IN ('primary', 'aliquot')", name=op.f("ck_kit_tube_form")),
        sa.CheckConstraint("(form = 'aliquot') = (made_of IS NOT NULL)", name=op.f("ck_kit_tube_made_of")),
        sa.CheckConstraint("state IN ('ready', 'used', 'void')", name=op.f("ck_kit_tube_state")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.code"], name=op.f("fk_kit_tube_barcode")),
        sa.ForeignKeyConstraint(["id"], ["custody_subject.id"], name=op.f("fk_kit_tube_id")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_kit_tube_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_tube")),
        sa.UniqueConstraint("barcode", name=op.f("uq_kit_tube_barcode")),
        sa.UniqueConstraint("kit_id", "line", name=op.f("uq_kit_tube_kit_id_line")),
        sqlite_strict=True,
    )
    if _on_sqlite():
        _keep_labels_on_sqlite()
        _keep_kits_on_sqlite()
    else:
        _keep_labels_on_postgresql()
        _keep_kits_on_postgresql()


def downgrade() -> None:
    op.drop_table("kit_tube")
    op.drop_table("label_print")
    op.drop_table("kit")
    op.drop_table("print_job")
    op.drop_table("printer")
    if not _on_sqlite():
        op.execute("DROP FUNCTION lims_label_goes_forward()")
        op.execute("DROP FUNCTION lims_kit_goes_forward()")
        op.execute("DROP FUNCTION lims_kit_tube_goes_forward()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


# The states in their order: one that begins further left in this text has come before.
STATES = "queued sending sent printed verified void"
FIXED = ("id", "job_id", "line", "subject_id", "participant_id", "barcode", "symbol", "copy", "fields", "reason")


def _keep_labels_on_sqlite() -> None:
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FIXED)
    op.execute(f"""CREATE TRIGGER label_print_goes_forward BEFORE UPDATE ON label_print
        WHEN OLD.state = 'void' OR instr('{STATES}', NEW.state) < instr('{STATES}', OLD.state) OR {changed}
        BEGIN SELECT RAISE(ABORT, 'label_print goes forward only'); END""")
    op.execute("""CREATE TRIGGER label_print_no_delete BEFORE DELETE ON label_print
        BEGIN SELECT RAISE(ABORT, 'label_print goes forward only'); END""")
    for name, same, columns in (
        ("id", "id = NEW.id", "label_print.id"),
        ("line", "job_id = NEW.job_id AND line = NEW.line", "label_print.job_id, label_print.line"),
        ("live", "subject_id = NEW.subject_id AND state <> 'void' AND NEW.state <> 'void'", "label_print.subject_id"),
        (
            "copy",
            f"subject_id = NEW.subject_id AND copy = NEW.copy AND {_left('label_print')} AND {_left('NEW')}",
            "label_print.subject_id, label_print.copy",
        ),
    ):
        op.execute(f"""CREATE TRIGGER label_print_no_replace_by_{name} BEFORE INSERT ON label_print
            WHEN EXISTS (SELECT 1 FROM label_print WHERE {same})
            BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {columns}'); END""")


def _left(row: str) -> str:
    """Whether a label of this row may be in somebody's hands."""
    return f"NOT ({row}.state = 'void' AND {row}.sent_at IS NULL)"


def _keep_labels_on_postgresql() -> None:
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FIXED)
    op.execute(f"""CREATE FUNCTION lims_label_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' OR OLD.state = 'void' OR strpos('{STATES}', NEW.state) < strpos('{STATES}', OLD.state) OR {changed} THEN
            RAISE EXCEPTION 'label_print goes forward only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$""")
    op.execute("""CREATE TRIGGER label_print_goes_forward BEFORE UPDATE OR DELETE ON label_print
        FOR EACH ROW EXECUTE FUNCTION lims_label_goes_forward()""")
    op.execute("""CREATE TRIGGER label_print_no_truncate BEFORE TRUNCATE ON label_print
        FOR EACH STATEMENT EXECUTE FUNCTION lims_append_only()""")
    op.execute("ALTER TABLE label_print ENABLE ALWAYS TRIGGER label_print_goes_forward, ENABLE ALWAYS TRIGGER label_print_no_truncate")


KIT_FIXED = ("id", "barcode", "study_id", "protocol_version_id", "made_at")
KIT_GIVEN = ("participant_id", "timepoint")
TUBE_FIXED = ("id", "kit_id", "line", "barcode", "specimen_type", "form", "made_of", "purpose", "container_kind", "amount", "unit")


def _kit_steps_back(differs: str) -> tuple[tuple[str, str], ...]:
    """Table, and when an update of it is refused: a kit is given to one participant, closed once, and its tubes are filled once."""
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in KIT_FIXED)
    given = " OR ".join(f"(OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})" for column in KIT_GIVEN)
    tube_changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in TUBE_FIXED)
    return (("kit", f"OLD.state <> 'made' OR {given} OR {changed}"), ("kit_tube", f"OLD.state <> 'ready' OR {tube_changed}"))


def _keep_kits_on_sqlite() -> None:
    for table, when in _kit_steps_back("IS NOT"):
        op.execute(f"""CREATE TRIGGER {table}_goes_forward BEFORE UPDATE ON {table} WHEN {when}
            BEGIN SELECT RAISE(ABORT, '{table} goes forward only'); END""")
        op.execute(f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} goes forward only'); END""")


def _keep_kits_on_postgresql() -> None:
    for table, when in _kit_steps_back("IS DISTINCT FROM"):
        op.execute(f"""CREATE FUNCTION lims_{table}_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR {when} THEN
                RAISE EXCEPTION '{table} goes forward only' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$""")
        op.execute(f"""CREATE TRIGGER {table}_goes_forward BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION lims_{table}_goes_forward()""")
        op.execute(f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION lims_append_only()""")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_goes_forward, ENABLE ALWAYS TRIGGER {table}_no_truncate")
