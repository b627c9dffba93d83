"""Thirty-two scanners at once, a fifth of their calls sent twice: nothing is lost, nothing is done twice, nobody gets a 5xx."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lims.db import Database
from tests.support.crowd.bench_work import open_laboratory
from tests.support.crowd.clients import Crowd, Outcome
from tests.support.crowd.history import check_history
from tests.support.crowd.invariants import broken_invariants
from tests.support.crowd.verdict import check_all_is_well, in_figures
from tests.support.engines import Databases
from tests.support.service import RunningService
from tests.support.tampering import edit, take_guards_away

CLIENTS = 32


@dataclass(frozen=True)
class Worked:
    """A database a crowd worked on, and what everybody was told."""

    database: Database
    folder: Path
    seconds: float
    crowd: Crowd
    log: str

    @property
    def history(self) -> Sequence[Outcome]:
        return self.crowd.history


KINDS = {"custody-events", "collections", "containers", "specimens", "batches"}


def kinds_done(history: Sequence[Outcome]) -> set[str]:
    """What was asked for and done, by the first part of its address."""
    return {outcome.path.split("/")[1] for outcome in list(history) if outcome.verdict == "ok"}


@pytest.fixture(scope="module")
def worked(databases: Databases, tmp_path_factory: pytest.TempPathFactory, how_many: Callable[[int, int], int]) -> Iterator[Worked]:
    database, folder, answers, at_least_s = databases.make(), tmp_path_factory.mktemp("crowd"), how_many(900, 9000), how_many(0, 60)
    work = open_laboratory(database)
    service = RunningService(database, folder)
    crowd = Crowd(service.port, work, clients=CLIENTS)
    try:
        service.start()
        began = time.monotonic()
        crowd.start()
        crowd.wait_for(answers, 600)
        time.sleep(max(0, began + at_least_s - time.monotonic()))
        while kinds_done(crowd.history) != KINDS and time.monotonic() < began + 600:  # the rarest may not have come up yet
            crowd.wait_for(50, 600)
        crowd.stop()
    finally:
        service.stop()
    yield Worked(database, folder, time.monotonic() - began, crowd, service.log.read_text())
    databases.drop(database)


def test_a_crowd_loses_nothing_and_doubles_nothing(worked: Worked, record_property: Callable[[str, object], None]) -> None:
    record_property("figures", in_figures(worked.history, worked.seconds))
    assert {status for _, status in worked.crowd.statuses} <= {200, 201, 403, 404, 409, 422}
    assert {outcome.verdict for outcome in worked.history} == {"ok", "refused"}
    assert kinds_done(worked.history) == KINDS
    assert len(worked.history) > 1.1 * len({outcome.key for outcome in worked.history}), "calls were repeated"
    assert "Traceback" not in worked.log
    check_all_is_well(worked.database, worked.history, worked.folder)


LOST = {
    "an act": "DELETE FROM custody_event WHERE id = (SELECT max(id) FROM custody_event WHERE type = 'placed')",
    "an answer": "DELETE FROM operation WHERE key = (SELECT max(key) FROM operation WHERE answer LIKE '%\"recorded\"%')",
    "a collection": "UPDATE collection SET note = NULL WHERE note = (SELECT max(note) FROM collection)",
    "a box": "UPDATE container SET name = 'x' WHERE name = (SELECT max(name) FROM container WHERE name LIKE 'k%')",
    "a place": "DELETE FROM placement WHERE specimen_id = (SELECT min(specimen_id) FROM placement)",
    "an amount": "UPDATE specimen SET amount = amount - 1 WHERE id = (SELECT min(id) FROM specimen WHERE amount > 0)",
    "a text": "UPDATE custody_event SET canonical = canonical || ' ' WHERE id = (SELECT max(id) FROM custody_event)",
    "the end of a history": "UPDATE custody_subject SET sequence = sequence + 1 WHERE id = (SELECT max(id) FROM specimen)",
}


def test_the_onlooker_sees_what_is_lost_and_what_was_done_though_refused(worked: Worked) -> None:
    """So that its silence means something."""
    with worked.database.transaction() as session:
        take_guards_away(session)
        for name, statement in LOST.items():
            savepoint = session.begin_nested()
            edit(session, statement)
            connection = session.connection()
            assert check_history(connection, worked.history) or broken_invariants(connection), name
            savepoint.rollback()
        refused = [Outcome(each.key, each.path, each.asked, 0, 0, "refused", 422) for each in worked.history if each.verdict == "ok"]
        assert len(check_history(session.connection(), refused)) == len({each.key for each in refused})
        session.rollback()
