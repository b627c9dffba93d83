"""What the floor writes to: a register of its own beside the service's, with as many rows.

The columns, keys and indexes that any register of tubes needs; no triggers, no hash chain, no idempotency.
"""

from scripts.bench_suite.driver import Driver

_TABLES = (
    "CREATE TABLE floor_barcode (code TEXT PRIMARY KEY, specimen_id BIGINT NOT NULL)",
    """CREATE TABLE floor_specimen (id {id} PRIMARY KEY, participant_id BIGINT NOT NULL REFERENCES participant (id),
        collection_id BIGINT NOT NULL REFERENCES collection (id), barcode TEXT NOT NULL UNIQUE REFERENCES floor_barcode (code),
        label TEXT NOT NULL UNIQUE, specimen_type TEXT NOT NULL, timepoint TEXT NOT NULL, ordinal BIGINT NOT NULL, purpose TEXT,
        unit TEXT NOT NULL, amount BIGINT CHECK (amount >= 0), thaw_count BIGINT, state TEXT NOT NULL, flags TEXT NOT NULL,
        created_at {instant} NOT NULL)""",
    "CREATE INDEX floor_specimen_participant ON floor_specimen (participant_id, timepoint, specimen_type, id)",
    "CREATE INDEX floor_specimen_collection ON floor_specimen (collection_id)",
    "CREATE INDEX floor_specimen_type ON floor_specimen (specimen_type, id)",
    "CREATE INDEX floor_specimen_state ON floor_specimen (state, id)",
    """CREATE TABLE floor_lineage (child_id BIGINT NOT NULL REFERENCES floor_specimen (id),
        parent_id BIGINT NOT NULL REFERENCES floor_specimen (id), drawn BIGINT, PRIMARY KEY (child_id, parent_id))""",
    "CREATE INDEX floor_lineage_parent ON floor_lineage (parent_id)",
    """CREATE TABLE floor_event (id {id} PRIMARY KEY, specimen_id BIGINT NOT NULL, type TEXT NOT NULL, occurred_at {instant} NOT NULL,
        recorded_at {instant} NOT NULL, actor TEXT NOT NULL, facts TEXT NOT NULL)""",
    "CREATE INDEX floor_event_specimen ON floor_event (specimen_id, id)",
    "CREATE INDEX floor_event_recorded ON floor_event (recorded_at)",
    """CREATE TABLE floor_document (number BIGINT, batch_id BIGINT NOT NULL, format TEXT, content {bytes} NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (number, format))""",
)
_COPIES = (
    "INSERT INTO floor_barcode SELECT code, subject_id FROM barcode WHERE kind = 'specimen'",
    """INSERT INTO floor_specimen SELECT id, participant_id, collection_id, barcode, label, specimen_type, timepoint, ordinal, purpose,
        unit, amount, thaw_count, state, flags, created_at FROM specimen""",
    "INSERT INTO floor_lineage SELECT child_id, parent_id, drawn FROM lineage",
    """INSERT INTO floor_event SELECT e.id, e.subject_id, e.type, e.occurred_at, e.recorded_at, 'bench', e.canonical
        FROM custody_event e JOIN specimen s ON s.id = e.subject_id""",
)
_SQLITE = {"id": "INTEGER", "instant": "TEXT", "bytes": "BLOB"}
_POSTGRESQL = {"id": "BIGINT", "instant": "TIMESTAMPTZ", "bytes": "BYTEA"}


def make_tables(url: str) -> None:
    """The floor's own tables, and a copy of every tube in them, so that its writes meet tables of the same size."""
    driver = Driver(url)
    connection = driver.connection()
    for statement in _TABLES:
        connection.execute(statement.format(**(_SQLITE if driver.is_sqlite else _POSTGRESQL)))
    for statement in _COPIES:
        connection.execute(statement)
    connection.execute("ANALYZE" if driver.is_sqlite else "VACUUM ANALYZE")
    connection.close()
