"""Backups: one file that either engine writes while people work, and either engine reads.

A ZIP of one JSON-lines file a table, read from one snapshot, and of ``backup.json``, which names the revision, and for each table
its number of rows and the SHA-256 of its file. Restoring checks all of that, fills empty tables (whose triggers check the chain
once more), and verifies the whole ledger before anything that was there is replaced.
"""

import base64
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from lims import __version__, clock
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.custody.vocabulary import NO_HASH
from lims.db import Database, IsoDate, UtcDateTime
from lims.errors import Conflict, InvalidInput
from lims.migrate import all_tables, make_anew, newest_revision

FORMAT = "lims.backup.v1"
CHUNK = 2000
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, OSError)
"""What comes of reading a file of which any bit may be wrong; a RuntimeError is a packing or a cipher that a bit has made up."""

Report = Callable[[str, int], None]
"""Told the table and how many more of its rows are done."""


class NotABackup(InvalidInput):
    """A file that is no backup, or a damaged one; nothing was replaced."""

    code = "backup.not-a-backup"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be restored: {why} Nothing was replaced.")
        self.path = path


class BackupDiffers(Conflict):
    """A backup whose content does not hold together; nothing was replaced."""

    code = "backup.differs"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} does not hold together: {what}. Nothing was replaced.")
        self.path = path


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds."""

    made_at: datetime
    revision: str
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """All rows of all tables."""
        return sum(self.rows.values())


def count_rows(database: Database) -> int:
    """How many rows a backup would hold now; for a progress bar."""
    with database.read() as session:
        return sum(session.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one() for table in _tables())


def write_backup(database: Database, path: Path, report: Report = lambda _table, _rows: None) -> Summary:
    """Write everything, as of one instant, into a file that is there whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    rows: dict[str, int] = {}
    digests: dict[str, str] = {}
    made_at = clock.now()
    try:
        with database.snapshot() as session, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for table in _tables():
                with archive.open(_entry(table), "w", force_zip64=True) as entry:
                    rows[table.name], digests[table.name] = _write_table(session, table, entry, report)
            described = {"format": FORMAT, "version": __version__, "revision": newest_revision(), "made_at": clock.iso(made_at)}
            archive.writestr("backup.json", json.dumps(described | {"rows": rows, "sha256": digests}, indent=1))
        _make_safe(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return Summary(made_at, newest_revision(), rows)


def check_backup(path: Path) -> Summary:
    """Read a backup through: its form, its revision, the checksum of every table.

    :raises NotABackup: naming what is wrong.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            described = json.loads(archive.read("backup.json"))
            summary = Summary(clock.from_iso(described["made_at"]), described["revision"], described["rows"])
            if described["format"] != FORMAT or set(summary.rows) != {table.name for table in _tables()}:
                raise NotABackup(path, "it was written by another version of the service.")
            if summary.revision != newest_revision():
                raise NotABackup(path, f"its tables are of revision {summary.revision}, the service's of {newest_revision()}.")
            for table in _tables():
                with archive.open(_entry(table)) as entry:
                    if _digest(entry) != described["sha256"][table.name]:
                        raise NotABackup(path, f"its table {table.name} is damaged.")
    except _UNREADABLE as error:
        raise NotABackup(path, "it is no backup, or a damaged one.") from error
    return summary


def restore_backup(path: Path, database: Database, report: Report = lambda _table, _rows: None) -> Summary:
    """Put a backup in the place of what is there; the service must not be running.

    An embedded database is built anew beside the old one, which is kept under another name; PostgreSQL's tables are replaced in
    one transaction. Both only after the content was verified.

    :raises NotABackup: it cannot be read.
    :raises BackupDiffers: it can, and does not hold together.
    """
    summary = check_backup(path)
    if database.is_sqlite:
        _restore_beside(path, database, report)
    else:
        with database.engine.begin() as connection:
            make_anew(connection)
            _fill(connection, path, report)
    return summary


def _restore_beside(path: Path, database: Database, report: Report) -> None:
    kept = Path(str(database.url.database))
    fresh = kept.with_name(f".{kept.name}.restoring")
    _remove(fresh)
    kept.parent.mkdir(parents=True, exist_ok=True)
    building = Database(f"sqlite:///{fresh}")
    try:
        with building.engine.begin() as connection:
            make_anew(connection)
            _fill(connection, path, report)
        building.dispose()  # the last connection's end puts the write-ahead log into the file
        database.dispose()
        _make_safe(fresh)
        stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
        for suffix in ("-wal", "-shm", ""):
            if (old := Path(f"{kept}{suffix}")).exists():
                old.rename(f"{kept}.before-{stamp}{suffix}")
        fresh.replace(kept)
    finally:
        building.dispose()
        _remove(fresh)


def _fill(connection: Connection, path: Path, report: Report) -> None:
    with zipfile.ZipFile(path) as archive:
        for table in ("user_account", "custody_subject"):  # the person of the service itself, who comes back with the rest
            connection.exec_driver_sql(f"DELETE FROM {table}")
        for each in _tables():
            with archive.open(_entry(each)) as entry:
                _fill_table(connection, each, entry, report)
        _set_the_id_counter(connection)
        _check_heads(connection, path, archive)
    with Session(connection) as session:
        if difference := next(verify(session, ledger_checks()), None):
            raise BackupDiffers(path, str(difference))


def _fill_table(connection: Connection, table: Table, entry: IO[bytes], report: Report) -> None:
    """Rows as they were, but for what a trigger builds again and what points within the table, which is set afterwards."""
    later: list[dict[str, Any]] = []
    lines = iter(entry)
    while chunk := [_decoded(table, line) for line in islice(lines, CHUNK)]:
        for row in chunk:
            if table.name == "custody_subject":
                row.update(sequence=0, head=NO_HASH, latest_occurred_at=None)
            if table.name == "container" and row["parent_id"] is not None:
                later.append({"row_id": row["id"], "inside": row["parent_id"], "in_slot": row["slot"]})
                row.update(parent_id=None, slot=None)
        connection.execute(insert(table), chunk)
        report(table.name, len(chunk))
    if later:
        placing = update(table).where(table.c.id == bindparam("row_id"))
        connection.execute(placing.values(parent_id=bindparam("inside"), slot=bindparam("in_slot")), later)


def _set_the_id_counter(connection: Connection) -> None:
    """The next id is beyond every id there is; ids are never given twice."""
    columns = [(table.name, "id") for table in _tables() if "id" in table.c]
    highest = max(connection.execute(text(f'SELECT coalesce(max("{column}"), 0) FROM "{name}"')).scalar_one() for name, column in columns)
    following = max(highest + 1, 1000)
    if connection.dialect.name == "sqlite":
        connection.execute(text("UPDATE lims_id SET next = :next"), {"next": following})
    else:
        connection.execute(text("SELECT setval('lims_id', :next, false)"), {"next": following})


def _check_heads(connection: Connection, path: Path, archive: zipfile.ZipFile) -> None:
    """The heads the triggers arrived at are the heads that were kept: nothing is missing at the end of a history."""
    table = all_tables().tables["custody_subject"]
    with archive.open(_entry(table)) as entry:
        lines = iter(entry)
        while chunk := [_decoded(table, line) for line in islice(lines, CHUNK)]:
            found = connection.execute(select(table.c.id, table.c.head).where(table.c.id.in_([row["id"] for row in chunk])))
            heads = {row.id: row.head for row in found}
            for row in chunk:
                if heads[row["id"]] != row["head"]:
                    raise BackupDiffers(path, f"the history of {row['kind']} {row['id']} does not end as it was kept")


def _write_table(session: Session, table: Table, entry: IO[bytes], report: Report) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    order = [table.c.subject_id, table.c.sequence] if table.name == "custody_event" else list(table.primary_key)
    found = session.execute(select(table).order_by(*order).execution_options(yield_per=CHUNK))
    for partition in found.partitions(CHUNK):
        block = b"".join(_encoded(row._mapping) for row in partition)
        digest.update(block)
        entry.write(block)
        rows += len(partition)
        report(table.name, len(partition))
    return rows, digest.hexdigest()


def _encoded(row: Any) -> bytes:
    return json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return clock.iso(value)
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def _decoded(table: Table, line: bytes) -> dict[str, Any]:
    row = json.loads(line)
    return {column.name: _typed(column.type, row[column.name]) for column in table.columns}


def _typed(kind: object, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case UtcDateTime():
            return clock.from_iso(value)
        case IsoDate():
            return date.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
        case _:
            return value


def _digest(entry: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := entry.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _tables() -> list[Table]:
    """Every table, those first that others point at."""
    return list(all_tables().sorted_tables)


def _entry(table: Table) -> str:
    return f"tables/{table.name}.jsonl"


def _make_safe(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
