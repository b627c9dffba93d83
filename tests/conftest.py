"""What every test may ask for: a database on either engine, a session that is rolled back, how much to do."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy.orm import Session

from lims.checks import connect_rooms
from lims.db import Database
from tests.support.engines import ENGINES, Databases, PostgresqlDatabases, SqliteDatabases, close_run

RUN_FOLDER = pytest.StashKey[Path]()
MEMORY = Path("/dev/shm")
ENOUGH_ROOM = 4 * 1024**3

# The same examples every time, unless somebody asks for all there is.
hypothesis.settings.register_profile("sampled", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.register_profile("full", deadline=None, max_examples=1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long batteries (kills, loads, thousands of renders) whole")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # while the tests are read nothing of them is garbage
    connect_rooms()
    worker = getattr(config, "workerinput", None)
    config.stash[RUN_FOLDER] = Path(worker["run_folder"] if worker else tempfile.mkdtemp(prefix="lims-test-", dir=_where_there_is_room()))
    hypothesis.settings.load_profile("full" if config.getoption("full") else "sampled")


def _where_there_is_room() -> Path | None:
    """In memory, where no test waits for a disk; on a small machine wherever temporary files lie."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH_ROOM:
        return None
    return MEMORY if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > ENOUGH_ROOM else None


def pytest_collection_finish() -> None:
    """What was read stays: it is not looked through for garbage again and again while the tests run."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Before xdist starts a worker: tell it which run it belongs to."""
    node.workerinput["run_folder"] = str(node.config.stash[RUN_FOLDER])  # type: ignore[attr-defined]  # xdist's own kind of node


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        close_run(config.stash[RUN_FOLDER])


@pytest.fixture(scope="session")
def how_many(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """``how_many(5, 500)``: a sample of a long battery, or the whole of it under ``--full``."""
    full = pytestconfig.getoption("full")
    return lambda sampled, whole: whole if full else sampled


@pytest.fixture(scope="session", params=ENGINES)
def databases(request: pytest.FixtureRequest) -> Databases:
    """The engine this test runs on, as a maker of databases."""
    folder = request.config.stash[RUN_FOLDER]
    return SqliteDatabases(folder) if request.param == "sqlite" else PostgresqlDatabases(folder)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """A database of this test's own, with every table and no row: commit, connect with many clients, start a service on it."""
    database = databases.make()
    yield database
    databases.drop(database)


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[Database]:
    """A database without a table."""
    database = databases.make_empty()
    yield database
    databases.drop(database)


@pytest.fixture(scope="session")
def _kept_database(databases: Databases) -> Iterator[Database]:
    """The database under :func:`session`: nothing is ever committed to it."""
    database = databases.make()
    yield database
    databases.drop(database)


@pytest.fixture
def session(_kept_database: Database) -> Iterator[Session]:
    """A session as a door opens it, in a transaction that is rolled back; many times faster than a database of one's own."""
    with _kept_database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, autoflush=False, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()
