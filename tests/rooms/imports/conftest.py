"""The trial's own files, and a database with its protocol to take them in."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind, ImportReport
from tests.factories.trial import open_trial
from tests.support.engines import Databases

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "data" / "trial"
FILES = {ImportKind.ROSTER: "roster.csv", ImportKind.COLLECTIONS: "collections.csv", ImportKind.INVENTORY: "legacy_inventory.xlsx"}
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))

Import = Callable[..., ImportReport]


def take_in(database: Database, kind: ImportKind, content: bytes | str | None = None, **more: Any) -> ImportReport:
    """A file of the trial, or this text in its place."""
    if content is None:
        content = (FOLDER / FILES[kind]).read_bytes()
    if isinstance(content, str):
        content = content.encode()
    return import_file(database, ImportFile(kind=kind, name=FILES[kind], content=content, **more), actor=SYSTEM, at=NOW)


@pytest.fixture
def trial(database: Database) -> Database:
    """The protocol is loaded, nothing else."""
    with database.transaction() as session:
        open_trial(session, at=NOW)
    return database


@pytest.fixture(scope="session")
def taken_in(databases: Databases) -> Iterator[tuple[Database, dict[ImportKind, ImportReport]]]:
    """All three files, taken in once for every test that only looks."""
    database = databases.make()
    with database.transaction() as session:
        open_trial(session, at=NOW)
    yield database, {kind: take_in(database, kind) for kind in FILES}
    databases.drop(database)
