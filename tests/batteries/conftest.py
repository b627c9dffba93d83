"""What a battery may ask for: the real service on a database of its own, and a laboratory of clients at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lims.db import Database
from tests.support.crowd.bench_work import BenchWork, open_laboratory
from tests.support.service import RunningService

WHOLE_ONLY = {"test_a_real_ipp_printer.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What has no sample is there under ``--full`` alone, where it runs or says why it cannot."""
    return True if collection_path.name in WHOLE_ONLY and not config.getoption("full") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of each battery, below everything else."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    said = [(report.nodeid.rpartition("::")[2], value) for report in reports for name, value in report.user_properties if name == "figures"]
    if said:
        terminalreporter.section("batteries")
    for name, value in said:
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture
def laboratory(database: Database) -> BenchWork:
    """A study with tubes and boxes, and people with tokens."""
    return open_laboratory(database)


@pytest.fixture
def service(laboratory: BenchWork, database: Database, tmp_path: Path) -> Iterator[RunningService]:
    """The service, running, on the laboratory's database."""
    service = RunningService(database, tmp_path / "data")
    service.start()
    yield service
    service.stop()
