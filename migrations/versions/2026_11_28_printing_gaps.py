"""A label of a stock kit that is nobody's yet becomes its participant's when the kit does, so that a later withdrawal stops it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _keep_labels(given_once=True)
    op.execute(_GIVE.format(tubes=_OF_TUBE))
    op.execute(_GIVE.format(tubes=_OF_KIT))


def downgrade() -> None:
    _keep_labels(given_once=False)


_OF_TUBE = "JOIN kit_tube ON kit_tube.kit_id = kit.id WHERE kit_tube.id = label_print.subject_id"
_OF_KIT = "WHERE kit.id = label_print.subject_id"
_GIVE = """UPDATE label_print SET participant_id = (SELECT kit.participant_id FROM kit {tubes})
    WHERE participant_id IS NULL AND state <> 'void' AND EXISTS (SELECT 1 FROM kit {tubes} AND kit.participant_id IS NOT NULL)"""

# The states in their order: one that begins further left in this text has come before.
STATES = "queued sending sent printed verified void"
FIXED = ("id", "job_id", "line", "subject_id", "barcode", "symbol", "copy", "fields", "reason")


def _keep_labels(*, given_once: bool) -> None:
    """The guard over a label's row: as it was, or with a participant that may be given once."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER label_print_goes_forward")
        op.execute(f"""CREATE TRIGGER label_print_goes_forward BEFORE UPDATE ON label_print
            WHEN OLD.state = 'void' OR instr('{STATES}', NEW.state) < instr('{STATES}', OLD.state) OR {_changed("IS NOT", given_once)}
            BEGIN SELECT RAISE(ABORT, 'label_print goes forward only'); END""")
        return
    changed = _changed("IS DISTINCT FROM", given_once)
    op.execute(f"""CREATE OR REPLACE FUNCTION lims_label_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' OR OLD.state = 'void' OR strpos('{STATES}', NEW.state) < strpos('{STATES}', OLD.state) OR {changed} THEN
            RAISE EXCEPTION 'label_print goes forward only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$""")


def _changed(differs: str, given_once: bool) -> str:
    fixed = [f"NEW.{column} {differs} OLD.{column}" for column in FIXED]
    owner = f"NEW.participant_id {differs} OLD.participant_id"
    return " OR ".join([*fixed, f"(OLD.participant_id IS NOT NULL AND {owner})" if given_once else owner])
