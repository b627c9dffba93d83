"""What is measured: each operation asked of the service and of its floor, turn by turn."""

import itertools
import json
import random
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.bench_suite.data import Register
from scripts.bench_suite.servers import Client

Ask = Callable[[Client], float]
OCCURRED_AT = "2026-11-01T10:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Measure:
    """One operation: how the service and its floor are asked for it, how often."""

    name: str
    times: int
    service: Ask
    floor: Ask


@dataclass(frozen=True, slots=True)
class Result:
    """The service's median and its ratio to the floor's."""

    name: str
    value: float
    unit: str
    ratio: float


def measures(register: Register) -> dict[str, Measure]:
    """Every operation by the name of its row."""
    tubes, loose, family = _forever(register.barcodes), _forever(register.loose), _forever(register.family)
    parents = itertools.cycle(register.parents)
    return {
        measure.name: measure
        for measure in (
            Measure(
                "resolve",
                400,
                lambda client: client.ask("GET", f"/api/v1/scans/{next(tubes)}")[0],
                lambda client: client.ask("GET", f"/resolve/{next(tubes)}")[0],
            ),
            Measure(
                "tube-page",
                200,
                lambda client: client.ask("GET", f"/specimens/{next(family)}")[0],
                lambda client: client.ask("GET", f"/page/{next(family)}")[0],
            ),
            Measure(
                "event",
                300,
                lambda client: client.ask("POST", "/api/v1/custody-events", _event(next(loose)))[0],
                lambda client: _ask_event(client, next(loose)),
            ),
            Measure(
                "register-1",
                200,
                lambda client: client.ask("POST", f"/api/v1/specimens/{next(parents)}/aliquots", _aliquots(1))[0],
                lambda client: client.ask("POST", f"/register/{next(parents)}", _aliquots(1))[0],
            ),
            Measure(
                "register-100",
                40,
                lambda client: client.ask("POST", f"/api/v1/specimens/{next(parents)}/aliquots", _aliquots(100))[0],
                lambda client: client.ask("POST", f"/register/{next(parents)}", _aliquots(100))[0],
            ),
            Measure(
                "list",
                200,
                lambda client: client.ask("GET", "/api/v1/specimens?specimen_type=stool&limit=50")[0],
                lambda client: client.ask("GET", "/list?specimen_type=stool")[0],
            ),
            Measure(
                "manifest",
                20,
                lambda client: _issued_and_pulled(client, f"/api/v1/batches/{register.batch}/manifests", "/api/v1/manifests/{}?format=csv"),
                lambda client: _issued_and_pulled(client, f"/manifest/{register.batch_id}", "/manifest/{}?format=csv"),
            ),
        )
    }


def measure(one: Measure, service: Client, floor: Client, progress: Callable[[int], None]) -> Result:
    """Ask both in turn, so that whatever the machine does meanwhile strikes both; the first tenth warms up."""
    ours, bare = [], []
    for turn in range(one.times + one.times // 10):
        took, took_bare = one.service(service), one.floor(floor)
        if turn >= one.times // 10:
            ours.append(took)
            bare.append(took_bare)
        progress(1)
    return Result(one.name, statistics.median(ours), "ms", statistics.median(ours) / statistics.median(bare))


def share_of_floor(one: Measure, service: Callable[[], Client], floor: Callable[[], Client], seconds: float = 1.0) -> Result:
    """Eight threads at once: the service's requests a second as a share of the floor's, in short rounds, so that whatever the machine
    does meanwhile strikes both. In each the clients connect anew: how they spread over the processes is chance."""
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(10):
        rates["ours"].append(_rate(one.service, service, seconds))
        rates["bare"].append(_rate(one.floor, floor, seconds))
    ours, bare = statistics.mean(rates["ours"]), statistics.mean(rates["bare"])
    return Result(f"{one.name}-8-threads", ours, "requests/s", ours / bare)


def _rate(ask: Ask, connect: Callable[[], Client], seconds: float) -> float:
    until = time.perf_counter() + seconds
    counts = [0] * 8

    def work(thread: int) -> None:
        client = connect()
        while time.perf_counter() < until:
            ask(client)
            counts[thread] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _forever(barcodes: list[str]) -> Iterator[str]:
    chosen = random.Random(7)
    return (chosen.choice(barcodes) for _ in itertools.count())


def _event(barcode: str) -> bytes:
    return json.dumps({"op_id": str(uuid.uuid4()), "type": "thawed", "barcode": barcode, "occurred_at": OCCURRED_AT}).encode()


def _ask_event(client: Client, barcode: str) -> float:
    return client.ask("POST", f"/event/{barcode}", _event(barcode))[0]


def _aliquots(count: int) -> bytes:
    return json.dumps({"count": count, "amount": 200, "unit": "mg", "purpose": "metagenomics"}).encode()


def _issued_and_pulled(client: Client, issue: str, pull: str) -> float:
    """A manifest from nothing to the core's hands: issued, then pulled as CSV."""
    issuing, answer = client.ask("POST", issue, b"{}")
    pulling, _ = client.ask("GET", pull.format(json.loads(answer)["number"]))
    return issuing + pulling
