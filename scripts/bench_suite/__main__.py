"""``scripts/bench``: run the benchmarks, a progress bar on stderr, one tab-separated row each on stdout."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lims.db import Database
from scripts.bench_suite.data import make_register
from scripts.bench_suite.floor_tables import make_tables
from scripts.bench_suite.labels import measure_labels
from scripts.bench_suite.measures import Result, measure, measures, share_of_floor
from scripts.bench_suite.servers import Client, serving
from tests.support.postgres import start_server, stop_server

OPERATIONS = ("resolve", "tube-page", "event", "register-1", "register-100", "list", "manifest")
LABELS = ("labels-zpl", "labels-pdf")
SHARED = ("resolve", "event")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--engine", "engines", multiple=True, type=click.Choice(["sqlite", "postgresql"]), help="Default: both.")
@click.option("--size", "sizes", multiple=True, type=click.IntRange(100, 10_000_000), help="Tubes in the register. Default: 10000.")
def bench(names: tuple[str, ...], engines: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    """Measure NAMES (resolve event register list manifest labels …; all of them by default)."""
    wanted = [row for row in (*OPERATIONS, *LABELS) if not names or any(row == name or row.startswith(f"{name}-") for name in names)]
    if not wanted:
        raise click.UsageError(f"none of {', '.join(names)} is a benchmark; there are {', '.join((*OPERATIONS, *LABELS))}")
    for name in wanted:
        if name in LABELS:
            _print(measure_labels(name), "none", 1000 if name == "labels-zpl" else 100)
    operations = [name for name in wanted if name in OPERATIONS]
    for engine in (engines or ("sqlite", "postgresql")) if operations else ():
        for size in sizes or (10_000,):
            for result in _measured(engine, size, operations):
                _print(result, engine, size)


def _measured(engine: str, size: int, names: list[str]) -> Iterator[Result]:
    with _database_url(engine) as url:
        database = Database(url)
        with _bar(f"{engine}: {size} tubes", size) as bar:
            register = make_register(database, size, bar.update)
        database.dispose()
        make_tables(url)
        ours = serving(
            "lims.app:from_environment()", {"LIMS_DATABASE_URL": url, "LIMS_DATA_DIR": str(Path(tempfile.gettempdir()) / "lims-bench")}
        )
        with ours as our_port, serving("scripts.bench_suite.floor:create_floor()", {"FLOOR_DATABASE_URL": url}) as floor_port:
            headers = {"Authorization": f"Bearer {register.token}", "Cookie": f"lims_session={register.cookie}"}
            service, floor = Client(our_port, headers), Client(floor_port)
            for name in names:
                one = measures(register)[name]
                with _bar(f"{engine}: {name}", one.times + one.times // 10) as bar:
                    yield measure(one, service, floor, bar.update)
                if name in SHARED:
                    yield share_of_floor(one, lambda: Client(our_port, headers), lambda: Client(floor_port))


@contextlib.contextmanager
def _database_url(engine: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="lims-bench-") as folder:
        if engine == "sqlite":
            yield f"sqlite:///{folder}/lims.db"
            return
        data = Path(folder) / "postgresql"
        try:
            yield start_server(data, max_connections=60).render_as_string(hide_password=False)
        finally:
            stop_server(data)


def _bar(label: str, length: int) -> contextlib.AbstractContextManager[Any]:
    return click.progressbar(length=length, label=label, file=sys.stderr)


def _print(result: Result, engine: str, size: int) -> None:
    click.echo(f"{result.name}\t{engine}\t{size}\t{result.value:.2f}\t{result.unit}\t{result.ratio:.2f}")
    sys.stdout.flush()


if __name__ == "__main__":
    bench()
