"""Many clients at once, each act done once whoever sends it how often; what collides is done anew, or told so."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database, DatabaseBusy
from lims.http_context import TRIES, again_while_busy, request_id
from tests.support.bench import Bench

from .conftest import Client, Clients

TUBES = 8


@pytest.fixture
def stock(database: Database, client_of: Clients) -> tuple[Client, list[str], str]:
    """A coordinator's machine, eight tubes in nobody's hole, and a box."""
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        tubes, box = bench.tubes(TUBES), bench.freezer_box().barcode
    return client_of(Role.COORDINATOR), tubes, box


def another(client: Client) -> Client:
    return Client(client.http.application.test_client(), client.token)


def placed(tube: str, box: str, **more: Any) -> dict[str, Any]:
    return {"op_id": f"place-{tube}", "type": "placed", "barcode": tube, "occurred_at": "2026-09-02T08:00:00Z", "container": box} | more


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["results"]
    return found


def count(database: Database, what: str) -> int:
    with database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def test_eight_twins_of_an_act_are_one_act(stock: tuple[Client, list[str], str], database: Database) -> None:
    client, tubes, box = stock

    def send(number: int) -> list[dict[str, Any]]:
        return results(another(client).post("/custody-events", placed(tubes[number // 8], box)))

    with ThreadPoolExecutor(8) as clients:
        told = [result for answer in clients.map(send, range(4 * 8)) for result in answer]
    assert Counter(result["status"] for result in told) == {"recorded": 4, "repeated": 28}
    assert len({result["event"]["hash"] for result in told}) == 4
    assert count(database, "custody_event WHERE type = 'placed'") == 4


def test_one_hole_takes_one_tube_whoever_comes_first(stock: tuple[Client, list[str], str], database: Database) -> None:
    client, tubes, box = stock

    def send(tube: str) -> dict[str, Any]:
        return results(another(client).post("/custody-events", placed(tube, box, position="E5")))[0]

    with ThreadPoolExecutor(8) as clients:
        told = list(clients.map(send, tubes))
    assert Counter(result["status"] for result in told) == {"recorded": 1, "refused": TUBES - 1}
    assert {result["problem"]["code"] for result in told if result["status"] == "refused"} == {"storage.position-occupied"}
    assert count(database, "placement") == 1


def test_bulks_that_meet_head_on_are_all_done(stock: tuple[Client, list[str], str], database: Database) -> None:
    client, tubes, _ = stock

    def send(number: int) -> list[dict[str, Any]]:
        order = tubes if number % 2 else tubes[::-1]
        when = "2026-09-02T08:00:00Z"
        rows = [{"op_id": f"{number}-{tube}", "type": "thawed", "barcode": tube, "occurred_at": when} for tube in order]
        return results(another(client).post("/custody-events", rows))

    with ThreadPoolExecutor(4) as clients:
        told = [result for answer in clients.map(send, range(8)) for result in answer]
    assert Counter(result["status"] for result in told) == {"recorded": 8 * TUBES}
    assert count(database, "custody_event WHERE type = 'thawed'") == 8 * TUBES


def test_a_view_is_run_again_while_the_database_is_busy_and_not_for_ever(app: Flask) -> None:
    tries: list[str] = []

    def busy(until: int) -> str:
        tries.append(request_id())
        if len(tries) < until:
            raise DatabaseBusy
        return "done"

    with app.test_request_context("/"):
        assert again_while_busy(busy)(TRIES) == "done"
        assert len(tries) == TRIES
        tries.clear()
        with pytest.raises(DatabaseBusy):
            again_while_busy(busy)(TRIES + 1)
        assert len(set(tries)) == 1
