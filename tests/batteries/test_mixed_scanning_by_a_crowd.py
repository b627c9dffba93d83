"""Thirty-two scanners at once, a fifth of their calls sent twice: nothing is lost, nothing is done twice, nobody gets a 5xx."""

from collections.abc import Callable
from pathlib import Path

from lims.db import Database
from tests.support.crowd.bench_work import BenchWork
from tests.support.crowd.clients import Crowd
from tests.support.crowd.verdict import check_all_is_well, in_figures
from tests.support.service import RunningService

CLIENTS = 32


def test_a_crowd_loses_nothing_and_doubles_nothing(
    service: RunningService,
    laboratory: BenchWork,
    database: Database,
    tmp_path: Path,
    how_many: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    seconds = how_many(8, 60)
    crowd = Crowd(service.port, laboratory, clients=CLIENTS)
    crowd.work_for(seconds)
    record_property("figures", in_figures(crowd.history, seconds))
    assert {status for _, status in crowd.statuses} <= {200, 201, 403, 404, 409, 422}
    assert {outcome.verdict for outcome in crowd.history} == {"ok", "refused"}
    assert {outcome.path.split("/")[1] for outcome in crowd.history if outcome.verdict == "ok"} == {
        "custody-events", "collections", "containers", "specimens", "batches",
    }  # fmt: skip
    assert len(crowd.history) > 1.1 * len({outcome.key for outcome in crowd.history}), "calls were repeated"
    check_all_is_well(database, crowd.history, tmp_path / "data")
    assert "Traceback" not in service.log.read_text()
