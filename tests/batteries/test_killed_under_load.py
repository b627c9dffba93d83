"""``kill -9`` while everybody works: what was acknowledged is there, nothing is half done, and who asks again gets one effect."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from lims.db import Database
from tests.support.crowd.bench_work import BenchWork
from tests.support.crowd.clients import Crowd
from tests.support.crowd.history import check_history
from tests.support.crowd.verdict import check_all_is_well, in_figures
from tests.support.service import RunningService

CLIENTS = 8
ANSWERS_BETWEEN = 40


def test_what_was_acknowledged_survives_every_kill(
    service: RunningService,
    laboratory: BenchWork,
    database: Database,
    tmp_path: Path,
    how_many: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    kills, chance, began = how_many(3, 50), random.Random(1), time.monotonic()
    crowd = Crowd(service.port, laboratory, clients=CLIENTS)
    crowd.start()
    try:
        for _ in range(kills):
            wait_for_answers(crowd, chance)
            service.kill()
            acknowledged = [outcome for outcome in list(crowd.history) if outcome.verdict == "ok"]
            with database.snapshot() as session:
                assert check_history(session.connection(), acknowledged, whole=False) == []
            service.start()
        wait_for_answers(crowd, chance)
    finally:
        crowd.stop()
    unknown = {outcome.key for outcome in crowd.history if outcome.verdict == "unknown"}
    known_later = unknown & {outcome.key for outcome in crowd.history if outcome.verdict in {"ok", "refused"}}
    record_property("figures", f"{kills} kills, {len(unknown)} acts cut off; {in_figures(crowd.history, time.monotonic() - began)}")
    assert len(unknown) >= kills
    assert known_later == unknown, "whoever asked again was answered"
    check_all_is_well(database, crowd.history, tmp_path / "data")


def test_a_worker_or_a_connection_lost_under_load_loses_nothing_else(
    service: RunningService,
    laboratory: BenchWork,
    database: Database,
    tmp_path: Path,
    how_many: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    """On PostgreSQL the database's own processes are ended too, as an administrator or a failing machine does."""
    times, chance, began = how_many(3, 100), random.Random(2), time.monotonic()
    crowd = Crowd(service.port, laboratory, clients=CLIENTS, patient=True)
    crowd.start()
    try:
        for number in range(times):
            wait_for_answers(crowd, chance)
            if number % 3 == 0 or database.is_sqlite:
                service.kill_a_worker()
            else:
                end_connections(database)
        wait_for_answers(crowd, chance)
    finally:
        crowd.stop()
    record_property("figures", f"{times} times; {in_figures(crowd.history, time.monotonic() - began)}")
    check_all_is_well(database, crowd.history, tmp_path / "data")


def wait_for_answers(crowd: Crowd, chance: random.Random) -> None:
    """Until so much more was answered, and then to some instant that nobody foresees."""
    crowd.wait_for(ANSWERS_BETWEEN)
    time.sleep(chance.uniform(0, 0.2))


def end_connections(database: Database) -> None:
    """Every connection of the service, whatever it is doing."""
    with database.read() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )
