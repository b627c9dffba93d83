"""Backups made while people work, and put in the place of what is there: on the same engine, on the other, over something else."""

import hashlib
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from lims.backup import NotABackup, check_backup
from lims.db import Database, take_ids
from lims.migrate import all_tables
from tests.support.crowd.bench_work import BenchWork, open_laboratory
from tests.support.crowd.clients import Crowd, Outcome
from tests.support.crowd.verdict import check_all_is_well
from tests.support.engines import Databases, PostgresqlDatabases, SqliteDatabases
from tests.support.service import RunningService, lims


@contextmanager
def fresh(databases: Databases) -> Iterator[Database]:
    """A database without a table."""
    database = databases.make_empty()
    try:
        yield database
    finally:
        databases.drop(database)


def other_engine(databases: Databases) -> Databases:
    kind = PostgresqlDatabases if isinstance(databases, SqliteDatabases) else SqliteDatabases
    return kind(databases.folder)


def content_of(database: Database) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with database.snapshot() as session:
        tables = {name: session.execute(table.select()).all() for name, table in all_tables().tables.items()}
    return {name: sorted(str(tuple(row)) for row in rows) for name, rows in tables.items()}


def backed_up(database: Database, crowd: Crowd, folder: Path) -> tuple[Path, list[Outcome]]:
    """A backup made by the command while the crowd works, and what had been acknowledged before it began."""
    acknowledged = [outcome for outcome in list(crowd.history) if outcome.verdict == "ok"]
    path = folder / f"{len(crowd.history)}.backup"
    made = lims(database, folder / "operator", "backup", path)
    assert made.returncode == 0, made.stderr
    return path, acknowledged


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(
    service: RunningService,
    laboratory: BenchWork,
    database: Database,
    databases: Databases,
    tmp_path: Path,
    how_many: Callable[[int, int], int],
) -> None:
    crowd = Crowd(service.port, laboratory, clients=8)
    crowd.start()
    try:
        backups = []
        for _ in range(how_many(1, 20)):
            crowd.wait_for(60)
            backups.append(backed_up(database, crowd, tmp_path))
    finally:
        crowd.stop()
    for path, acknowledged in backups:
        for engine in (databases, other_engine(databases)):
            with fresh(engine) as restored:
                told = lims(restored, tmp_path / "operator", "restore", path)
                assert told.returncode == 0, told.stderr
                check_all_is_well(restored, acknowledged, tmp_path / "operator", whole=False)
    check_all_is_well(database, crowd.history, tmp_path / "operator")


@pytest.fixture
def backup(database: Database, laboratory: BenchWork, tmp_path: Path) -> Path:
    """A small laboratory's backup."""
    path = tmp_path / "good.backup"
    assert lims(database, tmp_path / "operator", "backup", path).returncode == 0
    return path


def damaged(backup: Path) -> dict[str, Path]:
    """Files that are no backup any more, or never were."""
    content = backup.read_bytes()
    middle = len(content) // 2
    spoiled = {
        "cut short": content[:middle],
        "empty": b"",
        "one bit turned": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "another kind of file": b"SQLite format 3\0" + bytes(4096),
    }
    files = {}
    for name, bytes_ in spoiled.items():
        files[name] = backup.with_name(f"{name}.backup")
        files[name].write_bytes(bytes_)
    files["somebody else's archive"] = rewritten(backup, "archive", lambda _entries: {"readme.txt": b"hello"})
    files["of another version"] = rewritten(backup, "version", of_another_version)
    files["a row fewer"] = rewritten(backup, "row", lambda entries: entries | {SPECIMENS: entries[SPECIMENS].split(b"\n", 1)[1]})
    files["a table fewer"] = rewritten(backup, "table", lambda entries: {name: kept for name, kept in entries.items() if name != SPECIMENS})
    return files


SPECIMENS = "tables/specimen.jsonl"


def of_another_version(entries: dict[str, bytes]) -> dict[str, bytes]:
    described = json.loads(entries["backup.json"]) | {"revision": "9999"}
    return entries | {"backup.json": json.dumps(described).encode()}


def rewritten(backup: Path, name: str, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    with zipfile.ZipFile(backup) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    path = backup.with_name(f"{name}.backup")
    with zipfile.ZipFile(path, "w") as archive:
        for entry, kept in change(entries).items():
            archive.writestr(entry, kept)
    return path


def forged(backup: Path) -> Path:
    """An amount changed, and every checksum of the file made to fit: only the ledger can tell."""

    def change(entries: dict[str, bytes]) -> dict[str, bytes]:
        specimens = (
            entries[SPECIMENS]
            .replace(b'"amount":200000', b'"amount":200001', 1)
            .replace(b'"initial_amount":200000', b'"initial_amount":200001', 1)
        )
        described = json.loads(entries["backup.json"])
        described["sha256"]["specimen"] = hashlib.sha256(specimens).hexdigest()
        return entries | {SPECIMENS: specimens, "backup.json": json.dumps(described).encode()}

    return rewritten(backup, "forged", change)


def test_what_is_no_whole_backup_is_refused_and_nothing_is_replaced(
    database: Database, backup: Path, tmp_path: Path, how_many: Callable[[int, int], int]
) -> None:
    before = content_of(database)
    files = damaged(backup) | {"forged": forged(backup)}
    names = ["one bit turned", "cut short", "forged"] if how_many(0, 1) == 0 else list(files)
    for name in names:
        told = lims(database, tmp_path / "operator", "restore", files[name])
        assert told.returncode == 1, name
        assert "Nothing was replaced." in told.stderr, (name, told.stderr)
        assert "Traceback" not in told.stderr
        assert content_of(database) == before, name


def test_whatever_bit_is_wrong_the_file_is_refused_or_as_good_as_before(backup: Path, how_many: Callable[[int, int], int]) -> None:
    """In words, never by a trace: wherever the bit stands, and wherever the file ends."""
    content, chance, refused = backup.read_bytes(), random.Random(5), 0
    for number in range(tries := how_many(300, 10_000)):
        spoiled, where = bytearray(content), chance.randrange(len(content))
        if number % 3 == 0:
            del spoiled[where:]
        else:
            spoiled[where] ^= 1 << chance.randrange(8)
        backup.write_bytes(spoiled)
        try:
            check_backup(backup)
        except NotABackup:
            refused += 1
    assert refused > tries * 0.8


def test_what_is_there_gives_way_to_the_backup_whole(database: Database, databases: Databases, backup: Path, tmp_path: Path) -> None:
    saved = content_of(database)
    other = databases.make()
    try:
        open_laboratory(other, tubes=3, prefix="other")
        with other.transaction() as session:
            session.execute(text("UPDATE user_account SET username = 'someone' WHERE username = 'person0'"))
        told = lims(other, tmp_path / "operator", "restore", backup)
        assert told.returncode == 0, told.stderr
        other.dispose()
        assert content_of(other) == saved
        check_all_is_well(other, [], tmp_path / "operator")
        with other.transaction() as session:
            highest = session.execute(text("SELECT max(id) FROM custody_event")).scalar_one()
            assert take_ids(session)[0] > highest, "no id is given twice"
    finally:
        databases.drop(other)
